"""Packets in, findings and sightings out: a source and the pipeline behind it, and how far they are.

Whoever tells what was found asks for it here and need not know where it is made: in this process, or in one of its own
(apart.py). Knows nobody's name and no sink.
"""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

from sensor.model import InputFailure, InputReport
from sensor.pipeline import Output, Pipeline
from sensor.sources.base import Source

NOTHING: Final = Output([], [], [])
"""What was found where nothing was."""


class Counted(msgspec.Struct, frozen=True):
    """What was counted so far of packets, flows and sessions, and how the inputs were found."""

    engine: dict[str, int]
    unknown_links: dict[str, int]
    pipeline: dict[str, int]
    inputs: list[InputReport]
    failures: list[InputFailure]


class Detection(Protocol):
    """One pass over inputs. All of it belongs to one thread. Raises WorkerError where a process of it is lost."""

    @property
    def is_apart(self) -> bool:
        """Whether it goes on while what it found is told."""

    def advance(self) -> Output | None:
        """What was found since, often nothing; None at the end of the input, and after ``stop``."""

    def stop(self) -> None:
        """The user has enough: nothing more is read."""

    def finish(self) -> Output:
        """The last states of all that was open when the input ended, or was given up."""

    def progress(self) -> tuple[int, int]:
        """Bytes read, bytes in all or 0."""

    def counted(self) -> Counted:
        """As of now, or a second ago; after ``finish``, of everything."""


class Detecting:
    """Detection in this process."""

    is_apart: Final = False

    def __init__(self, source: Source, pipeline: Pipeline) -> None:
        self._source = source
        self._pipeline = pipeline
        self._is_stopped = False

    def advance(self) -> Output | None:
        if self._is_stopped:
            return None
        batch = self._source.read()
        if not batch:
            return NOTHING if batch is None else None
        output = self._pipeline.feed(batch)
        if output.steering:
            self._source.steer(output.steering)
        return output

    def stop(self) -> None:
        self._is_stopped = True

    def finish(self) -> Output:
        last_ns = max((report.last_ns or 0 for report in self._source.inputs()), default=0)
        return self._pipeline.finish(last_ns, is_end=not self._is_stopped)

    def progress(self) -> tuple[int, int]:
        return self._source.progress()

    def counted(self) -> Counted:
        source = self._source
        return Counted(
            engine=source.counters(),
            unknown_links=source.unknown_links(),
            pipeline=self._pipeline.counters(),
            inputs=source.inputs(),
            failures=source.failures(),
        )
