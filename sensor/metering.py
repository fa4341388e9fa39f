"""Reads the counters of a run for a meter, when that is due. The counters stay where the work is."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from sensor import __version__
from sensor.metrics import Meter, Outgoing, Reading
from sensor.scanning import Scanning
from sensor.told import Told


class Lists(msgspec.Struct, frozen=True):
    """The pool lists in use: rows in all, and the age of the oldest."""

    rows: int
    age_days: int


class Counts(msgspec.Struct, frozen=True):
    """Where a run counts. ``lost_records`` are those of the files behind the attribution."""

    scanning: Scanning
    told: Told
    lost_records: int


class Metering:
    """``failed_count`` is that of inputs which could not even be looked for; ``outgoing`` is asked at each reading."""

    def __init__(
        self,
        meter: Meter,
        build: dict[str, str],
        lists: Lists,
        failed_count: int,
        outgoing: Callable[[], Outgoing | None] = lambda: None,
    ) -> None:
        self._meter = meter
        self._build = {**build, "version": __version__}
        self._lists = lists
        self._failed_count = failed_count
        self._outgoing = outgoing
        self._started = time.time()

    def is_due(self) -> bool:
        """Asked once a batch."""
        return self._meter.is_due()

    def show(self, counts: Counts, *, is_last: bool = False, is_complete: bool = False) -> None:
        """A reading of now; ``is_complete``: everything was read. Raises MetricsError."""
        self._meter.show(self._reading(counts, is_complete=is_complete), is_last=is_last)

    def _reading(self, counts: Counts, *, is_complete: bool) -> Reading:
        scanning = counts.scanning
        read_bytes, size_bytes = scanning.progress()
        return Reading(
            build=self._build,
            engine=scanning.counters(),
            pipeline=scanning.pipeline_counters(),
            told=counts.told,
            outgoing=self._outgoing(),
            lost_records=counts.lost_records,
            inputs=scanning.inputs(),
            inputs_failed=self._failed_count + len(scanning.failures()),
            read_bytes=read_bytes,
            size_bytes=size_bytes,
            rows=self._lists.rows,
            list_age_days=self._lists.age_days,
            started=self._started,
            read_at=time.time(),
            is_complete=is_complete,
        )
