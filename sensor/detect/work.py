"""The work of one session's shares, summed as they come: a few floats, whatever the session's length.

A share counts what its own job was worth when it was found. What cost work counts, accepted or not; a duplicate is no
work, and a share below its difficulty counts only in the race after a rise, at the difficulty before. Sums are of
expected hashes, or of difficulties as sent where the dialect does not say what a difficulty is worth.

A window whose edge is a share does not count that share: n shares have n - 1 intervals between them. A silence too long
to be chance is a pause and no active time.
"""

from __future__ import annotations

import math
from typing import Final

from sensor.limits import WORTHS_PER_SESSION_MAX
from sensor.model import Share, ShareResult, Work

_NEVER: Final = math.inf
# Rigs take a new difficulty with the next job, some later; a minute covers both.
RACE_NS_MAX: Final = 60 * 1_000_000_000
# A message this soon after a share is its answer.
ANSWER_NS_MAX: Final = 2 * 1_000_000_000
# A silence is a pause beyond this many mean intervals, and ln(n) more after n shares: over the whole session one in
# 400 is then taken for a pause by chance. With a bound that did not grow, long sessions would lose real time.
PAUSE_INTERVALS: Final = 6.0
# Fewer shares do not tell what an interval is.
PAUSE_SHARES_MIN: Final = 8


