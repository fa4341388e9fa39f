"""The shares of one session and their work, summed as they come: a few numbers, whatever the session's length.

A share counts what its own job was worth when it was found. What cost work counts, accepted or not; a duplicate is no
work, and a share below its difficulty counts only in the race after a rise, at the difficulty before. Sums are of
expected hashes, or of difficulties as sent where the dialect does not say what a difficulty is worth.

A window whose edge is a share does not count that share: n shares have n - 1 intervals between them. A silence too long
to be chance is a pause and no active time.
"""

from __future__ import annotations

import math
from typing import Final

import msgspec

from sensor.detect.exposure import Exposure
from sensor.detect.race import Race
from sensor.detect.share_counts import ShareCounts
from sensor.detect.silence import BACK_NS_MAX, PAUSE_SHARES_MIN, pause_intervals
from sensor.detect.stand import Stand
from sensor.event import LowShare, RigResult, Share, ShareResult
from sensor.limits import WORTHS_PER_SESSION_MAX
from sensor.model import Work

_NEVER: Final = math.inf
_UNBEGUN: Final = -(1 << 63)  # before any time that a clock may be set back to
# A message this soon after a share is its answer.
ANSWER_NS_MAX: Final = 2 * 1_000_000_000


class WorkAccount:
    """Counts shares and answers in the order they come. ``is_holed``: jobs may have been missed.

    An answer whose share was not seen stands for that share: otherwise the sum ``submitted = accepted + rejected +
    unanswered`` would not hold for a session that lost a packet or was found in the middle.

    Shares that come one after another with the same worth are a run: only its length is counted, and added to the sums
    when the worth changes or somebody asks.
    """

    __slots__ = (
        "_accepted_work",
        "_count",
        "_exposure",
        "_from_ns",
        "_is_doubted",
        "_is_hashes",
        "_is_told",
        "_job_ns",
        "_key",
        "_last_ns",
        "_listen_at",
        "_missed_ns",
        "_opening",
        "_paused_ns",
        "_quiet_ns",
        "_race",
        "_run",
        "_squares",
        "_stand",
        "_taken_back_ns",
        "_total",
        "_worth",
        "_worth_key",
        "_worths",
        "accepted",
        "duplicate",
        "is_holed",
        "rejected",
        "stale",
        "submitted",
    )

    def __init__(self, *, is_holed: bool = False) -> None:
        self.is_holed = is_holed
        self.submitted = 0
        self.accepted = 0
        self.rejected = 0
        self.stale = 0
        self.duplicate = 0
        self._is_hashes = False
        self._is_doubted = False  # one may have been missed
        self._is_told = False  # but there was one since
        self._job_ns = _UNBEGUN  # of the latest one
        self._begin(_UNBEGUN)

    def _begin(self, ts_ns: int, worth: float = 0.0) -> None:
        self._from_ns = ts_ns
        self._exposure = Exposure(ts_ns, worth)  # its worth is that of the latest job; 0: not known
        self._last_ns = ts_ns  # of the latest share that was counted
        self._taken_back_ns = -1  # of one that was taken back
        self._paused_ns = 0
        self._missed_ns = 0  # of these, when the difficulty was not known
        # The silence before the first share, what was due in it, and its difficulty.
        self._opening: tuple[int, float, float] | None = None
        self._stand: Stand | None = None  # while it is not known
        self._quiet_ns = _NEVER  # a longer silence is looked at
        self._listen_at = 1  # the length of the run at which that is reckoned anew; of rigs, the number of shares
        self._key = 0  # of the latest share
        self._run = 0
        self._count = 0
        self._total = 0.0
        self._squares = 0.0
        self._accepted_work = 0.0
        self._worth = 0.0  # of the latest share; 0: it counts nothing
        self._worth_key = 0  # the first share that had it
        self._worths: list[tuple[int, float]] = [(0, 0.0)]  # (first key, worth), the latest last
        self._race: Race | None = None

    # ------------------------------------------------------------ what happens

    def job(self, ts_ns: int, value: float | None, work: float | None) -> None:
        """A job came, with the difficulty and the work of its shares."""
        worth = value if work is None else work
        if worth is None:
            return
        if ts_ns < self._job_ns - BACK_NS_MAX:
            self._set_back(ts_ns)
        self._job_ns = ts_ns
        if self._is_told:
            self._settle(ts_ns)
        is_hashes = work is not None
        if not self.has_begun or is_hashes != self._is_hashes:
            # What is counted in another unit cannot be added: the window begins anew.
            self._begin(ts_ns, worth)
            self._is_hashes = is_hashes
            if self._is_doubted:
                self._stand = self._stand_at(ts_ns)
        elif worth != self._exposure.worth:
            if worth > self._exposure.worth:
                self._race = Race(ts_ns, self._exposure.worth)
            self._exposure.change(ts_ns, worth, self._count + self._run)

    def share(self, share: Share) -> bool:
        """Counts a share; False where its worth is not known."""
        self.submitted += 1
        self._key = share.key
        worth = share.work
        if worth is None:
            worth = share.value
        if worth != self._worth:
            if worth is None:
                # Its job was missed, or given on an earlier connection: then it was no work of this one.
                worth = self._exposure.worth if self.is_holed else 0.0
            if worth != self._worth:
                self._change(worth, share.key, share.ts_ns)
            if not worth:
                return self.has_begun
        # The way of nearly every share, kept short.
        ts_ns = share.ts_ns
        if not 0 <= ts_ns - self._last_ns <= self._quiet_ns:
            self._pause(ts_ns, worth)
        self._last_ns = ts_ns
        run = self._run = self._run + 1
        if run == self._listen_at:
            self._listen()
        return True

    def result(self, result: ShareResult) -> bool:
        """Counts an answer; False where it stands for a share whose worth is not known."""
        key = result.key
        if key is not None and result.accepted:
            # The way of nearly every answer.
            self.accepted += 1
            self._accepted_work += self._worth if key >= self._worth_key else self._worth_of(key)
            if not (result.stale or result.duplicate):
                return True
        elif result.accepted:
            self.accepted += 1
        else:
            self.rejected += 1
        self.stale += result.stale
        self.duplicate += result.duplicate
        if key is None:
            return self._stray(result)
        if not result.accepted and (result.duplicate or isinstance(result, LowShare)):
            self._take_back(result, self._worth_of(key))
        return True

    def share_of_rig(self, share: Share) -> float | None:
        """Counts a share of one of several rigs, whose difficulties differ from share to share. Its worth, or None
        where that is not known.

        A silence is a pause by the pace of all rigs together, at the difficulty that they have by now.
        """
        self.submitted += 1
        self._key = share.key
        worth = share.work if share.work is not None else share.value
        if worth is None:
            worth = self._exposure.worth or None
        if worth is None or not self.has_begun:
            return None
        self._fold()
        ts_ns = share.ts_ns
        if ts_ns < self._last_ns - BACK_NS_MAX:
            self._set_back(ts_ns)
        silence_ns = ts_ns - self._last_ns
        # Shares that were taken back since the bound was reckoned may have left none.
        if silence_ns > self._quiet_ns and self._count > 0 < self._total:
            heaviest = max(worth, self._exposure.peak(self._count))
            interval_ns = self._worked_ns() * max(heaviest / self._total, 1 / self._count)
            if silence_ns > pause_intervals(self._count) * interval_ns > 0:
                self._paused_ns += silence_ns - round(2 * interval_ns)
            self._listen_at = self._count
        self._last_ns = ts_ns
        self._worth = worth
        self._count += 1
        self._total += worth
        self._squares += worth * worth
        if self._count >= max(PAUSE_SHARES_MIN, self._listen_at):
            self._quiet_ns = pause_intervals(self._count) * self._worked_ns() / self._count
            self._listen_at = 2 * self._count
        return worth

    def result_of_rig(self, result: RigResult) -> bool:
        """Counts an answer to a share of one of several rigs; False where it stands for one of unknown worth."""
        if result.accepted:
            self.accepted += 1
            self._accepted_work += result.worth or 0.0
        else:
            self.rejected += 1
        self.stale += result.stale
        self.duplicate += result.duplicate
        if result.key is None:
            return self._stray_of_rig(result)
        if not result.accepted and (result.duplicate or result.is_low):
            self._reduce(result.worth or 0.0, 0.0)
        return True

    def _stray_of_rig(self, result: RigResult) -> bool:
        """An answer whose share was not seen stands for it, at the mean difficulty of the rigs."""
        if result.duplicate or result.is_low:
            self.submitted += 1
            return bool(self._exposure.worth)
        worth = self.share_of_rig(Share(result.side, result.ts_ns, self._key + 1, "", None, None, None))
        if worth is not None and result.accepted:
            self._accepted_work += worth
        return worth is not None

    def _stray(self, result: ShareResult) -> bool:
        """An answer whose share was not seen stands for it, at the difficulty in force."""
        worth = self._exposure.worth
        if not worth or result.duplicate or isinstance(result, LowShare):
            self.submitted += 1
            return bool(worth)
        # Behind all shares seen: theirs keep the worth that they had.
        self.share(Share(result.side, result.ts_ns, self._key + 1, "", None, worth, None))
        if result.accepted:
            self._accepted_work += worth
        return True

    def doubt(self, ts_ns: int) -> None:
        """A difficulty may have been missed. What is counted from now on holds if shares come as often as before, and
        else not: then the time until one is told is no active time.
        """
        if self._is_doubted and not self._is_steady():
            return
        self._is_doubted = True
        self._is_told = False
        if self.has_begun:
            self._stand = self._stand_at(ts_ns)

    def told(self, ts_ns: int, value: float | None, work: float | None) -> None:
        """The difficulty in force from the next job on is known. Some pools hold shares to it at once."""
        self._is_told = self._is_doubted
        worth = value if work is None else work
        if worth is not None and worth > self._exposure.worth and self._is_hashes == (work is not None):
            self._race = Race(ts_ns, self._exposure.worth)

    # ------------------------------------------------------------ what is known

    @property
    def has_begun(self) -> bool:
        """Whether a difficulty was seen."""
        return self._from_ns != _UNBEGUN

    def counts(self) -> ShareCounts:
        return ShareCounts(self.submitted, self.accepted, self.rejected, self.stale, self.duplicate)

    def pace(self) -> float:
        """Worth a second until the latest share, without bounds and in whatever unit: to be compared only."""
        self._fold()
        active_ns = self._worked_ns()
        return self._total / active_ns * 1e9 if active_ns > 0 else 0.0

    def seen(self, until_ns: int, *, is_edge: bool) -> Work | None:
        """What was counted until then; ``is_edge``: a message decided that the window ends then."""
        if not self.has_begun:
            return None
        self._fold()
        if self._is_doubted and not self._is_steady():
            if self._stand is None:
                return None
            is_answered = bool(self.accepted or self.rejected)
            return self._stand.work(self._from_ns, self._missed_ns, is_hashes=self._is_hashes, is_answered=is_answered)
        count, total, squares = self._count, self._total, self._squares
        if is_edge and until_ns - self._last_ns <= ANSWER_NS_MAX:
            until_ns = min(until_ns, self._last_ns)
            if self._taken_back_ns != self._last_ns:
                count, total, squares = count - 1, total - self._worth, squares - self._worth**2
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
            # Between what equal shares and one share alone would give: sums of doubles are rounded, and what is taken
            # back may have been far larger than what stays.
            squares=min(max(squares, total * total / count), total * total),
            is_hashes=self._is_hashes,
            in_force=self._exposure.mean(self._from_ns, until_ns),
            idle_ns=self._exposure.idle_ns(until_ns, self._count),
            accepted=min(self._accepted_work, total) if self.accepted or self.rejected else None,
            missed_ns=self._missed_ns,
        )

    # ------------------------------------------------------------ inside

    def _fold(self) -> None:
        """Adds the run to the sums."""
        run, worth = self._run, self._worth
        if run:
            self._count += run
            self._total += run * worth
            self._squares += run * worth * worth
            self._run = 0
            self._listen_at = max(1, self._listen_at - run)

    def _change(self, worth: float, key: int, ts_ns: int) -> None:
        """The share ``key`` is worth something else than the one before it."""
        if worth:
            # The silence before it was at the old difficulty or the new: the larger has the longer intervals.
            if not 0 <= ts_ns - self._last_ns <= self._quiet_ns:
                self._pause(ts_ns, max(worth, self._worth))
            self._last_ns = ts_ns
        self._fold()
        if not self._count and worth and self.has_begun:
            due = self._exposure.due(ts_ns)
            self._opening = ts_ns - self._from_ns, due, max(worth, self._exposure.worth)
        self._worth = worth
        self._worth_key = key
        self._worths.append((key, worth))
        del self._worths[:-WORTHS_PER_SESSION_MAX]
        self._listen()

    def _worth_of(self, key: int) -> float:
        """The worth of an earlier share; of one too old to be known, the oldest that is."""
        return self._since(key)[1]

    def _since(self, key: int) -> tuple[int, float]:
        """The first share with the worth of an earlier one, and that worth."""
        for since in reversed(self._worths):
            if since[0] <= key:
                return since
        return self._worths[0]

    def _take_back(self, result: ShareResult, worth: float) -> None:
        """Duplicates are no work; a share below its difficulty was work at the one before, if that ended just now."""
        race = self._race
        left = 0.0 if race is None or result.duplicate else race.left(result.ts_ns, worth)
        if race is not None and 0 < left < worth and result.key is not None:
            lucky = race.lucky(result.key, self._since(result.key)[0])
            self._total += lucky * (left - worth)
            self._squares += lucky * (left * left - worth * worth)
        self._reduce(worth, left)

    def _reduce(self, worth: float, left: float) -> None:
        """A share that was counted at ``worth`` was worth only ``left``."""
        if not worth:
            return
        self._fold()
        self._total += left - worth
        self._squares += left * left - worth * worth
        if not left:
            self._count -= 1
        self._taken_back_ns = self._last_ns

    # ------------------------------------------------------------ doubts

    def _stand_at(self, ts_ns: int) -> Stand:
        self._fold()
        return Stand(
            ts_ns=ts_ns,
            worked_ns=self._worked_ns(),
            paused_ns=self._paused_ns + ts_ns - self._end(ts_ns),
            mean_in_force=self._exposure.mean(self._from_ns, ts_ns),
            idle_ns=self._exposure.idle_ns(ts_ns, self._count),
            count=self._count,
            total=self._total,
            squares=self._squares,
            accepted_work=self._accepted_work,
        )

    def _is_steady(self) -> bool:
        """Whether enough was seen since the doubt to say that nothing changed."""
        if self._stand is None or not self._is_doubted:
            return False
        self._fold()
        return self._stand.is_steady(self._count, self._total, self._worked_ns())

    def _worked_ns(self) -> int:
        return self._last_ns - self._from_ns - self._paused_ns

    def _settle(self, ts_ns: int) -> None:
        """The difficulty is known again: what was counted in doubt stays, or is forgotten with its time."""
        stand, is_steady = self._stand, self._is_steady()
        self._is_doubted = self._is_told = False
        self._stand = None
        if stand is None or is_steady:
            return
        self._fold()
        self._count, self._total, self._squares = stand.count, stand.total, stand.squares
        self._accepted_work = stand.accepted_work
        missed_ns = max(0, ts_ns - stand.ts_ns)
        self._paused_ns = stand.paused_ns + missed_ns
        self._missed_ns += missed_ns
        # As if the latest share had come now and been taken back: it opens no interval, and answers to those of the
        # time that is forgotten count nothing.
        self._last_ns = self._taken_back_ns = ts_ns
        self._worth, self._worth_key, self._worths = 0.0, self._key + 1, [(0, 0.0)]
        self._listen()

    # ------------------------------------------------------------ pauses

    def _interval_ns(self, worth: float) -> float:
        """The mean time to a share of this worth, by what was counted so far."""
        active_ns = self._worked_ns()
        return worth * active_ns / self._total if self._total > 0 < active_ns else math.inf

    def _bound_ns(self, worth: float) -> float:
        return pause_intervals(self._count) * self._interval_ns(worth) if worth > 0 else _NEVER

    def _listen(self) -> None:
        """Reckons how long a silence may be, at the change of a worth and each time the shares have doubled."""
        self._fold()
        if self._opening is not None and self._stand is None and self._total > 0:
            self._pause_at_start(*self._opening)
        self._listen_at = max(1, self._count)
        self._quiet_ns = self._bound_ns(self._worth)

    def _pause_at_start(self, silence_ns: int, due: float, worth: float) -> None:
        """A rig that starts or tunes itself has a job long before it works: known once its shares tell its pace. What
        was due until then is reckoned with the difficulties of that time: pools begin too high and come down.
        """
        ns_per_worth = (self._worked_ns() - silence_ns) / self._total
        if due > pause_intervals(self._count) * ns_per_worth > 0:
            self._paused_ns += silence_ns - round(worth * ns_per_worth)
            self._opening = None

    def _pause(self, ts_ns: int, worth: float) -> None:
        """A silence that may be one ends with a share; ``worth`` is the larger of its and of the one before."""
        self._fold()
        worth = max(worth, self._exposure.peak(self._count))
        silence_ns = ts_ns - self._last_ns
        if silence_ns < -BACK_NS_MAX:
            self._set_back(ts_ns)
        elif silence_ns > self._bound_ns(worth):
            # The rig worked one mean interval before the pause and one behind it, as memoryless processes do.
            self._paused_ns += silence_ns - round(2 * self._interval_ns(worth))
        self._last_ns = ts_ns
        self._listen()

    def _set_back(self, ts_ns: int) -> None:
        """The capture's clock was set back: what was counted moves with it, or time would be counted once for the work
        of two. As much passed as does between two shares.
        """
        if not self.has_begun:
            # There is no window yet, and none may begin before any time.
            return
        self._fold()
        usual_ns = self._worked_ns() // self._count if self._count else 0
        by_ns = max(self._last_ns, self._job_ns) - ts_ns + usual_ns
        self._from_ns -= by_ns
        self._last_ns -= by_ns
        self._taken_back_ns -= by_ns
        self._exposure.move(by_ns)
        if self._race is not None:
            self._race.move(by_ns)
        self._job_ns -= by_ns
        if self._stand is not None:
            self._stand = msgspec.structs.replace(self._stand, ts_ns=self._stand.ts_ns - by_ns)

    def _end(self, until_ns: int) -> int:
        """Where the window ends: then, or one mean interval behind the last share of a rig that fell silent."""
        worth = max(self._worth, self._exposure.peak(self._count))
        if until_ns - self._last_ns > self._bound_ns(worth):
            return self._last_ns + round(self._interval_ns(worth))
        return until_ns
