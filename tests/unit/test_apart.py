from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from multiprocessing import Pipe
from pathlib import Path

import msgspec
import pytest

from sensor.apart import Counted, apart
from sensor.app import Outlet, Run
from sensor.failure import WorkerError
from sensor.message import Message
from sensor.model import InputFailure, Observation, Steering
from sensor.pipeline import Output, Pipeline, PipelineSettings
from sensor.scanning import Alone, Scanning
from tests.corpus.scanning import Scanner
from tests.scripted import JOINED, FakeSource, ScriptedDialogue, SmallCatalogue, closed, opened, said

# Those who run these tests side by side have threads. What is forked here uses nothing of theirs.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

OTHER: list[Observation] = [opened(2), said("C login:b", at=4, flow_id=2)]
CAPTURES = Path(__file__).parent.parent.parent / "pcaps"
BATCHES = (JOINED, None, [said("C share", at=3)], OTHER, [closed("fin", at=5)])


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner()


def scanning(source: FakeSource) -> Alone:
    return Alone(source, Pipeline(PipelineSettings(), SmallCatalogue(), ScriptedDialogue))


class Lines:
    """A sink that keeps what it is given as it would be written."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def write(self, message: Message) -> None:
        self.lines.append(msgspec.json.encode(message.body))

    def tick(self) -> None:
        pass

    def close(self) -> None:
        pass


def told(scan: Scanning) -> list[bytes]:
    sink = Lines()
    Run(scan, [Outlet(sink, updates=True, sightings=True)], lambda _done, _all: None).to_end()
    return sink.lines


def outputs(scan: Scanning) -> list[Output]:
    found = []
    while (output := scan.step()) is not None:
        if output.findings or output.sightings:
            found.append(output)
    return found


def test_a_process_of_its_own_tells_what_this_one_tells_and_has_counted_the_same() -> None:
    here = scanning(FakeSource(*BATCHES))
    expected = told(here)
    with apart(scanning(FakeSource(*BATCHES))) as there:
        assert told(there) == expected
        assert Counted.of(there) == Counted.of(here)
        assert there.progress() == here.progress()
    assert len(expected) == 4


SHIPPED = sorted(path for path in CAPTURES.iterdir() if path.suffix in {".pcap", ".pcapng"})


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_of_a_capture_it_tells_the_same(path: Path, scanner: Scanner) -> None:
    # What leaves is compared, for 1 and 1.0 are equal.
    assert msgspec.json.encode(scanner.scan_apart(path)) == msgspec.json.encode(scanner.scan(path))


def test_names_of_inputs_need_not_be_utf_8() -> None:
    source = FakeSource()
    source.failed = [InputFailure("\udcff.pcap", "cannot be read", "check it")]
    with apart(scanning(source)) as there:
        assert told(there) == []
        assert there.failures() == source.failed


def test_nothing_is_read_before_it_is_asked_for() -> None:
    ours, theirs = Pipe()

    class Asked(FakeSource):
        def read(self) -> list[Observation] | None:
            theirs.send_bytes(b"read")
            return super().read()

    with ours, theirs, apart(scanning(Asked())) as there:
        assert not ours.poll(0.05)
        assert there.step() in (None, Output([], [], []))
        assert ours.recv_bytes() == b"read"


class Endless(FakeSource):
    """Goes on and finds nothing more, until it is interrupted in a read that waits."""

    def read(self) -> list[Observation] | None:
        batch = super().read()
        while batch == [] and self.goes_on():
            time.sleep(0.01)
        if batch == []:
            raise KeyboardInterrupt
        return batch


def test_what_was_found_until_it_was_stopped_is_told_and_sessions_have_not_met_the_end_of_the_input() -> None:
    with apart(scanning(Endless(*BATCHES[:3]))) as there:
        first = there.step()
        while not (first and first.findings):
            first = there.step()
        rest = there.finish(is_end=False)
    told = [*first.findings, *rest.findings]
    assert [finding.revision for finding in told] == [1, 2, 3]
    assert (told[-1].end_of_input, told[-1].phase) == (False, "updated")


def test_it_may_be_stopped_before_it_has_begun() -> None:
    with apart(scanning(FakeSource(*BATCHES))) as there:
        assert there.finish(is_end=False) == Output([], [], [])


class Broken(FakeSource):
    """Steering what it gave ends the process that reads it."""

    def steer(self, steering: Sequence[Steering]) -> None:
        os._exit(9)


def test_a_lost_process_is_told_in_a_line() -> None:
    with apart(scanning(Broken(*BATCHES))) as there, pytest.raises(WorkerError, match=r"ended before .*; scan again$"):
        outputs(there)


def test_what_was_found_before_a_process_of_the_source_was_lost_is_told() -> None:
    found = []
    lost = WorkerError("lost; scan again")
    with (
        apart(scanning(FakeSource(JOINED, lost))) as there,
        pytest.raises(WorkerError, match=r"^lost; scan again$"),
    ):
        while True:
            found.append(there.step())
    assert [finding.revision for output in found if output for finding in output.findings] == [1]


CROWDED = """
import os, resource
from multiprocessing import Pipe
from sensor.apart import apart
from tests.unit.test_apart import BATCHES, Counted, FakeSource, scanning, told
here = scanning(FakeSource(*BATCHES))
resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
if not os.getuid():
    os.setuid(65534)  # for root there is room for ever
with apart(here) as there:
    assert there is here
    print(len(told(there)))
"""


def test_where_there_is_no_room_for_a_process_it_goes_on_in_this_one() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CROWDED], cwd=CAPTURES.parent, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("4\n", "")


def test_it_ends_with_its_starter_also_where_it_waits_for_its_input() -> None:
    ours, theirs = Pipe(duplex=False)
    starter = os.fork()
    if not starter:
        try:
            ours.close()
            with apart(scanning(Endless(*BATCHES[:3]))) as there:
                there.step()
                os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    theirs.close()
    os.waitpid(starter, 0)
    with ours, pytest.raises(EOFError):
        ours.recv_bytes()


def test_its_process_is_gone_when_the_context_is_left() -> None:
    """The pipe ends when nobody is left who holds its other end."""
    ours, theirs = Pipe(duplex=False)
    with apart(scanning(Endless())) as there:
        there.step()
        theirs.close()
        assert not ours.poll(0.05)
    with ours, pytest.raises(EOFError):
        ours.recv_bytes()


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})", False),
        ("threading.Thread(target=time.sleep, args=(60,), daemon=True).start()", False),
        ("pass", len(os.sched_getaffinity(0)) > 1),
    ],
)
def test_it_takes_a_second_processor_and_no_second_thread(before: str, expected: bool) -> None:
    program = f"import os, threading, time\nfrom sensor.apart import is_possible\n{before}\nprint(is_possible())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == f"{expected}\n"