class WorkAccount:
    """Counts shares and answers in the order they come. ``is_holed``: jobs may have been missed."""

    __slots__ = (
        "_accepted",
        "_before",
        "_count",
        "_exposed",
        "_force_ns",
        "_from_ns",
        "_in_force",
        "_is_answered",
        "_is_hashes",
        "_last_ns",
        "_last_worth",
        "_paused_ns",
        "_quiet_ns",
        "_raised_ns",
        "_squares",
        "_total",
        "_worth",
        "_worth_key",
        "_worths",
        "is_holed",
    )

    def __init__(self, *, is_holed: bool = False) -> None:
        self.is_holed = is_holed
        self._is_hashes = False
        self._in_force = 0.0  # of the latest job; 0: not known
        self._is_answered = False
        self._begin(-1)

    def _begin(self, ts_ns: int) -> None:
        self._from_ns = ts_ns
        self._last_ns = ts_ns
        self._last_worth = 0.0
        self._exposed = 0.0  # worth in force times the time it was, but for the latest
        self._force_ns = ts_ns
        self._paused_ns = 0
        self._quiet_ns = _NEVER  # a longer silence is looked at
        self._count = 0
        self._total = 0.0
        self._squares = 0.0
        self._accepted = 0.0
        self._worth = 0.0  # of the latest share
        self._worth_key = 0  # the first share that had it
        self._worths: list[tuple[int, float]] = [(0, 0.0)]  # (first key, worth), the latest last
        self._before = 0.0  # the difficulty before the latest rise
        self._raised_ns = -_NEVER

    # ------------------------------------------------------------ what happens

    def job(self, ts_ns: int, value: float | None, work: float | None) -> None:
        """A job came, with the difficulty and the work of its shares."""
        worth = value if work is None else work
        if worth is None:
            return
        is_hashes = work is not None
        if self._from_ns < 0 or is_hashes != self._is_hashes:
            # What is counted in another unit cannot be added: the window begins anew.
            self._begin(ts_ns)
            self._is_hashes = is_hashes
        elif worth != self._in_force:
            self._exposed += self._in_force * (ts_ns - self._force_ns)
            self._force_ns = ts_ns
            if worth > self._in_force:
                self._before = self._in_force
                self._raised_ns = ts_ns
        self._in_force = worth

    def share(self, share: Share) -> bool:
        """Counts a share; False where its worth is not known."""
        work = share.work
        worth = share.value if work is None else work
        if worth is None:
            # Its job was missed, or given on an earlier connection: then it was no work of this one.
            worth = self._in_force if self.is_holed else 0.0
        if worth != self._worth:
            self._change(worth, share.key)
        if not worth:
            return self.has_begun
        self._add(share.ts_ns, worth)
        return True

    def result(self, result: ShareResult) -> bool:
        """Counts an answer; False where it stands for a share whose worth is not known."""
        self._is_answered = True
        key = result.key
        if key is None:
            worth = self._in_force
            if not worth:
                return False
            self._add(result.ts_ns, worth)
        else:
            worth = self._worth if key >= self._worth_key else self._worth_of(key)
        if result.accepted:
            self._accepted += worth
        elif worth and (result.duplicate or result.low):
            self._take_back(result, worth)
        return True

    # ------------------------------------------------------------ what is known

    @property
    def has_begun(self) -> bool:
        """Whether a difficulty was seen."""
        return self._from_ns >= 0

    def seen(self, until_ns: int, *, is_edge: bool) -> Work | None:
        """What was counted until then; ``is_edge``: a message decided that the window ends then."""
        if self._from_ns < 0:
            return None
        count, total, squares = self._count, self._total, self._squares
        if is_edge and count and until_ns - self._last_ns <= ANSWER_NS_MAX:
            until_ns = min(until_ns, self._last_ns)
            count, total, squares = count - 1, total - self._last_worth, squares - self._last_worth**2
        else:
            until_ns = self._end(until_ns)
        active_ns = until_ns - self._from_ns - self._paused_ns
        if count <= 0 or total <= 0 or active_ns <= 0:
            return None
        return Work(
            from_ns=self._from_ns,
            until_ns=until_ns,
            active_ns=active_ns,
            count=count,
            total=total,
            squares=max(squares, total * total / count),
            is_hashes=self._is_hashes,
            in_force=self._mean_in_force(until_ns),
            accepted=min(self._accepted, total) if self._is_answered else None,
        )

    # ------------------------------------------------------------ inside

    def _add(self, ts_ns: int, worth: float) -> None:
        if ts_ns - self._last_ns > self._quiet_ns:
            self._pause(ts_ns, worth)
        self._last_ns = ts_ns
        self._last_worth = worth
        self._total += worth
        self._squares += worth * worth
        count = self._count = self._count + 1
        if not count & (count - 1):
            self._listen(worth)

    def _change(self, worth: float, key: int) -> None:
        self._worth = worth
        self._worth_key = key
        self._worths.append((key, worth))
        if len(self._worths) > WORTHS_PER_SESSION_MAX:
            del self._worths[0]
        self._listen(worth)

    def _mean_in_force(self, until_ns: int) -> float:
        """The mean difficulty over the window: a rise just before its end weighs little in it."""
        exposed = self._exposed + self._in_force * max(0, until_ns - self._force_ns)
        return exposed / max(1, until_ns - self._from_ns)

    def _worth_of(self, key: int) -> float:
        """The worth of an earlier share; of one too old to be known, the oldest that is."""
        for first, worth in reversed(self._worths):
            if first <= key:
                return worth
        return self._worths[0][1]

    def _take_back(self, result: ShareResult, worth: float) -> None:
        """Duplicates are no work; a share below its difficulty was work at the one before, if that ended just now."""
        left = 0.0
        if result.low and not result.duplicate and result.ts_ns - self._raised_ns <= RACE_NS_MAX:
            left = min(self._before, worth)
        self._total += left - worth
        self._squares += left * left - worth * worth
        if not left:
            self._count -= 1
        if self._last_worth == worth:
            self._last_worth = left

    # ------------------------------------------------------------ pauses

    def _interval_ns(self, worth: float) -> float:
        """The mean time to a share of this worth, by what was counted so far."""
        active_ns = self._last_ns - self._from_ns - self._paused_ns
        return worth * active_ns / self._total if self._total > 0 else math.inf

    def _bound_ns(self, worth: float) -> float:
        if self._count < PAUSE_SHARES_MIN or worth <= 0:
            return _NEVER
        return (PAUSE_INTERVALS + math.log(self._count)) * self._interval_ns(worth)

    def _listen(self, worth: float) -> None:
        self._quiet_ns = self._bound_ns(worth)

    def _pause(self, ts_ns: int, worth: float) -> None:
        # The difficulty may have changed in the silence: the larger one has the longer intervals.
        worth = max(worth, self._last_worth)
        bound_ns = self._bound_ns(worth)
        silence_ns = ts_ns - self._last_ns
        if silence_ns > bound_ns:
            # The rig worked one mean interval before the pause and one behind it, as memoryless processes do.
            self._paused_ns += silence_ns - round(2 * self._interval_ns(worth))
        self._listen(worth)

    def _end(self, until_ns: int) -> int:
        """Where the window ends: then, or one mean interval behind the last share of a rig that fell silent."""
        worth = max(self._last_worth, self._in_force)
        if until_ns - self._last_ns > self._bound_ns(worth):
            return self._last_ns + round(self._interval_ns(worth))
        return until_ns
