"""The sums of a session as they stood when a difficulty may have been missed, and whether things went on as before.

Pools move a difficulty by half or double as a rule, so that as many shares come less or more often. That they come as
before, within the root of two, shows that it was not moved.
"""

from __future__ import annotations

import math
from typing import Final

import msgspec

from sensor.model import Work

STEADY_FACTOR: Final = math.sqrt(2)
# Fewer shares, before or since, do not show it.
STEADY_SHARES_MIN: Final = 64


class Stand(msgspec.Struct, frozen=True, gc=False):
    """Sums until ``ts_ns``; ``worked_ns`` is the active time until the latest share."""

    ts_ns: int
    worked_ns: int
    paused_ns: int
    mean_in_force: float
    idle_ns: int
    count: int
    total: float
    squares: float
    accepted_work: float

    def work(self, from_ns: int, missed_ns: int, *, is_hashes: bool, is_answered: bool) -> Work | None:
        """What was counted until then, which is all that is known."""
        active_ns = self.ts_ns - from_ns - self.paused_ns
        if self.count <= 0 or self.total <= 0 or active_ns <= 0:
            return None
        return Work(
            from_ns=from_ns,
            until_ns=self.ts_ns,
            active_ns=active_ns,
            count=self.count,
            total=self.total,
            squares=min(max(self.squares, self.total**2 / self.count), self.total**2),
            is_hashes=is_hashes,
            in_force=self.mean_in_force,
            idle_ns=self.idle_ns,
            accepted=min(self.accepted_work, self.total) if is_answered else None,
            missed_ns=missed_ns,
            is_cut=True,
        )

    def is_steady(self, count: int, total: float, worked_ns: int) -> bool:
        """Whether work was done as fast since as before; the arguments are the present sums."""
        since, work, since_ns = count - self.count, total - self.total, worked_ns - self.worked_ns
        before = self.total**2 / self.squares if self.squares else 0.0
        if min(since, before) < STEADY_SHARES_MIN or min(work, since_ns, self.total, self.worked_ns) <= 0:
            return False
        change = math.log(work / since_ns) - math.log(self.total / self.worked_ns)
        return abs(change) + math.sqrt(1 / since + 1 / before) <= math.log(STEADY_FACTOR)
