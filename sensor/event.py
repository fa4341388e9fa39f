"""What mining messages mean: the events that decoders make of them and sessions count (wire -> detect).

Does no I/O. Times are nanoseconds since 1970-01-01 UTC, in packet time. Absent (``None``) means "not seen"; it never
means zero and never means "failed".
"""

from __future__ import annotations

import enum

import msgspec

from sensor.model import Side


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


class VersionRolling(msgspec.Struct, frozen=True, gc=False):
    """The pool lets the miner change bits of a block's version (BIP 310)."""

    side: Side
    ts_ns: int


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
    show them; ``login``, where nobody was seen to log in and the share before it was sent in another name.
    """

    hash64: int | None = None
    slot: int | None = None
    algorithm: str | None = None
    coin: str | None = None
    login: str | None = None


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
    | VersionRolling
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
