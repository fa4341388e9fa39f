"""What a decoder is, and the bookkeeping all of them share: who mines, what was asked, which job is worth
what.

Knows no method name of any dialect. A decoder is fed whole messages of both sides and never raises for what
they hold; it is told of holes. It does no I/O and reads no clock.
"""

from __future__ import annotations

from typing import ClassVar, Protocol

import msgspec

from sensor.limits import (
    CONTRADICTIONS_MAX,
    JOBS_PER_SESSION_MAX,
    PENDING_PER_SESSION_MAX,
    PUZZLING_ANSWERS_MAX,
    SUBMIT_BYTES_MIN,
    TURNS_MAX,
)
from sensor.model import (
    SIDES,
    LowShare,
    Malformed,
    MalformedCode,
    MiningEvent,
    Notice,
    NoticeKind,
    ShareResult,
    Side,
    Standing,
    Unknown,
    UnknownCode,
)
from sensor.wire.addresses import worker_of
from sensor.wire.faults import read_fault
from sensor.wire.jsonrpc import Pending, Rpc


class Decoder(Protocol):
    """One dialect's reading of one conversation."""

    dialect: ClassVar[str]
    standing: Standing
    claimed: bool  # something of this dialect's own was seen, if not yet enough to confirm it
    miner: Side | None
    malformed_count: int
    unknown_count: int

    def receive(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """What the message ``rpc`` from ``side`` means."""

    def gap(self, side: Side, missing: int, ts_ns: int) -> list[MiningEvent]:
        """``missing`` bytes of ``side`` were lost before the next message."""


class Worth(msgspec.Struct, frozen=True, gc=False):
    """What a share counts: the difficulty as sent and its expected hashes, each absent where not known."""

    value: float | None
    work: float | None


NO_WORTH = Worth(None, None)


class LoginAsked(msgspec.Struct, frozen=True, gc=False):
    """A login that waits for its answer, and the rig that it names."""

    login: str
    worker: str | None


class SubscribeAsked(msgspec.Struct, frozen=True, gc=False):
    """A subscription that waits for its answer."""


SUBSCRIBE_ASKED = SubscribeAsked()

# A request that waits: a share by its key, a login, a subscription, or the kind of notice its answer is.
Asked = int | LoginAsked | SubscribeAsked | NoticeKind


class JobRead(msgspec.Struct, frozen=True, gc=False):
    """A job as its dialect reads it. ``worth`` only where the job carries its own target.

    ``hashes_per_difficulty`` only where the job shows what a difficulty is worth.
    """

    job_id: str
    clean: bool | None = None
    algorithm: str | None = None
    coin: str | None = None
    height: int | None = None
    worth: Worth | None = None
    hashes_per_difficulty: float | None = None


class Conversation:
    """State of one conversation, as every decoder keeps it. All of it bounded."""

    __slots__ = (
        "_asked",
        "_contradictions",
        "_jobs",
        "_lost_count",
        "_miner_seen",
        "_next_key",
        "_pool",
        "_puzzling",
        "_turns",
        "_worker_login",
        "_worker_name",
        "claimed",
        "malformed_count",
        "miner",
        "standing",
        "unknown_count",
    )

    dialect: ClassVar[str]

    def __init__(self) -> None:
        self.standing = Standing.UNDECIDED
        self.claimed = False
        self.miner: Side | None = None
        self._pool: Side | None = None
        self.malformed_count = 0
        self.unknown_count = 0
        self._asked: Pending[Asked] = Pending()
        self._jobs: dict[str, Worth] = {}
        self._next_key = 1
        self._miner_seen = False
        self._lost_count = 0  # answers that a hole on the miner's side may explain
        self._puzzling: list[ShareResult] = []  # answers that nothing explains, since the miner last spoke
        self._turns = 0
        self._contradictions = 0
        self._worker_login = ""
        self._worker_name: str | None = None

    # ------------------------------------------------------------ roles

    def _cast(self, miner: Side) -> bool:
        """A message says that ``miner`` mines. False: the session's roles are firm, or this is no
        conversation.

        One side saying the lines of both is a page of examples or a log: turned round too often, it is
        refuted.
        """
        if self.miner is None:
            self._assign(miner)
        elif self.miner != miner:
            if self._jobs and self._miner_seen:
                self._contradictions += 1
                if self._contradictions > CONTRADICTIONS_MAX:
                    self.standing = Standing.REFUTED
                return False
            self._turns += 1
            if self._turns > TURNS_MAX:
                self.standing = Standing.REFUTED
                return False
            self._assign(miner)
            self._miner_seen = False
            self._asked.clear()
        return True

    def _assign(self, miner: Side) -> None:
        self.miner = miner
        self._pool = other_side(miner)

    def gap(self, side: Side, missing: int, ts_ns: int) -> list[MiningEvent]:
        """A hole on the miner's side explains answers whose request was lost in it, also those that came before the
        hole was noticed: it is noticed when that side speaks again.
        """
        if side != self.miner:
            return []
        lost = min(1 + missing // SUBMIT_BYTES_MIN, PENDING_PER_SESSION_MAX)
        explained: list[MiningEvent] = [*self._puzzling[:lost]]
        self._puzzling.clear()
        self._lost_count = min(self._lost_count + lost - len(explained), PENDING_PER_SESSION_MAX)
        return explained

    # ------------------------------------------------------------ jobs and shares

    def _remember_job(self, job_id: str, worth: Worth) -> None:
        # A reused id is the newest job again.
        self._jobs.pop(job_id, None)
        self._jobs[job_id] = worth
        if len(self._jobs) > JOBS_PER_SESSION_MAX:
            del self._jobs[next(iter(self._jobs))]

    def _new_key(self, rpc: Rpc) -> int:
        key = self._next_key
        self._next_key = key + 1
        self._asked.put(rpc, key)
        return key

    def _worker_of(self, login: str) -> str | None:
        # A rig sends the same login with each share.
        if login != self._worker_login:
            self._worker_login = login
            self._worker_name = worker_of(login)
        return self._worker_name

    def _refused_share(self, side: Side, key: int | None, rpc: Rpc, ts_ns: int) -> ShareResult:
        fault = read_fault(rpc)
        kind = LowShare if fault.low else ShareResult
        return kind(side, ts_ns, key, False, fault.stale, fault.duplicate, fault.code)

    def _is_blind_to_miner(self) -> bool:
        """Whether an answer's request may have passed unseen; a hole explains only so many."""
        if not self._miner_seen:
            return True
        if self._lost_count:
            self._lost_count -= 1
            return True
        return False

    def _unexplained(self, result: ShareResult | None, side: Side, ts_ns: int) -> list[MiningEvent]:
        """An answer to a request that was not seen, of a miner that is: unknown. If it can only be a share's
        ``result``, a hole that turns up later explains it.
        """
        if result is not None and self._jobs and len(self._puzzling) < PUZZLING_ANSWERS_MAX:
            self._puzzling.append(result)
        return self._unknown(side, ts_ns, UnknownCode.REPLY)

    # ------------------------------------------------------------ small events

    def _unknown(self, side: Side, ts_ns: int, code: UnknownCode) -> list[MiningEvent]:
        self.unknown_count += 1
        return [Unknown(side, ts_ns, code)]

    def _malformed(self, side: Side, rpc: Rpc, ts_ns: int, code: MalformedCode) -> list[MiningEvent]:
        self.malformed_count += 1
        return [Malformed(side, ts_ns, code, rpc.offset)]

    def _bad_request(self, side: Side, rpc: Rpc, ts_ns: int, code: MalformedCode) -> list[MiningEvent]:
        """A request of the wrong shape: its answer will come all the same."""
        self._asked.put(rpc, NoticeKind.REPLY)
        return self._malformed(side, rpc, ts_ns, code)

    def _refute(self) -> list[MiningEvent]:
        self.standing = Standing.REFUTED
        return []


def other_side(side: Side) -> Side:
    """The other end; a table, because it is asked for each message of the pool."""
    return SIDES[1 - side]


def notice(side: Side, ts_ns: int, kind: NoticeKind) -> list[MiningEvent]:
    return [Notice(side, ts_ns, kind)]
