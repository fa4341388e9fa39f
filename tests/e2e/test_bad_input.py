# SPDX-License-Identifier: Apache-2.0
"""Whatever a user gives the program: one clear line that says what, where and what to do, and the exit code for it.

0 done, 1 done but some input was damaged, 2 usage or configuration, 3 nothing readable, 130 interrupted.
"""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.commandline import PROGRAM, ROOT, SECONDS_MAX, complaint, environment, run
from tests.e2e.interruption import interrupted
from tests.lab.seeded import Seeded

DEMO = ROOT / "pcaps" / "demo.pcap"
PNG = b"\x89PNG\r\n\x1a\n" + bytes([0, 0, 0, 13]) + b"IHDR" + bytes(200)
NO_ROOM = Path("/dev/full")


# ---------------------------------------------------------------- inputs in which nothing can be read

UNREADABLE: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "missing.pcap": (lambda path: None, "no such file", "check the name"),
    "folder": (lambda path: path.mkdir(), "no capture files in this folder", "captures end in .pcap"),
    "picture.pcap": (lambda path: path.write_bytes(PNG), "a PNG image", "give a pcap or pcapng file"),
    "empty.pcap": (lambda path: path.write_bytes(b""), "an empty file", "check how the capture was written"),
    "random.pcap": (lambda path: path.write_bytes(Seeded(1).bytes(5000)), "no capture", "give a pcap or pcapng file"),
    "short.pcap": (lambda path: path.write_bytes(DEMO.read_bytes()[:20]), "cut short", "copy it again"),
    "short.pcap.gz": (
        lambda path: path.write_bytes(packed()[:12]),
        "cut short before its first packet",
        "copy it again",
    ),
    "text.pcap.gz": (
        lambda path: path.write_bytes(gzip.compress(b"plain text")),
        "a gzip file that holds",
        "give a pcap",
    ),
}


def packed() -> bytes:
    return gzip.compress(DEMO.read_bytes(), mtime=0)


@pytest.mark.parametrize("name", UNREADABLE)
def test_where_nothing_can_be_read_the_code_is_3(name: str, tmp_path: Path) -> None:
    make, what, remedy = UNREADABLE[name]
    make(tmp_path / name)
    result = run("scan", "--json", name, cwd=tmp_path)
    line = complaint(result)
    assert result.returncode == 3
    assert result.stdout == b""
    assert line.startswith(f"minesensor: '{name}': ")
    assert what in line
    assert remedy in line.partition("; ")[2]


def test_an_empty_standard_input_is_named_and_code_3() -> None:
    result = run("scan", "-")
    assert (result.returncode, complaint(result)) == (
        3,
        "minesensor: '-': an empty file; check how the capture was written",
    )


# ---------------------------------------------------------------- inputs of which a part is lost


@pytest.mark.parametrize(
    ("name", "content"),
    [("cut.pcap", lambda: DEMO.read_bytes()[:200_001]), ("cut.pcap.gz", lambda: packed()[:100_000])],
)
def test_a_truncated_capture_is_read_as_far_as_it_goes_and_code_1(
    name: str, content: Callable[[], bytes], tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content())
    result = run("scan", "--json", name, cwd=tmp_path)
    assert result.returncode == 1
    assert result.stdout.count(b"\n") >= 10
    assert complaint(result).startswith(f"minesensor: '{name}': the end is missing (truncated_tail 1); ")
    assert complaint(result).endswith("copy it again from where it was written")


def test_a_gzip_damaged_in_its_middle_is_code_1(tmp_path: Path) -> None:
    data = bytearray(packed())
    data[100_000:100_064] = bytes(64)
    (tmp_path / "bad.pcap.gz").write_bytes(data)
    result = run("scan", "--json", "bad.pcap.gz", cwd=tmp_path)
    assert result.returncode == 1
    assert result.stdout.count(b"\n") >= 10
    assert complaint(result).startswith("minesensor: 'bad.pcap.gz': ")


