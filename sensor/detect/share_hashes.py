"""The worth of shares from their own hashes, where the pool's side is not seen and the miner sends them along.

Hashes of valid shares are uniform below the target. Of n shares with the largest hash h the target is h (n + 1) / n,
with a relative error of about 1 / n. Where the pool changed the target, shares fall into runs: a run is cut where two
targets explain its hashes much better than one does.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Final

import msgspec

from sensor.detect.silence import BACK_NS_MAX, PAUSE_SHARES_MIN, pause_intervals
from sensor.limits import SHARE_HASHES_MAX
from sensor.model import Work

_SPACE: Final = 2.0**64
# A cut must make the hashes exp(7) times as likely; by chance one session in fifty has such a cut, which then errs by
# that many shares.
_GAIN_MIN: Final = 7.0
# With fewer in a run, the width of the target adds more than a third to that of the count.
_RUN_MIN: Final = 5
# With fewer in all, a target that changed cannot be told from one that did not.
SHARES_MIN: Final = 20
# Hashes that stay when the others are summed up.
_KEPT: Final = SHARE_HASHES_MAX // 4


class _Lull(msgspec.Struct, frozen=True, gc=False):
    """A silence, when it ended, the usual interval before it, and how many shares came until then."""

    silence_ns: int
    until_ns: int
    usual_ns: int
    count: int


class HashAccount:
    """The latest hashes, and the sums of those before."""

    __slots__ = (
        "_count",
        "_from_ns",
        "_hashes",
        "_last_ns",
        "_lull",
        "_paused_ns",
        "_spread",
        "_squares",
        "_total",
    )

    def __init__(self) -> None:
        self._from_ns = -1
        self._last_ns = -1
        self._paused_ns = 0
        self._lull: _Lull | None = None  # a silence that may be a pause
        self._hashes = array("Q")
        self._count = 0
        self._total = 0.0
        self._squares = 0.0
        self._spread = 0.0  # sum of the squared worths of the runs

    def share(self, ts_ns: int, hash64: int) -> None:
        """Counts a share; the first one opens the window. The same hash again is the same share."""
        hashes = self._hashes
        if hash64 in hashes:
            return
        if self._last_ns < 0:
            self._from_ns = ts_ns
        elif ts_ns < self._last_ns - BACK_NS_MAX:
            # The clock was set back: the window moves with it.
            self._from_ns -= self._last_ns - ts_ns
        else:
            self._listen(ts_ns)
        self._last_ns = ts_ns
        hashes.append(hash64)
        if len(hashes) >= SHARE_HASHES_MAX:
            self._settle()

    def seen(self, until_ns: int) -> Work | None:
        """What was counted until then; None before a target can be told."""
        count, total, squares, spread = self._count, self._total, self._squares, self._spread
        for length, worth in _runs(self._hashes):
            count += length
            total += length * worth
            squares += length * worth * worth
            spread += worth * worth
        if count < SHARES_MIN or until_ns - self._from_ns <= self._paused_ns:
            return None
        # The first share opened the window and is none of it.
        part = (count - 1) / count
        return Work(
            from_ns=self._from_ns,
            until_ns=until_ns,
            active_ns=until_ns - self._from_ns - self._paused_ns,
            count=count - 1,
            total=total * part,
            squares=squares * part,
            is_hashes=True,
            worth_error=math.sqrt(spread) / total,
        )

    def _listen(self, ts_ns: int) -> None:
        """A silence is a pause if it is too long for the pace before it and for that behind it: a target that was moved
        changes one of the two.
        """
        lull, count = self._lull, self._count + len(self._hashes)
        if lull is None:
            silence_ns = ts_ns - self._last_ns
            usual_ns = (self._last_ns - self._from_ns - self._paused_ns) // count
            if silence_ns > pause_intervals(count) * usual_ns > 0:
                self._lull = _Lull(silence_ns, ts_ns, usual_ns, count)
            return
        since = count - lull.count
        if since >= PAUSE_SHARES_MIN:
            usual_ns = (ts_ns - lull.until_ns) // since
            if lull.silence_ns > pause_intervals(since) * usual_ns:
                # The rig worked one interval before it and one behind it, as memoryless processes do.
                self._paused_ns += max(0, lull.silence_ns - lull.usual_ns - usual_ns)
            self._lull = None

    def _settle(self) -> None:
        """Sums up all but the latest, which may yet turn out to belong to a new run."""
        left = len(self._hashes) - _KEPT
        for length, worth in _runs(self._hashes):
            taken = min(length, left)
            left -= taken
            self._count += taken
            self._total += taken * worth
            self._squares += taken * worth * worth
            self._spread += worth * worth * taken / length
        self._hashes = self._hashes[-_KEPT:]


def _runs(hashes: Sequence[int]) -> list[tuple[int, float]]:
    """Runs of one target each, as (number of shares, worth of each), in order: those that explain all hashes best.

    A run of n hashes up to h is the more likely the smaller h^n is; each run more has to gain what a cut must.
    """
    logs = [math.log(max(value, 1)) for value in hashes]
    # Of the first ``end`` hashes: the best sum, and where its last run begins.
    best = [(0.0, 0)]
    for end in range(1, len(logs) + 1):
        largest = -math.inf
        found = (math.inf, 0)
        for start in range(end - 1, -1, -1):
            largest = max(largest, logs[start])
            if (end - start >= _RUN_MIN or start == 0) and (start >= _RUN_MIN or start == 0):
                found = min(found, (best[start][0] + (end - start) * largest + _GAIN_MIN, start))
        best.append(found)
    runs: list[tuple[int, float]] = []
    end = len(logs)
    while end:
        start = best[end][1]
        count = end - start
        runs.append((count, _SPACE * count / (max(*hashes[start:end], 1) * (count + 1))))
        end = start
    return runs[::-1]
