"""``minesensor privacy``: the key, and the log of reveals."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from sensor.access_log import AccessLog, Asked
from sensor.cli import run
from sensor.keyfile import read_key
from sensor.pseudonym import Pseudonyms

Printed = pytest.CaptureFixture[str]


def test_a_new_key_is_made_and_named_by_its_number_never_by_itself(tmp_path: Path, capfd: Printed) -> None:
    path = tmp_path / "privacy.key"
    assert run(["privacy", "new-key", str(path)]) == 0
    key = read_key(path)
    out, err = capfd.readouterr()
    assert out == f"{path}: key {Pseudonyms(key).key_id}; name it with --key-file, or as key_file in [privacy]\n"
    assert key.hex() not in out + err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_that_is_there_is_left_alone(tmp_path: Path, capfd: Printed) -> None:
    path = tmp_path / "privacy.key"
    assert run(["privacy", "new-key", "--json", str(path)]) == 0
    assert json.loads(capfd.readouterr().out)["file"] == str(path)
    before = path.read_bytes()
    assert run(["privacy", "new-key", str(path)]) == 2
    assert capfd.readouterr().err == (
        f"minesensor: {path}: exists; choose another name, the old key is needed to reveal\n"
    )
    assert path.read_bytes() == before


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "reveals.log"
    for number in range(2):
        asked = Asked("2026-03-02T08:00:00Z", "jane", f"case {number}", "0" * 8 + "-" + "1" * 32, "", "revealed")
        AccessLog(path).append(asked)
    return path


def test_a_whole_log_is_shown_with_the_hash_of_its_end(log: Path, capfd: Printed) -> None:
    assert run(["privacy", "check-log", str(log)]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[1].endswith(f"jane revealed {'0' * 8}-{'1' * 32}: case 1")
    assert lines[2] == f"whole: 2 entries, the last with hash {AccessLog(log).entries()[-1].hash}"
    assert run(["privacy", "check-log", "--json", str(log)]) == 0
    assert [json.loads(line)["number"] for line in capfd.readouterr().out.splitlines()] == [1, 2]


def test_a_log_that_was_changed_is_code_1(log: Path, capfd: Printed) -> None:
    log.write_bytes(log.read_bytes().replace(b"case 0", b"case 9"))
    assert run(["privacy", "check-log", str(log)]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith(f"minesensor: {log}:1: does not follow from what is before it, it was changed; keep it")
    assert run(["privacy", "check-log", str(log.with_name("none"))]) == 1
    assert "no such file or directory; correct the path" in capfd.readouterr().err
