"""What the sources that read one MaxMind DB file have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final, Self

from enrichment import mmdb
from enrichment.addresses import normalise
from enrichment.base import Options, Problems
from enrichment.model import DataVersion, Facts, Interval, Subject

_TEXT_CHARS_MAX: Final = 128


class MmdbSource(ABC):
    """A Source of one file, each entry of which is about a network."""

    name: ClassVar[str]
    tells_owner: ClassVar[bool] = False
    adapters: ClassVar[tuple[mmdb.Adapter, ...]]
    """One for each kind of record that is read."""

    def __init__(self, database: mmdb.Database) -> None:
        self._database = database
        self.problems = Problems()

    @classmethod
    def load(cls, paths: Sequence[Path], options: Options, previous: Self | None = None) -> Self:
        (path,) = paths
        in_use = previous.versions[0] if previous is not None else None
        return cls(mmdb.load(path, cls.name, cls.adapters, in_use))

    @property
    def versions(self) -> tuple[DataVersion, ...]:
        return (self._database.version,)

    def counts(self) -> dict[str, int]:
        return {}

    def lookup(self, subject: Subject, interval: Interval) -> Facts | None:
        address = normalise(subject.ip)
        found = self._database.get(address) if address is not None else None
        if found is None:
            return None
        return self._facts(*found)

    @abstractmethod
    def _facts(self, said: object, network: str) -> Facts | None:
        """What ``said``, the answer of an adapter, tells of whoever is in ``network``."""


def text_of(value: object) -> str:
    """A text of a record that may be shown; "" for all else."""
    return value if isinstance(value, str) and len(value) <= _TEXT_CHARS_MAX and value.isprintable() else ""
