# SPDX-License-Identifier: Apache-2.0
"""A scan in slices whose workers are threads of this process: as the processes are, without their start."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sensor.native import CaptureScan, Plan
from sensor.slice_worker import serve
from sensor.slices import SlicedScan, Worker


@contextlib.contextmanager
def sliced(plan: Plan, path: Path, count: int) -> Iterator[SlicedScan]:
    """A source that reads one capture, which must be readable, in ``count`` slices."""
    with contextlib.ExitStack() as opened:
        yield SlicedScan([Worker(opened.enter_context(_thread(plan, path, (index, count)))) for index in range(count)])


@contextlib.contextmanager
def _thread(plan: Plan, path: Path, part: tuple[int, int]) -> Iterator[Connection[Any, Any]]:
    ours, theirs = Pipe()

    def work() -> None:
        # The engine belongs to the thread that made it.
        with theirs, contextlib.suppress(EOFError, OSError):
            serve(theirs, CaptureScan(plan, [str(path)], None, None, part=part))

    thread = threading.Thread(target=work)
    thread.start()
    with ours:
        yield ours
    thread.join()
