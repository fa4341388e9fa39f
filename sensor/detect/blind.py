"""Shares whose worth is not known: how many came in which time, and whether their rate was steady.

Pools hold the rate of shares steady by their difficulty, so that after the first minutes a rate that jumps shows a
difficulty that changed: then nothing can be said of the whole.
"""

from __future__ import annotations

import math
from typing import Final

from sensor.detect.silence import BACK_NS_MAX
from sensor.model import Blind

_MINUTE_NS: Final = 60 * 1_000_000_000
# How long pools take to find the difficulty of a rig that has just begun.
SETTLE_NS: Final = 300 * 1_000_000_000
# Counts of a minute scatter as Poisson's do; four standard deviations more is a rate that changed.
_DEVIATIONS_MAX: Final = 4.0


class BlindAccount:
    """Counts shares by minutes. ``is_young``: the session began a moment ago."""

    __slots__ = ("_count", "_from_ns", "_last_ns", "_minute", "_minute_count", "_minutes", "_squares", "is_young")

    def __init__(self, *, is_young: bool) -> None:
        self.is_young = is_young
        self._from_ns = -1
        self._last_ns = -1
        self._count = 0
        self._minute = 0
        self._minute_count = 0
        self._minutes = 0  # whole minutes, with their squared counts
        self._squares = 0

    def share(self, ts_ns: int) -> None:
        """Counts a share; the first one only opens the window."""
        if self._last_ns < 0:
            self._from_ns = ts_ns + SETTLE_NS if self.is_young else ts_ns
            self._minute = self._from_ns // _MINUTE_NS
        elif ts_ns < self._last_ns - BACK_NS_MAX:
            # The clock was set back: the window moves with it.
            self._from_ns -= self._last_ns - ts_ns
            self._minute = max(ts_ns, self._from_ns) // _MINUTE_NS
        self._last_ns = ts_ns
        if ts_ns <= self._from_ns:
            return
        minute = ts_ns // _MINUTE_NS
        if minute != self._minute:
            # The minutes between had none.
            self._minutes += minute - self._minute
            self._squares += self._minute_count**2
            self._minute, self._minute_count = minute, 0
        self._minute_count += 1
        self._count += 1

    def seen(self, until_ns: int) -> Blind | None:
        if not self._count or until_ns <= self._from_ns:
            return None
        return Blind(self._from_ns, until_ns, self._count, self._is_steady())

    def _is_steady(self) -> bool:
        if self._minutes < 2:
            return True
        mean = (self._count - self._minute_count) / self._minutes
        if not mean:
            return True
        variance = self._squares / self._minutes - mean * mean
        freedom = self._minutes - 1
        return self._minutes * variance / mean <= freedom + _DEVIATIONS_MAX * math.sqrt(2 * freedom)
