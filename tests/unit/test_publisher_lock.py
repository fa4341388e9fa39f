from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sensor.failure import UnavailableError
from sensor.publisher_lock import PublisherLock

HOLD = """
import sys
from pathlib import Path
from sensor.publisher_lock import PublisherLock
lock = PublisherLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_it_is_held_once_and_names_its_holder(tmp_path: Path) -> None:
    first, second = PublisherLock(tmp_path / "spool"), PublisherLock(tmp_path / "spool")
    first.acquire()
    first.acquire()
    with pytest.raises(UnavailableError, match=f"process {os.getpid()} is sending what waits in it; let it finish"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()


def test_a_killed_holder_leaves_no_lock(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "spool")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        lock = PublisherLock(tmp_path / "spool")
        with pytest.raises(UnavailableError, match=f"process {holder.pid} "):
            lock.acquire()
        holder.kill()
        holder.wait()
        lock.acquire()
        lock.release()


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="no such file or directory; give this user"):
        PublisherLock(tmp_path / "none" / "spool").acquire()
