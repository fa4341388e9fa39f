"""The most memory that a run of the program takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import IO

from tests.e2e.commandline import PROGRAM, ROOT, environment

# Between the test and what is measured: a child counts the memory of whoever started it as its own.
_MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


def peak_kib(*arguments: str | Path, stdin: IO[bytes] | None = None) -> int:
    """Runs ``minesensor`` with these arguments to its end, which must be a good one."""
    command = [sys.executable, "-c", _MEASURE, *PROGRAM, *map(str, arguments)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), stdin=stdin or subprocess.DEVNULL, stdout=subprocess.PIPE, check=True
    )
    return int(done.stdout)
