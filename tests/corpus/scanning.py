# SPDX-License-Identifier: Apache-2.0
"""Runs the sensor over one capture in this process, put together as the application does, and keeps what leaves it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from sensor.apart import apart
from sensor.app import Outlet, Run, signatures_of
from sensor.config import Settings
from sensor.finding import Finding, Sighting
from sensor.message import Message
from sensor.native import CaptureError, build_plan
from sensor.scanning import Scanning
from tests.slicing import Scan, sliced


class Scanned(msgspec.Struct, frozen=True):
    """What a scan found: the last state of each session, and the sightings. ``error``: nothing could be read."""

    findings: tuple[Finding, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    counters: dict[str, int] = {}
    error: str = ""


class Scanner:
    """The sensor at its defaults; signatures and plan are made once."""

    def __init__(self) -> None:
        self._settings = Settings()
        self._signatures = signatures_of(self._settings)
        self._plan = build_plan(self._signatures, realms=(), caps=self._settings.caps())

    def scan(self, path: Path) -> Scanned:
        """One pass over a capture."""
        try:
            alone = self._of(path).alone()
        except CaptureError as error:
            return Scanned(error=f"{error.args[1]}; {error.args[2]}")
        return self._run(alone)

    def scan_sliced(self, path: Path, count: int) -> Scanned:
        """The same in slices, of a capture that can be read."""
        with sliced(self._of(path), count) as scanning:
            return self._run(scanning)

    def scan_apart(self, path: Path) -> Scanned:
        """The same in a process of its own, as where it delivers."""
        with apart(self._of(path).alone()) as scanning:
            return self._run(scanning)

    def _of(self, path: Path) -> Scan:
        return Scan(self._plan, path, self._settings.pipeline(), self._signatures)

    def _run(self, scanning: Scanning) -> Scanned:
        kept = _Kept()
        Run(scanning, [Outlet(kept, updates=False, sightings=True)], lambda _read, _all: None).to_end()
        counters = scanning.counters() | scanning.pipeline_counters()
        return Scanned(tuple(kept.findings), tuple(kept.sightings), counters)


class _Kept:
    """A sink that keeps all it is given."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.sightings: list[Sighting] = []

    def write(self, message: Message) -> None:
        match message.body:
            case Finding() as finding:
                self.findings.append(finding)
            case Sighting() as sighting:
                self.sightings.append(sighting)

    def tick(self) -> None:
        """Nothing is gathered."""

    def close(self) -> None:
        """Nothing is open."""
