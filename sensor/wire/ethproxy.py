"""ETHPROXY: Ethash work by eth_getWork over one TCP connection, with a login that a node's RPC does not have.

Work is pushed as the *result* of nothing: ``{"id": 0, "result": [header, seed, target]}``. The target is big-endian;
the job's name is its header hash. A node's own RPC has eth_getWork too, and answers it with work, so that proves
nothing: a login, a share, work that nobody asked for, or the name of a rig beside the method does. The wire does not
tell Ethash from Etchash and their relatives, so no algorithm is given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

from sensor.event import (
    HashrateReport,
    Job,
    Login,
    LoginResult,
    MalformedCode,
    MiningEvent,
    NoticeKind,
    Share,
    ShareResult,
    Standing,
    UnknownCode,
)
from sensor.limits import HASHRATE_HS_MAX, HEIGHT_MAX
from sensor.model import Side
from sensor.room import Purse
from sensor.wire.addresses import difficulty_wish, login_text
from sensor.wire.base import Asked, Conversation, LoginAsked, Worth, is_answer_or, notice, other_side
from sensor.wire.faults import is_taken, read_fault
from sensor.wire.jsonrpc import UNSET, Rpc, number, text, whole
from sensor.wire.shapes import ethash_height, is_ethash_hash, is_ethash_work
from sensor.wire.work import target_work

# ethminer numbers its shares from 40 on and keeps one small id for each of its chores.
_SHARE_ID_MIN: Final = 40
# ethermine sends errors of its own accord under this id.
_UNASKED_ID: Final = 999
# Some pools push work by a word of another dialect.
_PUSH: Final = "mining.notify"
_PUSH_IDS: Final = (0, None)


class EthProxy(Conversation):
    """One ``ethproxy`` conversation."""

    __slots__ = (
        "_chore_ids",
        "_has_constant_chores",
        "_jobs_count",
        "_names_rig",
        "_poll_id",
        "_polled",
        "_pushes",
        "_worker",
    )

    dialect: ClassVar[str] = "ethproxy"

    def __init__(self, purse: Purse | None = None) -> None:
        super().__init__(purse)
        self._worker: str | None = None  # of the latest login
        self._polled = False
        self._poll_id: object = None
        self._names_rig = False  # a method came with the name of a rig beside it
        self._pushes = False  # work came that was not asked for
        self._jobs_count = 0
        self._chore_ids: set[int] = set()  # below _SHARE_ID_MIN, so never more than that
        self._has_constant_chores = False

    @classmethod
    def may_begin(cls, rpc: Rpc) -> bool:
        return is_answer_or(_METHODS, rpc)

    def receive(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        method = rpc.method
        if method is None:
            return self._answer(side, rpc, ts_ns)
        read = _METHODS.get(method) if isinstance(method, str) else None
        if read is None:
            if self.standing is not Standing.CONFIRMED:
                # A node's RPC, or the mining.* of plain Ethash stratum, which reports its hashrate like this
                # one.
                return self._refute()
            if method == _PUSH and isinstance(rpc.params, list) and is_ethash_work(rpc.params):
                return self._work(side, rpc, ts_ns, rpc.params)
            if side == self.miner:
                self._asked.put(rpc, NoticeKind.REPLY)
            return self._unknown(side, ts_ns, UnknownCode.METHOD)
        if side is not self._miner_heard and not self._cast(side, side):
            return self._unknown(side, ts_ns, UnknownCode.ROLE)
        if self.standing is not Standing.CONFIRMED and isinstance(rpc.worker, str):
            self._names_rig = True
            self._look_at_work()
        return read(self, side, rpc, ts_ns)

    # ------------------------------------------------------------ the miner's requests

    def _login(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        params = rpc.params
        if not isinstance(params, list) or not params or not isinstance(params[0], str):
            return self._bad_request(side, rpc, ts_ns, MalformedCode.BAD_PARAMS)
        self._confirm()
        login = login_text(params[0])
        self._worker = text(rpc.worker) or self._worker_of(params[0])
        self._ask_login(rpc, login, self._worker, params[1:])
        wish = difficulty_wish(login, params[1] if len(params) > 1 else None)
        return [Login(side, ts_ns, login, self._worker, None, wish)]

    def _get_work(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        self._polled = True
        # Many pools answer with a push instead, so nothing waits for this one.
        self._poll_id = rpc.id
        return notice(side, ts_ns, NoticeKind.GETWORK)

    def _submit(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        params = rpc.params
        if not isinstance(params, list) or len(params) < 2 or not is_ethash_hash(params[1]):
            return self._bad_request(side, rpc, ts_ns, MalformedCode.BAD_PARAMS)
        self._confirm()
        job_id = params[1]
        worth = self._jobs.get(job_id, self._forgotten)
        worker = text(rpc.worker) or self._worker
        return [Share(side, ts_ns, self._new_key(rpc), job_id, worker, worth.value, worth.work)]

    def _hashrate(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        # Plain Ethash stratum reports in the same words: no proof of this dialect.
        self.claimed = True
        params = rpc.params
        first = params[0] if isinstance(params, list) and params else None
        if isinstance(first, str) and first[:2] not in ("0x", "0X"):
            first = "0x" + first
        found = whole(first, int(HASHRATE_HS_MAX))
        rate = float(found) if found is not None else number(first)
        if rate is None or not 0 <= rate <= HASHRATE_HS_MAX:
            return self._bad_request(side, rpc, ts_ns, MalformedCode.BAD_VALUE)
        self._asked.put(rpc, NoticeKind.REPLY)
        return [HashrateReport(side, ts_ns, rate, text(rpc.worker) or self._worker)]

    # ------------------------------------------------------------ the pool's messages

    def _answer(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        result = rpc.result
        if isinstance(result, list) and is_ethash_work(result):
            return self._work(side, rpc, ts_ns, result)
        if result is UNSET and rpc.error is UNSET:
            return self._unknown(side, ts_ns, UnknownCode.SHAPE) if self.claimed else self._refute()
        if side == self.miner:
            self._look_at_own_answer(side, rpc)
            return self._unknown(side, ts_ns, UnknownCode.REPLY)
        if self.miner is None:
            return self._unknown(side, ts_ns, UnknownCode.REPLY)
        asked = self._take_answer(side, rpc)
        if isinstance(asked, int):
            return [self._share_result(side, asked, rpc, ts_ns)]
        return self._settle(side, asked, rpc, ts_ns)

    def _settle(self, side: Side, asked: Asked | None, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """What the pool's answer to anything but a share means."""
        if isinstance(asked, LoginAsked):
            accepted = is_taken(rpc)
            login = self._answered_login(asked)
            return [LoginResult(side, ts_ns, login, accepted, None if accepted else read_fault(rpc).code)]
        if isinstance(asked, NoticeKind):
            return notice(side, ts_ns, asked)
        if rpc.id == _UNASKED_ID and rpc.error:
            return notice(side, ts_ns, NoticeKind.SHOW_MESSAGE)
        if self._polled and rpc.id == self._poll_id:
            # No work yet, in whatever words.
            return notice(side, ts_ns, NoticeKind.REPLY)
        if not self.claimed:
            return self._unknown(side, ts_ns, UnknownCode.REPLY)
        return self._stray(side, rpc, ts_ns)

    def _work(self, side: Side, rpc: Rpc, ts_ns: int, work: list[Any]) -> list[MiningEvent]:
        if not self._cast(other_side(side), side):
            return self._unknown(side, ts_ns, UnknownCode.ROLE)
        self._jobs_count += 1
        self.claimed = True
        is_asked = self._polled and rpc.id == self._poll_id
        self._pushes = self._pushes or (rpc.id in _PUSH_IDS and not is_asked)
        self._look_at_work()
        worth = Worth(None, target_work(work[2]))
        self._remember_job(work[0], worth)
        height = ethash_height(work)
        if height is None:
            height = whole(rpc.height, HEIGHT_MAX)
        return [
            Job(
                side=side,
                ts_ns=ts_ns,
                job_id=work[0],
                value=None,
                work=worth.work,
                algorithm=None,
                coin=None,
                clean=None,
                height=height,
            )
        ]

    def _share_result(self, side: Side, key: int | None, rpc: Rpc, ts_ns: int) -> ShareResult:
        if (rpc.result is True and not rpc.error) or is_taken(rpc):
            return ShareResult(side, ts_ns, key, True, False, False, None)
        return self._refused_share(side, key, rpc, ts_ns)

    def _stray(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """An answer whose request was not seen: a hashrate report is answered like a share, but by Zano's pools."""
        if rpc.error and read_fault(rpc).of_share:
            return [self._share_result(side, None, rpc, ts_ns)]
        if not self._is_blind_to_miner():
            return self._unknown(side, ts_ns, UnknownCode.REPLY)
        if isinstance(rpc.result, dict) and is_taken(rpc):
            return [self._share_result(side, None, rpc, ts_ns)]
        if not rpc.error and self._is_share_id(rpc.id) and isinstance(rpc.result, bool):
            return [self._share_result(side, None, rpc, ts_ns)]
        return notice(side, ts_ns, NoticeKind.REPLY)

    def _is_share_id(self, ident: object) -> bool:
        """Whether only a share can have this id: the miner keeps small ones for its chores and counts its
        shares.
        """
        if not isinstance(ident, int) or isinstance(ident, bool) or ident < 0:
            return False
        if ident < _SHARE_ID_MIN:
            self._has_constant_chores = self._has_constant_chores or ident in self._chore_ids
            self._chore_ids.add(ident)
            return False
        return self._has_constant_chores

    def _look_at_work(self) -> None:
        """Work that was asked for may be a node's; to a rig with a name, or unasked and again, it is a pool's."""
        if self._jobs_count and (self._names_rig or (self._pushes and (self._polled or self._jobs_count > 1))):
            self._confirm()

    def _confirm(self) -> None:
        self.claimed = True
        if self.standing is Standing.UNDECIDED:
            self.standing = Standing.CONFIRMED


_Reader = Callable[[EthProxy, Side, Rpc, int], list[MiningEvent]]

_METHODS: Final[dict[str, _Reader]] = {
    "eth_submitLogin": EthProxy._login,
    "eth_login": EthProxy._login,
    "eth_getWork": EthProxy._get_work,
    "eth_submitWork": EthProxy._submit,
    "eth_submitHashrate": EthProxy._hashrate,
}
