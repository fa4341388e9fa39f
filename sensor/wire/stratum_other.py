"""A mining.* session whose job shape is none that we know: mining for certain, of what we do not say.

Jobs, shares, logins and results are counted as everywhere; difficulty is kept as sent, work only where a
256-bit target gives it, or where subscription and job together are those of EthereumStratum/1.0.0. Methods of
EthereumStratum/2.0.0, Xelis and IronFish are read where they carry one of these facts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

from sensor.limits import LOGINS_PER_SESSION_MAX, NAME_BYTES, NAMES_FREE
from sensor.model import (
    Login,
    MalformedCode,
    MiningEvent,
    NoticeKind,
    Side,
    Standing,
    Subscribed,
)
from sensor.room import Purse, Want, text_bytes
from sensor.wire.base import JobRead, Worth, notice
from sensor.wire.jsonrpc import Rpc, text
from sensor.wire.shapes import (
    is_equihash_job,
    is_ethash_job,
    merkle_index,
    names_ethereum_stratum,
    solution_algorithm,
)
from sensor.wire.stratum import StratumFamily
from sensor.wire.work import POOL_DIFFICULTY_1, target_work

# Etchash and other relatives look the same.
_ETHASH: Final = "ethash"
_NAMED: Final = ("ethash", "etchash")
_JOB_ID_MEMBERS: Final = ("jobId", "job_id", "miningRequestId", "powHash")


class StratumOther(StratumFamily):
    """One ``stratum-other`` conversation."""

    __slots__ = ("_algorithm", "_is_ethereum", "_logins")

    dialect: ClassVar[str] = "stratum-other"

    def __init__(self, purse: Purse | None = None) -> None:
        super().__init__(purse)
        self._logins: set[str] = set()
        self._algorithm: str | None = None  # as mining.set names it
        self._is_ethereum = False  # the subscription or its answer names EthereumStratum/1.0.0

    def _read_job(self, rpc: Rpc) -> JobRead | MalformedCode | None:
        params = rpc.params if rpc.params is not None else rpc.body
        if not params or not isinstance(params, (list, dict)):
            return MalformedCode.BAD_PARAMS
        if isinstance(params, list):
            if merkle_index(params) or is_equihash_job(params):
                return self._known_shape()
            clean = next((word for word in params if isinstance(word, bool)), None)
            job_id = _job_id(params[0])
            if self._is_ethereum and is_ethash_job(params):
                self.standing = Standing.CONFIRMED
                return JobRead(job_id, clean, _ETHASH, hashes_per_difficulty=POOL_DIFFICULTY_1)
        else:
            clean = None
            job_id = _job_id(params)
        self.standing = Standing.CONFIRMED
        return JobRead(job_id, clean, self._algorithm)

    def _known_shape(self) -> MalformedCode | None:
        if self.standing is Standing.CONFIRMED:
            return MalformedCode.BAD_PARAMS
        self.standing = Standing.REFUTED
        return None

    def _read_submit(self, rpc: Rpc) -> str | MalformedCode | None:
        params = rpc.params if rpc.params is not None else rpc.body
        if isinstance(params, dict) and params:
            return _job_id(params)
        if not isinstance(params, list) or len(params) < 2:
            return MalformedCode.BAD_PARAMS
        if len(params) >= 5 and solution_algorithm(params[4]) is not None and self.standing is Standing.UNDECIDED:
            self.standing = Standing.REFUTED
            return None
        # EthereumStratum/2.0.0 and Warthog begin with the job, everybody else with the login.
        first = _job_id(params[0])
        return first if first in self._jobs else _job_id(params[1])

    def _share_worker(self, rpc: Rpc) -> str | None:
        params: Any = rpc.params
        if isinstance(params, dict):
            login = params.get("worker")
            is_job = False
        else:
            login = params[0] if isinstance(params, list) else None
            is_job = isinstance(login, str) and login in self._jobs and login not in self._logins
        return self._worker_of(login) if isinstance(login, str) and not is_job else None

    def _on_subscribe(self, rpc: Rpc) -> None:
        self._is_ethereum = self._is_ethereum or names_ethereum_stratum(rpc.params)

    def _on_subscribed(self, result: object) -> None:
        nested = result[0] if isinstance(result, list) and result else None
        self._is_ethereum = self._is_ethereum or names_ethereum_stratum(result) or names_ethereum_stratum(nested)

    def _on_target(self, target: object) -> None:
        pass

    def _on_login(self, login: str) -> None:
        logins = self._logins
        if login in logins or len(logins) >= LOGINS_PER_SESSION_MAX:
            return
        if len(logins) < NAMES_FREE or self._purse.take(NAME_BYTES + text_bytes(login), Want.NAMES):
            logins.add(login)

    # ------------------------------------------------------------ relatives' methods

    def _subscribe(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        events = super()._subscribe(side, rpc, ts_ns)
        members = rpc.body if isinstance(rpc.body, dict) else rpc.params
        if isinstance(members, dict):
            # IronFish and Hathor have no login of their own: the address comes with the subscription.
            login = text(members.get("publicAddress")) or text(members.get("address"))
            if login is not None:
                self._on_login(login)
                worker = text(members.get("name")) or self._worker_of(login)
                events.append(Login(side, ts_ns, login, worker, None, None))
        return events

    def _foreign(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        return _FOREIGN[rpc.method](self, side, rpc, ts_ns)

    def _hello(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        return self._subscribe(side, rpc, ts_ns)

    def _set(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        members = rpc.params if isinstance(rpc.params, dict) else {}
        if members.get("algo") in _NAMED:
            self._algorithm = members["algo"]
        work = target_work(members.get("target"))
        if work is None:
            # The other members may change without the target.
            return notice(side, ts_ns, NoticeKind.EXTRANONCE)
        return self._worth_set(side, ts_ns, Worth(None, work))

    def _subscribed_by_name(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        self._start_seen = True
        return [Subscribed(side, ts_ns, True)]

    def _submitted(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """IronFish answers with a message of its own: body {id of the submit, result}."""
        body = rpc.body if isinstance(rpc.body, dict) else {}
        answer = Rpc(id=body.get("id"), result=body.get("result"), error=body.get("message"), offset=rpc.offset)
        return self._answer(side, answer, ts_ns)

    def _keepalive(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        if side == self.miner:
            self._asked.put(rpc, NoticeKind.REPLY)
        return notice(side, ts_ns, NoticeKind.KEEPALIVE)

    def _message(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        return notice(side, ts_ns, NoticeKind.SHOW_MESSAGE)

    def _extranonce(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        return notice(side, ts_ns, NoticeKind.EXTRANONCE)


_Reader = Callable[[StratumOther, Side, Rpc, int], list[MiningEvent]]

_FOREIGN: Final[dict[str, _Reader]] = {
    "mining.hello": StratumOther._hello,
    "mining.noop": StratumOther._keepalive,
    "mining.hashrate": StratumOther._hashrate,
    "alph_submitHashrate": StratumOther._hashrate,
    "mining.get_status": StratumOther._keepalive,
    "mining.set": StratumOther._set,
    "mining.reconnect": StratumOther._reconnect,
    "mining.print": StratumOther._message,
    "mining.subscribed": StratumOther._subscribed_by_name,
    "mining.submitted": StratumOther._submitted,
    "mining.wait_for_work": StratumOther._message,
    "mining.status": StratumOther._message,
    "mining.disconnect": StratumOther._message,
    "set_extranonce": StratumOther._extranonce,
    "mining.bye": StratumOther._keepalive,
}


def _job_id(word: object) -> str:
    """The id of a job in any of its forms; "" where there is none."""
    if isinstance(word, list) and word:
        word = word[0]
    if isinstance(word, dict):
        word = next((word[name] for name in _JOB_ID_MEMBERS if name in word), None)
    if isinstance(word, int) and not isinstance(word, bool):
        return str(word)
    return text(word) or ""
