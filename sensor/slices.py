"""One scan in several processes. Each reads all packets and follows its own slice of the flows; what they tell is put
in the order in which one process alone would have told it, and judged here.
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
from sensor.failure import WorkerError
from sensor.limits import PARTS_AHEAD_MAX
from sensor.model import InputFailure, InputReport, Observation, Steering
from sensor.native import CaptureError, Part, observations

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

# How long the others are waited for before the caller may show its progress.
_WAIT_SECONDS: Final = 0.25
# Of a flow's id: the engine writes the number of the slice there.
_SLICE_MASK: Final = 0xFF
_LAST_TURN: Final = (1 << 64) - 1


class Assignment(msgspec.Struct, frozen=True):
    """What a process is given: the same scan as the others, and the slice ``part[0]`` of ``part[1]``."""

    settings: Settings
    inputs: tuple[str, ...]
    since_ns: int | None
    until_ns: int | None
    part: tuple[int, int]


class Report(msgspec.Struct, frozen=True):
    """What a process has counted of its slice, and how it found its inputs."""

    counters: dict[str, int]
    unknown_links: dict[str, int]
    inputs: list[InputReport]
    failures: list[InputFailure]


class SlicedScan:
    """A source that is several workers, one for each slice, in their order. Raises WorkerError where one is lost."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        self._workers = workers
        self._told_turn = 0
        self._reports: list[Report] = []

    def read(self) -> list[Observation] | None:
        """The next observations; None: nothing yet, ask again; [] at the end of the input."""
        self._reports = []
        if not self._advance():
            return None
        rows = self._rows()
        if not rows and self._told_turn < _LAST_TURN:
            return None
        return observations(rows)

    def steer(self, steering: Sequence[Steering]) -> None:
        for wish in steering:
            self._workers[wish.flow_id & _SLICE_MASK].steering.append(wish)

    def counters(self) -> dict[str, int]:
        total: Counter[str] = Counter()
        for report in self._report():
            total.update(report.counters)
        return dict(total)

    def unknown_links(self) -> dict[str, int]:
        total: Counter[str] = Counter()
        for report in self._report():
            total.update(report.unknown_links)
        return dict(total)

    def progress(self) -> tuple[int, int]:
        """Bytes that all processes have read, and bytes in all."""
        return min(worker.progress for worker in self._workers)

    def inputs(self) -> list[InputReport]:
        return self._report()[0].inputs

    def failures(self) -> list[InputFailure]:
        return self._report()[0].failures

    # ------------------------------------------------------------ inside

    def _advance(self) -> bool:
        """Lets the processes work until something more is told by all; false where that takes longer."""
        from multiprocessing.connection import wait  # noqa: PLC0415

        for worker in self._workers:
            worker.go_on()
        while (turn := min(worker.turn for worker in self._workers)) <= self._told_turn < _LAST_TURN:
            asked = {worker.connection: worker for worker in self._workers if worker.is_asked}
            ready = wait(list(asked), _WAIT_SECONDS)
            if not ready:
                return False
            for connection in ready:
                worker = asked[connection]  # type: ignore[index]
                worker.take_part()
                worker.go_on()
        self._told_turn = turn
        return True

    def _rows(self) -> list[Any]:
        """What all have told up to the turn that all have reached. Rows of one turn and flow are of one process."""
        parts = [worker.rows_until(self._told_turn) for worker in self._workers]
        return [row for _, row in heapq.merge(*parts, key=lambda told: (told[0], told[1][1]))]

    def _report(self) -> list[Report]:
        if not self._reports:
            self._reports = [worker.report() for worker in self._workers]
        return self._reports


class Worker:
    """Who reads one slice, behind a connection: sensor/slice_worker.py has the other end."""

    def __init__(self, connection: Connection[Any, Any]) -> None:
        self.connection = connection
        self.turn = 0
        self.progress = (0, 0)
        self.is_asked = False
        self.steering: list[Steering] = []
        self._rows: deque[tuple[int, Any]] = deque()
        self._waits = False
        self._parts_ahead = 0

    def wait_until_ready(self) -> None:
        """Raises CaptureError where it cannot open anything."""
        failure = self._receive()
        if failure is not None:
            raise CaptureError(*failure)

    def go_on(self) -> None:
        """Has it read on, unless it does, is through or too far ahead, or must hear first what becomes of its flows."""
        must_wait = self._rows and (self._waits or self._parts_ahead >= PARTS_AHEAD_MAX)
        if self.is_asked or must_wait or self.turn == _LAST_TURN:
            return
        with _undisturbed():
            self._send(self.steering)
            self.steering = []
            self.is_asked = True

    def take_part(self) -> None:
        self._await()
        with _undisturbed():
            part: Part
            part, self.progress = self._receive()
            self.is_asked = False
            self.turn, self._waits = part.turn, part.waits
            self._rows.extend(part.rows)
            self._parts_ahead += 1

    def rows_until(self, turn: int) -> Iterator[tuple[int, Any]]:
        while self._rows and self._rows[0][0] <= turn:
            yield self._rows.popleft()
        if not self._rows:
            self._parts_ahead = 0

    def report(self) -> Report:
        if self.is_asked:
            self.take_part()
        with _undisturbed():
            self._send(None)
            report: Report = self._receive()
        return report

    def _await(self) -> None:
        """Returns when there is something to receive, or nothing will ever be."""
        with contextlib.suppress(OSError):
            self.connection.poll(None)

    def _send(self, message: object) -> None:
        # That it is gone is found out where its answer is missed.
        with contextlib.suppress(BrokenPipeError):
            self.connection.send(message)

    def _receive(self) -> Any:
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            raise WorkerError(
                "a process of this scan ended before its work was done; scan again, with fewer --jobs"
            ) from None


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """An interruption by the user waits: half a message, or a question that is not known to have been asked, would be
    taken for another.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def processes(assignments: Sequence[Assignment]) -> Iterator[SlicedScan]:
    """A scan by a process for each assignment; they end with the context. Raises CaptureError where nothing can be
    opened.
    """
    with contextlib.ExitStack() as opened:
        workers = [Worker(opened.enter_context(_process(assignment))) for assignment in assignments]
        for worker in workers:
            worker.wait_until_ready()
        yield SlicedScan(workers)


@contextlib.contextmanager
def _process(assignment: Assignment) -> Iterator[Connection[Any, Any]]:
    from multiprocessing import Pipe  # noqa: PLC0415

    ours, theirs = Pipe()
    with ours:
        with theirs:
            # A session of its own, so that an interruption of the user is heard by one process.
            command = [sys.executable, "-P", "-m", "sensor.slice_worker", str(theirs.fileno())]
            process = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], start_new_session=True
            )
        try:
            # Where it is gone already, its first answer is missed.
            with contextlib.suppress(BrokenPipeError):
                ours.send(assignment)
            yield ours
        finally:
            process.kill()
            process.wait()
