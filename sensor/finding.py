"""What leaves the sensor: a finding is one mining session, a sighting an attempt or a listed name or endpoint.

Field names are a contract with every consumer. Absent (``UNSET``) means "not seen" and leaves the field out of the
JSON. What a field means is said here and nowhere else: the JSON Schemas and the tables of docs/findings.md are made
from it (``make docs``).
"""

from __future__ import annotations

import enum
from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sensor.figures import Estimate, Related
from sensor.model import CloseCause, Id, Time
from sensor.ownership import Attribution

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
    """What a revision tells of the session."""

    OPENED = "opened"
    UPDATED = "updated"
    CLOSED = "closed"


class Direction(enum.StrEnum):
    """Which end is ours."""

    OUTBOUND = "outbound"  # the miner is ours
    INBOUND = "inbound"  # the pool is ours
    INTERNAL = "internal"  # both are
    TRANSIT = "transit"  # neither is


class DirectionBasis(enum.StrEnum):
    """What the direction rests on, surest first; docs/attribution.md has the rules."""

    OWN_PREFIXES = "own_prefixes"  # the configuration says which addresses are ours
    CUSTOMERS = "customers"  # the list of customers does
    PRIVATE_ADDRESSES = "private_addresses"  # an address that is never routed belongs to who looks
    LISTED_POOL = "listed_pool"  # the other end is a public pool, so it is not ours


class ReasonCode(enum.StrEnum):
    """Why we say so. docs/findings.md explains each; sensor/detect/sentences.py has the words."""

    SUBSCRIBED = "subscribed"
    LOGIN_SENT = "login_sent"
    LOGIN_ACCEPTED = "login_accepted"
    LOGIN_REFUSED = "login_refused"
    JOB_SEEN = "job_seen"
    SHARE_SENT = "share_sent"
    SHARE_ACCEPTED = "share_accepted"
    SHARE_REJECTED = "share_rejected"
    RIG_REGISTERED = "rig_registered"
    HASHRATE_REPORTED = "hashrate_reported"
    REDIRECTED = "redirected"
    ALGORITHM_SEEN = "algorithm_seen"
    COIN_SEEN = "coin_seen"
    DIALECT_CONFIRMED = "dialect_confirmed"
    DIALECT_CHANGED = "dialect_changed"
    NODE_ASKED = "node_asked"
    MIDSTREAM = "midstream"
    ONLY_MINER_SEEN = "only_miner_seen"
    ONLY_POOL_SEEN = "only_pool_seen"
    NAME_DNS = "name_dns"
    NAME_SNI = "name_sni"
    NAME_HTTP_HOST = "name_http_host"
    NAME_LEARNED = "name_learned"
    NAME_PROXIED = "name_proxied"
    NAME_CERTIFICATE = "name_certificate"
    ADDRESS_LISTED = "address_listed"
    PROXIED = "proxied"
    UNFOLLOWED = "unfollowed"
    WITHDRAWN = "withdrawn"


Param = str | int | float
Subject = Annotated[str, Meta(pattern="^[0-9a-f]{8}-[0-9a-f]{32}$")]
"""The number of the key and a pseudonym made with it."""


class Reason(msgspec.Struct, frozen=True):
    """Why we say so. Each code stands once, with its first time."""

    code: Annotated[ReasonCode, Meta(description="what was seen; docs/findings.md lists all codes")]
    at: Annotated[Time, Meta(description="when it was first seen")]
    params: Annotated[dict[str, Param] | UnsetType, Meta(description="what belongs to the code")] = UNSET
    side: Annotated[str | UnsetType, Meta(description="who said it: `miner` or `pool`")] = UNSET
    proof: Annotated[
        str | UnsetType,
        Meta(
            description="the message, parsed and written anew in printable ASCII, secrets masked as `***`, at most 200 "
            "bytes, a binary frame in hexadecimal; absent where the message was not whole in one piece"
        ),
    ] = UNSET


class MinerEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The end that mines. The protocol decides which one that is, not who opened the connection."""

    ip: Annotated[str | UnsetType, Meta(description="its address; absent where `subject` stands for it")] = UNSET
    port: Annotated[int | UnsetType, Meta(description="its port; absent where `subject` stands for it")] = UNSET
    subject: Annotated[Subject | UnsetType, Meta(description="a pseudonym for whose it is (docs/privacy.md)")] = UNSET
    realm: Annotated[
        int, Meta(description="the realm it was seen in (docs/configuration.md); 0 where none are configured")
    ]


class PoolEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The other end of the session: a pool, or a proxy before one."""

    ip: Annotated[str | UnsetType, Meta(description="its address; absent where `subject` stands for it")] = UNSET
    port: Annotated[int | UnsetType, Meta(description="its port; absent where `subject` stands for it")] = UNSET
    subject: Annotated[Subject | UnsetType, Meta(description="a pseudonym, where it is a customer's that has one")] = (
        UNSET
    )
    host: Annotated[str | UnsetType, Meta(description="the listed name met for this connection")] = UNSET
    name: Annotated[str | UnsetType, Meta(description="the list's word for the pool")] = UNSET
    coin: Annotated[str | UnsetType, Meta(description="the list's coin, where it has a single one for the pool")] = (
        UNSET
    )


class TunnelPaths(msgspec.Struct, frozen=True):
    """Encapsulation of each direction, outermost first."""

    miner_to_pool: Annotated[tuple[str, ...], Meta(description="layers around what the miner sends")]
    pool_to_miner: Annotated[tuple[str, ...], Meta(description="layers around what the pool sends")]


class ProxiedBy(msgspec.Struct, frozen=True):
    """A proxy before the pool."""

    kind: Annotated[str, Meta(description="how the proxy is spoken to: `http_connect`, `socks4`, `socks5`")]
    ip: Annotated[str, Meta(description="its address")]
    port: Annotated[int, Meta(description="its port")]


class TlsFacts(msgspec.Struct, frozen=True):
    """What TLS handshakes with the target show in clear, each fact of the first that did: no evidence by itself."""

    ja4: Annotated[
        str | UnsetType,
        Meta(description="JA4 of the ClientHello: tells programs apart, not what they do"),
    ] = UNSET
    certificate_names: Annotated[
        tuple[str, ...] | UnsetType,
        Meta(description="host names of the server's certificate, at most 8; in TLS 1.2 and before"),
    ] = UNSET


class ProtocolSeen(msgspec.Struct, frozen=True):
    """What is spoken, and over what."""

    transport: Annotated[str, Meta(description="`tcp` or `udp`")]
    encrypted: Annotated[bool, Meta(description="whether the session is encrypted")]
    dialect: Annotated[
        str | UnsetType, Meta(description="the dialect (docs/protocols); absent until it is certain")
    ] = UNSET
    proxied_by: Annotated[ProxiedBy | UnsetType, Meta(description="the proxy before the pool")] = UNSET
    tls: Annotated[TlsFacts | UnsetType, Meta(description="of a sighting: what TLS handshakes show in clear")] = UNSET


class MinerIdentity(msgspec.Struct, frozen=True):
    """What the miner said of itself on this connection. Passwords are never stored."""

    logins: Annotated[
        tuple[str, ...], Meta(description="as sent, at most 256, in order; none where the miner is hidden")
    ]
    workers: Annotated[tuple[str, ...], Meta(description="names of rigs, at most 256; none where the miner is hidden")]
    workers_count: Annotated[
        int, Meta(description="how many different ones, by account where it was seen, exact up to 1024")
    ]
    account: Annotated[
        str | UnsetType,
        Meta(
            description="the part before worker, mail and difficulty of the first login that was accepted, else of the "
            "first; where none was seen, of the first name that shares were sent in; a pseudonym where the miner is "
            "hidden"
        ),
    ] = UNSET
    wallet: Annotated[
        str | UnsetType,
        Meta(description="the account, where it has the shape of a wallet address; hidden in the same way"),
    ] = UNSET
    agent: Annotated[str | UnsetType, Meta(description="the program, as it names itself")] = UNSET
    software: Annotated[str | UnsetType, Meta(description="the program, as the agent tells")] = UNSET
    difficulty_wish: Annotated[
        float | UnsetType,
        Meta(
            description="the difficulty asked for with the login, behind a `+` or as `d=` in its password, which the "
            "pool need not give; absent where logins ask for different ones, and where the miner is hidden"
        ),
    ] = UNSET
    hardware_class: Annotated[
        str | UnsetType,
        Meta(description="the kind of machine: that of `estimate.hardware` where it is there, else as the agent tells"),
    ] = UNSET


