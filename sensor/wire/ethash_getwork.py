"""The getwork of Ethash over HTTP: eth_getWork and eth_submitWork, as a node answers them and as some pools do.

Pools' servers call the same methods of their nodes, though they never report a hashrate; so a wallet in the path, a
report, or solutions without another of a node's methods beside them show a miner. Work is header, seed and target, the
target big-endian; the header names the job.
"""

from __future__ import annotations

from typing import ClassVar, Final

from sensor.wire.base import JobRead, Worth
from sensor.wire.errand import Errand, Shown, Solution
from sensor.wire.jsonrpc import Rpc
from sensor.wire.shapes import ethash_height, is_ethash_hash, is_ethash_work
from sensor.wire.work import target_work

_SUBMIT: Final = "eth_submitWork"


class EthashGetWork(Errand):
    """Errands of ``eth_getWork``."""

    dialect: ClassVar[str] = "getwork"
    asks: ClassVar[frozenset[str]] = frozenset(("eth_getWork", _SUBMIT))
    reports: ClassVar[frozenset[str]] = frozenset(("eth_submitHashrate",))
    shows_miner: ClassVar[Shown] = Shown.REPEATED

    def solution_of(self, request: Rpc) -> Solution | None:
        params = request.params
        if request.method != _SUBMIT or not isinstance(params, list) or len(params) < 3:
            return None
        return Solution(params[1]) if is_ethash_hash(params[1]) and is_ethash_hash(params[2]) else None

    def work_of(self, answer: Rpc) -> JobRead | None:
        work = answer.result
        if not isinstance(work, list) or not is_ethash_work(work):
            return None
        height = ethash_height(work)
        return JobRead(work[0], algorithm="ethash", height=height, worth=Worth(None, target_work(work[2])))
