"""The types that flow: what the engine reports, what is counted of it, parts of what leaves.

This file knows no module of ours and does no I/O. Times are nanoseconds since 1970-01-01 UTC, in packet time.
Absent (``None``) means "not seen"; it never means zero and never means "failed".
"""

from __future__ import annotations

import enum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

# ---------------------------------------------------------------- parts of what leaves

Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""RFC 3339 UTC with nine digits, in packet time."""
Id = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
"""128 bits in hex."""

# ---------------------------------------------------------------- flows and observations (engine -> pipeline)


class Side(enum.IntEnum):
    """One end of a flow. A is the TCP initiator where its SYN was seen, else the sender of the first packet seen.

    Which side is the *miner* is never read from this: the decoder decides it.
    """

    A = 0
    B = 1

    @property
    def other(self) -> Side:
        return Side.B if self is Side.A else Side.A


SIDES: Final = (Side.A, Side.B)


class Endpoint(msgspec.Struct, frozen=True, gc=False):
    """An address in text form (IPv4 dotted, IPv6 as RFC 5952) and a port."""

    ip: str
    port: int


class FlowKey(msgspec.Struct, frozen=True, gc=False):
    """The inner five-tuple and the realm it was seen in."""

    realm: int
    transport: str  # "tcp" | "udp"
    a: Endpoint
    b: Endpoint


class NameKind(enum.StrEnum):
    """Where a name or endpoint of a pool list was met."""

    DNS = "dns"  # an answer for the name was sent to the client
    SNI = "sni"  # in a TLS ClientHello
    HTTP_HOST = "http_host"
    ADDRESS = "address"  # address and port stand on a list
    LEARNED = "learned"  # the address was given earlier in a DNS answer for a listed name
    PROXIED = "proxied"  # a proxy was asked for it: HTTP CONNECT, SOCKS
    CERTIFICATE = "certificate"  # a TLS server's certificate names it


class FlowOpened(msgspec.Struct, frozen=True, gc=False):
    """A flow became a candidate: an anchor matched. Its held payload follows as chunks."""

    flow_id: int
    ts_ns: int
    first_ns: int  # time of the flow's first packet
    key: FlowKey
    midstream: bool  # True: no SYN of this flow was seen
    anchor: int  # index among the anchors of its carrier; -1: followed for another reason
    tunnel_a: tuple[str, ...]  # encapsulation of packets sent by A, outermost first; () = none or not seen
    tunnel_b: tuple[str, ...]
    over_http: bool = False  # an anchor of the dialects over HTTP, in one of its messages


class Chunk(msgspec.Struct, frozen=True, gc=False):
    """In-order payload of one side. ``gap_bytes`` are missing immediately before ``data`` (which may be empty)."""

    flow_id: int
    side: Side
    ts_ns: int
    gap_bytes: int
    data: bytes


class CloseCause(enum.StrEnum):
    """How a flow ended."""

    FIN = "fin"
    RST = "rst"
    IDLE = "idle"
    EVICTED = "evicted"
    PORT_REUSED = "port_reused"
    END = "end"  # the input ended while the flow was alive


class FlowClosed(msgspec.Struct, frozen=True, gc=False):
    flow_id: int
    ts_ns: int
    cause: CloseCause


class NameSeen(msgspec.Struct, frozen=True, gc=False, tag=True, array_like=True):
    """A listed name or endpoint was met. ``flow_id`` is the flow it was met in, 0 where
    that is not followed (yet) and for a DNS answer."""

    flow_id: int
    ts_ns: int
    realm: int
    transport: str
    kind: NameKind
    client: Endpoint  # who asked or connects
    server: Endpoint  # whom it connects to; for DNS the resolver, for PROXIED the proxy
    name: str  # the name as met, lower case; "" for an address
    entry: int  # index into Signatures.entries
    age_ns: int  # since the DNS answer that gave the address its name; else 0
    addresses: tuple[str, ...]  # DNS: the answer's addresses; PROXIED: the address asked for, if it was one; else ()
    via: str = ""  # PROXIED: how the proxy was asked, as in ``Proxied``
    port: int = 0  # PROXIED: the port asked for


class PathSeen(msgspec.Struct, frozen=True, gc=False):
    """The tunnel path of a side whose first packet came after the flow was opened."""

    flow_id: int
    side: Side
    tunnel: tuple[str, ...]


class Proxied(msgspec.Struct, frozen=True):
    """On this flow, before its session began, a proxy was asked for a connection to ``host`` and ``port``."""

    flow_id: int
    ts_ns: int
    via: str  # "http_connect" | "socks4" | "socks5"
    host: str  # a name in lower case, or an address
    port: int


class TlsSeen(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """What the TLS handshake shows of a flow on which a listed name or endpoint was met: ``kind`` and ``name``, as in
    that ``NameSeen``; ``server`` is whom the client means, maybe behind a proxy. Either the fingerprint or the
    certificate's names."""

    ts_ns: int
    realm: int
    kind: NameKind
    client: Endpoint
    server: Endpoint
    name: str
    ja4: str  # JA4 of the ClientHello; "" where this tells of the certificate
    certificate_names: tuple[str, ...]  # host names in lower case, at most 8; () where this tells of the fingerprint


