"""BTCAgent: all rigs of a farm on one connection to the pool, their shares in binary frames among Stratum's lines.

The lines are stratum-v1's and concern all rigs: login, jobs, a first difficulty. Frames register rigs, set each one's
difficulty, send shares and answer them (btccom/btcagent: ExMessage.go, UpSessionBTC.go, UpSessionETH.go). An answer
names its share by a number that counts the connection's shares: where the beginning was not seen, the first answer is
taken for that of the oldest share that waits, and an answer to a share that was not seen shows how many were lost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

from sensor.event import (
    Difficulty,
    MalformedCode,
    MiningEvent,
    Notice,
    NoticeKind,
    RigDifficulty,
    RigJoined,
    RigLeft,
    RigResult,
    RigShare,
    Standing,
    UnknownCode,
)
from sensor.limits import (
    AGENT_FRAMES_MIN,
    PENDING_PER_SESSION_MAX,
    REQUEST_BYTES,
    REQUESTS_FREE,
    REQUESTS_STEP,
    RIGS_PER_SESSION_MAX,
)
from sensor.model import Side
from sensor.room import Purse, Want
from sensor.wire.base import JobRead, Worth, is_answer_or, notice, other_side
from sensor.wire.faults import read_fault
from sensor.wire.frames import (
    AgentMessage,
    Levelled,
    NonceSet,
    Registered,
    Responded,
    Submitted,
    Unregistered,
)
from sensor.wire.jsonrpc import Rpc, text
from sensor.wire.rig_difficulties import RigDifficulties
from sensor.wire.stratum_v1 import StratumV1
from sensor.wire.work import is_hex

_AGENT: Final = "btccom-agent/"
_GREETING: Final = "agent.get_capabilities"
# All that is said in lines on an agent's connection, but for what shows that it is one.
_OF_AGENT: Final = (
    *("mining.configure", "mining.authorize"),
    *("mining.notify", "mining.set_difficulty", "mining.set_version_mask", "client.reconnect", "client.show_message"),
)
_CAPABILITIES: Final = frozenset(("verrol", "subres"))
_INDEX_SPACE: Final = 1 << 16
_ACCEPTED: Final = frozenset((1_798_084_231, 1_422_486_894, 1_835_617_709))  # accepted, solved, solved for now
_ACCEPTED_LATE: Final = frozenset((950_395_421, 1_713_984_938))
_ETHASH: Final = "ethash"
# A share that waits for its answer: rig, worth, key.
_Waiting = tuple[int, float | None, int]
# Ethereum's pools write a difficulty in lines as multiples of so many hashes.
_ETHER_DIFFICULTY_1: Final = 2.0**32


class BtcAgent(StratumV1):
    """One ``btcagent`` conversation."""

    __slots__ = (
        "_difficulties",
        "_first",
        "_frames",
        "_has_answered",
        "_is_agent",
        "_is_ether",
        "_next_index",
        "_shares",
        "_shares_max",
    )

    dialect: ClassVar[str] = "btcagent"
    reads_frames: ClassVar[bool] = True
    _claims_by_name: ClassVar[bool] = False

    def __init__(self, purse: Purse | None = None) -> None:
        super().__init__(purse)
        self._is_agent = False  # something only BTCAgent says was seen
        self._is_ether = False
        self._frames = 0
        self._difficulties = RigDifficulties(self._purse)
        self._first: float | None = None  # the difficulty of rigs that have none of their own, as a line sets it
        self._next_index = -1  # the pool's number of the next share; -1: not known
        self._has_answered = False  # the pool, a share
        self._shares_max = REQUESTS_FREE
        self._shares: dict[int, _Waiting] = {}  # unanswered, by the pool's number, or from 0 while that is not known

    def _prove(self) -> None:
        self._is_agent = True
        self.claimed = True
        self.standing = Standing.CONFIRMED

    # ------------------------------------------------------------ lines

    @classmethod
    def may_begin(cls, rpc: Rpc) -> bool:
        return is_answer_or(_OF_AGENT, rpc) or rpc.method == _GREETING or _names_agent(rpc.params)

    def receive(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        events = super().receive(side, rpc, ts_ns)
        if not self._is_agent and self.standing is not Standing.REFUTED:
            if rpc.method == _GREETING or (rpc.method is None and _grants_capabilities(rpc.result)):
                self._prove()
            elif rpc.method is not None and rpc.method not in _OF_AGENT:
                self.standing = Standing.REFUTED
            else:
                # A job of Stratum's is no sign of an agent.
                self.standing = Standing.UNDECIDED
        return events

    def _stray_structure(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        if not _grants_capabilities(rpc.result):
            return super()._stray_structure(side, rpc, ts_ns)
        if not self._cast(other_side(side), side):
            return self._unknown(side, ts_ns, UnknownCode.ROLE)
        self._speak()
        return notice(side, ts_ns, NoticeKind.EXTENSIONS)

    def _on_subscribe(self, rpc: Rpc) -> None:
        super()._on_subscribe(rpc)
        if _names_agent(rpc.params):
            self._prove()

    def _read_job(self, rpc: Rpc) -> JobRead | MalformedCode | None:
        params = rpc.params
        if _is_ether_job(params):
            self._is_ether = True
            job: JobRead | MalformedCode | None = JobRead(text(params[0]) or "", params[3], _ETHASH)
        else:
            job = super()._read_job(rpc)
        if not isinstance(job, JobRead):
            return job
        self._difficulties.job()
        return JobRead(job.job_id, job.clean, job.algorithm, job.coin, worth=self._in_force())

    def _worth_set(self, side: Side, ts_ns: int, worth: Worth) -> list[MiningEvent]:
        if self._first is None:
            # The agent passes on only this one.
            self._first = worth.value
        return super()._worth_set(side, ts_ns, worth)

    def _no_job(self) -> MalformedCode | None:
        return MalformedCode.BAD_PARAMS if self._is_agent else super()._no_job()

    # ------------------------------------------------------------ worths

    def _in_force(self) -> Worth:
        """What a share is worth on average, as far as is known: rigs send about equally many, whatever they do."""
        mean = self._difficulties.mean()
        return self._worth_of_line() if mean is None else self._worth_of_rig(mean)

    def _worth_of_rig(self, value: float) -> Worth:
        """Ethereum's are expected hashes."""
        return Worth(value, value if self._is_ether else None)

    def _worth_of_line(self) -> Worth:
        first = self._first
        if first is None:
            return Worth(None, None)
        return Worth(first, first * _ETHER_DIFFICULTY_1 if self._is_ether else None)

    # ------------------------------------------------------------ frames

    def frame(self, side: Side, said: AgentMessage, ts_ns: int) -> list[MiningEvent]:
        is_miner, read = _READERS[type(said)]
        if is_miner:
            is_known = side is self._miner_heard or self._cast(side, side)
        else:
            is_known = side is self._pool_heard or self._cast(other_side(side), side)
        if not is_known:
            return self._unknown(side, ts_ns, UnknownCode.ROLE)
        self._spoken = True
        self._frames += 1
        if self._frames == AGENT_FRAMES_MIN and not self._is_agent:
            self._prove()
        return read(self, side, said, ts_ns)

    def _registered(self, side: Side, said: Registered, ts_ns: int) -> list[MiningEvent]:
        self._difficulties.forget(said.rig)
        return [RigJoined(side, ts_ns, said.rig, said.worker, said.agent)]

    def _unregistered(self, side: Side, said: Unregistered, ts_ns: int) -> list[MiningEvent]:
        self._difficulties.forget(said.rig)
        return [RigLeft(side, ts_ns, said.rig)]

    def _submitted(self, side: Side, said: Submitted, ts_ns: int) -> list[MiningEvent]:
        rig, job_id = said.rig, said.job_id
        if self._is_ether and job_id:
            # An Ethereum rig's share whose job has a name of one character is as long as one of Bitcoin: the rig stands
            # where that has its job.
            rig, job_id = int(job_id) | (rig & 0xFF) << 8, ""
        exponent = self._difficulties.of(rig, is_latest=not job_id or job_id == self._latest_job)
        worth = self._worth_of_line() if exponent is None else self._worth_of_rig(2.0**exponent)
        key = self._next_key
        self._next_key = key + 1
        self._wait((rig, worth.value if worth.work is None else worth.work, key))
        return [RigShare(side, ts_ns, key, job_id, None, worth.value, worth.work, rig)]

    def _wait(self, share: _Waiting) -> None:
        shares, index = self._shares, self._next_index
        if index < 0 and self._start_seen:
            index = 0
        if index < 0:
            # No number is lost: keys count on.
            shares[share[2]] = share
        else:
            shares.pop(index, None)
            shares[index] = share
            self._next_index = (index + 1) % _INDEX_SPACE
        if len(shares) > self._shares_max and not self._afford_shares():
            del shares[next(iter(shares))]

    def _afford_shares(self) -> bool:
        """Whether more of them may wait: only where answers come at all."""
        if self._next_index < 0 or not self._has_answered or self._shares_max >= PENDING_PER_SESSION_MAX:
            return False
        if not self._purse.take(REQUESTS_STEP * REQUEST_BYTES, Want.REQUESTS):
            return False
        self._shares_max += REQUESTS_STEP
        return True

    def _levelled(self, side: Side, said: Levelled, ts_ns: int) -> list[MiningEvent]:
        self._difficulties.level(said.exponent, said.rigs)
        mean = self._in_force()
        return [
            Difficulty(side, ts_ns, mean.value, mean.work),
            RigDifficulty(side, ts_ns, 2.0**said.exponent, said.rigs[:RIGS_PER_SESSION_MAX]),
        ]

    def _responded(self, side: Side, said: Responded, ts_ns: int) -> list[MiningEvent]:
        share = self._take_share(said.index)
        rig, worth, key = share if share is not None else (None, None, None)
        status = said.status
        if status in _ACCEPTED:
            return [RigResult(side, ts_ns, key, True, False, False, None, rig, worth, False)]
        if status in _ACCEPTED_LATE:
            return [RigResult(side, ts_ns, key, True, True, False, None, rig, worth, False)]
        fault = read_fault(Rpc(error=[status, "", None]))
        return [RigResult(side, ts_ns, key, False, fault.stale, fault.duplicate, status, rig, worth, fault.low)]

    def _take_share(self, index: int) -> _Waiting | None:
        """The share that has the pool's ``index``; None where it was not seen."""
        self._has_answered = True
        if self._next_index < 0:
            waiting = self._shares.values()
            self._shares = {(index + number) % _INDEX_SPACE: share for number, share in enumerate(waiting)}
            self._next_index = (index + len(self._shares)) % _INDEX_SPACE
        share = self._shares.pop(index, None)
        if share is None and (index - self._next_index) % _INDEX_SPACE < _INDEX_SPACE // 2:
            # Shares passed unseen, this one last.
            self._next_index = (index + 1) % _INDEX_SPACE
        return share

    def _nonce_set(self, side: Side, said: NonceSet, ts_ns: int) -> list[MiningEvent]:
        return [Notice(side, ts_ns, NoticeKind.EXTRANONCE)]


