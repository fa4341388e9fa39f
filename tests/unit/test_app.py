from __future__ import annotations

import signal
from pathlib import Path

import msgspec
import pytest
from msgspec import UNSET, UnsetType

from enrichment import Customers, Library
from enrichment.base import Options
from sensor.app import Outlet, Run
from sensor.cli.base import EXIT_DAMAGED, EXIT_DONE, EXIT_INTERRUPTED, EXIT_UNREADABLE
from sensor.cli.scan import exit_code
from sensor.exposition import Exposition
from sensor.failure import UnavailableError
from sensor.finding import Finding, Phase, Sighting
from sensor.identification import Identification
from sensor.interruption import Interruption
from sensor.limits import RECORDS_TOLD_MAX
from sensor.message import Message
from sensor.metering import Lists, Metering
from sensor.model import InputFailure, Observation
from sensor.pipeline import Pipeline, PipelineSettings
from sensor.scanning import Alone
from sensor.summary import Delivered, Summary
from tests.scripted import JOINED, FakeSource, ScriptedDialogue, SmallCatalogue, closed, name_seen, opened, said


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


def run(source: FakeSource, *, updates: bool = False, sightings: bool = False) -> tuple[Memory, Summary]:
    memory = Memory()
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), ScriptedDialogue)
    whole = Run(Alone(source, pipeline), [Outlet(memory, updates, sightings)], lambda _done, _all: None)
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


class Slow(FakeSource):
    """Looks, before each reading, at how many findings were told."""

    def __init__(self, memory: Memory, *batches: list[Observation] | None) -> None:
        super().__init__(*batches)
        self._memory = memory
        self.told: list[int] = []

    def read(self) -> list[Observation] | None:
        self.told.append(len(self._memory.findings))
        return super().read()


@pytest.mark.parametrize(("seconds", "outputs", "told"), [(0.0, 64, 2), (3600.0, 64, 0), (3600.0, 2, 2)])
def test_findings_are_gathered_for_a_time_and_up_to_a_number_and_told_in_order(
    seconds: float, outputs: int, told: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensor.app.GATHER_SECONDS_MAX", seconds)
    monkeypatch.setattr("sensor.app.GATHER_OUTPUTS_MAX", outputs)
    memory = Memory()
    source = Slow(memory, JOINED, [said("C share", at=3)], None, [closed("fin", at=4)])
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), ScriptedDialogue)
    Run(Alone(source, pipeline), [Outlet(memory, updates=True, sightings=False)], lambda _done, _all: None).to_end()
    assert source.told[3] == told
    assert [finding.revision for finding in memory.findings] == [1, 2, 3]


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


class Interrupting(Memory):
    """Hears Ctrl-C when it is given the first message, before it has kept it."""

    def write(self, message: Message) -> None:
        if not self.findings:
            signal.raise_signal(signal.SIGINT)
        super().write(message)


def test_an_interruption_waits_until_what_was_found_is_told_to_all() -> None:
    first, second = Interrupting(), Memory()
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), ScriptedDialogue)
    outlets = [Outlet(sink, updates=True, sightings=False) for sink in (first, second)]
    batch = [*JOINED, said("C share", at=3), closed("fin", at=4)]
    done = Run(Alone(FakeSource(batch, [opened(2)]), pipeline), outlets, lambda _done, _all: None)
    done.to_end()
    assert [finding.revision for finding in first.findings] == [1, 2, 3]
    assert first.findings == second.findings
    assert exit_code(done.summary(7, [])) == EXIT_INTERRUPTED
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


class Stuck(Memory):
    """Takes nothing, and is interrupted while it waits, as often as it must be."""

    def write(self, message: Message) -> None:
        for _ in range(2):
            signal.raise_signal(signal.SIGINT)


@pytest.fixture
def no_repetition(monkeypatch: pytest.MonkeyPatch) -> None:
    """However soon the next interruption comes, it is another."""
    monkeypatch.setattr("sensor.interruption.REPEATED_SECONDS_MAX", 0.0)


