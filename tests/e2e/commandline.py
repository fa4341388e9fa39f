# SPDX-License-Identifier: Apache-2.0
"""The program as a user runs it: a process of its own, its output and its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

from tests.contract import hold_lines

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "sensor")
SECONDS_MAX = 120


def environment(**changes: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDEVMODE": "", **changes}


def run(
    *arguments: str | Path, stdin: IO[bytes] | None = None, cwd: Path = ROOT, hash_seed: str = "0"
) -> subprocess.CompletedProcess[bytes]:
    """Runs ``minesensor`` with these arguments to its end. Messages that it prints are held to their schemas."""
    result = subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        stdin=stdin or subprocess.DEVNULL,
        capture_output=True,
        cwd=cwd,
        env=environment(PYTHONHASHSEED=hash_seed),
        timeout=SECONDS_MAX,
        check=False,
    )
    if arguments[:2] == ("scan", "--json"):
        hold_lines(result.stdout)
    return result


def complaint(result: subprocess.CompletedProcess[bytes]) -> str:
    """The one line in which the program says what is wrong; nothing of it may look like a crash."""
    said = result.stderr.decode("ascii")
    for word in ("Traceback", "panicked", "Error:"):
        assert word not in said
    lines = [line for line in said.splitlines() if line.startswith("minesensor: ")]
    assert len(lines) == 1, said
    return lines[0]
