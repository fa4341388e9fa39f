# SPDX-License-Identifier: Apache-2.0
"""What a user meets on the way to Kafka without a broker: each mistake and each full disk is one clear line."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest

from sensor.keyfile import new_key
from tests.e2e.commandline import PROGRAM, ROOT, SECONDS_MAX, complaint, environment, run
from tests.e2e.interruption import interrupted

CORPUS = ROOT / "pcaps"
DEMO = CORPUS / "demo.pcap"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    new_key(tmp_path / "privacy.key")
    path = tmp_path / "sensor.toml"
    path.write_text(
        f'[privacy]\nkey_file = "{tmp_path}/privacy.key"\n[spool]\npath = "{tmp_path}/spool"\n'
        '[kafka]\nbootstrap = ["127.0.0.1:9"]\n',
        encoding="utf-8",
    )
    return path


def status(config: Path) -> dict[str, object]:
    done = run("spool", "status", "--json", "--config", config)
    assert (done.returncode, done.stderr) == (0, b"")
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_a_scan_into_the_spool_says_that_something_waits(config: Path) -> None:
    plain = run("scan", "--json", "--key-file", config.with_name("privacy.key"), DEMO)
    spooled = run("scan", "--json", "--spool", "--config", config, DEMO)
    assert (plain.returncode, spooled.returncode) == (0, 1)
    assert spooled.stdout == plain.stdout
    messages = status(config)["messages"]
    assert complaint(spooled) == (
        f"minesensor: {messages} messages wait in the spool; send them with 'minesensor spool flush'"
    )
    assert f"delivered  0 messages to Kafka, {messages} wait in the spool" in spooled.stderr.decode()


def test_without_a_broker_the_findings_are_shown_and_wait(config: Path) -> None:
    done = run("scan", "--json", "--kafka", "--config", config, DEMO)
    assert (done.returncode, done.stdout.count(b"\n")) == (1, 16)
    assert "kafka 127.0.0.1:9: connection refused; start the broker" in complaint(done)


@pytest.mark.parametrize("way", ["--kafka", "--spool"])
def test_without_the_key_of_the_pseudonyms_nothing_is_read(way: str, config: Path) -> None:
    text = config.read_text(encoding="utf-8")
    config.write_text(text[text.index("[spool]") :], encoding="utf-8")
    done = run("scan", "--json", way, "--config", config, DEMO)
    assert (done.returncode, done.stdout) == (2, b"")
    assert complaint(done) == (
        "minesensor: Kafka needs a key that names subjects without naming them; make one with 'minesensor privacy "
        "new-key FILE' and name it with --key-file or as key_file in [privacy]"
    )
    assert not config.with_name("spool").exists()


def test_kafka_without_a_broker_in_the_configuration_is_a_mistake(config: Path) -> None:
    text = config.read_text(encoding="utf-8")
    config.write_text(text[: text.index("[kafka]")], encoding="utf-8")
    done = run("scan", "--kafka", "--config", config, DEMO)
    assert done.returncode == 2
    assert complaint(done) == "minesensor: no broker is set; set bootstrap in [kafka] of the configuration"


def test_a_damaged_spool_is_one_line_and_stays_as_it_is(config: Path) -> None:
    run("scan", "--spool", "--config", config, DEMO)
    spool = config.with_name("spool")
    data = bytearray(spool.read_bytes())
    data[16_384:] = b"\xa5" * (len(data) - 16_384)
    spool.write_bytes(data)
    done = run("scan", "--spool", "--config", config, DEMO)
    assert done.returncode == 1
    assert complaint(done) == (
        f"minesensor: spool '{spool}': damaged; move it and its -wal and -shm files away and scan the captures again; "
        "nothing is deleted for you"
    )


def limited(kilobytes: int, *words: str | Path) -> subprocess.CompletedProcess[bytes]:
    """The program where no file may grow beyond this: a write fails, as on a disk that is full."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, kilobytes * 1024))

    return subprocess.run(
        [*PROGRAM, *map(str, words)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=ROOT,
        env=environment(),
        timeout=SECONDS_MAX,
        check=False,
        preexec_fn=limit,
    )


@pytest.mark.parametrize("kilobytes", [100, 200, 250])
def test_a_full_disk_under_the_spool_is_one_line_and_what_was_taken_stays(kilobytes: int, config: Path) -> None:
    full = limited(kilobytes, "scan", "--spool", "--config", config, DEMO)
    assert full.returncode == 1
    line = complaint(full)
    assert line.startswith(f"minesensor: spool '{config.with_name('spool')}': ")
    assert "; " in line
    # Whatever it had taken is there, and with room the same scan brings the rest.
    taken = status(config)["messages"] if config.with_name("spool").stat().st_size else 0
    assert run("scan", "--spool", "--config", config, DEMO).returncode == 1
    everything = status(config)
    assert int(str(taken)) <= int(str(everything["messages"]))
    (findings,) = [
        row["messages"]
        for row in everything["waiting"]  # type: ignore[attr-defined]
        if (row["topic"], row["grade"]) == ("mining.findings.v1", "A")
    ]
    assert findings >= 14


def test_a_disk_that_fills_under_the_spool_leaves_the_other_targets_alone(config: Path, tmp_path: Path) -> None:
    findings, key = tmp_path / "findings.jsonl", config.with_name("privacy.key")
    told = run("scan", "--json", "--key-file", key, DEMO)
    full = limited(250, "scan", "--json", "--findings", findings, "--spool", "--config", config, DEMO)
    assert full.returncode == 1
    assert complaint(full).startswith(f"minesensor: spool '{config.with_name('spool')}': ")
    assert full.stdout == findings.read_bytes() == told.stdout
    assert "found      16 findings" in full.stderr.decode()


def test_a_disk_that_fills_under_a_file_of_findings_leaves_standard_output_alone(tmp_path: Path) -> None:
    full = limited(4, "scan", "--json", "--findings", tmp_path / "findings.jsonl", DEMO)
    assert full.returncode == 1
    assert (
        complaint(full) == f"minesensor: {tmp_path}/findings.jsonl: file too large; make room or choose another target"
    )
    assert full.stdout.count(b"\n") == 16


def test_what_a_full_spool_dropped_is_told_by_grade(config: Path) -> None:
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[spool]\n", "[spool]\nbytes_max = 65536\n"), encoding="utf-8")
    done = run("scan", "--json", "--spool", "--config", config, DEMO)
    dropped = {row["grade"]: row["messages"] for row in status(config)["dropped"]}  # type: ignore[attr-defined]
    assert done.returncode == 1
    assert dropped["D"] == 3
    shown = ", ".join(f"{grade} {count}" for grade, count in sorted(dropped.items()))
    assert f"\nspool full {shown} dropped, which receivers are told of\n" in done.stderr.decode()


# ---------------------------------------------------------------- the process that reads packets


def _values(config: Path) -> list[bytes]:
    with contextlib.closing(sqlite3.connect(config.with_name("spool"))) as spool:
        return [value for (value,) in spool.execute("SELECT value FROM message ORDER BY message_id")]


def test_what_is_spooled_is_what_is_told_without_a_spool(config: Path) -> None:
    told = run("scan", "--json", "--updates", "--sightings", "--key-file", config.with_name("privacy.key"), CORPUS)
    spooled = run("scan", "--spool", "--config", config, CORPUS)
    assert (told.returncode, spooled.returncode) == (0, 1)
    *values, health = _values(config)
    assert [json.loads(value) for value in values] == [json.loads(line) for line in told.stdout.splitlines()]
    assert len(values) > 100
    assert json.loads(health)["kind"] == "health"


def test_an_interruption_spools_what_was_found_and_the_health_of_the_scan(config: Path) -> None:
    code, shown, said = interrupted(DEMO.read_bytes(), "--spool", "--config", config)
    assert code == 130
    assert "interrupted: what was found so far is above" in said
    *values, health = _values(config)
    assert len(values) >= shown.count(b"\n")
    assert json.loads(health)["kind"] == "health"
    assert not any(json.loads(value).get("end_of_input") for value in values)


def test_a_lost_process_is_one_line_and_what_was_found_before_is_spooled(config: Path) -> None:
    """It is killed where its input is silent, and has told what it had found."""
    with subprocess.Popen(
        [*PROGRAM, "scan", "--json", "--updates", "--spool", "--config", str(config), "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment(),
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(DEMO.read_bytes())
            process.stdin.flush()
            process.stdout.readline()
            (reader,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
            os.kill(int(reader), signal.SIGKILL)
            _, said = process.communicate(timeout=SECONDS_MAX)
        finally:
            process.kill()
    assert process.returncode == 1
    assert said.decode().strip().splitlines() == [
        "minesensor: the process of this scan that reads packets ended before its work was done; scan again"
    ]
    assert _values(config)
