"""How long a silence may be before it is a pause: shares are a Poisson process, so that few intervals are long."""

from __future__ import annotations

import math
from typing import Final

# How often one of all silences of a session, however long it is, is taken for a pause by chance: one session in 400.
PAUSE_CHANCE: Final = 1 / 400
# Fewer shares do not tell what an interval is.
PAUSE_SHARES_MIN: Final = 8
# Of one kind of messages what is this far behind the one before has another clock, as in the engine; less is disorder.
BACK_NS_MAX: Final = 5 * 1_000_000_000


def pause_intervals(count: int) -> float:
    """As many mean intervals, told by ``count`` shares; more than any silence has where these are too few.

    Shares tell their interval to 1/sqrt(n) only, so that the silence after n of them is beyond x mean intervals with
    the chance (1 + x/n)^-n. What one silence may contribute falls with n squared: all of them are the whole chance.
    """
    if count < PAUSE_SHARES_MIN:
        return math.inf
    chance = PAUSE_CHANCE * (PAUSE_SHARES_MIN - 0.5) / (count * count)
    return count * math.expm1(-math.log(chance) / count)
