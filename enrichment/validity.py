"""Which record holds over a whole session: the join in time.

A TCP connection cannot survive a change of its address, so one owner must cover the session. Where two share it, the
records are wrong about when the one followed the other, and neither is named.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from enrichment.model import Interval, Unanswered

# One owner is certain from here; the rest is a clock that is off or a date without a time.
COVER_CERTAIN: Final = 0.9
# Below this a record says nothing of the session.
COVER_MIN: Final = 0.5


class Period(msgspec.Struct, frozen=True, gc=False):
    """A record's time: ``from_ns`` included, ``to_ns`` not; None is without end. ``owner`` is the same number for all
    records of one customer; -1: it cannot be read.
    """

    record: int
    owner: int
    from_ns: int | None
    to_ns: int | None


class Choice(msgspec.Struct, frozen=True):
    """The record that holds, the share of the session that its owner covers, and the owner's other records in it; or
    why there is none.
    """

    record: int
    cover: float = 0.0
    unanswered: Unanswered | None = None
    others: tuple[int, ...] = ()
    is_sole: bool = False  # there is no narrower record and none beside it, so it holds as long as it lasts


def choose(levels: Iterable[Sequence[Period]], interval: Interval) -> Choice | None:
    """The record for the session among those that cover its address, narrowest range first. None: no record at all.

    A wider range counts only for the time in which no narrower one holds.
    """
    share = _Share(interval)
    record = -1
    for periods in levels:
        if record < 0 and periods:
            record = periods[0].record
            if len(periods) == 1 and _holds_throughout(periods[0], interval):
                return Choice(record, 1.0, is_sole=True)  # nearly every session: there is nothing to share out
        share.take(periods)
        if not share.left:
            break
    return None if record < 0 else share.choice(record)


class _Share:
    """How the session is shared out among owners, in nanoseconds."""

    def __init__(self, interval: Interval) -> None:
        # The last packet's own nanosecond counts too, so that a session of one packet has a length.
        self.total_ns = max(interval.to_ns - interval.from_ns, 0) + 1
        self.left = [(interval.from_ns, interval.from_ns + self.total_ns)]
        self._owned_ns: dict[int, int] = {}
        self._records_of: dict[int, dict[int, None]] = {}
        self._disputed_ns = 0
        self._unreadable_ns = 0

    def take(self, periods: Sequence[Period]) -> None:
        """Gives what is left of the session to these records, as far as they hold in it."""
        left: list[tuple[int, int]] = []
        for begin, end in self.left:
            held = [period for period in periods if _overlaps(period, begin, end)]
            left += self._give(held, begin, end) if held else [(begin, end)]
        self.left = left

    def choice(self, first_record: int) -> Choice:
        owned = self._owned_ns
        if self._disputed_ns > self.total_ns * (1 - COVER_CERTAIN):
            return Choice(first_record, unanswered=Unanswered.CONFLICT)
        if not owned:
            why = Unanswered.BAD_RECORD if self._unreadable_ns else Unanswered.COVERAGE_GAP
            return Choice(first_record, unanswered=why)
        owner = max(owned, key=lambda one: (owned[one], -one))
        cover = owned[owner] / self.total_ns
        record, *others = self._records_of[owner]
        if cover < COVER_CERTAIN and (len(owned) > 1 or self._unreadable_ns or self._disputed_ns):
            return Choice(record, unanswered=Unanswered.CONFLICT)
        if cover < COVER_MIN:
            return Choice(record, unanswered=Unanswered.COVERAGE_GAP)
        return Choice(record, cover, others=tuple(others))

    def _give(self, held: Sequence[Period], begin: int, end: int) -> list[tuple[int, int]]:
        """Shares out one stretch; returns what nobody holds."""
        left = []
        edges = sorted({begin, end, *(edge for period in held for edge in _edges(period) if begin < edge < end)})
        for low, high in itertools.pairwise(edges):
            here = [period for period in held if _overlaps(period, low, high)]
            if here:
                self._count(here, high - low)
            else:
                left.append((low, high))
        return left

    def _count(self, here: Sequence[Period], length_ns: int) -> None:
        readable = [period for period in here if period.owner >= 0]
        owners = {period.owner for period in readable}
        if len(owners) > 1:
            self._disputed_ns += length_ns
        elif owners:
            (owner,) = owners
            self._owned_ns[owner] = self._owned_ns.get(owner, 0) + length_ns
            self._records_of.setdefault(owner, {}).update((period.record, None) for period in readable)
        else:
            self._unreadable_ns += length_ns


def _holds_throughout(period: Period, interval: Interval) -> bool:
    """Whether it can be read, and holds from the first to the last packet."""
    if period.owner < 0 or (period.from_ns is not None and period.from_ns > interval.from_ns):
        return False
    return period.to_ns is None or max(interval.from_ns, interval.to_ns) < period.to_ns


def _overlaps(period: Period, begin: int, end: int) -> bool:
    return (period.from_ns is None or period.from_ns < end) and (period.to_ns is None or begin < period.to_ns)


def _edges(period: Period) -> list[int]:
    return [edge for edge in (period.from_ns, period.to_ns) if edge is not None]
