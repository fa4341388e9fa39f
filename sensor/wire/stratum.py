"""The mining.* family: what Bitcoin's stratum and its many relatives share.

Knows methods, roles, logins and difficulties; the shape of a job and of a submit belongs to the dialect that derives
from it, what answers mean to `answers`. Rules: a difficulty or target holds from the *next* job on; only where a
session was seen from its start and its first job came before any difficulty does that job take the first one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Final

import msgspec

from sensor.event import (
    Difficulty,
    DifficultyMissed,
    HashrateReport,
    Job,
    Login,
    MalformedCode,
    MiningEvent,
    Notice,
    NoticeKind,
    Share,
    Standing,
    Subscribe,
    TellingShare,
    UnknownCode,
)
from sensor.limits import DIFFICULTY_BYTES_MIN, FIELD_CHARS_MAX, HASHRATE_HS_MAX
from sensor.model import Side
from sensor.room import Purse
from sensor.wire.addresses import difficulty_wish, login_text
from sensor.wire.answers import Answers
from sensor.wire.base import NO_WORTH, SUBSCRIBE_ASKED, JobRead, Worth, is_answer_or, notice, other_side, redirect
from sensor.wire.jsonrpc import Rpc, number, text, whole
from sensor.wire.work import difficulty, target_work

# Where a login stands that comes as an object.
_LOGIN_MEMBERS: Final = ("worker", "username", "user", "login", "address", "wallet")


class StratumFamily(Answers, ABC):
    """Both sides of one mining.* conversation."""

    __slots__ = ("_is_doubted", "_is_login_seen", "_is_told_apart", "_latest_job", "_login_named", "_worth")

    # Whether any mining.* message speaks for this dialect, or only its own shapes do.
    _claims_by_name: ClassVar[bool] = True

    def __init__(self, purse: Purse | None = None) -> None:
        super().__init__(purse)
        self._is_doubted = False  # something was seen that this dialect does not say
        self._worth: Worth = NO_WORTH  # in force from the next job on
        self._latest_job = ""
        self._is_told_apart = True  # the difficulty, by messages of its own, and not by each job
        self._is_login_seen = False
        self._login_named = ""  # by the latest share, where no login was seen

    # ------------------------------------------------------------ what a dialect adds

    @abstractmethod
    def _read_job(self, rpc: Rpc) -> JobRead | MalformedCode | None:
        """The job of a mining.notify; None where it shows that this is another dialect."""

    @abstractmethod
    def _read_submit(self, rpc: Rpc) -> str | MalformedCode | None:
        """The job id of a mining.submit; None where it shows that this is another dialect."""

    @abstractmethod
    def _on_subscribe(self, rpc: Rpc) -> None:
        """The miner subscribes."""

    @abstractmethod
    def _on_target(self, target: object) -> None:
        """The pool sends mining.set_target."""

    def _on_login(self, login: str) -> None:
        """The miner logs in."""

    # ------------------------------------------------------------ messages

    @classmethod
    def may_begin(cls, rpc: Rpc) -> bool:
        return is_answer_or(_METHODS, rpc) or _odd_method(rpc.method) is not None

    def receive(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        method = rpc.method
        if method is None:
            return self._answer(side, rpc, ts_ns)
        entry = _METHODS.get(method) if type(method) is str else None
        if entry is None:
            entry = _odd_method(method)
            if entry is None:
                return self._strange(side, rpc, ts_ns)
        from_miner, claims, read = entry
        if from_miner:
            if side is not self._miner_heard and not self._cast(side, side, by_name=claims):
                return self._unknown(side, ts_ns, UnknownCode.ROLE)
            if self._puzzling:
                self._puzzling.clear()
        elif (
            from_miner is False
            and side is not self._pool_heard
            and not self._cast(other_side(side), side, by_name=claims)
        ):
            return self._unknown(side, ts_ns, UnknownCode.ROLE)
        if claims and not self._spoken:
            self._speak()
        return read(self, side, rpc, ts_ns)

    def gap(self, side: Side, missing: int, ts_ns: int, torn: int = 0) -> list[MiningEvent]:
        events = super().gap(side, missing, ts_ns, torn)
        is_pools = self.miner is not None and side != self.miner
        if is_pools and self._is_told_apart and missing + torn >= DIFFICULTY_BYTES_MIN:
            events.append(DifficultyMissed(side, ts_ns))
        return events

    def _speak(self) -> None:
        self._spoken = True
        self.claimed = self.claimed or (self._claims_by_name and not self._is_doubted)

    def _doubt(self) -> None:
        """A relative speaks like this. The job will tell: should it be of this dialect, that is what counts."""
        if self.standing is not Standing.CONFIRMED:
            self._is_doubted = True
            self.claimed = False

    def _strange(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        if not self._spoken:
            return self._refute()
        if side == self.miner:
            self._asked.put(rpc, NoticeKind.REPLY)
        return self._unknown(side, ts_ns, UnknownCode.METHOD)

    # ------------------------------------------------------------ the miner's requests

    def _begin(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        return self._subscribe(side, rpc, ts_ns)

    def _subscribe(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        params = rpc.params
        if not (params is None or isinstance(params, (list, dict, str))):
            return self._bad_request(side, rpc, ts_ns, MalformedCode.BAD_PARAMS)
        self._start_seen = True
        self._asked.put(rpc, SUBSCRIBE_ASKED)
        self._on_subscribe(rpc)
        members = rpc.body if isinstance(rpc.body, dict) else params
        first = members[0] if isinstance(members, list) and members else None
        agent = text(members.get("agent") if isinstance(members, dict) else first)
        return [Subscribe(side, ts_ns, agent)]

    def _authorize(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        params = rpc.params
        if isinstance(params, dict):
            login = next((params[name] for name in _LOGIN_MEMBERS if name in params), None)
            params = [login, params.get("password", params.get("pass"))]
            rpc = msgspec.structs.replace(rpc, params=params)
        if not isinstance(params, list) or not params or not isinstance(params[0], str):
            return self._bad_request(side, rpc, ts_ns, MalformedCode.BAD_PARAMS)
        return self._login(side, rpc, ts_ns, params[1] if len(params) > 1 else None)

    def _login(self, side: Side, rpc: Rpc, ts_ns: int, password: object) -> list[MiningEvent]:
        """``params[0]`` logs in. Of ``password`` only a wish for a difficulty is kept."""
        login = login_text(rpc.params[0])
        worker = self._worker_of(rpc.params[0])
        self._is_login_seen = True
        self._ask_login(rpc, login, worker, rpc.params[1:])
        self._on_login(login)
        return [Login(side, ts_ns, login, worker, None, difficulty_wish(login, password))]

    def _submit(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        job_id = self._read_submit(rpc)
        if job_id is None:
            return []
        if isinstance(job_id, MalformedCode):
            return self._bad_request(side, rpc, ts_ns, job_id)
        worth = self._jobs.get(job_id, self._forgotten)
        worker = self._share_worker(rpc)
        if not self._is_login_seen and self._worker_login != self._login_named:
            return [self._naming_share(side, rpc, ts_ns, job_id, worth)]
        return [Share(side, ts_ns, self._new_key(rpc), job_id, worker, worth.value, worth.work)]

    def _naming_share(self, side: Side, rpc: Rpc, ts_ns: int, job_id: str, worth: Worth) -> TellingShare:
        """A share in another name than the one before, of a session whose login was not seen: it tells the account."""
        self._login_named = self._worker_login
        login = login_text(self._worker_login)
        self._on_login(login)
        key = self._new_key(rpc)
        return TellingShare(side, ts_ns, key, job_id, self._worker_name, worth.value, worth.work, login=login)

    def _share_worker(self, rpc: Rpc) -> str | None:
        """Most dialects begin a submit with the login."""
        login = rpc.params[0]
        return self._worker_of(login) if isinstance(login, str) else None

    def _hashrate(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """eth_submitHashrate and mining.hashrate: hex with or without 0x, or a number, in H/s."""
        params = rpc.params
        rate: float | None = None
        if isinstance(params, list) and params:
            first = params[0]
            is_bare_hex = isinstance(first, str) and first[:2] not in ("0x", "0X")
            found = whole("0x" + first if is_bare_hex else first, int(HASHRATE_HS_MAX))
            rate = float(found) if found is not None else number(first)
        if rate is None or not 0 <= rate <= HASHRATE_HS_MAX:
            return self._bad_request(side, rpc, ts_ns, MalformedCode.BAD_VALUE)
        self._asked.put(rpc, NoticeKind.REPLY)
        return [HashrateReport(side, ts_ns, rate, text(rpc.worker))]

    # ------------------------------------------------------------ the pool's messages

    def _notify(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        job = self._read_job(rpc)
        if job is None:
            return []
        if isinstance(job, MalformedCode):
            return self._malformed(side, rpc, ts_ns, job)
        worth = self._worth_of_job(job)
        self._latest_job = job.job_id
        self._is_told_apart = job.worth is None or job.worth.value is not None
        self._remember_job(job.job_id, worth)
        return [
            Job(
                side=side,
                ts_ns=ts_ns,
                job_id=job.job_id,
                value=worth.value,
                work=worth.work,
                algorithm=job.algorithm,
                coin=job.coin,
                clean=job.clean,
                height=job.height,
            )
        ]

    def _worth_of_job(self, job: JobRead) -> Worth:
        """What a share of ``job`` counts."""
        return job.worth or self._worth

    def _set_difficulty(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        params = rpc.params
        if not isinstance(params, list) or not params:
            return self._malformed(side, rpc, ts_ns, MalformedCode.BAD_PARAMS)
        value = difficulty(params[0])
        if value is None:
            return self._malformed(side, rpc, ts_ns, MalformedCode.BAD_VALUE)
        return self._worth_set(side, ts_ns, Worth(value, None))

    def _set_target(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        target: Any = rpc.params
        if isinstance(target, list) and target:
            target = target[0]
        elif isinstance(rpc.body, dict):
            target = rpc.body.get("target")
        else:
            return self._malformed(side, rpc, ts_ns, MalformedCode.BAD_PARAMS)
        self._on_target(target)
        work = target_work(target)
        # Aleo sends the target as a number, which is the difficulty itself.
        value = difficulty(target) if isinstance(target, (int, float)) else None
        if work is None and value is None:
            return self._malformed(side, rpc, ts_ns, MalformedCode.BAD_VALUE)
        return self._worth_set(side, ts_ns, Worth(value, work))

    def _worth_set(self, side: Side, ts_ns: int, worth: Worth) -> list[MiningEvent]:
        if self._worth is NO_WORTH and self._start_seen and self._jobs.get(self._latest_job) is NO_WORTH:
            self._jobs[self._latest_job] = worth
        self._worth = worth
        return [Difficulty(side, ts_ns, worth.value, worth.work)]

    def _reconnect(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        params = rpc.params
        host: object = None
        port: object = None
        if isinstance(params, list):
            host = params[0] if params else None
            port = params[1] if len(params) > 1 else None
        elif isinstance(params, dict):
            host = params.get("host")
            port = params.get("port")
            # EthereumStratum/2.0.0 writes numbers in hex without 0x.
            port = "0x" + port if isinstance(port, str) else port
        return [redirect(side, ts_ns, host, port)]

    # ------------------------------------------------------------ messages that only need to be known

    def _foreign_method(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        return self._foreign(side, rpc, ts_ns)

    def _foreign(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """A method that only relatives of this dialect have."""
        self._doubt()
        return self._strange(side, rpc, ts_ns)

    def _ping(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """Either end may ask, and Bitaxe answers with a request named "pong"."""
        if side == self.miner:
            self._asked.put(rpc, NoticeKind.KEEPALIVE)
        else:
            self._pool_asked.put(rpc, NoticeKind.KEEPALIVE)
        return notice(side, ts_ns, NoticeKind.KEEPALIVE)


def _noted(kind: NoticeKind, answer: NoticeKind = NoticeKind.REPLY) -> _Reader:
    """A request of the miner that carries nothing to count; its answer is an ``answer``."""

    def read(self: StratumFamily, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        self._asked.put(rpc, answer)
        return [Notice(side, ts_ns, kind)]

    return read


def _told(kind: NoticeKind, *, asks: bool = False) -> _Reader:
    """A message of the pool that carries nothing to count; ``asks``: the miner answers it."""

    def read(self: StratumFamily, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        if asks:
            self._pool_asked.put(rpc, kind)
        return [Notice(side, ts_ns, kind)]

    return read


_Reader = Callable[["StratumFamily", Side, Rpc, int], list[MiningEvent]]
# (the miner says it; None: both may) (no other protocol has the name) (what it means)
_Entry = tuple[bool | None, bool, _Reader]

_SUBSCRIBE: Final[_Entry] = (True, True, StratumFamily._begin)
_AUTHORIZE: Final[_Entry] = (True, True, StratumFamily._authorize)
_WISH: Final[_Entry] = (True, True, _noted(NoticeKind.WISH))

_METHODS: Final[dict[str, _Entry]] = {
    "mining.submit": (True, True, StratumFamily._submit),
    "mining.notify": (False, True, StratumFamily._notify),
    "mining.subscribe": _SUBSCRIBE,
    "mining.authorize": _AUTHORIZE,
    "mining.set_difficulty": (False, True, StratumFamily._set_difficulty),
    "mining.set_target": (False, True, StratumFamily._set_target),
    "mining.configure": (True, True, _noted(NoticeKind.EXTENSIONS, NoticeKind.EXTENSIONS)),
    "mining.capabilities": (True, True, _noted(NoticeKind.EXTENSIONS)),
    "agent.get_capabilities": (True, True, _noted(NoticeKind.EXTENSIONS, NoticeKind.EXTENSIONS)),
    "mining.multi_version": (True, True, _noted(NoticeKind.VERSION_MASK)),
    "mining.extranonce.subscribe": (True, True, _noted(NoticeKind.EXTRANONCE)),
    "mining.suggest_difficulty": _WISH,
    "mining.suggest_target": _WISH,
    "mining.get_transactions": (True, True, _noted(NoticeKind.TRANSACTIONS, NoticeKind.TRANSACTIONS)),
    "mining.get_txnhashes": (True, True, _noted(NoticeKind.TRANSACTIONS, NoticeKind.TRANSACTIONS)),
    "mining.term": (True, True, _noted(NoticeKind.KEEPALIVE)),
    # Links between ckpool instances; the "agent" is the other ckpool.
    "mining.passthrough": _SUBSCRIBE,
    "mining.node": _SUBSCRIBE,
    "mining.remote": _SUBSCRIBE,
    "eth_submitHashrate": (True, False, StratumFamily._hashrate),
    "mining.set_extranonce": (False, True, _told(NoticeKind.EXTRANONCE)),
    "mining.set_version_mask": (False, True, _told(NoticeKind.VERSION_MASK)),
    "mining.set_goal": (False, True, _told(NoticeKind.EXTENSIONS)),
    "client.reconnect": (False, False, StratumFamily._reconnect),
    "client.show_message": (False, False, _told(NoticeKind.SHOW_MESSAGE)),
    "client.get_version": (False, False, _told(NoticeKind.VERSION, asks=True)),
    "client.get_algo": (False, False, _told(NoticeKind.VERSION, asks=True)),
    "client.get_stats": (False, False, _told(NoticeKind.VERSION, asks=True)),
    "mining.get_version": (False, True, _told(NoticeKind.VERSION, asks=True)),
    "mining.ping": (None, True, StratumFamily._ping),
    "mining.pong": (None, True, _told(NoticeKind.KEEPALIVE)),
    "ping": (None, False, StratumFamily._ping),
    "pong": (None, False, _told(NoticeKind.KEEPALIVE)),
    # Relatives: EthereumStratum/2.0.0, Xelis, IronFish, Kaspa, Alephium.
    "mining.hello": (True, True, StratumFamily._foreign_method),
    "mining.noop": (True, True, StratumFamily._foreign_method),
    "mining.hashrate": (None, True, StratumFamily._foreign_method),
    "mining.get_status": (True, True, StratumFamily._foreign_method),
    "alph_submitHashrate": (True, True, StratumFamily._foreign_method),
    "mining.set": (False, True, StratumFamily._foreign_method),
    "mining.reconnect": (False, True, StratumFamily._foreign_method),
    "mining.print": (False, True, StratumFamily._foreign_method),
    "mining.subscribed": (False, True, StratumFamily._foreign_method),
    "mining.submitted": (False, True, StratumFamily._foreign_method),
    "mining.wait_for_work": (False, True, StratumFamily._foreign_method),
    "mining.status": (False, True, StratumFamily._foreign_method),
    "mining.disconnect": (False, True, StratumFamily._foreign_method),
    "set_extranonce": (False, True, StratumFamily._foreign_method),
    "mining.bye": (None, True, StratumFamily._foreign_method),
}


def _odd_method(method: object) -> _Entry | None:
    """ckpool obeys anything that begins "mining.auth", and "mining.suggest_difficulty(1000)"."""
    if not isinstance(method, str) or len(method) > FIELD_CHARS_MAX:
        return None
    if method.startswith("mining.auth"):
        return _AUTHORIZE
    return _WISH if method.startswith("mining.suggest_difficulty(") else None
