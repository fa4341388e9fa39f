from __future__ import annotations

import subprocess
import sys
from collections import Counter
from multiprocessing import Pipe
from pathlib import Path

import msgspec
import pytest

from sensor.app import signatures_of
from sensor.config import Settings
from sensor.crowd import Peaks, fit_together
from sensor.detect.statement import Revised
from sensor.failure import WorkerError
from sensor.native import build_plan
from sensor.pipeline import Output
from sensor.scanning import NOTHING, Scanning
from sensor.slice_worker import Slice
from sensor.slices import LAST_TURN, Assignment, Fault, Part, Worker
from tests.slicing import Scan, sliced

DEMO = Path(__file__).parent.parent.parent / "pcaps" / "demo.pcap"
SETTINGS = Settings()


@pytest.fixture(scope="module")
def demo() -> Scan:
    signatures = signatures_of(SETTINGS)
    plan = build_plan(signatures, realms=SETTINGS.realm_rows(), caps=SETTINGS.caps())
    return Scan(plan, DEMO, SETTINGS.pipeline(), signatures)


def bounded(scan: Scan, **bounds: int) -> Scan:
    return msgspec.structs.replace(scan, wanted=msgspec.structs.replace(scan.wanted, **bounds))


def steps(scanning: Scanning) -> list[Output]:
    outputs = []
    while (output := scanning.step()) is not None:
        outputs.append(output)
    return [*outputs, scanning.finish(is_end=True)]


def joined(outputs: list[Output]) -> Output:
    findings = [finding for output in outputs for finding in output.findings]
    return Output(findings, [sighting for output in outputs for sighting in output.sightings], [])


@pytest.mark.parametrize(
    "bounds",
    [{}, {"settled_sessions_max": 3}, {"young_sessions_max": 1}, {"room_bytes_max": 4096}, {"sightings_max": 1}],
    ids=str,
)
def test_bounds_are_for_all_slices_together(
    bounds: dict[str, int], demo: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that much is told before the bound is met.
    monkeypatch.setattr("sensor.slice_worker.PART_STATEMENTS_MAX", 1)
    scan = bounded(demo, **bounds)
    alone = scan.alone()
    told = joined(steps(alone))
    for count in (2, 3):
        with sliced(scan, count) as together:
            assert joined(steps(together)) == told
            assert together.pipeline_counters() == alone.pipeline_counters()
            # In the same order, for some of it is told.
            assert list(together.counters().items()) == list(alone.counters().items())


def test_what_was_told_before_a_bound_was_met_is_not_told_again(demo: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensor.slice_worker.PART_STATEMENTS_MAX", 1)
    # So that no slice meets the bound alone, far ahead of what was told.
    monkeypatch.setattr("sensor.slices.STATEMENTS_AHEAD_MAX", 1)
    with sliced(bounded(demo, settled_sessions_max=3), 2) as together:
        outputs = steps(together)
    # Nothing is told in the step in which it is met: findings were before, and are after.
    before = next(number for number in range(len(outputs)) if outputs[number] is NOTHING)
    assert joined(outputs[:before]).findings
    assert joined(outputs[before:]).findings
    revisions = Counter((finding.finding_id, finding.revision) for output in outputs for finding in output.findings)
    assert set(revisions.values()) == {1}


def test_a_slice_that_is_given_up_is_told_as_it_stands(demo: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensor.slice_worker.PART_STATEMENTS_MAX", 1)
    part = Slice(demo.source((0, 2)), demo.wanted, demo.signatures)
    first, last = part.part(), part.give_up()
    assert part.is_over
    assert (first.counted, last.turn) == (None, LAST_TURN)
    assert last.counted is not None
    told = [statement.finding for _, _, statement in last.stated if isinstance(statement, Revised)]
    assert told
    assert not any(finding.end_of_input for finding in told if finding is not None)


def test_peaks_fit_together_up_to_each_bound() -> None:
    bounds = Peaks(young=4, room_bytes=100)
    assert fit_together([Peaks(young=1), Peaks(young=3, room_bytes=100)], bounds)
    assert not fit_together([Peaks(young=2), Peaks(young=3)], bounds)
    assert not fit_together([Peaks(hints=1)], bounds)


def worker_that_hears(message: object) -> tuple[Worker, subprocess.Popen[bytes]]:
    ours, theirs = Pipe()
    with theirs:
        command = [sys.executable, "-P", "-m", "sensor.slice_worker", str(theirs.fileno())]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stderr=subprocess.PIPE)
    ours.send(message)
    return Worker(ours, process), process


def test_a_process_that_fails_says_so_in_a_line_and_nowhere_else() -> None:
    worker, process = worker_that_hears("no assignment\nat all")
    with pytest.raises(WorkerError, match=r"a process of this scan failed: AttributeError in .*; scan again") as raised:
        worker.take_part()
    assert "\n" not in str(raised.value)
    assert process.communicate() == (None, b"")
    assert process.returncode == 0
    with pytest.raises(WorkerError, match=r"a process of this scan ended with code 0 before its work was done; "):
        worker.take_part()
    worker.close()


def test_an_input_that_is_gone_meanwhile_is_a_line(tmp_path: Path) -> None:
    gone = Assignment(SETTINGS, SETTINGS.pipeline(), (str(tmp_path / "gone.pcap"),), None, None)
    worker, process = worker_that_hears(gone)
    with pytest.raises(WorkerError, match=r"gone\.pcap: no such file; check the name$"):
        worker.take_part()
    assert process.communicate() == (None, b"")
    worker.close()


def test_a_worker_without_a_process_that_fails_or_goes_is_a_line_too() -> None:
    ours, theirs = Pipe()
    theirs.send(Part(LAST_TURN, [], (1, 2), Peaks(), None))
    theirs.send(Fault("it broke"))
    theirs.close()
    worker = Worker(ours)
    worker.take_part()
    assert worker.is_over
    assert worker.progress == (1, 2)
    with pytest.raises(WorkerError, match=r"^it broke$"):
        worker.take_part()
    with pytest.raises(WorkerError, match="ended with code 0"):
        worker.take_part()
    ours.close()
