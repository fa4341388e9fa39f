"""The types that flow: what the engine reports, what a mining message means, what leaves as a finding.

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
    anchor: int  # index into Signatures.anchors; -1: followed for another reason
    tunnel_a: tuple[str, ...]  # encapsulation of packets sent by A, outermost first; () = none or not seen
    tunnel_b: tuple[str, ...]


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


class NameSeen(msgspec.Struct, frozen=True, gc=False):
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


class TlsSeen(msgspec.Struct, frozen=True):
    """What the TLS handshake shows of a flow on which a listed name or endpoint was met: ``kind`` and ``name``, as in
    that ``NameSeen``. Either the fingerprint or the certificate's names."""

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


class InputFailure(msgspec.Struct, frozen=True):
    """An input in which nothing can be read: where, what it is, what to do."""

    path: str
    what: str
    remedy: str


# ---------------------------------------------------------------- mining events (wire -> detect)


class Standing(enum.IntEnum):
    """What a decoder thinks of a conversation."""

    UNDECIDED = 0
    CONFIRMED = 1  # something only this dialect says was seen
    REFUTED = 2  # it cannot be this dialect


class MalformedCode(enum.StrEnum):
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    TOO_DEEP = "too_deep"
    LINE_TOO_LONG = "line_too_long"
    NO_ROOM = "no_room"  # a line that was not kept to its end, because sessions had taken all memory that they share
    BAD_FRAME = "bad_frame"
    BAD_PARAMS = "bad_params"  # a known method with parameters of the wrong shape
    BAD_VALUE = "bad_value"  # a number or hex field outside its bounds


class UnknownCode(enum.StrEnum):
    METHOD = "method"
    REPLY = "reply"  # answers no request that we saw
    SHAPE = "shape"  # neither a request nor a reply
    ROLE = "role"  # the other end's to say
    MEMBERS = "members"  # quoted by a record that has members of its own


class NoticeKind(enum.StrEnum):
    """Known messages that carry nothing to count."""

    KEEPALIVE = "keepalive"
    EXTRANONCE = "extranonce"
    VERSION_MASK = "version_mask"
    EXTENSIONS = "extensions"  # mining.configure, agent.get_capabilities and their answers
    SHOW_MESSAGE = "show_message"
    VERSION = "version"  # client.get_version and its answer
    TRANSACTIONS = "transactions"
    GETWORK = "getwork"  # a request for work; the answer is a Job
    WISH = "wish"  # mining.suggest_difficulty, mining.suggest_target
    REPLY = "reply"  # the answer to a request that needs no more than an answer
    PREFACE = "preface"  # text before the first message: PROXY line, HTTP error page of a pool port


class Subscribe(msgspec.Struct, frozen=True, gc=False):
    side: Side
    ts_ns: int
    agent: str | None


class Subscribed(msgspec.Struct, frozen=True, gc=False):
    side: Side
    ts_ns: int
    accepted: bool


class Login(msgspec.Struct, frozen=True, gc=False):
    """``login`` as sent, never with its password; ``difficulty_wish`` is all that survives of one."""

    side: Side
    ts_ns: int
    login: str
    worker: str | None
    agent: str | None
    difficulty_wish: float | None


class LoginResult(msgspec.Struct, frozen=True, gc=False):
    side: Side
    ts_ns: int
    login: str | None
    accepted: bool
    code: int | None


class Difficulty(msgspec.Struct, frozen=True, gc=False):
    """``value`` as sent; ``work`` the expected hashes per share, absent while the algorithm is not known."""

    side: Side
    ts_ns: int
    value: float | None
    work: float | None


class DifficultyMissed(msgspec.Struct, frozen=True, gc=False):
    """Bytes of the pool are missing in which a difficulty may have been: the one in force is not known for certain."""

    side: Side
    ts_ns: int


class Job(msgspec.Struct, frozen=True, gc=False):
    """``value`` and ``work`` are those in force for this job's shares."""

    side: Side
    ts_ns: int
    job_id: str
    value: float | None
    work: float | None
    algorithm: str | None
    coin: str | None
    clean: bool | None
    height: int | None


class Share(msgspec.Struct, frozen=True, gc=False):
    """``key`` names the share until its result; ``work`` is that of its own job."""

    side: Side
    ts_ns: int
    key: int
    job_id: str
    worker: str | None
    value: float | None
    work: float | None


class TellingShare(Share, frozen=True, gc=False):
    """A share that tells more. A kind of its own, because most do not and their fields are filled a million times.

    ``hash64`` is the most significant eighth of its hash, where that was sent and its target is not known; ``slot`` is
    the part of the nonces that a proxy gave to the rig; ``algorithm`` and ``coin``, where its solution is the first to
    show them.
    """

    hash64: int | None
    slot: int | None
    algorithm: str | None = None
    coin: str | None = None


