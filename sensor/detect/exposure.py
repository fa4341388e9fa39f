"""Which difficulty was in force for how long in one window, and for how much of it none of its shares came.

Of a difficulty whose shares came, these tell how far they scatter. Of one whose shares did not come yet, nothing does
but how long that was.
"""

from __future__ import annotations


class Exposure:
    """``worth``: of the difficulty in force, 0 before the first. ``counted``: the shares of the window until now."""

    __slots__ = ("_counted", "_due", "_idle_ns", "_peak", "_since_ns", "_weighted", "worth")

    def __init__(self, ts_ns: int, worth: float = 0.0) -> None:
        self.worth = worth
        self._since_ns = ts_ns
        self._weighted = 0.0  # worths times the times they were in force, but for the present one
        self._due = 0.0  # these times over their worths, but for the present one
        self._idle_ns = 0
        self._counted = 0
        self._peak = 0.0  # of the difficulties since the latest share, but for the present one

    def change(self, ts_ns: int, worth: float, counted: int) -> None:
        """Another difficulty is in force from now on."""
        self._weighted += self.worth * max(0, ts_ns - self._since_ns)
        self._due = self.due(ts_ns)
        self._peak = self.peak(counted)
        self._idle_ns = self.idle_ns(ts_ns, counted)
        self._since_ns = ts_ns
        self._counted = counted
        self.worth = worth

    def mean(self, from_ns: int, until_ns: int) -> float:
        """The mean over the window: a rise just before its end weighs little in it."""
        weighted = self._weighted + self.worth * max(0, until_ns - self._since_ns)
        return weighted / max(1, until_ns - from_ns)

    def due(self, until_ns: int) -> float:
        """Shares that a rate of one worth a nanosecond would have brought."""
        return self._due + (max(0, until_ns - self._since_ns) / self.worth if self.worth else 0.0)

    def idle_ns(self, until_ns: int, counted: int) -> int:
        """How long a difficulty was in force without a share."""
        is_idle = counted == self._counted
        return self._idle_ns + (max(0, until_ns - self._since_ns) if is_idle else 0)

    def peak(self, counted: int) -> float:
        """The largest difficulty that was in force since the latest share."""
        return max(self.worth, self._peak) if counted == self._counted else self.worth

    def move(self, by_ns: int) -> None:
        """The clock was set back by so much."""
        self._since_ns -= by_ns
