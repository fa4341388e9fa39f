"""One scan in slices. Each worker reads all packets, follows its own slice of the flows and judges the sessions in it;
what they state is put in the order in which one process alone would have stated it, and told here.

A worker goes on without asking anybody, for all that it needs of another's flows it reads itself. Only the bounds are
for all sessions together, so that they are looked at here.
"""

from __future__ import annotations

import contextlib
import heapq
import signal
import subprocess
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sensor.config import Settings
from sensor.crossing import WAIT_SECONDS, undisturbed
from sensor.crowd import Peaks, fit_together
from sensor.detect.statement import Statement
from sensor.failure import WorkerError
from sensor.limits import STATEMENTS_AHEAD_MAX
from sensor.model import InputFailure, InputReport
from sensor.pipeline import Output, PipelineSettings
from sensor.scanning import Counted
from sensor.telling import Teller

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

LAST_TURN: Final = (1 << 64) - 1
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


class Part(msgspec.Struct, frozen=True):
    """What a process says at once: all that it states up to ``turn``, in order. Now and then with what it counted."""

    turn: int
    stated: list[Stated]
    progress: tuple[int, int]
    peaks: Peaks
    counted: Counted | None


class Fault(msgspec.Struct, frozen=True):
    """A process came to grief: what is wrong and what to do, in one line."""

    text: str


class CrowdedError(Exception):
    """The slices may have had room for more than there is: one process would perhaps have stated something else."""


class Sliced:
    """A scan by several workers, one for each slice, in their order. ``step`` raises CrowdedError, and WorkerError
    where a worker is lost.
    """

    is_apart: Final = True

    def __init__(self, workers: Sequence[Worker], teller: Teller, bounds: Peaks) -> None:
        self._workers = workers
        self._teller = teller
        self._bounds = bounds
        self._told_turn = 0

    def step(self) -> Output | None:
        if self._told_turn == LAST_TURN:
            return None
        self._take_parts()
        if not fit_together((worker.peaks for worker in self._workers), self._bounds):
            raise CrowdedError
        return self._tell()

    def finish(self, *, is_end: bool) -> Output:
        if not is_end:
            for worker in self._workers:
                worker.stop()
            while not all(worker.is_over for worker in self._workers):
                self._take_parts()
        output = self._tell()
        return Output(output.findings, output.sightings + self._teller.flush(), [])

    def close(self) -> None:
        """Lets the workers end."""
        for worker in self._workers:
            worker.close()

    def counters(self) -> dict[str, int]:
        return _sum(counted.engine for counted in self._counted())

    def pipeline_counters(self) -> dict[str, int]:
        return _sum(counted.pipeline for counted in self._counted()) | self._teller.counters()

    def unknown_links(self) -> dict[str, int]:
        return _sum(counted.unknown_links for counted in self._counted())

    def progress(self) -> tuple[int, int]:
        """Bytes that all processes have read, and bytes in all."""
        return min(worker.progress for worker in self._workers)

    def inputs(self) -> list[InputReport]:
        return next((counted.inputs for counted in self._counted()), [])

    def failures(self) -> list[InputFailure]:
        return next((counted.failures for counted in self._counted()), [])

    # ------------------------------------------------------------ inside

    def _take_parts(self) -> None:
        """Waits a moment for what the processes say. Who is far ahead of the slowest is not listened to, and waits."""
        from multiprocessing.connection import wait  # noqa: PLC0415

        slowest = min(worker.turn for worker in self._workers)
        asked = {worker.connection: worker for worker in self._workers if worker.is_wanted(slowest)}
        for connection in wait(list(asked), WAIT_SECONDS):
            asked[connection].take_part()  # type: ignore[index]

    def _tell(self) -> Output:
        """What all have stated up to the turn that all have reached. Of one turn and flow states only one process."""
        self._told_turn = min(worker.turn for worker in self._workers)
        parts = [worker.stated_until(self._told_turn) for worker in self._workers]
        for _, _, statement in heapq.merge(*parts, key=lambda stated: stated[:2]):
            self._teller.take(statement)
        return Output(self._teller.findings(), self._teller.sightings(), [])

    def _counted(self) -> list[Counted]:
        return [worker.counted for worker in self._workers if worker.counted is not None]


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
        self.counted: Counted | None = None
        self._process = process
        self._stated: deque[Stated] = deque()

    @property
    def is_over(self) -> bool:
        return self.turn == LAST_TURN

    def is_wanted(self, slowest_turn: int) -> bool:
        """Whether what it says next is waited for."""
        return not self.is_over and (self.turn == slowest_turn or len(self._stated) < STATEMENTS_AHEAD_MAX)

    def take_part(self) -> None:
        with undisturbed():
            part = self._receive()
            self.turn, self.progress, self.peaks = part.turn, part.progress, part.peaks
            self.counted = part.counted or self.counted
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
            raise WorkerError(said.text)
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