class SharesSince(msgspec.Struct, frozen=True):
    """What changed since the revision before; a difference may be negative where waiting shares were answered."""

    seconds: Annotated[float, Meta(description="packet time since the revision before, or since the session began")]
    submitted: Annotated[int | UnsetType, Meta(description="as in `shares`")] = UNSET
    accepted: Annotated[int | UnsetType, Meta(description="as in `shares`")] = UNSET
    rejected: Annotated[int | UnsetType, Meta(description="as in `shares`")] = UNSET
    unanswered: Annotated[
        int | UnsetType,
        Meta(description="as in `shares`; negative where more were answered than were newly left waiting"),
    ] = UNSET
    stale: Annotated[int | UnsetType, Meta(description="as in `shares`")] = UNSET
    duplicate: Annotated[int | UnsetType, Meta(description="as in `shares`")] = UNSET


class Shares(msgspec.Struct, frozen=True):
    """`submitted = accepted + rejected + unanswered` where all four are there.

    An answer whose share was lost in a gap, or sent before the capture began, stands for that share.
    """

    since_last_update: Annotated[SharesSince, Meta(description="the same counts since the revision before")]
    submitted: Annotated[
        int | UnsetType, Meta(description="shares sent by the miner; absent where only the pool was seen")
    ] = UNSET
    accepted: Annotated[
        int | UnsetType, Meta(description="shares the pool accepted; absent where only the miner was seen")
    ] = UNSET
    rejected: Annotated[
        int | UnsetType, Meta(description="shares the pool rejected; absent where only the miner was seen")
    ] = UNSET
    unanswered: Annotated[int | UnsetType, Meta(description="still waiting; absent unless both sides were seen")] = (
        UNSET
    )
    stale: Annotated[
        int | UnsetType, Meta(description="too late: part of `rejected`, or of `accepted` where the pool says so")
    ] = UNSET
    duplicate: Annotated[int | UnsetType, Meta(description="sent twice: a part in the same way")] = UNSET


class MessagesSeen(msgspec.Struct, frozen=True):
    """Messages of each side: what the counts rest on."""

    miner: Annotated[int, Meta(description="messages the miner sent")]
    pool: Annotated[int, Meta(description="messages the pool sent")]
    agent_frames: Annotated[
        int | UnsetType,
        Meta(description="how many of them, of both sides, were binary frames of a BTCAgent"),
    ] = UNSET


class RigSession(msgspec.Struct, frozen=True, kw_only=True):
    """One rig behind an agent, from its registration until it left or another took its number."""

    rig: Annotated[int, Meta(description="the number that the agent gave it")]
    worker: Annotated[
        str | UnsetType, Meta(description="its name, at most 96 characters; absent where its registration was not seen")
    ] = UNSET
    agent: Annotated[str | UnsetType, Meta(description="its program, as it names itself, in the same way")] = UNSET
    difficulty: Annotated[float | UnsetType, Meta(description="of its shares, as set last")] = UNSET
    submitted: Annotated[int | UnsetType, Meta(description="shares it sent; absent where only the pool was seen")] = (
        UNSET
    )
    accepted: Annotated[
        int | UnsetType, Meta(description="shares of these that the pool accepted; absent where no share was answered")
    ] = UNSET
    rejected: Annotated[int | UnsetType, Meta(description="shares that the pool rejected, in the same way")] = UNSET
    work: Annotated[
        float | UnsetType,
        Meta(
            description="the difficulties of its shares added up, as sent or, for Ethereum, in hashes, without "
            "duplicates and those below it"
        ),
    ] = UNSET
    first_seen: Annotated[Time, Meta(description="its registration, or the first word of it")]
    last_seen: Annotated[Time, Meta(description="its latest share, or when it left")]
    is_open: Annotated[bool, Meta(description="whether it was still connected")]