def _names_agent(params: object) -> bool:
    """Whether a subscription with these parameters is an agent's."""
    return isinstance(params, list) and bool(params) and isinstance(params[0], str) and params[0].startswith(_AGENT)


def _is_ether_job(params: object) -> bool:
    """Whether ``params`` is an Ethereum farm's job: its name, seed and header hashes without 0x, clean."""
    if not isinstance(params, list) or len(params) != 4 or not isinstance(params[3], bool):
        return False
    return isinstance(params[0], str) and all(is_hex(word, 64) for word in params[1:3])


def _grants_capabilities(result: object) -> bool:
    """Whether ``result`` is a pool's answer to an agent."""
    granted = result.get("capabilities") if isinstance(result, dict) else None
    return isinstance(granted, list) and any(isinstance(word, str) and word in _CAPABILITIES for word in granted)


# (the miner's end says it) (what it means)
_READERS: Final[dict[type, tuple[bool, Callable[[BtcAgent, Side, Any, int], list[MiningEvent]]]]] = {
    Registered: (True, BtcAgent._registered),
    Unregistered: (True, BtcAgent._unregistered),
    Submitted: (True, BtcAgent._submitted),
    Levelled: (False, BtcAgent._levelled),
    Responded: (False, BtcAgent._responded),
    NonceSet: (False, BtcAgent._nonce_set),
}