class ShareResult(msgspec.Struct, frozen=True, gc=False):
    """``key`` is absent where the submit itself was not seen."""

    side: Side
    ts_ns: int
    key: int | None
    accepted: bool
    stale: bool
    duplicate: bool
    code: int | None


class LowShare(ShareResult, frozen=True, gc=False):
    """Rejected, because its hash is above the target."""


class HashrateReport(msgspec.Struct, frozen=True, gc=False):
    """What a miner says of itself: a hint, never a measurement."""

    side: Side
    ts_ns: int
    hashrate_hs: float
    worker: str | None


class Redirect(msgspec.Struct, frozen=True, gc=False):
    side: Side
    ts_ns: int
    host: str | None
    port: int | None


class Notice(msgspec.Struct, frozen=True, gc=False):
    side: Side
    ts_ns: int
    kind: NoticeKind


class RigJoined(msgspec.Struct, frozen=True, gc=False):
    """A rig behind an agent was registered under the number ``rig``, which a later rig may be given again."""

    side: Side
    ts_ns: int
    rig: int
    worker: str | None
    agent: str | None


class RigLeft(msgspec.Struct, frozen=True, gc=False):
    side: Side
    ts_ns: int
    rig: int


class RigDifficulty(msgspec.Struct, frozen=True, gc=False):
    """The difficulty of some rigs of a connection, as sent, from the next job on."""

    side: Side
    ts_ns: int
    value: float
    rigs: tuple[int, ...]


class RigShare(Share, frozen=True, gc=False):
    """A share of one of several rigs of a connection, each with a difficulty of its own."""

    rig: int


class RigResult(ShareResult, frozen=True, gc=False):
    """``worth`` is that of its share, in the unit in which that was counted; absent, like ``rig``, where that was not
    seen. ``is_low``: rejected, because its hash is above the target.
    """

    rig: int | None
    worth: float | None
    is_low: bool


class Unknown(msgspec.Struct, frozen=True, gc=False):
    side: Side
    ts_ns: int
    code: UnknownCode


class Malformed(msgspec.Struct, frozen=True, gc=False):
    """``offset`` counts bytes from the start of what was seen of this side."""

    side: Side
    ts_ns: int
    code: MalformedCode
    offset: int


class Restart(msgspec.Struct, frozen=True, gc=False):
    """The events before this one were read in another dialect: tallies start anew with what follows.

    It stands first in its list, and the new dialect's own reading of the same messages follows it.
    """

    ts_ns: int


class Renamed(msgspec.Struct, frozen=True, gc=False):
    """The same reading goes on under the name of another dialect: what was counted stays."""

    ts_ns: int


MiningEvent = (
    Subscribe
    | Subscribed
    | Login
    | LoginResult
    | Difficulty
    | DifficultyMissed
    | Job
    | Share
    | TellingShare
    | ShareResult
    | LowShare
    | HashrateReport
    | Redirect
    | Notice
    | RigJoined
    | RigLeft
    | RigDifficulty
    | RigShare
    | RigResult
    | Unknown
    | Malformed
    | Restart
    | Renamed
)

# ---------------------------------------------------------------- counted work (detect -> estimate)


class Work(msgspec.Struct, frozen=True, gc=False):
    """Shares of one session whose worth is known, in one window of time.

    ``total`` and ``squares`` are the sums of their worths and of the squares of these: expected hashes where
    ``is_hashes``, else difficulties as sent. ``in_force`` is the mean of the worth in force over the window, 0 where it
    is not known. ``accepted`` is the part of ``total`` that the pool accepted, absent where no answer was seen.
    ``worth_error``: how far the worths may be wrong all together, relative. ``missed_ns``: of the window, what is no
    active time because a difficulty may have been sent in a hole; ``is_cut``: that holds of the time behind it, too.
    """

    from_ns: int
    until_ns: int
    active_ns: int
    count: int
    total: float
    squares: float
    is_hashes: bool
    in_force: float = 0.0
    accepted: float | None = None
    worth_error: float = 0.0
    missed_ns: int = 0
    is_cut: bool = False


class Blind(msgspec.Struct, frozen=True, gc=False):
    """Shares whose worth is not known. ``is_steady``: their rate does not show that it changed."""

    from_ns: int
    until_ns: int
    count: int
    is_steady: bool


class Measured(msgspec.Struct, frozen=True, gc=False):
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
