from __future__ import annotations

from collections.abc import Sequence

from sensor.app import EXIT_DAMAGED, EXIT_DONE, EXIT_INTERRUPTED, EXIT_UNREADABLE, Outlet, Run, exit_code
from sensor.finding import Finding, Phase, Sighting
from sensor.message import Message
from sensor.model import InputFailure, InputReport, Observation, Steering
from sensor.pipeline import Pipeline, PipelineSettings
from sensor.summary import Summary
from tests.scripted import START, ScriptedDialogue, SmallCatalogue, closed, name_seen, opened, said


class FakeSource:
    """Gives batches written by hand; ``None`` among them is "nothing yet", an exception is raised."""

    def __init__(
        self, *batches: list[Observation] | BaseException | None, problems: dict[str, int] | None = None
    ) -> None:
        self._batches = list(batches)
        self._problems = problems or {}
        self.steered: list[Steering] = []
        self.failed: list[InputFailure] = []

    def read(self) -> list[Observation] | None:
        batch = self._batches.pop(0) if self._batches else []
        if isinstance(batch, BaseException):
            raise batch
        return batch

    def steer(self, steering: Sequence[Steering]) -> None:
        self.steered += steering

    def counters(self) -> dict[str, int]:
        return {
            "packets": 5,
            "wire_bytes": 500,
            "flows_tcp": 2,
            "flows_tcp_one_way": 1,
            "drop_gap_bytes": 3,
            "undecoded_snap_cut": 1,
        }

    def unknown_links(self) -> dict[int, int]:
        return {147: 2}

    def progress(self) -> tuple[int, int]:
        return 1, 2

    def inputs(self) -> list[InputReport]:
        return [InputReport("a.pcap", "pcap", 5, 500, START, START, self._problems)]

    def failures(self) -> list[InputFailure]:
        return self.failed


class Memory:
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
        pass


JOINED: list[Observation] = [opened(), said("C login:a", at=1), said("S ok job", at=2)]


def run(source: FakeSource, *, updates: bool = False, sightings: bool = False) -> tuple[Memory, Summary]:
    memory = Memory()
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), ScriptedDialogue)
    whole = Run(source, pipeline, [Outlet(memory, updates, sightings)], lambda _done, _all: None)
    whole.to_end()
    return memory, whole.summary(7, [])


def test_only_the_last_state_is_told_unless_updates_are_asked_for() -> None:
    batches = (JOINED, None, [said("C share", at=3)], [closed("fin", at=4)])
    memory, summary = run(FakeSource(*batches))
    assert [finding.phase for finding in memory.findings] == [Phase.CLOSED]
    assert summary.findings == 1
    memory, summary = run(FakeSource(*batches), updates=True)
    assert [finding.revision for finding in memory.findings] == [1, 2, 3]
    assert summary.findings == 1


def test_a_withdrawn_finding_has_no_last_state() -> None:
    batch: list[Observation] = [
        opened(midstream=True),
        said("S job", at=1),
        said("S job", at=2),
        said("S job", at=3),
        said("S refute", at=4),
    ]
    assert run(FakeSource(batch))[0].findings == []
    assert len(run(FakeSource(batch), updates=True)[0].findings) == 2


def test_sightings_are_counted_and_told_where_asked_for() -> None:
    for asked in (False, True):
        memory, summary = run(FakeSource([name_seen("dns")]), sightings=asked)
        assert (len(memory.sightings), summary.sightings) == (int(asked), 1)


def test_steering_reaches_the_source_before_the_next_batch() -> None:
    source = FakeSource(JOINED, [said("S job", at=3)])
    run(source)
    assert [wish.flow_id for wish in source.steered] == [1]


def test_an_interruption_tells_what_was_found_so_far() -> None:
    memory, summary = run(FakeSource(JOINED, KeyboardInterrupt()))
    (finding,) = memory.findings
    assert (finding.phase, finding.end_of_input) == (Phase.UPDATED, False)
    assert exit_code(summary) == EXIT_INTERRUPTED


def test_the_summary_says_what_could_not_be_seen() -> None:
    _, summary = run(FakeSource())
    assert summary.undecoded == {"snap_cut": 1, "link_type_147": 2}
    assert summary.drops == {"gap_bytes": 3}
    assert (summary.flows_tcp_one_way, summary.list_age_days) == (1, 7)


def test_exit_codes_are_those_of_the_design() -> None:
    assert exit_code(run(FakeSource(JOINED))[1]) == EXIT_DONE
    assert exit_code(run(FakeSource(problems={"time_backwards": 1}))[1]) == EXIT_DONE
    damaged = run(FakeSource(problems={"truncated_tail": 1}))[1]
    assert exit_code(damaged) == EXIT_DAMAGED
    assert exit_code(
        Summary(**{name: getattr(damaged, name) for name in damaged.__struct_fields__} | {"packets": 0})
    ) == (EXIT_UNREADABLE)
    source = FakeSource(JOINED)
    source.failed.append(InputFailure("b.pcap", "no such file", "check the name"))
    assert exit_code(run(source)[1]) == EXIT_DAMAGED