class Finding(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="finding"):
    """One mining session, that is one connection between a miner and a pool, in one of its states."""

    schema_version: Annotated[int, Meta(description="1; grows when a field is added")]
    finding_id: Annotated[
        Id,
        Meta(
            description="128 bits in hex: the start of SHA-256 over, in network byte order, the length of the sensor "
            "id (2 bytes), the sensor id, the realm (4), the IP protocol (1), the smaller and the larger endpoint "
            "(address as 16 bytes, IPv4 as `::ffff:a.b.c.d`; port 2 bytes), the time of the flow's first packet in ns "
            "(8); where an end is hidden, or another finding named this one before it was told, a keyed hash of that "
            "(docs/privacy.md)"
        ),
    ]
    revision: Annotated[int, Meta(ge=1, description="counts within a finding, from 1; the highest holds")]
    sensor_id: Annotated[str, Meta(description="the sensor's name, from the configuration")]
    phase: Annotated[Phase, Meta(description="what this revision tells, see Revisions")]
    close_cause: Annotated[
        CloseCause | UnsetType, Meta(description="how the connection ended; only when `closed` and not withdrawn")
    ] = UNSET
    end_of_input: Annotated[bool, Meta(description="the input ended while the session was alive")]
    stage: Annotated[Stage, Meta(description="how far the session got; never falls")]
    grade: Annotated[Grade, Meta(description="how much was seen; never falls")]
    at: Annotated[Time, Meta(description="the time of this revision")]
    first_seen: Annotated[Time, Meta(description="the flow's first packet")]
    last_seen: Annotated[Time, Meta(description="the session's last payload")]
    direction: Annotated[
        Direction | UnsetType,
        Meta(
            description="`outbound` (the miner is ours), `inbound` (the pool is ours), `internal` (both are), "
            "`transit` (neither is); absent where nothing tells"
        ),
    ] = UNSET
    direction_basis: Annotated[
        DirectionBasis | UnsetType,
        Meta(description="what the direction rests on: `own_prefixes`, `customers`, or a guess (docs/attribution.md)"),
    ] = UNSET
    miner: Annotated[MinerEnd, Meta(description="the end that mines")]
    pool: Annotated[PoolEnd, Meta(description="the other end")]
    tunnel: Annotated[TunnelPaths | UnsetType, Meta(description="encapsulation; absent without any")] = UNSET
    protocol: Annotated[ProtocolSeen, Meta(description="what is spoken")]
    reasons: Annotated[tuple[Reason, ...], Meta(description="why we say so, in the order in which it was seen")]
    coin: Annotated[
        str | UnsetType, Meta(description="as the jobs or solutions of this session say; absent where they do not")
    ] = UNSET
    algorithm: Annotated[
        str | UnsetType, Meta(description="as the jobs or solutions of this session say; absent where they do not")
    ] = UNSET
    miner_identity: Annotated[MinerIdentity, Meta(description="what the miner said of itself")]
    rig_sessions: Annotated[
        tuple[RigSession, ...] | UnsetType,
        Meta(
            description="rigs behind an agent, at most 256, connected ones first; absent without an agent and where "
            "the miner is hidden"
        ),
    ] = UNSET
    rig_sessions_count: Annotated[
        int | UnsetType, Meta(description="how many sessions of rigs there were, exact while at most 1024 are open")
    ] = UNSET
    jobs: Annotated[
        int | UnsetType, Meta(description="jobs sent by the pool; absent where only the miner was seen")
    ] = UNSET
    shares: Annotated[Shares, Meta(description="shares of work, sent and answered")]
    messages_seen: Annotated[MessagesSeen, Meta(description="messages of each side")]
    gaps_bytes: Annotated[int, Meta(description="payload of the session that was missing in the capture")]
    estimate: Annotated[
        Estimate | UnsetType, Meta(description="hashrate, rigs and power; absent before the first share")
    ] = UNSET
    attribution: Annotated[
        Attribution | UnsetType, Meta(description="whose it is; absent where no file says whose addresses are")
    ] = UNSET
    evidence: Annotated[dict[str, Any] | UnsetType, Meta(description="where the packets are kept; not yet filled")] = (
        UNSET
    )
    community_id: Annotated[
        str | UnsetType,
        Meta(description="Community ID version 1, seed 0: joins with the records of other tools"),
    ] = UNSET
    related: Annotated[
        tuple[Related, ...] | UnsetType,
        Meta(description="findings of the same miner that must not be counted beside this one"),
    ] = UNSET


