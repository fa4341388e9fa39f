"""The process behind one slice of a scan: ``python -m sensor.slice_worker DESCRIPTOR``, started by sensor/slices.py.

It reads, judges and states until the input ends or it hears anything at all; it ends when its starter does.
"""

from __future__ import annotations

import contextlib
import gc
import signal
import sys
import time
import traceback
from multiprocessing.connection import Connection
from typing import Any

from sensor.detect.statement import Statement
from sensor.limits import (
    COLLECTOR_ALLOCATIONS_MAX,
    COUNT_SECONDS_MIN,
    FAULT_CHARS_MAX,
    PART_SECONDS_MAX,
    PART_STATEMENTS_MAX,
)
from sensor.native import CaptureError, CaptureScan, Cause, build_plan
from sensor.pipeline import PipelineSettings
from sensor.scanning import Counted, last_ns
from sensor.sessions import Sessions
from sensor.slices import LAST_TURN, Assignment, Fault, Part, Stated
from sensor.wire.dialogue import Dialogue
from sensor.wire.http_dialogue import HttpDialogue
from signatures import PACKAGED, Watched, watched


class Statements:
    """What is stated, and what makes it be."""

    def __init__(self) -> None:
        self.cause: Cause = (0, 0)
        self._stated: list[Stated] = []

    def __len__(self) -> int:
        return len(self._stated)

    def take(self, statement: Statement) -> None:
        self._stated.append((*self.cause, statement))

    def all(self) -> list[Stated]:
        """Those since the last time."""
        stated, self._stated = self._stated, []
        return stated


class Slice:
    """One slice of the flows: what is read of it is judged at once, and steered."""

    def __init__(self, scan: CaptureScan, wanted: PipelineSettings, signatures: Watched) -> None:
        self._scan = scan
        self._statements = Statements()
        self._sessions = Sessions(wanted, signatures, Dialogue, self._statements.take, HttpDialogue)
        self._turn = 0
        self._counted_at = time.monotonic()

    @property
    def is_over(self) -> bool:
        return self._turn == LAST_TURN

    def part(self) -> Part:
        """What comes next, once it is worth a message."""
        until = time.monotonic() + PART_SECONDS_MAX
        while not self.is_over and len(self._statements) < PART_STATEMENTS_MAX:
            self._read()
            if time.monotonic() >= until:
                break
        return self._said()

    def give_up(self) -> Part:
        """All that is open, as it stands."""
        self._finish(is_end=False)
        return self._said()

    def _read(self) -> None:
        sessions, statements = self._sessions, self._statements
        turn, observed = self._scan.read_turns()
        for statements.cause, observation in observed:
            steering = sessions.feed((observation,))
            if steering:
                self._scan.steer(steering)
        self._turn = turn
        if self.is_over:
            self._finish(is_end=True)

    def _finish(self, *, is_end: bool) -> None:
        self._turn = LAST_TURN
        self._statements.cause = (LAST_TURN, LAST_TURN)
        self._sessions.finish(last_ns(self._scan.inputs()), is_end=is_end)

    def _said(self) -> Part:
        return Part(self._turn, self._statements.all(), self._scan.progress(), self._sessions.peaks(), self._count())

    def _count(self) -> Counted | None:
        now = time.monotonic()
        if not self.is_over and now - self._counted_at < COUNT_SECONDS_MIN:
            return None
        self._counted_at = now
        scan = self._scan
        own = self._sessions.counters()
        return Counted(scan.counters(), own, scan.unknown_links(), scan.inputs(), scan.failures())


def serve(connection: Connection[Any, Any], part: Slice) -> None:
    """Says all of a slice, or up to where the other end wants no more. Raises EOFError or OSError where that closed."""
    while not part.is_over:
        connection.send(part.part())
        if connection.poll() and not part.is_over:
            connection.recv()
            connection.send(part.give_up())


def main() -> None:
    gc.set_threshold(COLLECTOR_ALLOCATIONS_MAX)
    # Whoever manages services asks all processes of one to end; the scan hears it, and says what is to be done here.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    connection: Connection[Any, Any] = Connection(int(sys.argv[1]))
    # Whoever started it is gone or has enough: there is nobody to tell.
    with contextlib.suppress(EOFError, OSError), connection:
        try:
            serve(connection, _slice(connection.recv()))
        except CaptureError as error:
            # It could be opened a moment ago.
            path, what, remedy = error.args
            connection.send(Fault(ascii(f"{path}: {what}; {remedy}")[1:-1]))
        except BaseException as error:  # noqa: BLE001  (the process ends: whoever started it says why)
            connection.send(Fault(_in_a_line(error)))


def _slice(assignment: Assignment) -> Slice:
    settings = assignment.settings
    signatures = watched(settings.signature_folders(PACKAGED))
    plan = build_plan(signatures, realms=settings.realm_rows(), caps=settings.caps())
    scan = CaptureScan(plan, assignment.inputs, assignment.since_ns, assignment.until_ns, part=assignment.part)
    made = Slice(scan, assignment.wanted, signatures)
    # Lists and code stay to the end: the collector need not walk them again and again.
    gc.freeze()
    return made


def _in_a_line(error: BaseException) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    text = f"{type(error).__name__} in {place.name}, line {place.lineno} of {place.filename}: {error}"
    what = ascii(text[:FAULT_CHARS_MAX])[1:-1]
    return f"a process of this scan failed: {what}; scan again with --jobs 1, and report it"


if __name__ == "__main__":
    main()
