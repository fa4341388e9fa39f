"""A scan in a process of its own, so that what is told of findings takes none of its time: what sessions have to do
with one another, estimates, whose addresses they are, JSON, the spool and the client of Kafka are Python, and two
threads of it would wait for one another.

The process is a fork, since all that it needs is there already. It begins when it is first asked, sends what it states,
and ends with its starter, whatever becomes of that.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import pickle
import select
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sensor.crossing import WAIT_SECONDS, undisturbed
from sensor.detect.statement import Statement
from sensor.failure import WorkerError
from sensor.interruption import INTERRUPTIONS, Interruption
from sensor.limits import CROSSING_BYTES_MAX, CROSSING_STATEMENTS_MAX, GATHER_SECONDS_MAX
from sensor.model import InputFailure, InputReport
from sensor.pipeline import Output
from sensor.scanning import NOTHING, Alone, Counted

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

# How often the counters are sent: as often as metrics are read.
_COUNT_SECONDS: Final = 1.0
_LOST: Final = "the process of this scan that reads packets ended before its work was done; scan again"
_STOP: Final = signal.SIGUSR1
_SIGNALS: Final = INTERRUPTIONS | {signal.SIGALRM, _STOP}


class Report(msgspec.Struct, frozen=True, array_like=True):
    """What crosses: what was stated, in its order; how far the reading is; from time to time, counts.

    ``is_end``: the input is over, and ``stated`` are the last states. ``lost``: why a process of the source was.
    ``counted``: pickled, because names of files need not be UTF-8.
    """

    stated: list[Statement]
    progress: tuple[int, int]
    counted: bytes = b""
    is_end: bool = False
    lost: str = ""


def is_possible() -> bool:
    """Whether another process would be of use, and can be forked: a fork has none of the other threads, be they the
    engine's or Python's.
    """
    return len(os.sched_getaffinity(0)) > 1 and len(list(Path("/proc/self/task").iterdir())) == 1


@contextlib.contextmanager
def apart(scanning: Alone) -> Iterator[Apart | Alone]:
    """The same, read and judged in a process of its own, which ends with the context; where there is no room for one,
    in this.
    """
    from multiprocessing import Pipe  # noqa: PLC0415

    told, telling = Pipe(duplex=False)
    asked, asking = Pipe(duplex=False)
    # While this process waits for a disk, the other goes on.
    with contextlib.suppress(OSError):
        fcntl.fcntl(told.fileno(), fcntl.F_SETPIPE_SZ, CROSSING_BYTES_MAX)
    with undisturbed(_SIGNALS):
        child = _forked()
        if child == 0:
            told.close()
            asking.close()
            _live(asked, telling, scanning)
    telling.close()
    asked.close()
    with told, asking:
        if child is None:
            yield scanning
            return
        try:
            yield Apart(told, asking, child, scanning)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _forked() -> int | None:
    """As of ``os.fork``; None where the system has no room for another process."""
    try:
        return os.fork()
    except OSError:
        return None


class Apart:
    """The scan behind two pipes. Counters are as of a second ago at most; when it is over, of everything."""

    is_apart: Final = True

    def __init__(self, told: Connection[Any, Any], asking: Connection[Any, Any], child: int, scanning: Alone) -> None:
        self._told = told
        self._asking = asking
        self._child = child
        self._scanning = scanning
        self._reports = msgspec.msgpack.Decoder(Report)
        self._is_begun = False
        self._stated: deque[Statement] = deque()
        self._is_over = False
        self._lost = ""
        self._progress = (0, 0)
        self._counted = Counted.of(scanning)

    def heed(self, goes_on: Callable[[], bool]) -> None:
        """It waits only for a moment."""

    def step(self) -> Output | None:
        if not self._is_begun:
            self._is_begun = True
            with contextlib.suppress(BrokenPipeError):
                self._asking.send_bytes(b"")
        if not self._stated and self._lost:
            raise WorkerError(self._lost)
        if not self._stated and not self._is_over and self._told.poll(WAIT_SECONDS):
            self._take()
        # The last of all are told by ``finish``.
        if self._is_over:
            return None
        # One by one: an interruption finds the others where they are.
        return self._scanning.tell((self._stated.popleft(),)) if self._stated else NOTHING

    def finish(self, *, is_end: bool) -> Output:
        """Where it is given up: with what was found until the other end heard of it."""
        outputs: list[Output] = []
        if not is_end:
            os.kill(self._child, _STOP)
            while (output := self.step()) is not None:
                outputs.append(output)
        outputs.append(self._scanning.tell(self._stated))
        # Of its own this process has read nothing; it has still to tell what is told at the end.
        outputs.append(self._scanning.finish(is_end=is_end))
        return Output(
            [finding for output in outputs for finding in output.findings],
            [sighting for output in outputs for sighting in output.sightings],
            [],
        )

    def counters(self) -> dict[str, int]:
        return self._counted.engine

    def pipeline_counters(self) -> dict[str, int]:
        return self._counted.pipeline | self._scanning.told_counters()

    def unknown_links(self) -> dict[str, int]:
        return self._counted.unknown_links

    def progress(self) -> tuple[int, int]:
        return self._progress

    def inputs(self) -> list[InputReport]:
        return self._counted.inputs

    def failures(self) -> list[InputFailure]:
        return self._counted.failures

    def _take(self) -> None:
        with undisturbed():
            try:
                report = self._reports.decode(self._told.recv_bytes())
            except (EOFError, OSError):
                raise WorkerError(_LOST) from None
            self._stated += report.stated
            self._is_over, self._lost = report.is_end, report.lost
            self._progress = report.progress
            if report.counted:
                self._counted = pickle.loads(report.counted)  # noqa: S301  (it was written by our own fork)


# ---------------------------------------------------------------- the other process


def _live(asked: Connection[Any, Any], telling: Connection[Any, Any], scanning: Alone) -> None:
    """All that the forked process does. It never returns into what its starter was doing."""
    code = 1
    try:
        # Its starter hears who interrupts it, and tells.
        for number in INTERRUPTIONS:
            signal.signal(number, signal.SIG_IGN)
        # While its starter loads what it needs: pages that will be written to are copied now, not between packets.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        # EOFError, OSError: whoever started it is gone or has enough, so there is nobody to tell.
        with contextlib.suppress(EOFError, OSError):
            # To start it takes as long as to read thousands of packets.
            threading.Thread(target=_end_with_starter, args=(telling,), daemon=True).start()
            asked.recv_bytes()
            _Stating(telling, scanning).to_end()
        code = 0
    except BaseException:  # noqa: BLE001  (the root of the process)
        traceback.print_exc()
    finally:
        os._exit(code)


def _end_with_starter(telling: Connection[Any, Any]) -> None:
    """Waits until nobody listens any more. An input that is silent would be waited for without one."""
    listener = select.poll()
    listener.register(telling, 0)
    listener.poll()
    os._exit(1)


class _Stating:
    """Reads all, and sends what is stated."""

    def __init__(self, connection: Connection[Any, Any], scanning: Alone) -> None:
        self._connection = connection
        self._scanning = scanning
        self._encoder = msgspec.msgpack.Encoder()
        self._stated: list[Statement] = []
        scanning.state_to(self._state)
        self._since = time.monotonic()
        self._counted_at = self._since
        self._progress = (0, 0)
        self._interruption = Interruption()
        scanning.heed(self._interruption.goes_on)

    def to_end(self) -> None:
        signal.signal(_STOP, self._interruption.hear)
        signal.signal(signal.SIGALRM, self._hurried)
        signal.setitimer(signal.ITIMER_REAL, GATHER_SECONDS_MAX, GATHER_SECONDS_MAX)
        # Not before, or another thread would hear them, and a read go on to wait.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        try:
            is_end = self._read_all()
            # While the rest is made, this is told.
            self._send()
            self._scanning.finish(is_end=is_end)
        except WorkerError as error:
            self._send(lost=str(error))
        else:
            self._progress = self._scanning.progress()
            self._send(Counted.of(self._scanning), is_end=True)

    def _read_all(self) -> bool:
        """False where it was stopped."""
        step, goes_on = self._scanning.step, self._interruption.goes_on
        with contextlib.suppress(KeyboardInterrupt):
            while goes_on() and step() is not None:
                self._send_now_and_then()
        return goes_on()

    def _state(self, statement: Statement) -> None:
        self._stated.append(statement)

    def _hurried(self, *_: object) -> None:
        """An input may fall silent and be waited for; what was found before must not wait with it."""
        if self._stated:
            self._send()

    def _send_now_and_then(self) -> None:
        """Things that are found soon after one another cross together: that wakes the other end once."""
        now = time.monotonic()
        is_due = now - self._since >= (GATHER_SECONDS_MAX if self._stated else WAIT_SECONDS)
        if not is_due and len(self._stated) < CROSSING_STATEMENTS_MAX:
            return
        self._since, self._progress = now, self._scanning.progress()
        counted = None
        if now - self._counted_at >= _COUNT_SECONDS:
            self._counted_at = now
            counted = Counted.of(self._scanning)
        self._send(counted)

    def _send(self, counted: Counted | None = None, *, is_end: bool = False, lost: str = "") -> None:
        """All that was stated since, once. Asks nothing of the source, which may be in the middle of a read."""
        with undisturbed(_SIGNALS):
            crossing = b"" if counted is None else pickle.dumps(counted)
            report = Report(self._stated, self._progress, crossing, is_end=is_end, lost=lost)
            self._connection.send_bytes(self._encoder.encode(report))
            self._stated = []
