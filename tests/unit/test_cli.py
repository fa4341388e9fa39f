from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sensor import __version__
from sensor.cli import COMMANDS, run
from sensor.schema import SCHEMAS
from sensor.selftest import CASES, capture
from tests.contract import hold

ROOT = Path(__file__).parents[2]


@pytest.fixture
def mining(tmp_path: Path) -> str:
    path = tmp_path / "mining.pcap"
    path.write_bytes(capture(CASES))
    return str(path)


Printed = pytest.CaptureFixture[str]


def rows(text: str) -> list[dict[str, Any]]:
    """JSON lines; messages among them are held to their schemas."""
    found = [json.loads(line) for line in text.splitlines()]
    for row in found:
        if row.get("kind") in SCHEMAS:
            hold(row)
    return found


# ---------------------------------------------------------------- commands


def test_each_command_is_there_and_a_mistyped_one_is_answered_with_those_like_it(capfd: Printed) -> None:
    for name in COMMANDS:
        assert run([name, "--help"]) == 0
        assert f"minesensor {name}" in capfd.readouterr().out
    assert run(["scna"]) == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("minesensor: No such command 'scna'")
    assert "'scan'" in line


# ---------------------------------------------------------------- scan


def test_json_is_one_finding_a_line_and_nothing_else(mining: str, capfd: Printed) -> None:
    assert run(["scan", "--json", mining]) == 0
    out, err = capfd.readouterr()
    found = rows(out)
    assert [row["kind"] for row in found] == ["finding"] * 3
    assert {row["grade"] for row in found} == {"A"}
    assert "3 findings" in err


def test_updates_and_sightings_are_told_where_asked_for(mining: str, capfd: Printed) -> None:
    assert run(["scan", "--json", "--updates", "--sightings", mining]) == 0
    found = rows(capfd.readouterr().out)
    assert [row["what"] for row in found if row["kind"] == "sighting"] == ["refused"]
    assert {row["phase"] for row in found if row["kind"] == "finding"} == {"opened", "updated", "closed"}


def test_the_table_says_what_was_found_and_what_could_be_seen(mining: str, capfd: Printed) -> None:
    assert run(["scan", "--sessions", mining]) == 0
    out, err = capfd.readouterr()
    for words in ("192.0.2.10:50000", "stratum-v1", "ethproxy", "cryptonote", "packets", "one-way", "3 findings"):
        assert words in out
    assert err == ""


def test_findings_are_appended_to_a_file(mining: str, tmp_path: Path, capfd: Printed) -> None:
    path = tmp_path / "out.jsonl"
    for _ in range(2):
        assert run(["scan", "--findings", str(path), mining]) == 0
    capfd.readouterr()
    assert len(rows(path.read_text())) == 6


def test_own_prefixes_give_a_direction(mining: str, capfd: Printed) -> None:
    assert run(["scan", "--json", "--own", "192.0.2.0/24", mining]) == 0
    assert {row["direction"] for row in rows(capfd.readouterr().out)} == {"outbound"}


def test_a_window_in_time_bounds_what_is_read(mining: str, capfd: Printed) -> None:
    assert run(["scan", "--json", "--until", "2023-11-14T22:13:20.4Z", mining]) == 0
    assert len(rows(capfd.readouterr().out)) <= 1


def test_a_folder_and_a_bad_file_give_what_is_readable(mining: str, tmp_path: Path, capfd: Printed) -> None:
    (tmp_path / "bad.pcap").write_bytes(b"")
    assert run(["scan", "--json", str(tmp_path)]) == 1
    out, err = capfd.readouterr()
    assert len(rows(out)) == 3
    assert "bad.pcap" in err


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", 3), (b"\x89PNG\r\n\x1a\n" * 20, 3), (bytes(range(7, 250)) * 9, 3), (b"\x1f\x8b\x08\x00", 3), (None, 3)],
    ids=["empty", "png", "random", "half a gzip header", "no such file"],
)
def test_an_unreadable_input_is_one_line(content: bytes | None, code: int, tmp_path: Path, capfd: Printed) -> None:
    path = tmp_path / "input"
    if content is not None:
        path.write_bytes(content)
    assert run(["scan", str(path)]) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("minesensor: ")
    assert "input" in err
    assert "; " in err


def test_a_truncated_capture_is_read_as_far_as_it_goes(mining: str, capfd: Printed) -> None:
    data = Path(mining).read_bytes()
    Path(mining).write_bytes(data[:-5])
    assert run(["scan", "--json", mining]) == 1
    out, err = capfd.readouterr()
    assert len(rows(out)) == 3
    assert "truncated_tail" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Usage"),
        (["scan"], "PATH"),
        (["scann"], "scann"),
        (["scan", "--foo", "x"], "--foo"),
        (["scan", "--since", "yesterday", "x"], "--since: 'yesterday' is no time"),
        (["scan", "--own", "1.2.3.4/8", "x"], "write '1.0.0.0/8'"),
        (["scan", "--config", "none.toml", "x"], "none.toml: no such file"),
        (["config", "show", "--config", "none.toml"], "none.toml"),
    ],
)
def test_a_mistake_in_usage_is_code_2(arguments: list[str], words: str, capfd: Printed) -> None:
    assert run(arguments) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert words in err
    assert "Traceback" not in err


