"""Bounds of a rate from counted shares: Garwood's exact interval for a Poisson mean, and its use for unequal shares.

Shares of different worth tell as much as ``S^2 / S2`` equal ones, S and S2 being the sums of the worths and of their
squares; that number may be fractional. Where the difficulty has just risen, the heavy shares that scatter most have not
come yet, and S2 does not know of them; the scatter to be expected does, from the mean difficulty in force: S over it.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import msgspec

from sensor.estimate.gamma import quantile
from sensor.limits import GARWOOD_REMEMBERED_MAX
from sensor.model import Work

CONFIDENCE: Final = 0.95
_TAIL: Final = (1 - CONFIDENCE) / 2
_Z: Final = 1.959963984540054  # of the normal distribution at 1 - _TAIL
# More shares than this have bounds as narrow as doubles can tell apart.
_COUNT_MAX: Final = 1e15
_DUST: Final = 1e-6
# A logarithm of nothing: bounds that reach to zero keep reaching there.
_NOTHING: Final = 1e-300


class Factors(msgspec.Struct, frozen=True, gc=False):
    """What a best value is multiplied with for its bounds."""

    low: float
    high: float


@lru_cache(maxsize=GARWOOD_REMEMBERED_MAX)
def garwood(count: float) -> tuple[float, float]:
    """Bounds of the mean of a Poisson count of which ``count`` was seen, at 95 %, each side 2.5 %.

    Of much less than one share there is an upper bound alone: that of no share at all, and a lower one of nothing.
    """
    count = min(count, _COUNT_MAX)
    low = quantile(count, _TAIL, -_Z) if count > 0 else 0.0
    return low, quantile(count + 1, 1 - _TAIL, _Z)


def shares_effective(work: Work) -> float:
    """As many equal shares would tell as much."""
    effective = work.total**2 / work.squares
    if work.in_force > 0:
        effective = min(effective, work.total / work.in_force)
    # Equal shares are a whole number; sums of doubles leave some dust on it. Where the pool has just raised the
    # difficulty a thousandfold, what was counted is a thousandth of a share, and not none.
    whole = round(effective)
    return float(whole) if whole and abs(effective - whole) < _DUST else effective


def factors(work: Work) -> Factors:
    """Bounds by count, and by the error of the worths where these are inferred: independent, so added as squares."""
    effective = shares_effective(work)
    low, high = garwood(effective)
    if not work.worth_error:
        return Factors(low / effective, high / effective)
    # The largest of n hashes lies below the target by 1/n on average and by 3/n at most: see detect/share_hashes.py.
    down = math.hypot(math.log(max(low / effective, _NOTHING)), 2.0 * work.worth_error)
    up = math.hypot(math.log(high / effective), work.worth_error)
    return Factors(math.exp(-down), math.exp(up))