class SightingKind(enum.StrEnum):
    """What was sighted: a session that did not come about, or only a name or an endpoint."""

    ATTEMPTED = "attempted"
    REFUSED = "refused"
    DNS = "dns"
    SNI = "sni"
    HTTP_HOST = "http_host"
    ADDRESS = "address"
    LEARNED = "learned"
    PROXIED = "proxied"
    CERTIFICATE = "certificate"
    POOL_SERVER = "pool_server"


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Who was seen. The port differs from attempt to attempt and is left out."""

    ip: Annotated[str | UnsetType, Meta(description="its address; absent where `subject` stands for it")] = UNSET
    subject: Annotated[Subject | UnsetType, Meta(description="a pseudonym for whose it is (docs/privacy.md)")] = UNSET
    realm: Annotated[int, Meta(description="the realm it was seen in")]


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What was tried or asked for."""

    ip: Annotated[str | UnsetType, Meta(description="its address; absent where only a name was asked for")] = UNSET
    port: Annotated[int | UnsetType, Meta(description="its port; absent where only a name was asked for")] = UNSET
    subject: Annotated[Subject | UnsetType, Meta(description="a pseudonym, where it is a customer's that has one")] = (
        UNSET
    )
    host: Annotated[str | UnsetType, Meta(description="the listed name")] = UNSET
    name: Annotated[str | UnsetType, Meta(description="the list's word for the pool")] = UNSET
    coin: Annotated[str | UnsetType, Meta(description="the list's coin, where it has a single one for the pool")] = (
        UNSET
    )


class Sighting(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="sighting"):
    """Repeated attempts of one source, or a listed name or endpoint it met: one row with a count.

    There is one row per source, target and kind. A name or endpoint is not told where a finding has the same miner and
    pool.
    """

    schema_version: Annotated[int, Meta(description="1; grows when a field is added")]
    sighting_id: Annotated[
        Id,
        Meta(
            description="as `finding_id`, over sensor id, realm, source, kind and target of the row, and its first time"
        ),
    ]
    sensor_id: Annotated[str, Meta(description="the sensor's name, from the configuration")]
    what: Annotated[
        SightingKind,
        Meta(
            description="`attempted`, `refused`: sessions; `dns`, `sni`, `http_host`, `address`, `learned`, "
            "`proxied`, `certificate`: a listed name or endpoint, and where it was met; `pool_server`: somebody who is "
            "no miner asks a node for work, as a pool's server does"
        ),
    ]
    grade: Annotated[Grade, Meta(description="`D`")]
    count: Annotated[int, Meta(description="how often")]
    first_seen: Annotated[Time, Meta(description="the first time")]
    last_seen: Annotated[Time, Meta(description="the last time")]
    direction: Annotated[Direction | UnsetType, Meta(description="as in a finding")] = UNSET
    direction_basis: Annotated[DirectionBasis | UnsetType, Meta(description="as in a finding")] = UNSET
    miner: Annotated[Source, Meta(description="the source")]
    pool: Annotated[Target, Meta(description="the target")]
    protocol: Annotated[ProtocolSeen, Meta(description="what is spoken")]
    reasons: Annotated[tuple[Reason, ...], Meta(description="why we say so")]
