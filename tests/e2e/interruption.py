# SPDX-License-Identifier: Apache-2.0
"""A scan of standard input that falls silent, and is interrupted there."""

from __future__ import annotations

import array
import fcntl
import os
import signal
import subprocess
import tempfile
import termios
from collections.abc import Callable
from pathlib import Path
from typing import IO

from tests.e2e.commandline import PROGRAM, ROOT, SECONDS_MAX, environment


def interrupted(
    sent: bytes,
    *options: str | Path,
    before: Callable[[], object] = lambda: None,
    number: signal.Signals = signal.SIGINT,
) -> tuple[int, bytes, str]:
    """Exit code, output and words of a scan that gets ``sent`` on standard input, silence, and an interruption.

    ``before`` is called in the silence. ``number`` goes to all processes of the scan.
    """
    # Files, because what is told may be more than a pipe holds.
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            # A shell's background job ignores the signal, and a child would inherit that.
            ["env", "--default-signal=INT,HUP", *PROGRAM, "scan", "--json", *map(str, options), "-"],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=said,
            cwd=ROOT,
            env=environment(),
            start_new_session=True,
        ) as process,
    ):
        assert process.stdin is not None
        process.stdin.write(sent)
        process.stdin.flush()
        try:
            wait_until_all_is_read(process.stdin.fileno(), process.pid)
            before()
            os.killpg(process.pid, number)
            # The pipe is held open: that it ends is the signal's doing.
            code = process.wait(SECONDS_MAX)
        finally:
            process.kill()
        return code, _whole(out), _whole(said).decode()


def _whole(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def wait_until_all_is_read(pipe: int, pid: int) -> None:
    """Returns once the pipe is empty and its reader sleeps: it waits for more."""
    unread = array.array("i", [1])
    while unread[0] or ") S " not in Path(f"/proc/{pid}/stat").read_text(encoding="ascii"):
        fcntl.ioctl(pipe, termios.FIONREAD, unread)
