"""One scan in several processes. Each reads all packets, follows its own slice of the flows and judges the sessions in
it; what they state is put in the order in which one process alone would have stated it, and told here.

A process goes on without asking anybody, for all that it needs of another's flows it reads itself. Only the bounds are
for all sessions together. Where the peaks of all processes would not have fitted them, one process does the whole scan
anew, and what was told already is left out.
"""

from __future__ import annotations

import contextlib
import heapq
import signal
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sensor.config import Settings
from sensor.crowd import Peaks, fit_together
from sensor.detect.listing import Catalogue
from sensor.detect.statement import Statement
from sensor.failure import WorkerError
from sensor.limits import STATEMENTS_AHEAD_MAX
from sensor.model import InputFailure, InputReport
from sensor.pipeline import Output, PipelineSettings
from sensor.scanning import NOTHING, Alone
from sensor.telling import Teller

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

LAST_TURN: Final = (1 << 64) - 1
# How long the others are waited for before the caller may show its progress.
_WAIT_SECONDS: Final = 0.25
# A process that has closed its connection ends within moments.
_END_SECONDS: Final = 5.0

Stated = tuple[int, int, Statement]
"""The turn and the flow that made it be stated."""


class Assignment(msgspec.Struct, frozen=True):
    """What a process is given: the same scan as the others, and the slice ``part[0]`` of ``part[1]``. ``wanted`` is
    what the pipeline of a single process would be told.
    """

    settings: Settings
    wanted: PipelineSettings
    inputs: tuple[str, ...]
    since_ns: int | None
    until_ns: int | None
    part: tuple[int, int] = (0, 1)


class Report(msgspec.Struct, frozen=True):
    """What a process has counted of its slice, and how it found its inputs."""

    counters: dict[str, int]
    pipeline_counters: dict[str, int]
    unknown_links: dict[str, int]
    inputs: list[InputReport]
    failures: list[InputFailure]


class Part(msgspec.Struct, frozen=True):
    """What a process says at once: all that it states up to ``turn``, in order. Now and then with a report."""

    turn: int
    stated: list[Stated]
    progress: tuple[int, int]
    peaks: Peaks
    report: Report | None


class Fault(msgspec.Struct, frozen=True):
    """A process came to grief, by a fault of ours: what and where, in one line."""

    text: str


class Sliced:
    """A scan by several workers, one for each slice, in their order. Raises WorkerError where one is lost."""

    is_apart: Final = True

    def __init__(self, workers: Sequence[Worker], teller: Teller, bounds: Peaks, alone: Alone) -> None:
        self._workers = workers
        self._teller = teller
        self._bounds = bounds
        self._alone = alone  # does it all, where the slices would not fit together
        self._is_alone = False
        self._told_turn = 0
        self._told_findings = 0
        self._told_sightings = 0

    def step(self) -> Output | None:
        if self._is_alone:
            output = self._alone.step()
            return None if output is None else self._untold(output)
        if self._told_turn == LAST_TURN:
            return None
        self._take_parts()
        if not fit_together((worker.peaks for worker in self._workers), self._bounds):
            self._is_alone = True
            for worker in self._workers:
                worker.close()
            return NOTHING
        return self._tell()

    def finish(self, *, is_end: bool) -> Output:
        if self._is_alone:
            return self._untold(self._alone.finish(is_end=is_end))
        if not is_end:
            for worker in self._workers:
                worker.stop()
            while not all(worker.is_over for worker in self._workers):
                self._take_parts()
        output = self._tell()
        return Output(output.findings, output.sightings + self._teller.flush(), [])

    def counters(self) -> dict[str, int]:
        return self._alone.counters() if self._is_alone else _sum(report.counters for report in self._reports())

    def pipeline_counters(self) -> dict[str, int]:
        if self._is_alone:
            return self._alone.pipeline_counters()
        return _sum(report.pipeline_counters for report in self._reports()) | self._teller.counters()

    def unknown_links(self) -> dict[str, int]:
        if self._is_alone:
            return self._alone.unknown_links()
        return _sum(report.unknown_links for report in self._reports())

    def progress(self) -> tuple[int, int]:
        """Bytes that all processes have read, and bytes in all."""
        return self._alone.progress() if self._is_alone else min(worker.progress for worker in self._workers)

    def inputs(self) -> list[InputReport]:
        return self._alone.inputs() if self._is_alone else next((one.inputs for one in self._reports()), [])

    def failures(self) -> list[InputFailure]:
        return self._alone.failures() if self._is_alone else next((one.failures for one in self._reports()), [])

    # ------------------------------------------------------------ inside

    def _take_parts(self) -> None:
        """Waits a moment for what the processes say. Who is far ahead of the slowest is not listened to, and waits."""
        from multiprocessing.connection import wait  # noqa: PLC0415

        slowest = min(worker.turn for worker in self._workers)
        asked = {worker.connection: worker for worker in self._workers if worker.is_wanted(slowest)}
        for connection in wait(list(asked), _WAIT_SECONDS):
            asked[connection].take_part()  # type: ignore[index]

    def _tell(self) -> Output:
        """What all have stated up to the turn that all have reached. Of one turn and flow states only one process."""
        self._told_turn = min(worker.turn for worker in self._workers)
        parts = [worker.stated_until(self._told_turn) for worker in self._workers]
        for _, _, statement in heapq.merge(*parts, key=lambda stated: stated[:2]):
            self._teller.take(statement)
        output = Output(self._teller.findings(), self._teller.sightings(), [])
        self._told_findings += len(output.findings)
        self._told_sightings += len(output.sightings)
        return output

    def _untold(self, output: Output) -> Output:
        """What one process says anew begins with what was told already."""
        findings, sightings = output.findings[self._told_findings :], output.sightings[self._told_sightings :]
        self._told_findings -= len(output.findings) - len(findings)
        self._told_sightings -= len(output.sightings) - len(sightings)
        return Output(findings, sightings, [])

    def _reports(self) -> list[Report]:
        return [worker.last_report for worker in self._workers if worker.last_report is not None]