def test_one_bad_file_among_good_ones_is_code_1_and_the_others_are_read() -> None:
    result = run("scan", "--json", DEMO, "missing.pcap")
    assert (result.returncode, result.stdout.count(b"\n")) == (1, 16)
    assert complaint(result) == "minesensor: 'missing.pcap': no such file; check the name"


JOBS = pytest.mark.parametrize("jobs", ["1", "2"])


@JOBS
def test_a_name_that_is_not_utf_8_is_read_and_shown_escaped(jobs: str, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"d\xfe")
    folder.mkdir()
    (folder / os.fsdecode(b"bad\xff.pcap")).write_bytes(DEMO.read_bytes())
    result = run("scan", "--json", "--jobs", jobs, folder, os.fsdecode(b"no\xff.pcap"), cwd=tmp_path)
    assert (result.returncode, result.stdout.count(b"\n")) == (1, 16)
    assert complaint(result) == r"minesensor: 'no\udcff.pcap': no such file; check the name"


@pytest.mark.parametrize(
    ("encoding", "shown"), [("utf-8", "'\u6293\u5305\\u202e.pcap': "), ("ascii", "'\\u6293\\u5305\\u202e.pcap': ")]
)
def test_a_name_is_shown_in_its_script_where_that_can_be_and_never_turns_a_line(
    encoding: str, shown: str, tmp_path: Path
) -> None:
    path = tmp_path / "\u6293\u5305\u202e.pcap"
    path.write_bytes(b"x")
    done = subprocess.run(
        [*PROGRAM, "scan", path.name],
        cwd=tmp_path,
        env=environment(PYTHONIOENCODING=encoding, PYTHONUTF8="1"),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.decode(encoding).startswith(f"minesensor: {shown}")


def test_an_empty_path_is_a_mistake() -> None:
    result = run("scan", DEMO, "")
    assert (result.returncode, result.stdout) == (2, b"")
    assert complaint(result).startswith("minesensor: a PATH is empty; name ")


# ---------------------------------------------------------------- usage and configuration

BROKEN = 'name = "x\n'
MISTAKES: dict[str, tuple[list[str], str, str]] = {
    "unknown key": (["--config", "unknown.toml"], "unknown.toml:2: unknown key 'flows'", "remove it or see docs/"),
    "no TOML": (["--config", "broken.toml"], "broken.toml:1: ", "correct the TOML"),
    "out of range": (["--config", "range.toml"], "range.toml:1: sensor_id: ", "see docs/configuration.md"),
    "no such configuration": (
        ["--config", "none.toml"],
        "none.toml: no such file",
        "correct the path given with --config",
    ),
    "broken signatures": (["--config", "signatures.toml"], "pools/x.toml:1: ", "correct the line"),
    "no signatures": (
        ["--config", "elsewhere.toml"],
        "elsewhere.toml:2: signatures.folders: 'nowhere' is no folder",
        "correct",
    ),
    "no prefix": (["--own", "office"], "--own: 'office' is not an IP prefix", "write it like '203.0.113.0/24'"),
    "host bits": (["--own", "203.0.113.7/24"], "--own: '203.0.113.7/24' has bits set", "write '203.0.113.0/24'"),
    "no time": (["--since", "yesterday"], "--since: 'yesterday' is no time", "write it like 2026-11-01T08:00:00Z"),
    "no such year": (["--until", "9999-12-31"], "--until: '9999-12-31' is after 2554", "no capture"),
    "no such day": (["--until", "2026-02-30"], "--until: '2026-02-30' is no day", "check its numbers"),
    "no time between": (["--since", "2026-03-02", "--until", "2026-03-02"], "--until: not later than --since", "swap"),
    "no folder to write to": (["--findings", "none/out.jsonl"], "none/out.jsonl: no such file", "choose a file"),
    "a folder to write to": (["--findings", "."], ".: is a directory", "choose a file"),
    "a key that is none": (["--key-file", ""], "'--key-file': is empty", "name a file"),
    "processes that are no number": (["--jobs", "two"], "'two' is not a valid number", "Usage: minesensor scan"),
    "findings into a capture": (["--findings", "copy.pcap"], "copy.pcap: holds no JSON lines", "name a new file"),
    "metrics over a capture": (["--metrics-file", "copy.pcap"], "copy.pcap: holds no metrics", "name a file"),
    "findings and metrics in one": (
        ["--findings", "one", "--metrics-file", "one"],
        "one: holds no JSON lines",
        "name a new file",
    ),
    "no folder for the metrics": (["--metrics-file", "none/x.prom"], "none/x.prom: no such file", "choose a file"),
    "no file for the metrics": (["--metrics-file", "mine"], "mine: not a regular file", "name a file"),
    "no port": (["--metrics-port", "0"], "0 is not in the range 1<=x<=65535", "Usage: minesensor scan"),
    "no address for the metrics": (["--config", "address.toml"], "address.toml:2: metrics.address: 'lo'", "write it"),
    "no such option": (["--nonsense"], "No such option '--nonsense'", "Usage: minesensor scan"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_usage_or_configuration_is_code_2(mistake: str, tmp_path: Path) -> None:
    options, what, remedy = MISTAKES[mistake]
    (tmp_path / "unknown.toml").write_text("[limits]\nflows = 3\n")
    (tmp_path / "broken.toml").write_text(BROKEN)
    (tmp_path / "range.toml").write_text('sensor_id = ""\n')
    (tmp_path / "signatures.toml").write_text('[signatures]\nfolders = ["mine"]\n')
    (tmp_path / "elsewhere.toml").write_text('[signatures]\nfolders = ["nowhere"]\n')
    (tmp_path / "address.toml").write_text('[metrics]\naddress = "lo"\n')
    (tmp_path / "copy.pcap").write_bytes(DEMO.read_bytes())
    (tmp_path / "mine" / "pools").mkdir(parents=True)
    (tmp_path / "mine" / "pools" / "x.toml").write_text(BROKEN)
    result = run("scan", "--json", *options, DEMO, cwd=tmp_path)
    line = complaint(result)
    assert (result.returncode, result.stdout) == (2, b"")
    assert what in line
    assert remedy in line.partition("; ")[2]


def test_no_path_and_no_command_are_code_2() -> None:
    for arguments, words in ((["scan"], "Missing argument 'PATH...'"), (["frob"], "No such command 'frob'")):
        result = run(*arguments)
        assert result.returncode == 2
        assert words in complaint(result)


# ---------------------------------------------------------------- where the output goes


def shell(command: str) -> subprocess.CompletedProcess[bytes]:
    """Runs a line of the shell in which ``minesensor`` is the program."""
    line = command.replace("minesensor", " ".join(PROGRAM))
    return subprocess.run(
        ["bash", "-c", line], cwd=ROOT, env=environment(), capture_output=True, timeout=SECONDS_MAX, check=False
    )


@pytest.mark.parametrize("options", ["--json", "--json --updates --sightings", ""])
def test_a_reader_that_has_enough_is_no_failure(options: str) -> None:
    result = shell(f"minesensor scan {options} pcaps/demo.pcap | head -n 1; exit ${{PIPESTATUS[0]}}")
    assert (result.returncode, result.stdout.count(b"\n")) == (0, 1)
    assert b"Traceback" not in result.stderr


def test_a_reader_that_has_enough_takes_nothing_from_a_file_nor_from_what_is_said(tmp_path: Path) -> None:
    path, cut = tmp_path / "out.jsonl", tmp_path / "cut.pcap"
    cut.write_bytes(DEMO.read_bytes()[:-100])
    for options in ("--json --updates", ""):
        path.unlink(missing_ok=True)
        command = f"minesensor scan {options} --findings {path} {cut} | head -n 1; exit ${{PIPESTATUS[0]}}"
        result = shell(command)
        assert result.returncode == 1
        assert "the end is missing" in complaint(result)
        with path.open("rb") as lines:
            assert len({json.loads(line)["finding_id"] for line in lines}) == 16


@pytest.mark.skipif(not NO_ROOM.exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("options", ["--json", "--findings /dev/full --json", ""])
def test_no_room_for_the_output_is_code_1(options: str) -> None:
    result = shell(f"minesensor scan {options} pcaps/demo.pcap > /dev/full")
    assert result.returncode == 1
    assert complaint(result).endswith("no space left on device; make room or choose another target")


def test_a_closed_standard_output_is_code_2() -> None:
    result = shell("minesensor scan --json pcaps/demo.pcap >&-")
    assert (result.returncode, complaint(result).partition(";")[0]) == (2, "minesensor: standard output is closed")


@pytest.mark.parametrize("options", ["", "--json", "--json --jobs 2"])
def test_a_closed_standard_error_changes_nothing(options: str) -> None:
    result = shell(f"minesensor scan {options} pcaps/demo.pcap 2>&-")
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.count(b"\n") >= 16


def test_a_scan_without_any_signatures_says_so(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[signatures]\npackaged = false\n")
    result = run("scan", "--json", "--config", tmp_path / "c.toml", DEMO)
    assert (result.returncode, result.stdout) == (0, b"")
    assert complaint(result).startswith("minesensor: no protocols and no pool lists, so nothing can be found; ")


# ---------------------------------------------------------------- interruption


def test_an_interruption_tells_what_was_found_so_far_and_is_130() -> None:
    code, out, said = interrupted((ROOT / "pcaps" / "stratum-v1.pcap").read_bytes())
    assert (code, out.count(b"\n")) == (130, 5)
    # Two of the sessions were still open, and so is the input.
    assert out.count(b'"end_of_input":false') == 5
    assert out.count(b'"phase":"closed"') == 3
    assert "interrupted: what was found so far is above" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("way", [[], ["--spool", "--config", "sensor.toml"]])
def test_who_is_asked_to_end_tells_what_was_found_so_far(
    way: list[str], number: signal.Signals, tmp_path: Path
) -> None:
    run("privacy", "new-key", tmp_path / "key")
    paths = f'[spool]\npath = "{tmp_path / "spool.sqlite"}"\n[privacy]\nkey_file = "{tmp_path / "key"}"\n'
    (tmp_path / "sensor.toml").write_text(paths)
    options = [tmp_path / option if option.endswith(".toml") else option for option in way]
    code, out, said = interrupted((ROOT / "pcaps" / "stratum-v1.pcap").read_bytes(), *options, number=number)
    assert (code, out.count(b"\n")) == (130, 5)
    assert "interrupted: what was found so far is above" in said
    assert "Traceback" not in said


def test_an_interruption_before_the_first_packet_is_130() -> None:
    code, out, said = interrupted(DEMO.read_bytes()[:4])
    assert (code, out) == (130, b"")
    assert "Traceback" not in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_waits_for_somebody_to_write_to_a_named_pipe_can_be_interrupted(
    number: signal.Signals, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = ["env", "--default-signal=INT,TERM,HUP", *PROGRAM, "scan", "--json", str(pipe)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            # A thread waits for the pipe to open.
            while len(os.listdir(f"/proc/{process.pid}/task")) == 1:  # noqa: PTH208
                assert process.poll() is None
            process.send_signal(number)
            out, said = process.communicate(timeout=SECONDS_MAX)
        finally:
            process.kill()
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in said


def test_a_named_pipe_is_read_as_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cp", DEMO, pipe]):
        assert run("scan", "--json", pipe).stdout == run("scan", "--json", DEMO).stdout


def test_under_nohup_a_lost_connection_ends_nothing(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = ["nohup", *PROGRAM, "scan", "--json", str(pipe)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            with pipe.open("wb") as sent:  # it was opened at the other end, too: the program runs
                process.send_signal(signal.SIGHUP)
                sent.write(DEMO.read_bytes())
            out, _ = process.communicate(timeout=SECONDS_MAX)
        finally:
            process.kill()
    assert (process.returncode, out.count(b"\n")) == (0, 16)
