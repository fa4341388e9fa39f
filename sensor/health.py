"""What the sensor could see and what it lost, as a record that leaves: without it, silence proves nothing.

Nothing in it comes from the clock, so the same capture, lists and version give the same record, and its id is a hash
of what it says. It names no input: paths are the operator's own.
"""

from __future__ import annotations

import enum
import hashlib
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sensor.model import Id, Time

Counts = dict[str, int]


class Occasion(enum.StrEnum):
    """Why a health record is told."""

    SCAN_END = "scan_end"


class EngineBuild(msgspec.Struct, frozen=True):
    """The program and its compiled part."""

    version: Annotated[str, Meta(description="the version")]
    profile: Annotated[str, Meta(description="how the compiled part was built: `release` outside of tests")]
    target: Annotated[str, Meta(description="what it was built for")]


class InputSeen(msgspec.Struct, frozen=True):
    """One input, without its name."""

    format: Annotated[str, Meta(description="what it is: `pcap`, `pcapng`")]
    packets: Annotated[int, Meta(description="packets read")]
    bytes: Annotated[int, Meta(description="their bytes on the wire")]
    problems: Annotated[Counts, Meta(description="what was wrong in it, by kind")]
    first_seen: Annotated[Time | UnsetType, Meta(description="its first packet; absent without any")] = UNSET
    last_seen: Annotated[Time | UnsetType, Meta(description="its last packet; absent without any")] = UNSET


class FlowsSeen(msgspec.Struct, frozen=True):
    """Connections, whatever they carried."""

    tcp: Annotated[int, Meta(description="TCP flows")]
    udp: Annotated[int, Meta(description="UDP flows")]
    tcp_one_way: Annotated[int, Meta(description="TCP flows of which only one side was seen")]
    one_way_share: Annotated[
        float | UnsetType, Meta(description="their part of the TCP flows, 0 to 1; absent where there were none")
    ] = UNSET


class ListsUsed(msgspec.Struct, frozen=True):
    """The pool lists."""

    oldest_as_of: Annotated[str | UnsetType, Meta(description="the date of the oldest one; absent without lists")] = (
        UNSET
    )
    age_days: Annotated[
        int | UnsetType,
        Meta(description="from that day to the last packet; negative: the lists are newer; absent without packets"),
    ] = UNSET


class ExclusionsUsed(msgspec.Struct, frozen=True):
    """What somebody decided not to be told of (docs/configuration.md), without who and why."""

    rows: Annotated[int, Meta(description="exclusions in the configuration")]
    findings: Annotated[int, Meta(description="findings they hid")]
    sightings: Annotated[int, Meta(description="sightings they hid")]


class Health(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="health"):
    """What one scan could see and what it lost. Where nothing was found, this says how far that can be trusted."""

    schema_version: Annotated[int, Meta(description="1; grows when a field is added")]
    health_id: Annotated[Id, Meta(description="128 bits in hex: the start of SHA-256 over all else that it says")]
    sensor_id: Annotated[str, Meta(description="the sensor's name, from the configuration")]
    occasion: Annotated[Occasion, Meta(description="why it is told: `scan_end`")]
    is_complete: Annotated[bool, Meta(description="false where the scan was interrupted")]
    engine: Annotated[EngineBuild, Meta(description="the program")]
    first_seen: Annotated[Time | UnsetType, Meta(description="the first packet; absent without any")] = UNSET
    last_seen: Annotated[Time | UnsetType, Meta(description="the last packet; absent without any")] = UNSET
    inputs: Annotated[tuple[InputSeen, ...], Meta(description="what was read, at most 1000, in order")]
    inputs_count: Annotated[int, Meta(description="how many inputs were read")]
    inputs_failed: Annotated[int, Meta(description="how many more could not be read at all")]
    packets: Annotated[int, Meta(description="packets read")]
    bytes: Annotated[int, Meta(description="their bytes on the wire")]
    packets_cut: Annotated[int, Meta(description="packets that the capture cut short")]
    payload_bytes_cut: Annotated[int, Meta(description="TCP payload that is missing for it")]
    flows: Annotated[FlowsSeen, Meta(description="connections, whatever they carried")]
    undecoded: Annotated[
        Counts,
        Meta(description="packets that could not be taken apart, by kind; `too_deep`: more layers than `layers_max`"),
    ]
    drops: Annotated[
        Counts,
        Meta(
            description="what was seen and not looked at, by cause; `fragments_…`: fragments and unfinished datagrams"
        ),
    ]
    messages_odd: Annotated[Counts, Meta(description="messages of mining sessions that were not understood, by kind")]
    lists: Annotated[ListsUsed, Meta(description="the pool lists")]
    exclusions: Annotated[
        ExclusionsUsed | UnsetType, Meta(description="what was found and not told; absent where nothing is excluded")
    ] = UNSET
    findings: Annotated[int, Meta(description="findings told")]
    sightings: Annotated[int, Meta(description="sightings told")]


def identified(health: Health) -> Health:
    """The same record with its ``health_id``: a hash of its JSON without one, keys in order."""
    nameless = msgspec.json.encode(msgspec.structs.replace(health, health_id=""), order="deterministic")
    return msgspec.structs.replace(health, health_id=hashlib.sha256(nameless).hexdigest()[:32])
