"""The difficulty of each rig behind one agent: a power of two, a byte a rig, bounded.

A new difficulty holds from the next job on, the first of a rig at once. Of a share for an earlier job than the latest,
the difficulty before the latest change is known, for as many rigs as change at once as a rule.
"""

from __future__ import annotations

from collections.abc import Iterable

from sensor.limits import RIG_CHANGES_MAX, RIG_PAGES_MAX

_PAGE_RIGS = 1024


class RigDifficulties:
    """Exponents by the number of the rig."""

    __slots__ = ("_count", "_former", "_next", "_pages", "_total")

    def __init__(self) -> None:
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
            elif known != exponent and len(self._next) < RIG_CHANGES_MAX:
                self._next[rig] = exponent
            else:
                self._next.pop(rig, None)
                self._put(rig, exponent + 1)

    def job(self) -> None:
        """A job came: what was set before it holds now."""
        former: dict[int, int] = {}
        for rig, exponent in self._next.items():
            known = self.of(rig, is_latest=True)
            if known is not None:
                former[rig] = known
            self._put(rig, exponent + 1)
        self._former = former
        self._next = {}

    def forget(self, rig: int) -> None:
        """The rig has left: its number may be another's."""
        self._next.pop(rig, None)
        self._former.pop(rig, None)
        if self.of(rig, is_latest=True) is not None:
            self._put(rig, 0)

    def mean(self) -> float | None:
        """The mean difficulty of all rigs; None while none is known."""
        return self._total / self._count if self._count else None

    def _put(self, rig: int, value: int) -> None:
        number, place = divmod(rig, _PAGE_RIGS)
        page = self._pages.get(number)
        if page is None:
            if len(self._pages) >= RIG_PAGES_MAX:
                self._drop(next(iter(self._pages)))
            page = self._pages[number] = bytearray(_PAGE_RIGS)
        self._weigh(page[place], -1)
        self._weigh(value, 1)
        page[place] = value
        if not value and not any(page):
            del self._pages[number]

    def _drop(self, number: int) -> None:
        """Forgets the oldest page: agents deal out numbers in order."""
        for value in self._pages.pop(number):
            self._weigh(value, -1)

    def _weigh(self, value: int, sign: int) -> None:
        if value:
            self._count += sign
            self._total += sign * 2.0 ** (value - 1)
