"""The reading of one HTTP connection on which work is asked for, handed out and brought.

Answers come in the order of the requests. Who asks is a miner where a head or a report says so, or where a solution is
brought that only a miner has; a pool's server that asks its node is told apart; everybody else is no matter of ours.
The errands (sensor/wire/errands.py) know the words.
"""

from __future__ import annotations

from typing import ClassVar, Final

import msgspec

from sensor.event import (
    HashrateReport,
    Job,
    Login,
    LoginResult,
    Malformed,
    MalformedCode,
    MiningEvent,
    NoticeKind,
    Renamed,
    Share,
    ShareResult,
    Standing,
    Subscribe,
    UnknownCode,
)
from sensor.limits import (
    CALLS_WAITING_MAX,
    ERRANDS_WAITING_MAX,
    HASHRATE_HS_MAX,
    UNDECIDED_MESSAGES_MAX,
    UNEARNED_ERRANDS_MAX,
)
from sensor.model import Side
from sensor.room import Purse
from sensor.wire.base import NO_WORTH, Conversation, JobRead, Worth, notice, other_side, redirect
from sensor.wire.errand import Errand, Shown, Solution, read_document
from sensor.wire.errands import ERRAND_OF, ERRANDS
from sensor.wire.http import Document, Head
from sensor.wire.http_caller import Caller, read_caller
from sensor.wire.jsonrpc import Rpc, number, plain_id, text, whole

# Fields of an answer that only who hands work out to miners sends.
_OF_POOLS: Final = frozenset((b"x-long-polling", b"x-roll-ntime", b"x-reject-reason", b"x-stratum"))
_REFUSED: Final = (401, 403)
_OK: Final = 200
_UNNAMED: Final = "getwork"  # the dialect whose heads the others use


class Call(msgspec.Struct, frozen=True, gc=False):
    """A call that waits for its answer: a share by its key, or 0; and whether work is asked for."""

    id: object
    errand: Errand | None
    share: int
    asks: bool


