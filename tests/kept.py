# SPDX-License-Identifier: Apache-2.0
"""A shipped capture, scanned once for all tests: what was told, and what was read meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from sensor.app import Outlet, ScanOrder, scan
from sensor.config import Settings
from sensor.finding import Finding
from sensor.message import Message
from sensor.metrics import Reading
from sensor.summary import Summary

FOLDER = Path(__file__).parents[1] / "pcaps"
CAPTURES = sorted(path.name for path in FOLDER.iterdir() if path.name != "MANIFEST.toml")


class Kept:
    """A meter and a sink that keep what they get."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.messages: list[Message] = []

    def is_due(self) -> bool:
        return True

    def show(self, reading: Reading, *, is_last: bool) -> None:
        assert reading.is_complete == is_last
        self.readings.append(reading)

    def write(self, message: Message) -> None:
        self.messages.append(message)

    def tick(self) -> None:
        pass

    def close(self) -> None:
        pass


@cache
def scanned(name: str) -> tuple[Kept, Summary]:
    kept = Kept()
    outlet = Outlet(kept, updates=True, sightings=True)
    summary = scan(ScanOrder((str(FOLDER / name),)), Settings(), [outlet], lambda _done, _all: None, kept)
    return kept, summary


def findings(name: str) -> Iterator[Finding]:
    """Each state of each finding, in the order in which they were told."""
    for message in scanned(name)[0].messages:
        if isinstance(message.body, Finding):
            yield message.body
