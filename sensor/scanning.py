"""A scan, step by step: packets in, what is to be told out. Here one process does all of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from sensor.model import InputFailure, InputReport
from sensor.pipeline import Output, Pipeline
from sensor.sources.base import Source

NOTHING: Final = Output([], [], [])


class Scanning(Protocol):
    """One pass over inputs. All of it belongs to one thread."""

    @property
    def is_apart(self) -> bool:
        """Whether it goes on while what it found is told."""

    def heed(self, goes_on: Callable[[], bool]) -> None:
        """From now on ``step`` waits for nothing where this says no, and may raise KeyboardInterrupt."""

    def step(self) -> Output | None:
        """What the next packets brought, after a moment at most; None at the end of the input."""

    def finish(self, *, is_end: bool) -> Output:
        """All that is open, as it stands; ``is_end`` False: the input was given up."""

    def counters(self) -> dict[str, int]:
        """The engine's."""

    def pipeline_counters(self) -> dict[str, int]: ...
    def unknown_links(self) -> dict[str, int]: ...
    def progress(self) -> tuple[int, int]:
        """Bytes read, bytes in all or 0."""

    def inputs(self) -> list[InputReport]: ...
    def failures(self) -> list[InputFailure]: ...


class Counted(msgspec.Struct, frozen=True):
    """What was counted so far, and how the inputs were found."""

    engine: dict[str, int]
    pipeline: dict[str, int]
    unknown_links: dict[str, int]
    inputs: list[InputReport]
    failures: list[InputFailure]

    @classmethod
    def of(cls, scanning: Scanning) -> Counted:
        return cls(
            engine=scanning.counters(),
            pipeline=scanning.pipeline_counters(),
            unknown_links=scanning.unknown_links(),
            inputs=scanning.inputs(),
            failures=scanning.failures(),
        )


class Alone:
    """A source and the pipeline that steers it."""

    is_apart: Final = False

    def __init__(self, source: Source, pipeline: Pipeline) -> None:
        self._source = source
        self._pipeline = pipeline
        self.heed = source.heed
        self.counters = source.counters
        self.state_to = pipeline.state_to
        self.tell = pipeline.tell
        self.pipeline_counters = pipeline.counters
        self.told_counters = pipeline.told_counters
        self.unknown_links = source.unknown_links
        self.progress = source.progress
        self.inputs = source.inputs
        self.failures = source.failures

    def step(self) -> Output | None:
        batch = self._source.read()
        if not batch:
            return NOTHING if batch is None else None
        output = self._pipeline.feed(batch)
        if output.steering:
            self._source.steer(output.steering)
        return output

    def finish(self, *, is_end: bool) -> Output:
        return self._pipeline.finish(last_ns(self._source.inputs()), is_end=is_end)


def last_ns(reports: list[InputReport]) -> int:
    """When the last packet was; 0 where there was none."""
    return max((report.last_ns or 0 for report in reports), default=0)
