"""CryptoNote stratum (Monero and its relatives): login, job, submit with object parameters.

The method names are generic words, so only shapes count: a job has a blob and a short target, a submit a
nonce and a 32-byte result. A login alone, however good it looks, leaves the conversation undecided until the
pool answers with a job. Grin, Beam, Bytom and Dynex use the same names and are refused by theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from sensor.event import (
    Job,
    Login,
    LoginResult,
    Malformed,
    MalformedCode,
    MiningEvent,
    Notice,
    NoticeKind,
    Share,
    ShareResult,
    Standing,
    TellingShare,
    Unknown,
    UnknownCode,
)
from sensor.limits import ID_CHARS_MAX, LOGINS_PER_SESSION_MAX, NAME_BYTES, NAMES_FREE
from sensor.model import Side
from sensor.room import Purse, Want, text_bytes
from sensor.wire.addresses import coin_of, difficulty_wish, login_text
from sensor.wire.base import Asked, Conversation, LoginAsked, Worth, is_answer_or, notice, other_side, redirect
from sensor.wire.changed_words import WORDS, ChangedWords
from sensor.wire.cryptonote_jobs import JobFields, goes_on_as_progpow, read_job
from sensor.wire.faults import is_taken, read_fault
from sensor.wire.jsonrpc import UNSET, Rpc, id_text, text
from sensor.wire.shapes import said_yes
from sensor.wire.work import hash_top, is_hex, nonce_slot

_NONCE_DIGITS: Final = (8, 16)
_ALIVE: Final = "KEEPALIVED"
# In its usual mode it gives each of up to 256 rigs a value of the nonce's last byte.
_PROXY_AGENT: Final = "xmrig-proxy/"


class CryptoNote(Conversation):
    """One ``cryptonote`` conversation."""

    __slots__ = ("_changed", "_deals_nonces", "_pays", "_welcome_left", "_workers")

    dialect: ClassVar[str] = "cryptonote"

    def __init__(self, purse: Purse | None = None) -> None:
        super().__init__(purse)
        self._pays: str | None = None
        # A login that was accepted without a job: other services do that too, so it waits for the first job.
        self._welcome_left: LoginResult | None = None
        self._deals_nonces = False  # the miner is a proxy that gives each rig a part of the nonces
        self._workers: dict[str, str | None] = {}  # the pool's session id -> worker; bounded
        self._changed: ChangedWords | None = None  # once the pool has gone over to a chain that is mined in other words

    @classmethod
    def may_begin(cls, rpc: Rpc) -> bool:
        return is_answer_or(_METHODS, rpc)

    def receive(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        method = rpc.method
        if method is None:
            return self._answer(side, rpc, ts_ns)
        entry = _METHODS.get(method) if isinstance(method, str) else None
        if entry is None or not self._fits(rpc):
            return self._strange(side, rpc, ts_ns)
        from_miner, read = entry
        if from_miner:
            if side is not self._miner_heard and not self._cast(side, side):
                return self._unknown(side, ts_ns, UnknownCode.ROLE)
            if self._puzzling:
                self._puzzling.clear()
        elif side is not self._pool_heard and not self._cast(other_side(side), side):
            return self._unknown(side, ts_ns, UnknownCode.ROLE)
        return read(self, side, rpc, ts_ns)

    @staticmethod
    def _fits(rpc: Rpc) -> bool:
        """Grin's answers repeat the method, Beam's messages have no parameters."""
        return not (rpc.result or rpc.error or rpc.api_key) and rpc.params is not None

    def _strange(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        if self.standing is not Standing.CONFIRMED:
            return self._refute()
        if type(rpc.method) is str and rpc.method in WORDS and self.miner is not None:
            return self._in_other_words(self.miner, side, rpc, ts_ns)
        if side == self.miner:
            self._asked.put(rpc, NoticeKind.REPLY)
        return self._unknown(side, ts_ns, UnknownCode.METHOD)

    def _in_other_words(self, miner: Side, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        if self._changed is None:
            self._changed = ChangedWords(self._purse, self._asked, miner)
        events, self._next_key = self._changed.hear(side, rpc, ts_ns, self._next_key)
        self.malformed_count += sum(isinstance(event, Malformed) for event in events)
        self.unknown_count += sum(isinstance(event, Unknown) for event in events)
        return events

    # ------------------------------------------------------------ the miner's requests

    def _login(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        params = rpc.params
        if not isinstance(params, dict) or not isinstance(params.get("login"), str) or "mallob_id" in params:
            return self._not_ours(side, rpc, ts_ns)
        login = login_text(params["login"])
        agent = text(params.get("agent"))
        self._pays = coin_of(login)
        self._deals_nonces = agent is not None and agent.startswith(_PROXY_AGENT)
        if agent is not None or self._pays is not None or "algo" in params or "rigid" in params:
            self.claimed = True
        worker = text(params.get("rigid")) or self._worker_of(params["login"])
        self._ask_login(rpc, login, worker, [params.get("pass")])
        return [Login(side, ts_ns, login, worker, agent, difficulty_wish(login, params.get("pass")))]

    def _submit(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        params = rpc.params
        if type(params) is not dict:
            return self._not_ours(side, rpc, ts_ns)
        job_id = params.get("job_id")
        nonce = params.get("nonce")
        if type(job_id) is int:
            job_id = str(job_id)
        if type(job_id) is not str or type(nonce) is not str or len(nonce) not in _NONCE_DIGITS:
            if type(job_id) is not str or job_id not in self._jobs:
                return self._not_ours(side, rpc, ts_ns)
            # It gets its answer, however its nonce is spelt.
            nonce = str(nonce)[: _NONCE_DIGITS[-1]]
        if self.standing is not Standing.CONFIRMED:
            if not (is_hex(nonce, len(nonce)) and is_hex(params.get("result"), 64)):
                return self._refute()
            self._confirm()
        if len(job_id) > 64:
            job_id = text(job_id) or ""
        worth = self._jobs.get(job_id, self._forgotten)
        session = params.get("id")
        worker = self._workers.get(session) if type(session) is str else self._workers.get(id_text(session) or "")
        key = self._next_key
        self._next_key = key + 1
        self._asked.put(rpc, key)
        if worth.work is not None and not self._deals_nonces:
            return [Share(side, ts_ns, key, job_id, worker, worth.value, worth.work)]
        hash64 = hash_top(params.get("result")) if worth.work is None else None
        slot = nonce_slot(nonce) if self._deals_nonces else None
        return [TellingShare(side, ts_ns, key, job_id, worker, worth.value, worth.work, hash64, slot)]

    def _keepalive(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        self._asked.put(rpc, NoticeKind.KEEPALIVE)
        return [Notice(side, ts_ns, NoticeKind.KEEPALIVE)]

    def _get_job(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        self._asked.put(rpc, NoticeKind.GETWORK)
        return [Notice(side, ts_ns, NoticeKind.GETWORK)]

    def _block_template(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """Self-select: the miner shows the block it builds."""
        self._asked.put(rpc, NoticeKind.REPLY)
        return [Notice(side, ts_ns, NoticeKind.TRANSACTIONS)]

    def _not_ours(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        if self.standing is not Standing.CONFIRMED:
            return self._refute()
        return self._bad_request(side, rpc, ts_ns, MalformedCode.BAD_PARAMS)

    # ------------------------------------------------------------ the pool's messages

    def _job(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        job = self._read(rpc.params)
        if job is None:
            if self.standing is not Standing.CONFIRMED:
                return self._refute()
            return self._malformed(side, rpc, ts_ns, MalformedCode.BAD_PARAMS)
        welcome, self._welcome_left = self._welcome_left, None
        given = self._given(side, ts_ns, job)
        return [given] if welcome is None else [welcome, given]

    def _read(self, members: object) -> JobFields | None:
        """The job in ``members``. The first one must say what it is: hex by the name of blob and target may be
        anybody's.
        """
        job = read_job(members, self._pays)
        if job is not None and self.standing is not Standing.CONFIRMED and job.work is None and job.algorithm is None:
            return None
        return job

    def _given(self, side: Side, ts_ns: int, job: JobFields) -> Job:
        self._confirm()
        self._remember_job(job.job_id, Worth(job.work, job.work))
        return job.told(side, ts_ns)

    def _reconnect(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        params = rpc.params if isinstance(rpc.params, list) else []
        return [redirect(side, ts_ns, params[0] if params else None, params[1] if len(params) > 1 else None)]

    # ------------------------------------------------------------ answers

    def _answer(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        result = rpc.result
        if result is UNSET and rpc.error is UNSET:
            if self.standing is not Standing.CONFIRMED:
                return self._refute()
            return self._unknown(side, ts_ns, UnknownCode.SHAPE)
        if side == self.miner:
            return self._own_answer(side, rpc, ts_ns)
        asked = self._take_answer(side, rpc)
        if isinstance(asked, int):
            return [self._share_result(side, asked, rpc, ts_ns)]
        return self._settle(side, asked, rpc, ts_ns)

    def _own_answer(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        if isinstance(rpc.result, dict) and read_job(rpc.result.get("job"), None) is not None:
            self._cast(other_side(side), side)
            return self._unknown(side, ts_ns, UnknownCode.ROLE)
        self._look_at_own_answer(side, rpc)
        return self._unknown(side, ts_ns, UnknownCode.REPLY)

    def _share_result(self, side: Side, key: int | None, rpc: Rpc, ts_ns: int) -> ShareResult:
        if is_taken(rpc) or (not rpc.error and _says_no_more(rpc.result)):
            return ShareResult(side, ts_ns, key, True, False, False, None)
        return self._refused_share(side, key, rpc, ts_ns)

    def _settle(self, side: Side, asked: Asked | None, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """What the pool's answer to anything but a share means."""
        result = rpc.result if isinstance(rpc.result, dict) and not rpc.error else {}
        if isinstance(result.get("job"), dict):
            return self._welcome(side, asked, rpc, ts_ns)
        if isinstance(asked, LoginAsked):
            return self._not_welcome(side, self._answered_login(asked), rpc, ts_ns)
        if asked is NoticeKind.GETWORK or (asked is None and self.standing is Standing.CONFIRMED):
            job = self._read(result)
            if job is not None:
                return [self._given(side, ts_ns, job)]
        if asked is NoticeKind.GETWORK:
            return notice(side, ts_ns, NoticeKind.REPLY)  # blank members: the job has not changed
        if isinstance(asked, NoticeKind):
            return notice(side, ts_ns, asked)
        return self._stray(side, rpc, ts_ns)

    def _welcome(self, side: Side, asked: Asked | None, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """The answer to a login carries the first job and the session's id."""
        members = rpc.result["job"]
        job = None if goes_on_as_progpow(members) else self._read(members)
        if job is None:
            if self.standing is not Standing.CONFIRMED:
                return self._refute()
            return self._malformed(side, rpc, ts_ns, MalformedCode.BAD_PARAMS)
        if not self._cast(other_side(side), side):
            return self._unknown(side, ts_ns, UnknownCode.ROLE)
        login = None
        if isinstance(asked, LoginAsked):
            login = self._answered_login(asked)
            self._remember_worker(rpc.result.get("id"), asked.worker)
        return [LoginResult(side, ts_ns, login, True, None), self._given(side, ts_ns, job)]

    def _remember_worker(self, session: object, worker: str | None) -> None:
        """Shares name the pool's session, not the rig."""
        workers, session = self._workers, id_text(session)
        if session is None or len(session) > ID_CHARS_MAX or len(workers) >= LOGINS_PER_SESSION_MAX:
            return
        size = NAME_BYTES + text_bytes(session) + text_bytes(worker or "")
        if len(workers) < NAMES_FREE or self._purse.take(size, Want.NAMES):
            workers[session] = worker

    def _not_welcome(self, side: Side, login: str | None, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """A login answered without a job: refused, or answered by something that is no pool."""
        if rpc.error:
            return [LoginResult(side, ts_ns, login, False, read_fault(rpc).code)]
        accepted = isinstance(rpc.result, dict) and rpc.result.get("status") == "OK"
        result = LoginResult(side, ts_ns, login, accepted, None)
        if self.standing is Standing.CONFIRMED:
            return [result]
        if not accepted:
            return self._refute()
        self._welcome_left = result
        self.claimed = False
        return []

    def _stray(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """An answer whose request was not seen: {"status": "OK"} without a job can only accept a share."""
        if self.standing is Standing.CONFIRMED:
            if isinstance(rpc.result, dict) and rpc.result.get("status") == _ALIVE:
                return notice(side, ts_ns, NoticeKind.KEEPALIVE)
            if rpc.error and not read_fault(rpc).of_share:
                return notice(side, ts_ns, NoticeKind.REPLY)
            if rpc.error or said_yes(rpc.result):
                result = self._share_result(side, None, rpc, ts_ns)
                return [result] if self._is_blind_to_miner() else self._unexplained(result, side, ts_ns)
        return self._unknown(side, ts_ns, UnknownCode.REPLY)

    def _confirm(self) -> None:
        self.claimed = True
        if self.standing is Standing.UNDECIDED:
            self.standing = Standing.CONFIRMED


def _says_no_more(result: object) -> bool:
    """Whether an answer without an error and without a status accepts a share: it need say no more. Tari's node says it
    once more within.
    """
    return isinstance(result, dict) and "status" not in result and result.get("result") is not False


_Reader = Callable[[CryptoNote, Side, Rpc, int], list[MiningEvent]]

# (the miner says it) (what it means)
_METHODS: Final[dict[str, tuple[bool, _Reader]]] = {
    "submit": (True, CryptoNote._submit),
    "job": (False, CryptoNote._job),
    "login": (True, CryptoNote._login),
    "keepalived": (True, CryptoNote._keepalive),
    "keepalive": (True, CryptoNote._keepalive),
    "getjob": (True, CryptoNote._get_job),
    "getjobtemplate": (True, CryptoNote._get_job),
    "block_template": (True, CryptoNote._block_template),
    "reconnect": (False, CryptoNote._reconnect),
    "client.reconnect": (False, CryptoNote._reconnect),
}