class HttpWork(Conversation):
    """Both sides of one connection."""

    __slots__ = (
        "_agent",
        "_answers_unread",
        "_client",
        "_echoed",
        "_echoes",
        "_errand",
        "_has_reported",
        "_heads",
        "_is_holed",
        "_is_login_answered",
        "_is_miner",
        "_latest",
        "_login",
        "_rate",
        "_solutions",
        "_stratum",
        "_unearned",
        "_waiting",
        "is_server",
    )

    dialect: ClassVar[str] = _UNNAMED

    def __init__(self, purse: Purse | None = None) -> None:
        super().__init__(purse)
        self.is_server = False  # refuted, because a pool's server, or the like, asks
        self._client: Side | None = None
        self._heads: list[Head | None] = [None, None]  # of messages whose document is to come
        self._waiting: list[list[Call]] = []  # by request
        self._is_holed = False  # answers may be missing
        self._echoed: object = None  # the id of the latest answer that had that of its request
        self._echoes = False  # answers have the ids of their requests, which differ
        self._has_reported = False  # a report is answered like a share
        self._errand: Errand | None = None
        self._is_miner = False  # who asks
        self._solutions = 0
        self._unearned = 0  # requests for work of somebody who is not known to mine
        self._answers_unread = 0
        self._login: str | None = None
        self._agent: str | None = None
        self._is_login_answered = False
        self._rate: float | None = None
        self._stratum = ""
        self._latest: Worth = NO_WORTH

    @property
    def name(self) -> str:
        return self.dialect if self._errand is None else self._errand.dialect

    @property
    def asked_unearned(self) -> bool:
        """Whether work was asked for, and nothing was seen of what only miners say or bring."""
        return self._unearned > 0 and not self._is_miner

    # ------------------------------------------------------------ heads

    def head(self, side: Side, head: Head, ts_ns: int) -> list[MiningEvent]:
        if not self._casts(other_side(side) if head.is_answer else side):
            return self._unknown(side, ts_ns, UnknownCode.ROLE)
        self._heads[side] = head
        if head.is_answer:
            return self._answer_head(side, head, ts_ns)
        if self._is_holed:
            # Who asks again has had his answers, or waits for them no longer.
            self._waiting.clear()
            self._is_holed = False
        return self._introduce(side, read_caller(head), ts_ns)

    def _casts(self, client: Side) -> bool:
        """Whether the end that asks is who it was."""
        if self._client is None:
            self._client = self.miner = client
        if client is self._client:
            return True
        self._contradictions += 1
        if self._contradictions > 1:
            self.standing = Standing.REFUTED
        return False

    def _introduce(self, side: Side, caller: Caller, ts_ns: int) -> list[MiningEvent]:
        """Who asks: said with each request, and told when it changes."""
        if caller.is_miner:
            self._is_miner = self.claimed = True
            self._miner_heard = side
        events: list[MiningEvent] = []
        if caller.login is not None and caller.login != self._login:
            self._login, self._agent, self._is_login_answered = caller.login, caller.agent, False
            self.secrets = (caller.password,) if caller.password else ()
            worker = self._worker_of(caller.login)
            events.append(Login(side, ts_ns, caller.login, worker, caller.agent, caller.difficulty_wish))
        elif caller.agent is not None and caller.agent != self._agent:
            self._agent = caller.agent
            events.append(Subscribe(side, ts_ns, caller.agent))
        if caller.hashrate_hs is not None and caller.hashrate_hs != self._rate:
            self._rate = caller.hashrate_hs
            events.append(HashrateReport(side, ts_ns, caller.hashrate_hs, self._worker))
        return events

    @property
    def _worker(self) -> str | None:
        return None if self._login is None else self._worker_of(self._login)

    def _answer_head(self, side: Side, head: Head, ts_ns: int) -> list[MiningEvent]:
        if not _OF_POOLS.isdisjoint(head.fields):
            self._pool_heard = side
        events: list[MiningEvent] = []
        stratum = head.text(b"x-stratum")
        if stratum and stratum != self._stratum:
            self._stratum = stratum
            host, _, port = stratum.rpartition("//")[2].partition("/")[0].rpartition(":")
            events.append(redirect(side, ts_ns, host or port, port if host else None))
        if head.status in _REFUSED and self._login is not None and not self._is_login_answered:
            self._is_login_answered = True
            events.append(LoginResult(side, ts_ns, self._login, False, head.status))
        return events

    # ------------------------------------------------------------ documents

    def document(self, side: Side, document: Document, ts_ns: int) -> list[MiningEvent]:
        head: Head | None = None
        if document.has_head:
            head, self._heads[side] = self._heads[side], None
        if head is not None and head.goes_on:
            return []
        calls = read_document(document) if document.data else []
        is_request = isinstance(calls, list) and bool(calls) and calls[0].method is not None
        if self._client is None and (not is_request or not self._casts(side)):
            return self._unknown(side, ts_ns, UnknownCode.SHAPE)
        if side is self._client:
            return self._request(side, head, calls, ts_ns)
        return self._answer(side, head, calls, ts_ns)

    def _request(
        self, side: Side, head: Head | None, calls: list[Rpc] | MalformedCode, ts_ns: int
    ) -> list[MiningEvent]:
        events: list[MiningEvent] = []
        waiting: list[Call] = []
        if isinstance(calls, MalformedCode):
            events += self._unread(side, calls, ts_ns)
        elif not calls:
            # Without a document one waits for the next block, or reads something else.
            waiting.append(Call(None, self._errand, 0, asks=True))
        else:
            unearned = self._unearned
            for rpc in calls:
                waiting.append(self._call(side, rpc, ts_ns, events))
            if head is None:
                self._unearned = unearned  # what was not seen may have said who asks
            self._judge(has_head=head is not None)
        self._waiting.append(waiting)
        while len(self._waiting) > ERRANDS_WAITING_MAX or sum(map(len, self._waiting)) > CALLS_WAITING_MAX:
            del self._waiting[0]
        return events

    def _unread(self, side: Side, code: MalformedCode, ts_ns: int) -> list[MiningEvent]:
        """A request whose document is none of JSON: a page that speaks of mining, unless a miner sent it."""
        if not self.claimed:
            return self._refute()
        self.malformed_count += 1
        return [Malformed(side, ts_ns, code, 0)]

    def _call(self, side: Side, rpc: Rpc, ts_ns: int, events: list[MiningEvent]) -> Call:
        errand = ERRAND_OF.get(rpc.method) if isinstance(rpc.method, str) else None
        if errand is None:
            if not self._is_miner:
                # A node's other methods: its owner's program, that of a pool if it asks for work as well.
                self.is_server = self._unearned > 0
                self.standing = Standing.REFUTED
            return Call(plain_id(rpc.id), None, 0, asks=False)
        self._speak(errand, ts_ns, events)
        if rpc.method in errand.reports:
            self._is_miner = True
            self._miner_heard = side
            self._has_reported = True
            events += self._report(side, rpc, ts_ns)
            return Call(plain_id(rpc.id), errand, 0, asks=False)
        solution = errand.solution_of(rpc)
        if solution is None:
            self._unearned += 1
            events += notice(side, ts_ns, NoticeKind.GETWORK)
            return Call(plain_id(rpc.id), errand, 0, asks=True)
        self._solutions += 1
        if errand.shows_miner is Shown.ALWAYS or (errand.shows_miner is Shown.REPEATED and self._solutions > 1):
            self._is_miner = True
            self._miner_heard = side
        self._unearned += not self._is_miner
        key = self._next_key
        self._next_key = key + 1
        events.append(self._share(side, key, solution, ts_ns))
        return Call(plain_id(rpc.id), errand, key, asks=False)

    def _speak(self, errand: Errand, ts_ns: int, events: list[MiningEvent]) -> None:
        before, self._errand = self._errand, errand
        if before is not None and before.dialect != errand.dialect and self.standing is Standing.CONFIRMED:
            events.append(Renamed(ts_ns))

    def _report(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        first = rpc.params[0] if isinstance(rpc.params, list) and rpc.params else None
        found = whole(first, int(HASHRATE_HS_MAX))
        rate = float(found) if found is not None else number(first)
        if rate is None or not 0 <= rate <= HASHRATE_HS_MAX:
            return self._malformed(side, rpc, ts_ns, MalformedCode.BAD_VALUE)
        return [HashrateReport(side, ts_ns, rate, text(rpc.worker) or self._worker)]

    def _share(self, side: Side, key: int, solution: Solution, ts_ns: int) -> Share:
        worth = self._jobs.get(solution.job_id, self._latest)
        return Share(side, ts_ns, key, solution.job_id, self._worker, worth.value, worth.work)

    def _judge(self, *, has_head: bool) -> None:
        """What is known of who asks, after one more request."""
        if self.standing is not Standing.UNDECIDED:
            return
        if self._is_miner and self._errand is not None:
            self.claimed = True
            self.standing = Standing.CONFIRMED
        elif self._errand is not None and not self._is_miner:
            is_proved = has_head and self._errand.shows_miner is Shown.NEVER
            if is_proved or self._unearned > UNEARNED_ERRANDS_MAX:
                self.is_server = True
                self.standing = Standing.REFUTED

    # ------------------------------------------------------------ answers

    def _answer(self, side: Side, head: Head | None, calls: list[Rpc] | MalformedCode, ts_ns: int) -> list[MiningEvent]:
        waiting = self._answered(calls)
        if isinstance(calls, MalformedCode):
            # A page that says what went wrong is no answer to anybody.
            is_page = head is not None and head.status != _OK
            return [] if is_page else self._unknown(side, ts_ns, UnknownCode.SHAPE)
        events: list[MiningEvent] = []
        for number_, rpc in enumerate(calls):
            call = next((one for one in waiting if one.id == plain_id(rpc.id)), None)
            if call is None and number_ < len(waiting):
                call = waiting[number_]
            events += self._read_answer(side, rpc, call, (head, ts_ns))
        return events

    def _answered(self, calls: list[Rpc] | MalformedCode) -> list[Call]:
        """The calls that an answer is for. Answers come in the order of the requests; where some were lost, ids tell,
        and that no share is answered with work.
        """
        queue = self._waiting
        if not queue or isinstance(calls, MalformedCode) or not calls:
            return queue.pop(0) if queue else []
        first = calls[0]
        ident = plain_id(first.id)
        place = next((at for at, waiting in enumerate(queue) if any(one.id == ident for one in waiting)), -1)
        if place >= 0:
            self._echoes = self._echoes or self._echoed not in (None, ident)
            self._echoed = ident
        elif self._echoes:
            return []
        waiting = queue[max(0, place)]
        if any(call.share for call in waiting) and self._errand is not None and self._errand.work_of(first) is not None:
            return []
        del queue[: max(0, place) + 1]
        return waiting

    def _read_answer(self, side: Side, rpc: Rpc, call: Call | None, at: tuple[Head | None, int]) -> list[MiningEvent]:
        head, ts_ns = at
        if call is not None and call.share:
            return [*self._accept_login(side, ts_ns, rpc), self._share_result(side, rpc, call, at)]
        job = self._job_of(rpc)
        if job is not None:
            self._pool_heard = side
            return [*self._accept_login(side, ts_ns, rpc), self._job(side, job, ts_ns)]
        if call is not None:
            return notice(side, ts_ns, NoticeKind.REPLY)
        return self._stray(side, rpc, head, ts_ns)

    def _job_of(self, rpc: Rpc) -> JobRead | None:
        if rpc.error:
            return None
        if self._errand is not None:
            return self._errand.work_of(rpc)
        # How it was asked for was not seen, or a miner waited for it on a path: he has said that he is one, or the
        # answer has heads of a pool for miners.
        read = ((errand, errand.work_of(rpc)) for errand in ERRANDS)
        errand, job = next((one for one in read if one[1] is not None), (None, None))
        if job is None or not (self._is_miner or self._pool_heard is not None):
            self._answers_unread += 1
            if self._answers_unread > UNDECIDED_MESSAGES_MAX:
                self.standing = Standing.REFUTED
            return None
        self._errand = errand
        self.claimed = True
        self.standing = Standing.CONFIRMED
        return job

    def _job(self, side: Side, job: JobRead, ts_ns: int) -> Job:
        self._latest = job.worth or NO_WORTH
        self._remember_job(job.job_id, self._latest)
        return Job(
            side=side,
            ts_ns=ts_ns,
            job_id=job.job_id,
            value=self._latest.value,
            work=self._latest.work,
            algorithm=job.algorithm,
            coin=job.coin,
            clean=job.clean,
            height=job.height,
        )

    def _accept_login(self, side: Side, ts_ns: int, rpc: Rpc) -> list[MiningEvent]:
        """Who is given work, or an answer to a share, is let in."""
        if self._login is None or self._is_login_answered or rpc.error:
            return []
        self._is_login_answered = True
        return [LoginResult(side, ts_ns, self._login, True, None)]

    def _share_result(self, side: Side, rpc: Rpc, call: Call | None, at: tuple[Head | None, int]) -> ShareResult:
        head, ts_ns = at
        key = None if call is None else call.share
        errand = self._errand if call is None else call.errand
        self._pool_heard = side
        if errand is not None and errand.is_taken(rpc):
            return ShareResult(side, ts_ns, key, True, False, False, None)
        said = rpc.error or (rpc.result if isinstance(rpc.result, str) else None)
        fault = Rpc(error=said or ("" if head is None else head.text(b"x-reject-reason")))
        return self._refused_share(side, key, fault, ts_ns)

    def _stray(self, side: Side, rpc: Rpc, head: Head | None, ts_ns: int) -> list[MiningEvent]:
        """An answer whose request was not seen: one in a word is that to a share."""
        errand = self._errand
        is_verdict = errand is not None and self.claimed and bool(self._jobs) and errand.is_verdict(rpc)
        if not is_verdict or (self._has_reported and not rpc.error):
            return self._unknown(side, ts_ns, UnknownCode.REPLY)
        result = self._share_result(side, rpc, None, (head, ts_ns))
        if not self._is_blind_to_miner():
            return self._unexplained(result, side, ts_ns)
        return [result]

    def gap(self, side: Side, missing: int, ts_ns: int, torn: int = 0) -> list[MiningEvent]:
        if side is not self._client:
            # Of answers that are missing the last may yet come.
            self._waiting = self._waiting[-1:]
            self._is_holed = True
        return super().gap(side, missing, ts_ns, torn)
