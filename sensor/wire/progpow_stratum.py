"""ProgPow's stratum, of Ravencoin (KawPow), Firo and their relatives: a job of seven, with height and the chain's bits.

The job carries the share's target, and so does mining.set_target before it. Which ProgPow it is nobody says; a login
that is a Ravencoin address tells KawPow.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from sensor.wire.base import JobRead, Worth
from sensor.wire.jsonrpc import Rpc
from sensor.wire.relative import Claim, Relative, Told, bare, height_of, is_ethash_solution, is_hash, job_name
from sensor.wire.shapes import has_short_nonce
from sensor.wire.work import POOL_DIFFICULTY_1, compact_target, target_work

_RAVENCOIN: Final = "RVN"


class ProgPowStratum(Relative):
    """``progpow-stratum``."""

    dialect: ClassVar[str] = "progpow-stratum"
    hashes_per_difficulty: ClassVar[float | None] = POOL_DIFFICULTY_1

    def read_job(self, params: list[Any], rpc: Rpc, told: Told) -> JobRead | None:
        if len(params) < 7 or not isinstance(params[4], bool):
            return None
        name, height = job_name(params[0]), height_of(params[5])
        if name is None or height is None or not (is_hash(params[1]) and is_hash(params[2])):
            return None
        work = target_work(params[3])
        if work is None:
            return None
        # A pool that sends the chain's own target here says elsewhere what it wants of a share.
        is_chains = told.worth.work is not None and int(bare(params[3]), 16) == compact_target(params[6])
        is_ravencoin = told.paid == _RAVENCOIN
        return JobRead(
            name,
            params[4],
            algorithm="kawpow" if is_ravencoin else None,
            coin=_RAVENCOIN if is_ravencoin else None,
            height=height,
            worth=told.worth if is_chains else Worth(told.worth.value, work),
        )

    def claim(self, params: list[Any], told: Told) -> Claim:
        return Claim.POSSIBLE if is_ethash_solution(params) else Claim.NEVER

    def answers(self, result: object) -> bool:
        return has_short_nonce(result)