@pytest.mark.usefixtures("no_repetition")
def test_two_interruptions_are_enough_where_a_target_takes_nothing() -> None:
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), ScriptedDialogue)
    done = Run(Alone(FakeSource(JOINED), pipeline), [Outlet(Stuck(), True, True)], lambda _done, _all: None)
    interruptions = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        done.to_end()
    assert signal.getsignal(signal.SIGINT) is interruptions


@pytest.mark.usefixtures("no_repetition")
def test_who_asks_twice_is_not_made_to_wait() -> None:
    interruption = Interruption()
    with interruption.heard():
        signal.raise_signal(signal.SIGINT)
        assert not interruption.goes_on()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_one_that_is_repeated_within_a_moment_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensor.interruption.REPEATED_SECONDS_MAX", 3600.0)
    interruption = Interruption()
    with interruption.heard():
        for _ in range(3):
            signal.raise_signal(signal.SIGINT)
    assert (interruption.goes_on(), interruption.is_urgent) == (False, False)


def test_the_summary_says_what_could_not_be_seen() -> None:
    _, summary = run(FakeSource())
    assert summary.undecoded == {"snap_cut": 1, "too_deep": 4, "link_type_user0": 2}
    assert summary.drops == {"gap_bytes": 3, "fragments_expired": 7, "fragments_evicted": 6}
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


# ---------------------------------------------------------------- the files behind the attribution


class Replacing(FakeSource):
    """Puts a list of customers in the place of the one in use before its second batch."""

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(JOINED, [said("C share", at=3)], [closed("fin", at=4)])
        self._path = path
        self._text = text
        self._reads = 0

    def read(self) -> list[Observation] | None:
        self._reads += 1
        if self._reads == 2:
            self._path.with_suffix(".new").write_text(self._text)
            self._path.with_suffix(".new").rename(self._path)
        return super().read()


def run_with(path: Path, source: FakeSource) -> tuple[list[str | UnsetType], Summary]:
    """The customer named in each revision."""
    memory = Memory()
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), ScriptedDialogue)
    identification = Identification((), Library({Customers: [path]}, Options()), None)
    way = [Outlet(memory, updates=True, sightings=False)]
    whole = Run(Alone(source, pipeline), way, lambda _done, _all: None, identification=identification)
    whole.to_end()
    named = [finding.attribution.customer for finding in memory.findings if finding.attribution is not UNSET]
    return named, whole.summary(7, [])


def customers(name: str) -> str:
    return f"prefix,kind,customer\n192.0.2.0/24,idc,{name}\n"


@pytest.mark.parametrize(("seconds", "expected"), [(0.0, ["old", "old", "new"]), (3600.0, ["old", "old", "old"])])
def test_files_that_are_replaced_are_taken_in_between_batches_and_not_at_each(
    seconds: float, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensor.app.REFRESH_SECONDS", seconds)
    path = tmp_path / "customers.csv"
    path.write_text(customers("old"))
    named, summary = run_with(path, Replacing(path, customers("new")))
    assert named == expected
    assert exit_code(summary) == EXIT_DONE


def test_a_bad_file_that_is_offered_while_it_runs_is_told_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensor.app.REFRESH_SECONDS", 0.0)
    path = tmp_path / "customers.csv"
    path.write_text(customers("old"))
    named, summary = run_with(path, Replacing(path, "prefix,customer\n"))
    assert named == ["old", "old", "old"]
    (record,) = summary.records
    assert (record.path, record.what) == (f"{path}:1", "no column 'kind'")
    assert record.remedy.endswith("; the one in use stays")
    assert exit_code(summary) == EXIT_DAMAGED


def test_broken_rows_are_counted_and_the_first_are_told(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(customers("old") + "x,idc,y\n" * 50)
    _, summary = run_with(path, FakeSource(JOINED))
    assert (len(summary.records), summary.records_count) == (RECORDS_TOLD_MAX, 50)
    assert exit_code(summary) == EXIT_DAMAGED


def test_warnings_about_rows_that_count_are_for_the_check_alone(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(customers("one") + "192.0.2.0/24,idc,two\n")
    _, summary = run_with(path, FakeSource(JOINED))
    assert summary.records == []
    assert exit_code(summary) == EXIT_DONE


def test_an_outlet_without_updates_is_given_the_same_last_states_beside_one_with(tmp_path: Path) -> None:
    last, every = Memory(), Memory()
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), ScriptedDialogue)
    outlets = [Outlet(last, updates=False, sightings=False), Outlet(every, updates=True, sightings=True)]
    source = FakeSource(JOINED, [said("C share", at=3)], [closed("fin", at=4)])
    Run(Alone(source, pipeline), outlets, lambda _done, _all: None).to_end()
    assert [finding.revision for finding in every.findings] == [1, 2, 3]
    assert last.findings == every.findings[-1:]


class Breaking(Memory):
    """Takes so many messages."""

    def __init__(self, name: str, count: int) -> None:
        super().__init__()
        self._name = name
        self._count = count

    def write(self, message: Message) -> None:
        if len(self.findings) == self._count:
            raise UnavailableError(self._name, "no space left", "make room")
        super().write(message)


class Sated(Memory):
    """Has enough after a finding."""

    def write(self, message: Message) -> None:
        if self.findings:
            raise BrokenPipeError
        super().write(message)


def broken_run(*sinks: Memory, metering: Metering | None = None) -> Run:
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), ScriptedDialogue)
    source = FakeSource(JOINED, [said("C share", at=3)], [closed("fin", at=4)])
    outlets = [Outlet(sink, updates=True, sightings=False) for sink in sinks]
    return Run(Alone(source, pipeline), outlets, lambda _done, _all: None, metering=metering)


