"""Records of customers, packed into arrays: searched by address, then in time. Knows nothing of files and CSV."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterator
from typing import Final

import msgspec

from enrichment.addresses import Range
from enrichment.model import Owner
from enrichment.ranges import RangeIndex, Ranges
from enrichment.validity import Period

# Records of one range over time: one a day for two years and a half.
PERIODS_PER_RANGE_MAX: Final = 1024
NOBODY: Final = -1
_BITS: Final = {4: 32, 6: 128}
ALWAYS: Final = -(1 << 63)
FOREVER: Final = (1 << 63) - 1


class TooManyPeriodsError(ValueError):
    """``record`` is one more for the same range than is looked through."""

    def __init__(self, record: int) -> None:
        super().__init__(record)
        self.record = record


class Owners:
    """The texts of the records, one packed behind the other; equal ones are kept once."""

    def __init__(self) -> None:
        self._packed = bytearray()
        self._offsets = array("Q", [0])
        self._known: dict[int, int] = {}
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Owner)

    def add(self, owner: Owner) -> int:
        packed = self._encoder.encode(owner)
        number = self._known.get(hash(packed), NOBODY)
        if number == NOBODY or self._slice(number) != packed:
            number = len(self._offsets) - 1
            self._packed += packed
            self._offsets.append(len(self._packed))
            self._known[hash(packed)] = number
        return number

    def close(self) -> None:
        """No more are added."""
        self._known = {}

    def __getitem__(self, number: int) -> Owner:
        return self._decoder.decode(self._slice(number))

    def __iter__(self) -> Iterator[Owner]:
        return (self[number] for number in range(len(self._offsets) - 1))

    @property
    def byte_size(self) -> int:
        return len(self._packed) + len(self._offsets) * self._offsets.itemsize

    def _slice(self, number: int) -> bytearray:
        return self._packed[self._offsets[number] : self._offsets[number + 1]]


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where a record stands: number of the file, and line."""

    file: int
    line: int


class Table:
    """The records of one realm and one version of IP: added in any order, closed once, then searched."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.index = RangeIndex(Ranges(_BITS[version]))
        self._ranges = Ranges(_BITS[version])  # of each record; after ``close`` of each distinct range
        self._first = array("I")  # the first record of each distinct range
        self._from = array("q")
        self._to = array("q")
        self._owner = array("i")
        self._file = array("B")
        self._line = array("I")

    def add(self, addresses: Range, period: tuple[int | None, int | None], owner: int, place: Place) -> None:
        from_ns, to_ns = period
        self._ranges.append(addresses.low, addresses.high)
        # Databases write 9999-12-31 for "no end", which nanoseconds cannot say.
        self._from.append(ALWAYS if from_ns is None else min(max(from_ns, ALWAYS), FOREVER))
        self._to.append(FOREVER if to_ns is None else min(max(to_ns, ALWAYS), FOREVER))
        self._owner.append(owner)
        self._file.append(place.file)
        self._line.append(place.line)

    def close(self) -> None:
        """Sorts and indexes. Raises TooManyPeriodsError and ranges.TooDeepError (with a record's number)."""
        self._sort()
        distinct = Ranges(_BITS[self.version])
        last = (-1, -1)
        for record in range(len(self._owner)):
            ends = self._ranges.low[record], self._ranges.high[record]
            if ends != last:
                distinct.append(*ends)
                self._first.append(record)
                last = ends
            elif record - self._first[-1] >= PERIODS_PER_RANGE_MAX:
                raise TooManyPeriodsError(record)
        self._ranges = distinct
        self.index = RangeIndex(distinct)

    def levels(self, number: int) -> Iterator[list[Period]]:
        """The records over this address, narrowest range first. Ranges of one size that cross are one level: neither is
        narrower.
        """
        for _, groups in itertools.groupby(self.index.covering(number), self.index.size_of):
            yield [self.period(record) for group in groups for record in self.records_of(group)]

    def records_of(self, group: int) -> range:
        """The records of a distinct range, in the order of their beginning."""
        end = self._first[group + 1] if group + 1 < len(self._first) else len(self._owner)
        return range(self._first[group], end)

    def overlaps(self) -> Iterator[tuple[int, int]]:
        """Pairs of records that give the same range to two owners at the same time."""
        for group in range(len(self._first)):
            lasting = -1
            for record in self.records_of(group):
                if self._owner[record] == NOBODY:
                    continue
                if lasting >= 0 and self._from[record] < self._to[lasting]:
                    if self._owner[record] != self._owner[lasting]:
                        yield lasting, record
                    if self._to[record] <= self._to[lasting]:
                        continue
                lasting = record

    def period(self, record: int) -> Period:
        from_ns, to_ns = self._from[record], self._to[record]
        return Period(
            record, self._owner[record], None if from_ns == ALWAYS else from_ns, None if to_ns == FOREVER else to_ns
        )

    def addresses(self, group: int) -> Range:
        return Range(self.version, self._ranges.low[group], self._ranges.high[group])

    def group_of(self, record: int) -> int:
        low, high = 0, len(self._first)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._first[middle] <= record else (low, middle)
        return low

    def place(self, record: int) -> Place:
        return Place(self._file[record], self._line[record])

    @property
    def byte_size(self) -> int:
        parts = (self._first, self._from, self._to, self._owner, self._file, self._line)
        return self._ranges.byte_size + self.index.byte_size + sum(len(part) * part.itemsize for part in parts)

    def _sort(self) -> None:
        """By range as RangeIndex wants it, then by time; three stable sorts need no key of three parts for each."""
        low, high = self._ranges.low, self._ranges.high
        order = sorted(range(len(self._owner)), key=self._from.__getitem__)
        order.sort(key=high.__getitem__, reverse=True)
        order.sort(key=low.__getitem__)
        ranges = Ranges(_BITS[self.version])
        for record in order:
            ranges.append(low[record], high[record])
        self._ranges = ranges
        self._from = _ordered(self._from, order)
        self._to = _ordered(self._to, order)
        self._owner = _ordered(self._owner, order)
        self._file = _ordered(self._file, order)
        self._line = _ordered(self._line, order)


def _ordered(values: array[int], order: list[int]) -> array[int]:
    return array(values.typecode, map(values.__getitem__, order))
