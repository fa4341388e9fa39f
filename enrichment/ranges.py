"""Address ranges that lie over each other, flattened: one binary search finds all that cover an address.

Every stretch of addresses that the same ranges cover becomes one segment, and points to a chain of its ranges,
narrowest first: chains share their tails, so a million nested prefixes take some tens of megabytes. Ranges may cross;
the smaller one comes first then.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right, insort
from collections.abc import Iterator
from typing import Final

# Nested prefixes of one address: an operator's plan has five levels, all lengths of IPv6 together are 129.
DEPTH_MAX: Final = 160
# Nested ranges need one node each. Only ranges that cross each other need more; a staircase of them is no list.
NODES_PER_RANGE_MAX: Final = 16
CROSSINGS_KEPT_MAX: Final = 1000
_NONE: Final = -1
_HALF_BITS: Final = 64
_HALF_MASK: Final = (1 << _HALF_BITS) - 1


class TooDeepError(ValueError):
    """More ranges over one address than a list of customers has; ``number`` is the one that was too much."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Numbers:
    """Addresses as numbers, packed: four bytes each for IPv4, two halves of eight for IPv6."""

    __slots__ = ("_high", "_is_wide", "_low")

    def __init__(self, bits: int) -> None:
        self._is_wide = bits > _HALF_BITS
        self._low = array("Q" if self._is_wide else "I")
        self._high = array("Q")

    def append(self, number: int) -> None:
        if self._is_wide:
            self._high.append(number >> _HALF_BITS)
            self._low.append(number & _HALF_MASK)
        else:
            self._low.append(number)

    def __getitem__(self, index: int) -> int:
        if self._is_wide:
            return self._high[index] << _HALF_BITS | self._low[index]
        return self._low[index]

    def __len__(self) -> int:
        return len(self._low)

    def last_up_to(self, number: int) -> int:
        """Of sorted numbers the index of the last that is not above ``number``; -1 where all are."""
        if not self._is_wide:
            return bisect_right(self._low, number) - 1
        high = number >> _HALF_BITS
        end = bisect_right(self._high, high)
        begin = bisect_right(self._high, high - 1, 0, end) if high else 0
        return bisect_right(self._low, number & _HALF_MASK, begin, end) - 1

    @property
    def byte_size(self) -> int:
        return len(self._low) * self._low.itemsize + len(self._high) * self._high.itemsize


class Ranges:
    """Low and high ends; to be indexed they are distinct, sorted by their low end and then the widest first."""

    __slots__ = ("bits", "high", "low")

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.low = Numbers(bits)
        self.high = Numbers(bits)

    def append(self, low: int, high: int) -> None:
        self.low.append(low)
        self.high.append(high)

    def __len__(self) -> int:
        return len(self.low)

    @property
    def byte_size(self) -> int:
        return self.low.byte_size + self.high.byte_size


class RangeIndex:
    """Which ranges cover an address. ``crossings`` are pairs that overlap without one lying within the other."""

    def __init__(self, ranges: Ranges) -> None:
        """Raises TooDeepError."""
        self.crossings: list[tuple[int, int]] = []
        self.crossings_count = 0
        self.nested_count = 0
        self._ranges = ranges
        self._starts = Numbers(ranges.bits)
        self._nodes = array("i")
        self._range_of = array("I")
        self._next_of = array("i")
        sweep = _Sweep(self, ranges)
        sweep.run()

    def covering(self, number: int) -> Iterator[int]:
        """The ranges that cover the address, as their place in the order, narrowest first."""
        segment = self._starts.last_up_to(number)
        node = self._nodes[segment] if segment >= 0 else _NONE
        while node != _NONE:
            yield self._range_of[node]
            node = self._next_of[node]

    def size_of(self, number: int) -> int:
        """How many addresses a range has beside its first."""
        return self._ranges.high[number] - self._ranges.low[number]

    @property
    def byte_size(self) -> int:
        parts = (self._nodes, self._range_of, self._next_of)
        return self._starts.byte_size + sum(len(part) * part.itemsize for part in parts)

    # ------------------------------------------------------------ for the sweep

    @property
    def nodes_count(self) -> int:
        return len(self._range_of)

    def add_segment(self, start: int, node: int) -> None:
        if not self._nodes or self._nodes[-1] != node:
            self._starts.append(start)
            self._nodes.append(node)

    def add_node(self, number: int, next_node: int) -> int:
        self._range_of.append(number)
        self._next_of.append(next_node)
        return len(self._range_of) - 1

    def next_of(self, node: int) -> int:
        return self._next_of[node]

    def add_crossing(self, one: int, other: int) -> None:
        self.crossings_count += 1
        if len(self.crossings) < CROSSINGS_KEPT_MAX:
            self.crossings.append((one, other))


class _Sweep:
    """Walks the ranges from low to high once and writes the segments."""

    def __init__(self, index: RangeIndex, ranges: Ranges) -> None:
        self._index = index
        self._ranges = ranges
        self._last = (1 << ranges.bits) - 1
        # The ranges at the present address: (size, number), narrowest first; and (high, number), first to end first.
        self._active: list[tuple[int, int]] = []
        self._ends: list[tuple[int, int]] = []
        # The last node made for a range; as long as nothing crosses, it needs but one.
        self._node_of = array("i", [_NONE]) * len(ranges)

    def run(self) -> None:
        lows, highs = self._ranges.low, self._ranges.high
        count = len(self._ranges)
        for number in range(count):
            low = lows[number]
            self._end_before(low)
            self._begin(number, low, highs[number])
            if number + 1 == count or lows[number + 1] != low:
                self._index.add_segment(low, self._chain())
        self._end_before(self._last + 1)

    def _begin(self, number: int, low: int, high: int) -> None:
        nodes_max = NODES_PER_RANGE_MAX * len(self._ranges)
        if len(self._active) >= DEPTH_MAX or self._index.nodes_count > nodes_max:
            raise TooDeepError(number)
        for end, other in self._ends:
            # Sorted by their end: what ends within the new range began before it, so the two cross.
            if end >= high:
                break
            self._index.add_crossing(other, number)
        self._index.nested_count += bool(self._ends) and self._ends[-1][0] >= high
        insort(self._active, (high - low, number))
        insort(self._ends, (high, number))

    def _end_before(self, low: int) -> None:
        """Ends what ends before ``low``, in order."""
        ends = self._ends
        while ends and ends[0][0] < low:
            high = ends[0][0]
            while ends and ends[0][0] == high:
                _, number = ends.pop(0)
                self._active.remove((high - self._ranges.low[number], number))
            # Where the next range begins at once, its own segment follows.
            if high != self._last and high + 1 != low:
                self._index.add_segment(high + 1, self._chain())

    def _chain(self) -> int:
        """The node that begins the chain of the active ranges."""
        node = _NONE
        for _, number in reversed(self._active):
            known = self._node_of[number]
            if known == _NONE or self._index.next_of(known) != node:
                known = self._node_of[number] = self._index.add_node(number, node)
            node = known
        return node
