"""Runs one child process and says what it cost: wall time, CPU time and peak memory of that process alone."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import subprocess
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Command = list[str]
R = TypeVar("R")


class Usage(NamedTuple):
    """``peak_kib`` is never below what this program itself held when it started the child: Linux counts the
    moment between fork and exec as the child's."""

    wall_s: float
    cpu_s: float
    peak_kib: int


class ChildError(Exception):
    """A child ended with another exit code than 0."""

    def __init__(self, command: Sequence[str], code: int, complaint: str) -> None:
        last = complaint.strip().splitlines()[-1:] or ["no message"]
        super().__init__(f"{Path(command[0]).name} ended with {code}: {last[0][:200]}")


def run(command: Command, output: Path) -> Usage:
    """Runs ``command`` with standard output in the file ``output``; raises ChildError."""
    complaints = output.with_suffix(".stderr")
    with output.open("wb") as stdout, complaints.open("wb") as stderr:
        began = time.perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)
        _, status, spent = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise ChildError(command, child.returncode, complaints.read_text(encoding="utf-8", errors="replace"))
    return Usage(wall_s, spent.ru_utime + spent.ru_stime, spent.ru_maxrss)


def apart(function: Callable[..., R], *args: object) -> R:
    """Calls ``function`` in a process of its own, so that this one stays small: see Usage."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=fresh) as pool:
        return pool.submit(function, *args).result()


def run_all(commands: Sequence[Command], output: Path) -> Usage:
    """One after the other: times add up, memory is the largest; ``output`` holds what the last one wrote."""
    usages = [run(command, output) for command in commands]
    wall_s, cpu_s, peak_kib = zip(*usages, strict=True)
    return Usage(sum(wall_s), sum(cpu_s), max(peak_kib))


def median(usages: Sequence[Usage]) -> Usage:
    """Of each figure for itself."""
    wall_s, cpu_s, peak_kib = zip(*usages, strict=True)
    return Usage(statistics.median(wall_s), statistics.median(cpu_s), int(statistics.median(peak_kib)))
