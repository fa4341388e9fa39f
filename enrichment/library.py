"""The files in force, and their replacement while the program runs. A bad file never replaces a good one.

``refresh`` is called from time to time by whoever has a clock; it looks whether a file was replaced, reads and checks
the new one, and only then puts it in the place of the old one, all at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from enrichment.base import EnrichmentError, Options, Problem, Source
from enrichment.model import DataVersion

Stamp = tuple[tuple[int, int, int] | None, ...]
"""Of each file inode, size and time of change; None where it is not there."""

_STAYS: Final = "; the one in use stays"


class Edition(msgspec.Struct, frozen=True):
    """What was in force at one time: sources in the order of asking, and the files behind them."""

    generation: int
    sources: tuple[Source, ...]

    @property
    def versions(self) -> tuple[DataVersion, ...]:
        return tuple(version for source in self.sources for version in source.versions)


class Shelf(msgspec.Struct):
    """One kind of source with the files it is read from."""

    kind: type[Source]
    paths: tuple[Path, ...]
    source: Source
    stamp: Stamp


class Library:
    """All sources. ``edition`` is what is in force now; it changes only within ``refresh``."""

    def __init__(self, files: Mapping[type[Source], Sequence[Path]], options: Options) -> None:
        """Reads everything. Raises EnrichmentError: at the start there is no good file to fall back to."""
        self._options = options
        self._shelves = []
        for kind, paths in files.items():
            if paths:
                stamp = _stamp(paths)
                self._shelves.append(Shelf(kind, tuple(paths), kind.load(paths, options, None), stamp))
        self.edition = self._edition(1)

    def problems(self) -> list[Problem]:
        """What was wrong with single rows of the files in force."""
        return [problem for shelf in self._shelves for problem in shelf.source.problems.kept]

    def problems_count(self) -> int:
        return sum(shelf.source.problems.count for shelf in self._shelves)

    def lost_count(self) -> int:
        return sum(shelf.source.problems.lost_count for shelf in self._shelves)

    def refresh(self) -> list[Problem]:
        """Takes in what was replaced since the last time. Returns what was refused, once for each file offered, and
        what is wrong with rows of what was taken.
        """
        told: list[Problem] = []
        is_new = False
        for shelf in self._shelves:
            stamp = _stamp(shelf.paths)
            if stamp == shelf.stamp:
                continue
            # A file that is refused is not looked at again until it changes once more.
            shelf.stamp = stamp
            try:
                source = shelf.kind.load(shelf.paths, self._options, shelf.source)
            except EnrichmentError as error:
                where, _, rest = str(error).partition(": ")
                what, _, remedy = rest.partition("; ")
                told.append(Problem(where, what, remedy + _STAYS))
                continue
            shelf.source = source
            told += source.problems.kept
            is_new = True
        if is_new:
            self.edition = self._edition(self.edition.generation + 1)
        return told

    def _edition(self, generation: int) -> Edition:
        return Edition(generation, tuple(shelf.source for shelf in self._shelves))


def _stamp(paths: Sequence[Path]) -> Stamp:
    return tuple(_stamp_of(path) for path in paths)


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_ino, state.st_size, state.st_mtime_ns
