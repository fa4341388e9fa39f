"""Reads the counters of a run for a meter, when that is due. The counters stay where the work is."""

from __future__ import annotations

import time
from typing import Protocol

import msgspec

from sensor import __version__
from sensor.metrics import Meter, Reading, Told
from sensor.sources.base import Source


class Lists(msgspec.Struct, frozen=True):
    """The pool lists in use: rows in all, and the age of the oldest."""

    rows: int
    age_days: int


class Counted(Protocol):
    def counters(self) -> dict[str, int]: ...


class Metering:
    """``build`` is what the engine says of itself, ``failed_count`` the inputs that could not even be looked for."""

    def __init__(self, meter: Meter, build: dict[str, str], lists: Lists, failed_count: int) -> None:
        self._meter = meter
        self._build = {**build, "version": __version__}
        self._lists = lists
        self._failed_count = failed_count
        self._started = time.time()

    def tick(self, source: Source, pipeline: Counted, told: Told) -> None:
        """Asked once a batch. Raises MetricsError."""
        if self._meter.is_due():
            self._meter.show(self._reading(source, pipeline, told, is_complete=False), is_last=False)

    def end(self, source: Source, pipeline: Counted, told: Told, *, is_complete: bool) -> None:
        """The last reading; ``is_complete``: everything was read. Raises MetricsError."""
        self._meter.show(self._reading(source, pipeline, told, is_complete=is_complete), is_last=True)

    def _reading(self, source: Source, pipeline: Counted, told: Told, *, is_complete: bool) -> Reading:
        read_bytes, size_bytes = source.progress()
        return Reading(
            build=self._build,
            engine=source.counters(),
            pipeline=pipeline.counters(),
            told=told,
            inputs=source.inputs(),
            inputs_failed=self._failed_count + len(source.failures()),
            read_bytes=read_bytes,
            size_bytes=size_bytes,
            rows=self._lists.rows,
            list_age_days=self._lists.age_days,
            started=self._started,
            read_at=time.time(),
            is_complete=is_complete,
        )
