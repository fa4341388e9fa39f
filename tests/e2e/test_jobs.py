# SPDX-License-Identifier: Apache-2.0
"""Several processes find what one finds, byte for byte, and an accident of one of them is one line."""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.corpus.scanning import Scanner
from tests.e2e.commandline import PROGRAM, ROOT, SECONDS_MAX, environment, run

FOLDER = ROOT / "pcaps"
CAPTURES = sorted(path for path in FOLDER.iterdir() if path.suffix != ".toml")
ALL = ("scan", "--json", "--updates", "--sightings", "--health")
_WORKER = "sensor.slice_worker"
# More than the program itself.
_BEGUN_BYTES = 20_000_000


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
@pytest.mark.parametrize("count", [2, 3])
def test_slices_find_and_count_what_one_engine_does(path: Path, count: int) -> None:
    scanner = Scanner()
    whole = scanner.scan(path)
    assert whole.counters["packets"]
    assert scanner.scan_sliced(path, count) == whole


def without_time(text: bytes) -> bytes:
    return re.sub(rb"time .*", b"", text)


def test_processes_say_what_one_says(tmp_path: Path) -> None:
    packed = tmp_path / "demo.pcap.gz"
    packed.write_bytes(gzip.compress((FOLDER / "demo.pcap").read_bytes()))
    for paths in ([FOLDER / "demo.pcap"], [packed], [FOLDER / "one-way-miner.pcap", FOLDER / "one-way-pool.pcap"]):
        alone, together = run(*ALL, *paths), run(*ALL, "--jobs", "3", *paths)
        assert together.stdout == alone.stdout
        assert without_time(together.stderr) == without_time(alone.stderr)
        assert together.returncode == alone.returncode == 0


def test_damaged_and_missing_inputs_are_told_once(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes((FOLDER / "demo.pcap").read_bytes()[:-7])
    (tmp_path / "noise.pcap").write_bytes(b"no capture at all")
    packed = bytearray(gzip.compress((FOLDER / "demo.pcap").read_bytes() * 9))
    packed[-len(packed) // 3] ^= 0x55
    (tmp_path / "damaged.pcap.gz").write_bytes(packed)
    damaged, noise = tmp_path / "damaged.pcap.gz", tmp_path / "noise.pcap"
    for paths in ([cut], [cut, noise], [noise], [cut, tmp_path / "none.pcap"], [damaged]):
        alone, together = run("scan", "--json", *paths), run("scan", "--json", "--jobs", "2", *paths)
        assert (together.returncode, together.stdout) == (alone.returncode, alone.stdout)
        assert without_time(together.stderr) == without_time(alone.stderr)


def test_what_can_be_read_but_once_is_read_by_one() -> None:
    with (FOLDER / "demo.pcap").open("rb") as stream:
        result = run("scan", "--json", "--jobs", "3", "-", stdin=stream)
    assert (result.returncode, result.stdout) == (0, run("scan", "--json", FOLDER / "demo.pcap").stdout)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_lost_process_is_one_line_and_an_interruption_is_heard_by_the_program(
    number: signal.Signals, tmp_path: Path
) -> None:
    long = tmp_path / "long.pcap"
    data = (FOLDER / "demo.pcap").read_bytes()
    long.write_bytes(data[:24] + data[24:] * 60)
    # A shell's background job ignores interruptions, and a child would inherit that.
    command = ["env", "--default-signal=INT", *PROGRAM, "scan", "--json", "--jobs", "2", str(long)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=environment()
    ) as process:
        try:
            halted, workers = _halted_worker(process.pid)
            os.kill(halted if number is signal.SIGKILL else process.pid, number)
            os.kill(halted, signal.SIGCONT)
            _, said = process.communicate(timeout=SECONDS_MAX)
        finally:
            process.kill()
    assert b"Traceback" not in said
    if number is signal.SIGKILL:
        assert process.returncode == 1
        assert (
            said.decode().strip().splitlines()[-1].startswith("minesensor: a process of this scan was ended by SIGKILL")
        )
    else:
        assert process.returncode == 130
        assert b"interrupted: what was found so far is above" in said
    assert not _alive(workers), "they end with the scan"


def _halted_worker(parent: int) -> tuple[int, list[int]]:
    """One of the processes that a scan has started, halted in the middle of the capture, so that the scan waits for it;
    and all of them.
    """
    limit = time.monotonic() + SECONDS_MAX
    while time.monotonic() < limit:
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
        workers = [pid for pid in map(int, children) if _WORKER in _command(pid)]
        begun = next((pid for pid in workers if _read_bytes(pid) > _BEGUN_BYTES), None)
        if begun is not None and len(workers) == 2:
            os.kill(begun, signal.SIGSTOP)
            return begun, workers
    raise AssertionError("no workers were met at work")


def _read_bytes(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/io").read_text(encoding="ascii").split()[1])
    return 0


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    return ""


def _alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if _WORKER in _command(pid)]
