from __future__ import annotations

import datetime
import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from sensor import __version__
from sensor.cli import run
from sensor.config import MetricsSettings, Settings, SignatureSettings
from sensor.doctor import CHECKS, Status, Visit, examine
from sensor.doctor.engine import diagnosis as engine_diagnosis
from sensor.doctor.lists import diagnosis as lists_diagnosis
from sensor.doctor.lists import lists
from sensor.doctor.machine import clock_diagnosis, disk, disk_diagnosis
from sensor.limits import LIST_AGE_DAYS_MAX
from sensor.targets import SpoolSettings
from signatures import load
from tests.unit.doctor.visits import NOW, the

Printed = pytest.CaptureFixture[str]
BUILD = {"version": __version__, "profile": "release", "target": "x86_64-linux", "abi": "abi3-py311"}


# ---------------------------------------------------------------- all of it


def test_a_sound_installation_has_no_failure_and_each_check_speaks() -> None:
    found = examine(Visit(Settings(), NOW))
    assert list(dict.fromkeys(diagnosis.check for diagnosis in found)) == list(CHECKS)
    assert [diagnosis for diagnosis in found if diagnosis.status is Status.FAIL] == []


def test_whoever_is_not_well_gets_a_remedy() -> None:
    for diagnosis in examine(Visit(Settings(signatures=SignatureSettings(folders=("/nowhere",))), NOW)):
        assert bool(diagnosis.remedy) == (diagnosis.status is not Status.OK)


# ---------------------------------------------------------------- engine


def test_a_release_engine_that_passes_is_well() -> None:
    assert the(engine_diagnosis(BUILD, failed=[])).status is Status.OK


@pytest.mark.parametrize(
    ("change", "failed", "status", "words"),
    [
        ({"profile": "debug"}, [], Status.WARN, "slower than a release build"),
        ({"version": "0.0.1"}, [], Status.FAIL, f"build 0.0.1 for x86_64-linux, and the program is {__version__}"),
        ({}, ["ethproxy"], Status.FAIL, "self-test failed: ethproxy"),
    ],
)
def test_an_engine_that_is_not_right_is_told(
    change: dict[str, str], failed: list[str], status: Status, words: str
) -> None:
    found = the(engine_diagnosis(BUILD | change, failed=failed))
    assert found.status is status
    assert words in found.what
    assert "install again" in found.remedy


def test_an_engine_that_does_not_load_is_a_failure_and_the_others_are_still_looked_at() -> None:
    missing = "import sys; sys.modules['sensor._native'] = None"
    code = f"{missing}; from sensor.cli import run; sys.exit(run(['doctor', '--json']))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=Path(__file__).parents[3], check=False, timeout=60
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (1, b"")
    assert {row["check"] for row in rows} == set(CHECKS)
    (engine,) = [row for row in rows if row["check"] == "engine"]
    assert engine["what"].startswith("it does not load: ")


# ---------------------------------------------------------------- lists


def test_lists_grow_old() -> None:
    signatures = load()
    oldest = min(header.as_of for header in signatures.lists)
    for days, status in ((LIST_AGE_DAYS_MAX, Status.OK), (LIST_AGE_DAYS_MAX + 1, Status.WARN)):
        found = the(lists_diagnosis(signatures, oldest + datetime.timedelta(days=days)))
        assert found.status is status
        assert f"{days} days ago" in found.what


def test_no_list_and_no_protocol_are_told() -> None:
    signatures = load()
    empty = msgspec.structs.replace(signatures, entries=(), lists=())
    assert the(lists_diagnosis(empty, NOW.date())).status is Status.WARN
    assert the(lists_diagnosis(msgspec.structs.replace(signatures, anchors=()), NOW.date())).status is Status.FAIL


def test_a_broken_list_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "pools").mkdir()
    (tmp_path / "pools" / "mine.toml").write_text("name = 5\n")
    found = the(lists(Visit(Settings(signatures=SignatureSettings(folders=(str(tmp_path),))), NOW)))
    assert found.status is Status.FAIL
    assert "mine.toml:1: " in found.what
    assert found.remedy


# ---------------------------------------------------------------- machine


@pytest.mark.parametrize(
    ("newest", "is_synchronised", "status", "words"),
    [
        (datetime.date(2026, 11, 26), True, Status.OK, "2026-11-26T10:00:00Z, synchronised"),
        (datetime.date(2026, 11, 26), False, Status.WARN, "not synchronised"),
        (datetime.date(2026, 11, 26), None, Status.OK, "does not say"),
        (datetime.date(2026, 11, 27), True, Status.FAIL, "before the pool lists were made (2026-11-27)"),
        (None, True, Status.OK, "synchronised"),
    ],
)
def test_a_clock(newest: datetime.date | None, is_synchronised: bool | None, status: Status, words: str) -> None:
    found = the(clock_diagnosis(NOW, newest, is_synchronised=is_synchronised))
    assert found.status is status
    assert words in found.what


def test_a_folder_with_room_and_one_that_is_missing(tmp_path: Path) -> None:
    assert "MiB free" in the(disk_diagnosis(tmp_path)).what
    found = the(disk_diagnosis(tmp_path / "none"))
    assert (found.status, found.what) == (Status.FAIL, f"{str(tmp_path / 'none')!a}: no such file or directory")


def test_a_folder_without_room_is_told() -> None:
    # A file system that never has room.
    found = the(disk_diagnosis(Path("/proc")))
    assert (found.status, found.what) == (Status.WARN, "'/proc': 0 MiB free")


def test_the_folder_of_the_metrics_is_looked_at(tmp_path: Path) -> None:
    settings = Settings(metrics=MetricsSettings(file=str(tmp_path / "none" / "scan.prom")))
    assert str(tmp_path / "none") in disk(Visit(settings, NOW))[-1].what


# ---------------------------------------------------------------- the command


def test_the_command_says_all_checks_and_remedies(capfd: Printed) -> None:
    assert run(["doctor"]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    for check in CHECKS:
        assert f" {check} " in out


def test_a_failure_is_code_1(tmp_path: Path, capfd: Printed) -> None:
    config = tmp_path / "sensor.toml"
    lists = tmp_path / "mine\x1b"
    (lists / "pools").mkdir(parents=True)
    (lists / "pools" / "broken.toml").write_text("name = [")
    config.write_text(f'[signatures]\nfolders = ["{tmp_path}/mine\\u001b"]\n')
    assert run(["doctor", "--config", str(config)]) == 1
    out = capfd.readouterr().out
    assert f"fail  lists      {tmp_path}/mine\\x1b/pools/broken.toml:1: " in out
    assert "-> correct" in out


def test_a_broken_configuration_is_one_line_and_code_2(tmp_path: Path, capfd: Printed) -> None:
    config = tmp_path / "sensor.toml"
    config.write_text("nonsense = 1\n")
    assert run(["doctor", "--config", str(config)]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)


def test_a_path_that_cannot_even_be_asked_for_is_the_failure_of_its_check_alone(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 300) / "spool.sqlite"
    found = examine(Visit(Settings(spool=SpoolSettings(path=str(path))), NOW))
    assert list(dict.fromkeys(diagnosis.check for diagnosis in found)) == list(CHECKS)
    (spool,) = [diagnosis for diagnosis in found if diagnosis.check == "spool"]
    assert (spool.status, spool.what) == (Status.FAIL, f"{str(path)!a}: file name too long")
