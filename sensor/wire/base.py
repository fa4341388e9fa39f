"""What a decoder is, and the bookkeeping all of them share: who mines, what was asked, which job is worth
what.

Knows no method name of any dialect. A decoder is fed whole messages of both sides and never raises for what
they hold; it is told of holes. It does no I/O and reads no clock.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from itertools import islice
from typing import ClassVar, Final, Protocol

import msgspec

from sensor.event import (
    LowShare,
    Malformed,
    MalformedCode,
    MiningEvent,
    Notice,
    NoticeKind,
    Redirect,
    Share,
    ShareResult,
    Standing,
    TellingShare,
    Unknown,
    UnknownCode,
)
from sensor.limits import (
    CONTRADICTIONS_MAX,
    FIELD_CHARS_MAX,
    JOB_BYTES,
    JOBS_FREE,
    JOBS_PER_SESSION_MAX,
    NAMES_FREE,
    PENDING_PER_SESSION_MAX,
    PUZZLING_ANSWERS_MAX,
    QUOTED_WORDS_MAX,
    SECRET_CHARS_MAX,
    SECRETS_PER_LOGIN_MAX,
    SUBMIT_BYTES_MIN,
)
from sensor.model import SIDES, Side
from sensor.room import Purse, Want, text_bytes
from sensor.wire.addresses import without_user_info, worker_of
from sensor.wire.faults import read_fault
from sensor.wire.frames import AgentMessage
from sensor.wire.jsonrpc import Pending, Rpc, text, whole
from sensor.wire.shapes import said_yes

_PORT_MAX: Final = 65_535
_BOTH_SIDES: Final = 0b11


class Decoder(Protocol):
    """One dialect's reading of one conversation."""

    dialect: ClassVar[str]
    reads_frames: ClassVar[bool]
    standing: Standing
    claimed: bool  # something of this dialect's own was seen, if not yet enough to confirm it
    miner: Side | None
    secrets: tuple[str, ...]  # sent with the login that was answered last
    is_quotation: bool  # refuted, because one side spoke for both ends
    malformed_count: int
    unknown_count: int

    @property
    def is_doubtful(self) -> bool:
        """Whether one side has spoken for both ends, and the other has not made clear which of them it is."""

    @property
    def is_mutual(self) -> bool:
        """Whether each end has spoken for itself."""

    @property
    def name(self) -> str:
        """What is spoken, as far as this decoder tells dialects apart; its own ``dialect`` where it reads but one."""

    @property
    def is_specific(self) -> bool:
        """Whether words were seen that no other protocol has, even if they do not settle which dialect it is."""

    @classmethod
    def may_begin(cls, rpc: Rpc) -> bool:
        """Whether a conversation may begin with ``rpc``. One that would be refuted by it need not be made."""

    def receive(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """What the message ``rpc`` from ``side`` means."""

    def frame(self, side: Side, said: AgentMessage, ts_ns: int) -> list[MiningEvent]:
        """What the frame of a BTCAgent, of which ``said`` was read, means."""

    def gap(self, side: Side, missing: int, ts_ns: int, torn: int = 0) -> list[MiningEvent]:
        """``missing`` bytes of ``side`` were lost before the next message, and with them ``torn`` bytes that were seen:
        of the lines that begin before or end behind the hole.
        """


class Worth(msgspec.Struct, frozen=True, gc=False):
    """What a share counts: the difficulty as sent and its expected hashes, each absent where not known."""

    value: float | None
    work: float | None


NO_WORTH = Worth(None, None)


class LoginAsked(msgspec.Struct, frozen=True, gc=False):
    """A login that waits for its answer, the rig that it names, what must not be shown of that answer, and what the
    purse paid for these words.
    """

    login: str
    worker: str | None
    secrets: tuple[str, ...]
    paid_bytes: int


# What is left of a login for whose words there is no memory.
_LOGIN_WITHOUT_WORDS: Final = LoginAsked("", None, (), 0)


class SubscribeAsked(msgspec.Struct, frozen=True, gc=False):
    """A subscription that waits for its answer."""


SUBSCRIBE_ASKED = SubscribeAsked()

# A request that waits: a share by its key, a login, a subscription, or the kind of notice its answer is.
Asked = int | LoginAsked | SubscribeAsked | NoticeKind


class JobRead(msgspec.Struct, frozen=True, gc=False):
    """A job as its dialect reads it. ``worth`` only where the job carries its own target."""

    job_id: str
    clean: bool | None = None
    algorithm: str | None = None
    coin: str | None = None
    height: int | None = None
    worth: Worth | None = None


class Conversation:
    """State of one conversation, as every decoder keeps it. All of it bounded."""

    __slots__ = (
        "_asked",
        "_contradicting",
        "_contradictions",
        "_forgotten",
        "_jobs",
        "_jobs_max",
        "_lost_count",
        "_miner_heard",
        "_next_key",
        "_pool_heard",
        "_purse",
        "_puzzling",
        "_worker_login",
        "_worker_name",
        "claimed",
        "is_quotation",
        "malformed_count",
        "miner",
        "secrets",
        "standing",
        "unknown_count",
    )

    dialect: ClassVar[str]
    reads_frames: ClassVar[bool] = False

    def __init__(self, purse: Purse | None = None) -> None:
        self._purse = purse or Purse()
        self.standing = Standing.UNDECIDED
        self.claimed = False
        self.miner: Side | None = None
        self.secrets: tuple[str, ...] = ()
        self.is_quotation = False
        # The sides that said what only a miner, and what only a pool says; None: nobody yet.
        self._miner_heard: Side | None = None
        self._pool_heard: Side | None = None
        self._contradictions = 0
        self._contradicting = 0  # the sides that did so, one bit each
        self.malformed_count = 0
        self.unknown_count = 0
        self._asked: Pending[Asked] = Pending(self._purse)
        self._jobs: dict[str, Worth] = {}
        self._jobs_max = JOBS_FREE
        # Of the latest job that was forgotten, for shares of jobs that are not remembered: a pool that sends ten jobs a
        # second takes shares of those of some seconds ago.
        self._forgotten: Worth = NO_WORTH
        self._next_key = 1
        self._lost_count = 0  # answers that a hole on the miner's side may explain
        self._puzzling: list[ShareResult] = []  # answers that nothing explains, since the miner last spoke
        self._worker_login = ""
        self._worker_name: str | None = None

    # ------------------------------------------------------------ roles

    @property
    def is_doubtful(self) -> bool:
        return self._contradictions > 0 and not self.is_mutual

    @property
    def is_mutual(self) -> bool:
        return self._miner_heard is not None and self._pool_heard is not None

    @property
    def name(self) -> str:
        return self.dialect

    @property
    def is_specific(self) -> bool:
        return self.standing is Standing.CONFIRMED

    def _cast(self, miner: Side, speaker: Side, *, by_name: bool = True) -> bool:
        """``speaker`` says for the first time, or against what was said before, that ``miner`` mines. Whether it is
        believed.

        Who says the words of both ends is a log, a mail or a page, and is refuted unless the other side soon speaks
        for itself. ``by_name``: no other protocol has the word.
        """
        pool = other_side(miner)
        if self._miner_heard not in (None, miner) or self._pool_heard not in (None, pool):
            if by_name:
                is_first = self._contradictions == 0
                self._contradict(speaker)
                if is_first and speaker is miner and self._is_alone(speaker):
                    return self._turn(miner)
            return False
        if speaker is miner:
            self._miner_heard = miner
        else:
            self._pool_heard = pool
        self.miner = miner
        return True

    def _is_alone(self, speaker: Side) -> bool:
        """Whether who mines is known from the words of ``speaker`` alone."""
        heard = self._pool_heard if self._miner_heard is None else self._miner_heard
        return heard is speaker and self.is_doubtful

    def _turn(self, miner: Side) -> bool:
        """The side that was heard as a pool asks as a miner does, and nobody has answered to its first words: once,
        they are taken back. Whether its questions are answered will tell; of a log that is read aloud they never are.
        """
        self._pool_heard = None
        self._miner_heard = self.miner = miner
        return True

    def _contradict(self, speaker: Side) -> None:
        """``speaker`` says what only the other end says. Once both have spoken for themselves, one of them may say so
        for ever, or it would hide its mining; where both do, as an echo makes them, not more often than there are
        shares.
        """
        self._contradictions += 1
        self._contradicting |= 1 << speaker
        if self.is_doubtful:
            is_quotation = self._contradictions > QUOTED_WORDS_MAX
        else:
            is_mutual = self._contradicting == _BOTH_SIDES
            is_quotation = is_mutual and self._contradictions > max(CONTRADICTIONS_MAX, self._next_key)
        if is_quotation:
            self.standing = Standing.REFUTED
            self.is_quotation = True

    def _take_answer(self, side: Side, rpc: Rpc) -> Asked | None:
        """What ``rpc``, an answer of ``side``, answers: only the end that does not mine answers a miner."""
        if self.miner is None:
            return None
        asked = self._asked.take(rpc)
        if asked is not None and self._pool_heard is None:
            self._pool_heard = side
        return asked

    def _ask_login(self, rpc: Rpc, login: str, worker: str | None, secrets: Iterable[object]) -> None:
        """A login waits for its answer. ``secrets`` came with it: they are kept that long, for the answer may repeat
        them.
        """
        found = (text(secret) for secret in islice(secrets, SECRETS_PER_LOGIN_MAX))
        kept = tuple(word[:SECRET_CHARS_MAX] for word in found if word)
        paid_bytes = 0
        if len(self._asked) >= NAMES_FREE:
            paid_bytes = sum(text_bytes(word) for word in (login, worker or "", *kept))
            if not self._purse.take(paid_bytes, Want.REQUESTS):
                self._asked.put(rpc, _LOGIN_WITHOUT_WORDS)
                return
        self._asked.put(rpc, LoginAsked(login, worker, kept, paid_bytes))

    def _answered_login(self, asked: LoginAsked) -> str | None:
        """The login that is answered now; None where its words were not kept."""
        self.secrets = asked.secrets
        self._purse.give(asked.paid_bytes)
        return asked.login or None

    def _look_at_own_answer(self, side: Side, rpc: Rpc) -> None:
        """``side``, which mines, answers: a miner answers its pool, but never its own latest request."""
        if (
            self._pool_heard is None
            and self._asked.is_latest(rpc)
            and (said_yes(rpc.result) or read_fault(rpc).of_share)
        ):
            self._contradict(side)

    def gap(self, side: Side, missing: int, ts_ns: int, torn: int = 0) -> list[MiningEvent]:
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

    def frame(self, side: Side, said: AgentMessage, ts_ns: int) -> list[MiningEvent]:
        """Only one dialect has frames; a stray one is nothing to the others."""
        return []

    # ------------------------------------------------------------ jobs and shares

    def _remember_job(self, job_id: str, worth: Worth) -> None:
        # A reused id is the newest job again.
        jobs = self._jobs
        jobs.pop(job_id, None)
        jobs[job_id] = worth
        if len(jobs) > self._jobs_max and not self._afford_job(job_id):
            self._forgotten = jobs.pop(next(iter(jobs)))

    def _afford_job(self, job_id: str) -> bool:
        """A pool that sends jobs by the second needs more of them; the ids of one pool are of one length."""
        if self._jobs_max >= JOBS_PER_SESSION_MAX:
            return False
        if not self._purse.take(JOB_BYTES + text_bytes(job_id), Want.JOBS):
            return False
        self._jobs_max += 1
        return True

    def _new_key(self, rpc: Rpc) -> int:
        key = self._next_key
        self._next_key = key + 1
        self._asked.put(rpc, key)
        return key

    def _worker_of(self, login: str) -> str | None:
        # A rig sends the same login with each share.
        if login != self._worker_login:
            login = login[:FIELD_CHARS_MAX]
            self._worker_login = login
            self._worker_name = worker_of(login)
        return self._worker_name

    def _refused_share(self, side: Side, key: int | None, rpc: Rpc, ts_ns: int) -> ShareResult:
        fault = read_fault(rpc)
        kind = LowShare if fault.low else ShareResult
        return kind(side, ts_ns, key, False, fault.stale, fault.duplicate, fault.code)

    def _is_blind_to_miner(self) -> bool:
        """Whether an answer's request may have passed unseen; a hole explains only so many."""
        if self._miner_heard is None:
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


def is_answer_or(methods: Container[str], rpc: Rpc) -> bool:
    """Whether ``rpc`` has no method, or one of these."""
    return rpc.method is None or (type(rpc.method) is str and rpc.method in methods)


def other_side(side: Side) -> Side:
    """The other end; a table, because it is asked for each message of the pool."""
    return SIDES[1 - side]


def notice(side: Side, ts_ns: int, kind: NoticeKind) -> list[MiningEvent]:
    return [Notice(side, ts_ns, kind)]


def told_by(share: Share, algorithm: str | None, coin: str | None) -> TellingShare:
    """The share, and what it shows to be mined."""
    return TellingShare(
        side=share.side,
        ts_ns=share.ts_ns,
        key=share.key,
        job_id=share.job_id,
        worker=share.worker,
        value=share.value,
        work=share.work,
        algorithm=algorithm,
        coin=coin,
        login=share.login if isinstance(share, TellingShare) else None,
    )


def redirect(side: Side, ts_ns: int, host: object, port: object) -> Redirect:
    """Where the pool sends the miner to; a password may stand before the host and does not leave."""
    name = without_user_info(host) if isinstance(host, str) else None
    return Redirect(side, ts_ns, text(name), whole(port, _PORT_MAX) or None)
