"""Bounds of a rate from counted shares: Garwood's exact interval for a Poisson mean, and its use for unequal shares.

Shares of different worth tell as much as ``S^2 / S2`` equal ones, S and S2 being the sums of the worths and of their
squares; that number may be fractional. Where a difficulty was in force none of whose shares came, S2 does not know of
them. What they would have brought is missing in S: the part of the time that this was, to what came in the rest. It is
worth no more doubt than the scatter that is to be expected, from the mean difficulty in force: S over it.
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
# Of what is missing, as the square of a standard deviation. By simulation: so bounds hold as often as they say.
_MISSING_WEIGHT: Final = 0.35
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
    if work.in_force > 0 and work.idle_ns > 0:
        effective = max(min(effective, work.total / work.in_force), _despite_idleness(work, effective))
    # Equal shares are a whole number; sums of doubles leave some dust on it. Where the pool has just raised the
    # difficulty a thousandfold, what was counted is a thousandth of a share, and not none.
    whole = round(effective)
    return float(whole) if whole and abs(effective - whole) < _DUST else effective


def _despite_idleness(work: Work, effective: float) -> float:
    """Shares that scatter as these and the part that is missing together; 0 where too little is left to tell it. A rig
    that is only tried out, at a difficulty far too low, cannot send as many shares as it finds.
    """
    rest_ns = work.active_ns - work.idle_ns
    if rest_ns < work.idle_ns:
        return 0.0
    return 1 / (1 / effective + _MISSING_WEIGHT * (work.idle_ns / rest_ns) ** 2)


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