def _sum(parts: Iterator[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return dict(total)


class Worker:
    """Who reads and judges one slice, behind a connection: sensor/slice_worker.py has the other end. ``process`` is
    None where it is none of its own.
    """

    def __init__(self, connection: Connection[Any, Any], process: subprocess.Popen[bytes] | None = None) -> None:
        self.connection = connection
        self.turn = 0
        self.progress = (0, 0)
        self.peaks = Peaks()
        self.last_report: Report | None = None
        self._process = process
        self._stated: deque[Stated] = deque()

    @property
    def is_over(self) -> bool:
        return self.turn == LAST_TURN

    def is_wanted(self, slowest_turn: int) -> bool:
        """Whether what it says next is waited for."""
        return not self.is_over and (self.turn == slowest_turn or len(self._stated) < STATEMENTS_AHEAD_MAX)

    def take_part(self) -> None:
        with _undisturbed():
            part = self._receive()
            self.turn, self.progress, self.peaks = part.turn, part.progress, part.peaks
            self.last_report = part.report or self.last_report
            self._stated.extend(part.stated)

    def stated_until(self, turn: int) -> Iterator[Stated]:
        while self._stated and self._stated[0][0] <= turn:
            yield self._stated.popleft()

    def stop(self) -> None:
        """Has it tell all that is open, and read no more."""
        # That it is gone is found out where its answer is missed.
        with contextlib.suppress(OSError):
            self.connection.send(None)

    def close(self) -> None:
        """Lets it end."""
        self.connection.close()

    def _receive(self) -> Part:
        try:
            said: Part | Fault = self.connection.recv()
        except (EOFError, OSError):
            raise WorkerError(
                f"a process of this scan {self._end()} before its work was done; scan again, with fewer --jobs"
            ) from None
        if isinstance(said, Fault):
            raise WorkerError(f"a process of this scan failed: {said.text}; scan again with --jobs 1, and report it")
        return said

    def _end(self) -> str:
        """How it ended."""
        code = 0
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self._process.wait(_END_SECONDS)
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with code {code}"


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """An interruption by the user waits: half a message would be taken for another."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def shared(whole: Assignment, jobs: int, signatures: Catalogue, alone: Alone) -> Iterator[Sliced]:
    """The scan by so many processes, which end with the context. ``alone`` is the same by this one, not yet begun."""
    with contextlib.ExitStack() as opened:
        parts = [msgspec.structs.replace(whole, part=(index, jobs)) for index in range(jobs)]
        yield sliced([opened.enter_context(_process(part)) for part in parts], whole.wanted, signatures, alone)


def sliced(workers: Sequence[Worker], wanted: PipelineSettings, signatures: Catalogue, alone: Alone) -> Sliced:
    teller = Teller(wanted.sensor_id, signatures, wanted.sightings_max)
    return Sliced(workers, teller, wanted.peaks_max(), alone)


@contextlib.contextmanager
def _process(assignment: Assignment) -> Iterator[Worker]:
    from multiprocessing import Pipe  # noqa: PLC0415

    ours, theirs = Pipe()
    with ours:
        with theirs:
            # A session of its own, so that an interruption of the user is heard by one process. What it has to say it
            # says through the connection.
            command = [sys.executable, "-P", "-m", "sensor.slice_worker", str(theirs.fileno())]
            process = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        try:
            # Where it is gone already, its first part is missed.
            with contextlib.suppress(OSError):
                ours.send(assignment)
            yield Worker(ours, process)
        finally:
            process.kill()
            process.wait()
