"""Plain Ethash over mining.* methods, ethminer's "stratum": a job carries header, seed and target, as ETHPROXY's does.

Its shares are written like ProgPow's, so they alone do not tell the two apart.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sensor.wire.base import JobRead, Worth
from sensor.wire.jsonrpc import Rpc
from sensor.wire.relative import Claim, Relative, Told, height_of, is_ethash_solution, is_hash, job_name
from sensor.wire.work import target_work


class EthashStratum(Relative):
    """``ethash-stratum``."""

    dialect: ClassVar[str] = "ethash-stratum"

    def read_job(self, params: list[Any], rpc: Rpc, told: Told) -> JobRead | None:
        clean = params[4] if len(params) == 5 else None
        if len(params) not in (4, 5) or not (clean is None or isinstance(clean, bool)):
            return None
        name = job_name(params[0])
        if name is None or not (is_hash(params[1]) and is_hash(params[2])):
            return None
        work = target_work(params[3])
        if work is None:
            return None
        return JobRead(name, clean, height=height_of(rpc.height), worth=Worth(None, work))

    def claim(self, params: list[Any], told: Told) -> Claim:
        return Claim.POSSIBLE if is_ethash_solution(params) else Claim.NEVER
