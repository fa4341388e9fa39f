"""What a source of enrichment is, and how it says what is wrong with its files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final, Protocol, Self

import msgspec

from enrichment.model import DataVersion, Facts, Interval, Subject

# A file with a million broken rows must not become a million lines; what is beyond is counted.
PROBLEMS_KEPT_MAX: Final = 1000


class EnrichmentError(ValueError):
    """A file cannot be used at all. The text is one line: file[:line]: what is wrong; what to do."""


class Problem(msgspec.Struct, frozen=True):
    """A row or file that could not be taken as it stands; ``is_lost``: it says nothing now."""

    where: str  # file or file:line
    what: str
    remedy: str
    is_lost: bool = True

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.remedy}"


class Problems:
    """Problems in the order they were met: kept up to a bound, counted beyond it."""

    def __init__(self) -> None:
        self.kept: list[Problem] = []
        self.count = 0
        self.lost_count = 0

    def add(self, problem: Problem) -> None:
        self.count += 1
        self.lost_count += problem.is_lost
        if len(self.kept) < PROBLEMS_KEPT_MAX:
            self.kept.append(problem)


class Options(msgspec.Struct, frozen=True):
    """How files are read. ``utc_offset_minutes`` is for dates and times that do not say theirs."""

    utc_offset_minutes: int = 480


class Source(Protocol):
    """One kind of knowledge. Pure after ``load``, bounded, and no address or text makes ``lookup`` raise."""

    name: ClassVar[str]
    tells_owner: ClassVar[bool]
    """It says whose an address is; the others say where, or who announces it, and do not look at the interval."""

    @property
    def versions(self) -> tuple[DataVersion, ...]: ...
    @property
    def problems(self) -> Problems: ...
    def counts(self) -> dict[str, int]:
        """What was read, for people; {} where there is nothing to count."""
        ...

    @classmethod
    def load(cls, paths: Sequence[Path], options: Options, previous: Self | None) -> Self:
        """Reads the files. Raises EnrichmentError where they cannot be used, or are older than ``previous``."""
        ...

    def lookup(self, subject: Subject, interval: Interval) -> Facts | None:
        """What is known of the subject over the whole interval; None: nothing."""
        ...
