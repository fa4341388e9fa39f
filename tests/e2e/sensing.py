# SPDX-License-Identifier: Apache-2.0
"""The sensor in this process, put together as the application does: a capture in, all that leaves it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import msgspec

from sensor.app import signatures_of
from sensor.config import Settings
from sensor.finding import Finding, Sighting
from sensor.limits import BATCH_OBSERVATIONS_MAX
from sensor.model import InputReport, Observation, Steering
from sensor.native import CaptureScan, build_plan
from sensor.pipeline import Output, Pipeline, is_last
from sensor.wire.dialogue import Dialogue
from sensor.wire.http_dialogue import HttpDialogue
from tests.contract import hold_lines


class BatchedScan:
    """A source whose batches hold at most ``observations_max`` observations."""

    def __init__(self, scan: CaptureScan, observations_max: int) -> None:
        self._scan = scan
        self._observations_max = observations_max

    def read(self) -> list[Observation] | None:
        return self._scan.read(self._observations_max)

    def steer(self, steering: Sequence[Steering]) -> None:
        self._scan.steer(steering)


@dataclass
class Seen:
    """All revisions and sightings in the order they were told; counters and reports of the inputs at the end."""

    revisions: list[Finding] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    inputs: list[InputReport] = field(default_factory=list)

    @property
    def findings(self) -> list[Finding]:
        """The last state of each finding that was not withdrawn."""
        return [finding for finding in self.revisions if is_last(finding)]

    def take(self, output: Output) -> None:
        self.revisions += output.findings
        self.sightings += output.sightings


@cache
def _parts() -> tuple[Settings, object, object]:
    settings = Settings()
    signatures = signatures_of(settings)
    return settings, signatures, build_plan(signatures, realms=(), caps=settings.caps())


def sense(path: Path, *others: Path, observations_max: int = BATCH_OBSERVATIONS_MAX) -> Seen:
    """One pass over capture files at the sensor's defaults. What is told at last is held to its schema."""
    settings, signatures, plan = _parts()
    scan = CaptureScan(plan, [str(path), *map(str, others)], None, None)  # type: ignore[arg-type]
    source = BatchedScan(scan, observations_max)
    pipeline = Pipeline(settings.pipeline(), signatures, Dialogue, HttpDialogue)  # type: ignore[arg-type]
    seen = Seen()
    while (batch := source.read()) != []:
        output = pipeline.feed(batch or ())
        source.steer(output.steering)
        seen.take(output)
    last_ns = max((report.last_ns or 0 for report in scan.inputs()), default=0)
    seen.take(pipeline.finish(last_ns))
    hold_lines(msgspec.json.Encoder().encode_lines([*seen.findings, *seen.sightings]))
    seen.counters, seen.inputs = scan.counters(), scan.inputs()
    return seen
