"""What a run has told, counted by closed lists: grades, phases, kinds, levels, reasons. None comes from the wire."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UNSET

from enrichment.model import Level, Unanswered
from sensor.finding import Finding, Grade, Phase, Sighting, SightingKind


class Told:
    """What was handed to the sinks' side, counted by closed lists."""

    def __init__(self) -> None:
        self.findings: dict[str, int] = {grade.value: 0 for grade in Grade}
        self.revisions: dict[str, int] = {phase.value: 0 for phase in Phase}
        self.sightings: dict[str, int] = {kind.value: 0 for kind in SightingKind}
        self.levels: dict[str, int] = {level.value: 0 for level in Level}
        self.ownerless: dict[str, int] = {reason.value: 0 for reason in Unanswered}
        self.excluded: dict[str, int] = {"finding": 0, "sighting": 0}

    def take(self, revisions: Iterable[Finding], last: Iterable[Finding], sightings: Iterable[Sighting]) -> None:
        """Counts every revision, and each finding once, by what its last state says."""
        for finding in revisions:
            self.revisions[finding.phase] += 1
        for finding in last:
            self.findings[finding.grade] += 1
            attribution = finding.attribution
            if attribution is not UNSET:
                self.levels[attribution.level] += 1
                if attribution.reason is not UNSET:
                    self.ownerless[attribution.reason] += 1
        for sighting in sightings:
            self.sightings[sighting.what] += 1