def test_a_target_that_fails_gets_nothing_more_and_the_others_get_everything() -> None:
    broken, whole = Breaking("one", 1), Memory()
    scan = broken_run(broken, whole)
    scan.to_end()
    assert [finding.revision for finding in broken.findings] == [1]
    assert [finding.revision for finding in whole.findings] == [1, 2, 3]
    assert [str(error) for error in scan.broken()] == ["one: no space left; make room"]
    summary = scan.summary(7, [])
    assert exit_code(summary) == EXIT_DONE
    assert exit_code(msgspec.structs.replace(summary, broken=scan.broken())) == EXIT_DAMAGED


def test_a_reader_that_has_enough_takes_nothing_from_the_other_targets() -> None:
    sated, whole = Sated(), Memory()
    scan = broken_run(sated, whole)
    scan.to_end()
    assert [finding.revision for finding in sated.findings] == [1]
    assert [finding.revision for finding in whole.findings] == [1, 2, 3]
    assert scan.broken() == []
    with pytest.raises(BrokenPipeError):
        broken_run(Sated(), Sated()).to_end()
    for sinks in ((Sated(), Breaking("one", 2)), (Sated(), Breaking("one", 1)), (Breaking("one", 1), Sated())):
        with pytest.raises(UnavailableError, match="one: no space left"):
            broken_run(*sinks).to_end()


def test_metrics_that_cannot_be_shown_cost_nothing_else(tmp_path: Path) -> None:
    whole, meter, path = Memory(), Exposition(), tmp_path / "folder" / "scan.prom"
    path.parent.mkdir()
    meter.write_to(path)
    path.unlink()
    path.parent.rmdir()
    scan = broken_run(whole, metering=Metering(meter, {}, Lists(0, 0), 0))
    scan.to_end()
    assert [finding.revision for finding in whole.findings] == [1, 2, 3]
    scan.tell_metrics()
    assert [(error.where, error.what) for error in scan.broken()] == [(str(path), "no such file or directory")]
    path.parent.mkdir()
    scan.tell_metrics()  # the next reading says all that this one did
    assert scan.broken() == []
    assert "minesensor_received_packets_total" in path.read_text()


def test_where_the_last_target_fails_the_scan_ends() -> None:
    last = Breaking("two", 2)
    with pytest.raises(UnavailableError, match="two: no space left"):
        broken_run(Breaking("one", 1), last).to_end()
    assert [finding.revision for finding in last.findings] == [1, 2]


def test_what_a_full_spool_dropped_is_worth_an_exit_code() -> None:
    _, summary = run(FakeSource(JOINED))
    for dropped, code in (({}, EXIT_DONE), ({"D": 1}, EXIT_DAMAGED)):
        delivered = Delivered(sent=5, rejected=0, waiting=0, dropped=dropped)
        assert exit_code(msgspec.structs.replace(summary, delivered=delivered)) == code
