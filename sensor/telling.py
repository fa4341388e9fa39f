"""Statements of all sessions in; findings and sightings out. Here stands all that crosses sessions: which connections
are one machine, how often something was met, what a finding makes superfluous; and what is estimated from what a
session was measured by, since that needs nothing more of it. No I/O, no thread, no clock.
"""

from __future__ import annotations

from typing import assert_never

import msgspec
from msgspec import UNSET

from sensor.detect.listing import Catalogue, Listing
from sensor.detect.relations import Relations
from sensor.detect.sightings import Sightings
from sensor.detect.statement import Attempted, Revised, Statement
from sensor.estimate.estimator import Estimator
from sensor.estimate.related import counted_elsewhere
from sensor.figures import Estimate, Related
from sensor.finding import Finding, Sighting
from sensor.model import NameSeen, TlsSeen


class Teller:
    """Takes statements in the order of what caused them."""

    def __init__(self, sensor_id: str, signatures: Catalogue, sightings_max: int) -> None:
        self._estimator = Estimator(signatures.equipment)
        self._relations = Relations()
        self._sightings = Sightings(sensor_id, Listing(signatures), sightings_max)
        self._findings: list[Finding] = []

    def take(self, statement: Statement) -> None:
        match statement:
            case Revised():
                self._revised(statement)
            case NameSeen():
                self._sightings.name(statement)
            case TlsSeen():
                self._sightings.tls(statement)
            case Attempted(row):
                self._sightings.attempt(row)
            case _ as never:
                assert_never(never)

    def findings(self) -> list[Finding]:
        """Those that came since they were asked for."""
        findings, self._findings = self._findings, []
        return findings

    def sightings(self) -> list[Sighting]:
        """Those told early, for want of room."""
        early, self._sightings.evicted = self._sightings.evicted, []
        return early

    def flush(self) -> list[Sighting]:
        """All other sightings, when there will be no more statements."""
        return self._sightings.flush()

    def counters(self) -> dict[str, int]:
        return {
            "sightings_evicted": self._sightings.evicted_count,
            "sightings_covered": self._sightings.covered_count,
            "covered_evicted": self._sightings.covered_evicted_count,
        }

    # ------------------------------------------------------------ inside

    def _revised(self, revised: Revised) -> None:
        self._sightings.cover(revised.covers)
        # What is shown of related connections is kept also where nobody wants this revision.
        related = self._relations.take(revised.known) if revised.known is not None else ()
        if revised.finding is None:
            return
        estimate = self._estimator.estimate(revised.measured) if revised.measured is not None else None
        finding = revised.finding if estimate is None else _with_estimate(revised.finding, estimate)
        self._findings.append(_with_related(finding, related) if related else finding)


def _with_estimate(finding: Finding, estimate: Estimate) -> Finding:
    """An agent may say no more than "an ASIC": what the hashrate tells then is told in one wording."""
    identity, hardware = finding.miner_identity, estimate.hardware
    if hardware is not UNSET:
        identity = msgspec.structs.replace(identity, hardware_class=hardware.class_)
    return msgspec.structs.replace(finding, miner_identity=identity, estimate=estimate)


def _with_related(finding: Finding, related: tuple[Related, ...]) -> Finding:
    """Where another connection is the machine's main one, rigs and power are counted there."""
    main = next((one for one in related if one.is_main), None)
    estimate = finding.estimate
    if main is not None and estimate is not UNSET:
        estimate = counted_elsewhere(estimate, main.relation)
    return msgspec.structs.replace(finding, related=related, estimate=estimate)
