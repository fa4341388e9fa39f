"""Observations in; findings, sightings and steering out. No I/O, no thread, no clock: packet time decides all."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
from msgspec import UNSET

from sensor.detect.dialogue import Dialogue
from sensor.detect.listing import Catalogue
from sensor.detect.statement import Statement
from sensor.finding import Finding, Sighting
from sensor.model import Observation, Steering
from sensor.room import Purse
from sensor.sessions import PipelineSettings, Sessions
from sensor.telling import Teller

__all__ = ["Output", "Pipeline", "PipelineSettings", "is_last"]


class Output(msgspec.Struct, frozen=True):
    """What one ``feed`` or ``finish`` brought, each in the order of the observations that caused it."""

    findings: list[Finding]
    sightings: list[Sighting]
    steering: list[Steering]


class Pipeline:
    """The sessions of one engine that has all flows, and who tells of them: here, or in another process, which then has
    such a pipeline, too.
    """

    def __init__(
        self,
        settings: PipelineSettings,
        signatures: Catalogue,
        dialogue: Callable[[Purse], Dialogue],
        http_dialogue: Callable[[Purse], Dialogue] | None = None,
    ) -> None:
        """``http_dialogue`` reads flows over HTTP; None: the same that reads all others."""
        self._teller = Teller(settings.sensor_id, signatures, settings.sightings_max)
        self._sessions = Sessions(settings, signatures, dialogue, self._teller.take, http_dialogue)

    def feed(self, observations: Iterable[Observation]) -> Output:
        """Takes observations in the order of the engine. Steering is to be applied before the next batch is read."""
        return self._told(self._sessions.feed(observations))

    def state_to(self, state: Callable[[Statement], None]) -> None:
        """From now on ``state`` has what is stated, and nothing of it is told here."""
        self._sessions.state_to(state)

    def tell(self, statements: Iterable[Statement]) -> Output:
        """What is to be told of what another pipeline stated."""
        for statement in statements:
            self._teller.take(statement)
        return self._told([])

    def finish(self, ts_ns: int, *, is_end: bool = True) -> Output:
        """The input is over at ``ts_ns``, or given up (``is_end`` False): all that is open is told as it stands."""
        self._sessions.finish(ts_ns, is_end=is_end)
        told = self._told([])
        return Output(told.findings, told.sightings + self._teller.flush(), [])

    def counters(self) -> dict[str, int]:
        """What was seen and what was dropped, by kind; the names are a closed list."""
        return self._sessions.counters() | self._teller.counters()

    def told_counters(self) -> dict[str, int]:
        """Of these, what is counted where it is told."""
        return self._teller.counters()

    def _told(self, steering: list[Steering]) -> Output:
        return Output(self._teller.findings(), self._teller.sightings(), steering)


def is_last(finding: Finding) -> bool:
    """Whether no revision follows: the flow is over, or the input. A withdrawn finding has no last state."""
    return finding.close_cause is not UNSET or finding.end_of_input