def test_an_unknown_key_is_told_with_its_line(mining: str, tmp_path: Path, capfd: Printed) -> None:
    config = tmp_path / "sensor.toml"
    config.write_text("[scan]\n\nfoo = 1\n")
    assert run(["scan", "--config", str(config), mining]) == 2
    assert f"{config}:3: unknown key 'foo' in [scan]" in capfd.readouterr().err


def test_a_broken_signature_file_is_one_line(mining: str, tmp_path: Path, capfd: Printed) -> None:
    (tmp_path / "pools").mkdir()
    (tmp_path / "pools" / "mine.toml").write_text("name = 5\n")
    config = tmp_path / "sensor.toml"
    config.write_text(f'[signatures]\nfolders = ["{tmp_path}"]\n')
    assert run(["scan", "--config", str(config), mining]) == 2
    err = capfd.readouterr().err
    assert "mine.toml" in err
    assert err.count("\n") == 1


def test_a_findings_file_that_cannot_be_written_is_code_2(mining: str, tmp_path: Path, capfd: Printed) -> None:
    assert run(["scan", "--findings", str(tmp_path / "none" / "x"), mining]) == 2
    assert "no such file" in capfd.readouterr().err


def test_text_of_the_command_line_is_escaped(capfd: Printed) -> None:
    assert run(["scan", "a\x1b[2Jb"]) == 3
    assert "\x1b" not in capfd.readouterr().err


# ---------------------------------------------------------------- the other commands


@pytest.mark.parametrize(
    "arguments",
    [
        ["signatures", "list", "--json"],
        ["signatures", "check", "--json"],
        ["signatures", "check", "--json", "nowhere.example"],
        ["signatures", "check", "--json", "stratum-v1"],
        ["config", "show", "--json"],
        ["config", "check", "--json"],
        ["selftest", "--json"],
        ["doctor", "--json"],
        ["schema", "--json"],
        ["schema", "--json", "finding"],
    ],
)
def test_every_command_writes_json(arguments: list[str], capfd: Printed) -> None:
    assert run(arguments) == 0
    out, err = capfd.readouterr()
    assert rows(out)
    assert err == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["signatures", "list"], "stratum-v1"),
        (["signatures", "check"], "sound"),
        (["signatures", "check", "nowhere.example"], "on no list"),
        (["config", "show"], "[limits]"),
        (["config", "check"], "sound"),
        (["selftest"], f"{len(CASES)}/{len(CASES)} passed"),
        (["--version"], f"minesensor {__version__}\nengine"),
        (["--help"], "scan"),
    ],
)
def test_every_command_says_its_result(arguments: list[str], words: str, capfd: Printed) -> None:
    assert run(arguments) == 0
    assert words in capfd.readouterr().out


def test_a_listed_name_comes_with_its_sources(capfd: Printed) -> None:
    assert run(["signatures", "check", "--json", "pool.supportxmr.com"]) == 0
    (row, *_) = rows(capfd.readouterr().out)
    assert row["sources"]
    assert all({"upstream", "licence", "date"} == source.keys() for source in row["sources"])


@pytest.mark.parametrize("subject", ["", "  "])
def test_an_empty_subject_is_a_mistake(subject: str, capfd: Printed) -> None:
    assert run(["signatures", "check", subject]) == 2
    assert "SUBJECT is empty" in capfd.readouterr().err


def test_the_configuration_shown_can_be_used(tmp_path: Path, capfd: Printed) -> None:
    assert run(["config", "show"]) == 0
    path = tmp_path / "sensor.toml"
    path.write_text(capfd.readouterr().out)
    assert run(["config", "check", "--config", str(path)]) == 0


def test_a_reader_that_has_enough_ends_it_quietly(mining: str) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    command = [sys.executable, "-m", "sensor", "scan", "--json", mining]
    try:
        done = subprocess.run(command, stdout=write_end, stderr=subprocess.PIPE, cwd=ROOT, timeout=60, check=False)
    finally:
        os.close(write_end)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert b"Error" not in done.stderr


def test_standard_input_gives_the_same_bytes_as_the_file(mining: str) -> None:
    def scan(path: str, data: bytes | None) -> bytes:
        command = [sys.executable, "-m", "sensor", "scan", "--json", path]
        return subprocess.run(command, input=data, capture_output=True, cwd=ROOT, timeout=60, check=True).stdout

    assert scan("-", Path(mining).read_bytes()) == scan(mining, None)
