"""The race after a rise: shares that were found at the difficulty before it and come when another holds.

A pool that judges them by the new one refuses those below it. A rig that keeps the old one for a while has the others
accepted, by luck: these were worth no more.
"""

from __future__ import annotations

from typing import Final

# Rigs take a new difficulty with the next job, some later; a minute covers both.
RACE_NS_MAX: Final = 60 * 1_000_000_000
# So many shares in a row meet twice their difficulty once in 256; more were at the new one, and the low one an error.
LUCKY_MAX: Final = 8


class Race:
    """Behind the latest rise in one window."""

    __slots__ = ("_before", "_key", "_raised_ns")

    def __init__(self, ts_ns: int, before: float) -> None:
        """``before``: the difficulty before the rise."""
        self._before = before
        self._raised_ns = ts_ns
        self._key = 0  # the latest share that is known to have been found at it

    def left(self, ts_ns: int, worth: float) -> float:
        """What a share was worth that is below ``worth``."""
        return min(self._before, worth) if ts_ns - self._raised_ns <= RACE_NS_MAX else 0.0

    def lucky(self, key: int, first: int) -> int:
        """How many shares before ``key``, which was low, were found at the difficulty before. ``first``: the first of
        the new one.
        """
        count = key - max(first, self._key + 1)
        self._key = key
        return count if 0 < count <= LUCKY_MAX else 0

    def move(self, by_ns: int) -> None:
        """The clock was set back by so much."""
        self._raised_ns -= by_ns