Observation = FlowOpened | Chunk | FlowClosed | NameSeen | PathSeen | Proxied | TlsSeen


class Need(enum.IntEnum):
    """What the pipeline still wants of a flow: the words of steering."""

    MORE = 1  # mining beyond doubt: follow it to its end
    ENOUGH = 2  # there is no seat for it: no payload until there is, only how much went by, and its end
    IGNORE = 3  # refuted: forget it
    CLOSELY = 4  # as MORE, but each chunk is judged before the next packet is read
    LATER = 5  # there is not even room to rest: a new account, and not before an hour is over


class Steering(msgspec.Struct, frozen=True, gc=False):
    flow_id: int
    need: Need


class InputReport(msgspec.Struct, frozen=True):
    """What became of one input. ``problems`` are counts by kind; times are absent where no packet was read."""

    path: str
    format: str
    packets: int
    bytes: int
    first_ns: int | None
    last_ns: int | None
    problems: dict[str, int]
    outside_window: int = 0

    @property
    def is_compressed(self) -> bool:
        """``format`` names the compressions behind the format itself."""
        return " " in self.format


class InputFailure(msgspec.Struct, frozen=True):
    """An input in which nothing can be read: where, what it is, what to do."""

    path: str
    what: str
    remedy: str


# ---------------------------------------------------------------- counted work (detect -> estimate)


class Work(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Shares of one session whose worth is known, in one window of time.

    ``total`` and ``squares`` are the sums of their worths and of the squares of these: expected hashes where
    ``is_hashes``, else difficulties as sent. ``in_force`` is the mean of the worth in force over the window, 0 where it
    is not known; ``idle_ns``: how long difficulties were in force none of whose shares came. ``accepted`` is the part
    of ``total`` that the pool accepted, absent where no answer was seen. ``worth_error``: how far the worths may be
    wrong all together, relative. ``missed_ns``: of the window, what is no active time because a difficulty may have
    been sent in a hole; ``is_cut``: that holds of the time behind it, too.
    """

    from_ns: int
    until_ns: int
    active_ns: int
    count: int
    total: float
    squares: float
    is_hashes: bool
    in_force: float = 0.0
    idle_ns: int = 0
    accepted: float | None = None
    worth_error: float = 0.0
    missed_ns: int = 0
    is_cut: bool = False


class Blind(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Shares whose worth is not known. ``is_steady``: their rate does not show that it changed."""

    from_ns: int
    until_ns: int
    count: int
    is_steady: bool


class Measured(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """All of a session that its estimate rests on."""

    dialect: str | None
    algorithm: str | None  # as jobs say
    agent: str | None
    pool_coin: str | None  # the only coin of the pool, as a list says
    workers_count: int  # names that sent shares
    slots_count: int
    rigs_at_once: int  # behind an agent, that sent shares; 0: no agent
    rigs_seen: int  # sessions of such rigs; one that comes back has another
    reported_hs: float | None
    answered: int
    rejected: int
    is_holed: bool  # bytes are missing
    work: Work | None
    hashes: Work | None  # worths from the hashes of the shares
    blind: Blind | None
    difficulty_wish: float | None = None  # as the login asks for
    rolls_versions: bool = False  # with leave of the pool

    @property
    def has_shares(self) -> bool:
        """Whether any was seen."""
        return self.work is not None or self.hashes is not None or self.blind is not None
