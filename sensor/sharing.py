"""A scan that several processes share, and that one of them does alone where the slices would not fit together."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator

import msgspec

from sensor.detect.listing import Catalogue
from sensor.model import InputFailure, InputReport
from sensor.pipeline import Output
from sensor.scanning import NOTHING, Scanning
from sensor.slices import Assignment, CrowdedError, Sliced, Worker
from sensor.telling import Teller


@contextlib.contextmanager
def shared(whole: Assignment, jobs: int, signatures: Catalogue, alone: Scanning) -> Iterator[Shared]:
    """The scan by so many processes, which end with the context. ``alone`` is the same by this one, not yet begun."""
    wanted = whole.wanted
    with contextlib.ExitStack() as opened:
        parts = [msgspec.structs.replace(whole, part=(index, jobs)) for index in range(jobs)]
        workers = [opened.enter_context(_process(part)) for part in parts]
        teller = Teller(wanted.sensor_id, signatures, wanted.sightings_max)
        yield Shared(Sliced(workers, teller, wanted.peaks_max()), alone)


class Shared:
    """Slices as long as they fit together. Else all is done anew, and what was told already is left out."""

    def __init__(self, sliced: Sliced, alone: Scanning) -> None:
        self._scanning: Scanning | Sliced = sliced
        self._sliced = sliced
        self._alone = alone
        # By the slices; then, of that, what was not found anew yet.
        self._told_findings = 0
        self._told_sightings = 0

    @property
    def is_apart(self) -> bool:
        return self._scanning.is_apart

    def heed(self, goes_on: Callable[[], bool]) -> None:
        # Slices are waited for only for a moment.
        self._alone.heed(goes_on)

    def step(self) -> Output | None:
        try:
            output = self._scanning.step()
        except CrowdedError:
            self._scanning = self._alone
            self._sliced.close()
            return NOTHING
        return None if output is None else self._new(output)

    def finish(self, *, is_end: bool) -> Output:
        return self._new(self._scanning.finish(is_end=is_end))

    def counters(self) -> dict[str, int]:
        return self._scanning.counters()

    def pipeline_counters(self) -> dict[str, int]:
        return self._scanning.pipeline_counters()

    def unknown_links(self) -> dict[str, int]:
        return self._scanning.unknown_links()

    def progress(self) -> tuple[int, int]:
        return self._scanning.progress()

    def inputs(self) -> list[InputReport]:
        return self._scanning.inputs()

    def failures(self) -> list[InputFailure]:
        return self._scanning.failures()

    def _new(self, output: Output) -> Output:
        """What of it was not told yet: the same capture makes the same findings in the same order."""
        findings, sightings = output.findings, output.sightings
        if self._scanning is self._sliced:
            self._told_findings += len(findings)
            self._told_sightings += len(sightings)
            return output
        new = Output(findings[self._told_findings :], sightings[self._told_sightings :], output.steering)
        self._told_findings -= len(findings) - len(new.findings)
        self._told_sightings -= len(sightings) - len(new.sightings)
        return new


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
