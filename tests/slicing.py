# SPDX-License-Identifier: Apache-2.0
"""A scan in slices whose workers are threads of this process: as the processes are, without their start."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from multiprocessing import Pipe
from pathlib import Path

import msgspec

from sensor.native import CaptureScan, Plan
from sensor.pipeline import Pipeline, PipelineSettings
from sensor.scanning import Alone
from sensor.sharing import Shared
from sensor.slice_worker import Slice, serve
from sensor.slices import Sliced, Worker
from sensor.telling import Teller
from sensor.wire.dialogue import Dialogue
from sensor.wire.http_dialogue import HttpDialogue
from signatures import Watched


class Scan(msgspec.Struct, frozen=True):
    """What each of the workers does with its slice; the capture must be readable."""

    plan: Plan
    path: Path
    wanted: PipelineSettings
    signatures: Watched

    def source(self, part: tuple[int, int] = (0, 1)) -> CaptureScan:
        return CaptureScan(self.plan, [str(self.path)], None, None, part=part)

    def alone(self) -> Alone:
        return Alone(self.source(), Pipeline(self.wanted, self.signatures, Dialogue, HttpDialogue))


@contextlib.contextmanager
def sliced(scan: Scan, count: int) -> Iterator[Shared]:
    """The scan in ``count`` slices."""
    with contextlib.ExitStack() as opened:
        workers = [opened.enter_context(_thread(scan, (index, count))) for index in range(count)]
        teller = Teller(scan.wanted.sensor_id, scan.signatures, scan.wanted.sightings_max)
        yield Shared(Sliced(workers, teller, scan.wanted.peaks_max()), scan.alone())


@contextlib.contextmanager
def _thread(scan: Scan, part: tuple[int, int]) -> Iterator[Worker]:
    ours, theirs = Pipe()

    def work() -> None:
        # The engine belongs to the thread that made it.
        with theirs, contextlib.suppress(EOFError, OSError):
            serve(theirs, Slice(scan.source(part), scan.wanted, scan.signatures))

    thread = threading.Thread(target=work)
    thread.start()
    with ours:
        yield Worker(ours)
    thread.join()
