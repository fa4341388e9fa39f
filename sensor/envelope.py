"""A message as Kafka carries it: topic, key, CloudEvents headers and JSON. Pure; the spool adds ``seq``.

CloudEvents 1.0, Kafka protocol binding, binary mode: the attributes are headers, the value is the body alone.
docs/kafka.md is the contract with consumers.
"""

from __future__ import annotations

import enum
from typing import Final, assert_never

import msgspec
from msgspec import UNSET, UnsetType

from sensor.dropped import Dropped
from sensor.finding import Finding, Grade, Sighting
from sensor.health import Health
from sensor.message import Body, Message

_CONTENT_TYPE: Final = "application/json"
_FINDING_GRADES: Final = frozenset({Grade.A, Grade.B})


class Topic(enum.StrEnum):
    FINDINGS = "mining.findings.v1"
    SIGHTINGS = "mining.sightings.v1"
    HEALTH = "mining.health.v1"


class Rank(enum.IntEnum):
    """What is dropped first where there is no room: the lowest."""

    D = 1
    C = 2
    B = 3
    A = 4
    HEALTH = 5  # without it nobody can tell silence from blindness
    DROPPED = 6  # never dropped: it says what was


Header = tuple[str, str]


class KeylessError(ValueError):
    """Nothing says which messages belong together: a mistake of whoever let it come so far."""


class Name(msgspec.Struct, frozen=True):
    """Where a message goes, what it is called there, and the key that keeps its subject's messages in order."""

    topic: str
    event_id: str
    key: str


class Envelope(msgspec.Struct, frozen=True):
    """``at`` is packet time, "" where there is none."""

    name: Name
    sensor_id: str
    headers: tuple[Header, ...]
    value: bytes
    rank: Rank
    at: str


def envelope_of(message: Message) -> Envelope:
    """Raises KeylessError for a finding or sighting without a key."""
    body = message.body
    match body:
        case Finding():
            topic = Topic.FINDINGS if body.grade in _FINDING_GRADES else Topic.SIGHTINGS
            name = Name(topic, f"{body.finding_id}:{body.revision}", _key(message))
            return _envelope(body, name, Rank[body.grade], body.at)
        case Sighting():
            name = Name(Topic.SIGHTINGS, body.sighting_id, _key(message))
            return _envelope(body, name, Rank[body.grade], body.last_seen)
        case Health():
            return _envelope(body, Name(Topic.HEALTH, body.health_id, body.sensor_id), Rank.HEALTH, body.last_seen)
        case _:
            assert_never(body)


def announcement(dropped: Dropped) -> Envelope:
    """The envelope that tells of dropped messages, on their topic."""
    event_id = f"{dropped.spool}:{dropped.topic}:{dropped.first}-{dropped.to}"
    return _envelope(dropped, Name(dropped.topic, event_id, dropped.sensor_id), Rank.DROPPED, UNSET)


def numbered(headers: tuple[Header, ...], seq: int, spool: str) -> list[tuple[str, bytes]]:
    """The headers as they leave, with the place of the message in its stream."""
    return [(name, text.encode("utf-8")) for name, text in (*headers, ("ce_seq", str(seq)), ("ce_spool", spool))]


def _key(message: Message) -> str:
    if not message.key:
        raise KeylessError(message.body)
    return message.key


def _envelope(body: Body | Dropped, name: Name, rank: Rank, at: str | UnsetType) -> Envelope:
    kind = type(body).__struct_config__.tag
    headers = [
        ("content-type", _CONTENT_TYPE),
        ("ce_specversion", "1.0"),
        ("ce_id", name.event_id),
        ("ce_source", f"/minesensor/{body.sensor_id}"),
        ("ce_type", f"mining.{kind}.v1"),
        ("ce_dataschema", f"urn:minesensor:schema:{kind}:v{body.schema_version}"),
    ]
    if at is not UNSET:
        headers.append(("ce_time", at))
    return Envelope(
        name=name,
        sensor_id=body.sensor_id,
        headers=tuple(headers),
        value=msgspec.json.encode(body),
        rank=rank,
        at="" if at is UNSET else at,
    )
