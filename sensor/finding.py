"""What leaves the sensor: a finding is one mining session, a sighting an attempt or a listed name or endpoint.

Field names are a contract with every consumer; docs/findings.md explains each of them. Absent (``UNSET``) means "not
seen" and leaves the field out of the JSON. Times are RFC 3339 UTC with nine digits, in packet time.
"""

from __future__ import annotations

import enum
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from sensor.model import CloseCause

SCHEMA_VERSION: Final = 1


class Stage(enum.StrEnum):
    """How far a session got; it never goes back."""

    ATTEMPTED = "attempted"  # its start was seen, no login was accepted, no share sent
    REFUSED = "refused"  # the login was refused, no share was sent
    JOINED = "joined"  # login accepted; or a job seen where the start or the miner's side was not
    WORKING = "working"  # a share was sent


class Grade(enum.StrEnum):
    """How much was seen. C is for encrypted sessions."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Phase(enum.StrEnum):
    OPENED = "opened"
    UPDATED = "updated"
    CLOSED = "closed"


class Direction(enum.StrEnum):
    OUTBOUND = "outbound"  # the miner is ours
    INBOUND = "inbound"  # the pool is ours
    INTERNAL = "internal"  # both are
    TRANSIT = "transit"  # neither is


class ReasonCode(enum.StrEnum):
    """Why we say so. docs/findings.md explains each; sensor/detect/reasons.py has the sentences."""

    SUBSCRIBED = "subscribed"
    LOGIN_SENT = "login_sent"
    LOGIN_ACCEPTED = "login_accepted"
    LOGIN_REFUSED = "login_refused"
    JOB_SEEN = "job_seen"
    SHARE_SENT = "share_sent"
    SHARE_ACCEPTED = "share_accepted"
    SHARE_REJECTED = "share_rejected"
    HASHRATE_REPORTED = "hashrate_reported"
    REDIRECTED = "redirected"
    ALGORITHM_SEEN = "algorithm_seen"
    COIN_SEEN = "coin_seen"
    DIALECT_CONFIRMED = "dialect_confirmed"
    DIALECT_CHANGED = "dialect_changed"
    MIDSTREAM = "midstream"
    ONLY_MINER_SEEN = "only_miner_seen"
    ONLY_POOL_SEEN = "only_pool_seen"
    NAME_DNS = "name_dns"
    NAME_SNI = "name_sni"
    NAME_HTTP_HOST = "name_http_host"
    NAME_LEARNED = "name_learned"
    ADDRESS_LISTED = "address_listed"
    WITHDRAWN = "withdrawn"


Param = str | int | float


class Reason(msgspec.Struct, frozen=True):
    """``proof`` is what the side sent, re-rendered in printable ASCII with secrets masked; at most 200 bytes."""

    code: ReasonCode
    at: str
    params: dict[str, Param] | UnsetType = UNSET
    side: str | UnsetType = UNSET  # "miner" | "pool"
    proof: str | UnsetType = UNSET


class MinerEnd(msgspec.Struct, frozen=True):
    ip: str
    port: int
    realm: int


class PoolEnd(msgspec.Struct, frozen=True):
    """``host`` is the name met for this connection, ``name`` and ``coin`` are the list's words for it."""

    ip: str
    port: int
    host: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    coin: str | UnsetType = UNSET


class TunnelPaths(msgspec.Struct, frozen=True):
    """Encapsulation of each direction, outermost first."""

    miner_to_pool: tuple[str, ...]
    pool_to_miner: tuple[str, ...]


class ProxiedBy(msgspec.Struct, frozen=True):
    kind: str
    ip: str
    port: int


class ProtocolSeen(msgspec.Struct, frozen=True):
    transport: str
    encrypted: bool
    dialect: str | UnsetType = UNSET
    proxied_by: ProxiedBy | UnsetType = UNSET


class MinerIdentity(msgspec.Struct, frozen=True):
    """What the miner said of itself on this connection. ``workers_count`` is exact up to its bound."""

    logins: tuple[str, ...]
    workers: tuple[str, ...]
    workers_count: int
    account: str | UnsetType = UNSET
    wallet: str | UnsetType = UNSET
    agent: str | UnsetType = UNSET
    software: str | UnsetType = UNSET
    hardware_class: str | UnsetType = UNSET


class SharesSince(msgspec.Struct, frozen=True):
    """What changed since the revision before; a difference may be negative where waiting shares were answered."""

    seconds: float
    submitted: int | UnsetType = UNSET
    accepted: int | UnsetType = UNSET
    rejected: int | UnsetType = UNSET
    unanswered: int | UnsetType = UNSET
    stale: int | UnsetType = UNSET
    duplicate: int | UnsetType = UNSET


class Shares(msgspec.Struct, frozen=True):
    """``submitted = accepted + rejected + unanswered`` where all four are there. Absent: that side was not seen."""

    since_last_update: SharesSince
    submitted: int | UnsetType = UNSET
    accepted: int | UnsetType = UNSET
    rejected: int | UnsetType = UNSET
    unanswered: int | UnsetType = UNSET
    stale: int | UnsetType = UNSET
    duplicate: int | UnsetType = UNSET


class MessagesSeen(msgspec.Struct, frozen=True):
    miner: int
    pool: int


class Finding(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="finding"):
    """One mining session in one of its states. docs/findings.md explains each field."""

    schema_version: int
    finding_id: str
    revision: int
    sensor_id: str
    phase: Phase
    close_cause: CloseCause | UnsetType = UNSET
    end_of_input: bool
    stage: Stage
    grade: Grade
    at: str
    first_seen: str
    last_seen: str
    direction: Direction | UnsetType = UNSET
    miner: MinerEnd
    pool: PoolEnd
    tunnel: TunnelPaths | UnsetType = UNSET
    protocol: ProtocolSeen
    reasons: tuple[Reason, ...]
    coin: str | UnsetType = UNSET
    algorithm: str | UnsetType = UNSET
    miner_identity: MinerIdentity
    jobs: int | UnsetType = UNSET
    shares: Shares
    messages_seen: MessagesSeen
    gaps_bytes: int
    estimate: dict[str, object] | UnsetType = UNSET
    attribution: dict[str, object] | UnsetType = UNSET
    evidence: dict[str, object] | UnsetType = UNSET
    community_id: str | UnsetType = UNSET
    related: tuple[str, ...] | UnsetType = UNSET


class SightingKind(enum.StrEnum):
    """What was sighted: a session that did not come about, or only a name or an endpoint."""

    ATTEMPTED = "attempted"
    REFUSED = "refused"
    DNS = "dns"
    SNI = "sni"
    HTTP_HOST = "http_host"
    ADDRESS = "address"
    LEARNED = "learned"


class Source(msgspec.Struct, frozen=True):
    """Who was seen: the port differs from attempt to attempt and is left out."""

    ip: str
    realm: int


class Target(msgspec.Struct, frozen=True):
    """``ip`` and ``port`` are absent where only a name was asked for."""

    ip: str | UnsetType = UNSET
    port: int | UnsetType = UNSET
    host: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    coin: str | UnsetType = UNSET


class Sighting(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="sighting"):
    """Repeated attempts of one source, or a listed name or endpoint it met: one row with a count; always grade D."""

    schema_version: int
    sighting_id: str
    sensor_id: str
    what: SightingKind
    grade: Grade
    count: int
    first_seen: str
    last_seen: str
    miner: Source
    pool: Target
    protocol: ProtocolSeen
    reasons: tuple[Reason, ...]
