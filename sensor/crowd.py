"""How many of each kind there were at most, where a bound is for all of them together: so several processes know
whether what they kept apart would have found room in one.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Peaks(msgspec.Struct):
    """The most there were at once, or the most there may be. ``room_bytes``: that were asked for, given or not."""

    young: int = 0
    one_sided: int = 0
    two_sided: int = 0
    hints: int = 0
    withdrawn: int = 0
    quotations: int = 0
    strangers: int = 0
    room_bytes: int = 0


def fit_together(parts: Iterable[Peaks], bounds: Peaks) -> bool:
    """Whether all parts would have fitted the bounds even if they had had their peaks at once."""
    sums = map(sum, zip(*(msgspec.structs.astuple(part) for part in parts), strict=True))
    return all(have <= most for have, most in zip(sums, msgspec.structs.astuple(bounds), strict=True))
