"""The difficulty of each rig behind one agent: a power of two, a byte a rig, bounded.

A new difficulty holds from the next job on, the first of a rig at once. Of a share for an earlier job than the latest,
the difficulty before the latest change is known, for as many rigs as change at once as a rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sensor.limits import RIG_CHANGE_BYTES, RIG_CHANGES_MAX, RIG_PAGES_MAX
from sensor.room import Purse, Want

_PAGE_RIGS: Final = 1024
# With its place in the table.
_PAGE_BYTES: Final = _PAGE_RIGS + 256


class RigDifficulties:
    """Exponents by the number of the rig."""

    __slots__ = ("_count", "_former", "_next", "_pages", "_purse", "_total")

    def __init__(self, purse: Purse | None = None) -> None:
        self._purse = purse or Purse()
        self._pages: dict[int, bytearray] = {}  # exponents and 1; 0 where none is known
        self._next: dict[int, int] = {}  # from the next job on
        self._former: dict[int, int] = {}  # before the latest job
        self._count = 0
        self._total = 0.0

    def of(self, rig: int, *, is_latest: bool) -> int | None:
        """The exponent for a share of ``rig``; ``is_latest``: it is one for the latest job. None where not known."""
        if not is_latest and rig in self._former:
            return self._former[rig]
        page = self._pages.get(rig // _PAGE_RIGS)
        found = page[rig % _PAGE_RIGS] if page is not None else 0
        return found - 1 if found else None

    def level(self, exponent: int, rigs: Iterable[int]) -> None:
        """These rigs' difficulty is 2^``exponent``."""
        for rig in rigs:
            known = self.of(rig, is_latest=True)
            if known is None:
                self._put(rig, exponent + 1)
            elif rig in self._next or (known != exponent and self._may_change()):
                self._next[rig] = exponent
            elif known != exponent:
                self._put(rig, exponent + 1)

    def _may_change(self) -> bool:
        """Whether the next job's may be kept beside the present one's."""
        return len(self._next) < RIG_CHANGES_MAX and self._purse.take(RIG_CHANGE_BYTES, Want.RIGS)

    def job(self) -> None:
        """A job came: what was set before it holds now."""
        former: dict[int, int] = {}
        for rig, exponent in self._next.items():
            known = self.of(rig, is_latest=True)
            if known is not None:
                former[rig] = known
            self._put(rig, exponent + 1)
        self._purse.give(RIG_CHANGE_BYTES * len(self._former))
        self._purse.give(RIG_CHANGE_BYTES * (len(self._next) - len(former)))
        self._former = former
        self._next = {}

    def forget(self, rig: int) -> None:
        """The rig has left: its number may be another's."""
        for changes in (self._next, self._former):
            if changes.pop(rig, None) is not None:
                self._purse.give(RIG_CHANGE_BYTES)
        if self.of(rig, is_latest=True) is not None:
            self._put(rig, 0)

    def mean(self) -> float | None:
        """The mean difficulty of all rigs; None while none is known."""
        return self._total / self._count if self._count else None

    def _put(self, rig: int, value: int) -> None:
        number, place = divmod(rig, _PAGE_RIGS)
        page = self._pages.get(number)
        if page is None:
            if not value:
                return
            if self._pages and not self._may_grow():
                self._drop(next(iter(self._pages)))
            page = self._pages[number] = bytearray(_PAGE_RIGS)
        self._weigh(page[place], -1)
        self._weigh(value, 1)
        page[place] = value
        if not value and not any(page):
            del self._pages[number]
            if self._pages:
                self._purse.give(_PAGE_BYTES)

    def _may_grow(self) -> bool:
        """The first page is the session's own."""
        return len(self._pages) < RIG_PAGES_MAX and self._purse.take(_PAGE_BYTES, Want.RIGS)

    def _drop(self, number: int) -> None:
        """Forgets the oldest page: agents deal out numbers in order."""
        for value in self._pages.pop(number):
            self._weigh(value, -1)

    def _weigh(self, value: int, sign: int) -> None:
        if value:
            self._count += sign
            self._total += sign * 2.0 ** (value - 1)
