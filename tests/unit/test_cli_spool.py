from __future__ import annotations

import json
from pathlib import Path

import pytest

from sensor.cli import run
from sensor.finding import Grade
from sensor.publisher_lock import PublisherLock
from sensor.spool import Spool
from tests.messages import envelope

Printed = pytest.CaptureFixture[str]
GIB = 1 << 30


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "sensor.toml"
    path.write_text(f'[spool]\npath = "{tmp_path}/spool"\n[kafka]\nbootstrap = ["127.0.0.1:9"]\n', encoding="utf-8")
    return path


def fill(config: Path) -> None:
    spool = Spool(config.with_name("spool"), GIB)
    spool.add([envelope(1), envelope(2, grade=Grade.B), envelope(3, grade=Grade.D), envelope(4, grade=Grade.D)])
    spool.close()


def command(config: Path, *words: str) -> int:
    return run(["spool", *words, "--config", str(config)])


def test_where_nothing_was_spooled_nothing_is_made(config: Path, capfd: Printed) -> None:
    assert command(config, "status") == 0
    assert command(config, "drop", "--all") == 0
    assert "0 messages wait" in capfd.readouterr().out
    assert not config.with_name("spool").exists()


def test_status_says_what_waits_by_topic_and_grade(config: Path, capfd: Printed) -> None:
    fill(config)
    assert command(config, "status") == 0
    out = capfd.readouterr().out
    for words in (
        "4 messages wait",
        "mining.findings.v1",
        "mining.sightings.v1",
        " A ",
        " B ",
        " D ",
        "of scan, since 20",
    ):
        assert words in out
    assert command(config, "status", "--json") == 0
    row = json.loads(capfd.readouterr().out)
    assert (row["messages"], row["bytes_max"], row["gaps"]) == (4, GIB, 0)
    assert [(each["topic"], each["grade"], each["messages"]) for each in row["waiting"]] == [
        ("mining.findings.v1", "A", 1),
        ("mining.findings.v1", "B", 1),
        ("mining.sightings.v1", "D", 2),
    ]


def test_dropping_says_how_many_and_status_counts_them(config: Path, capfd: Printed) -> None:
    fill(config)
    assert command(config, "drop", "--grade", "D") == 0
    assert capfd.readouterr().out == "2 messages dropped; the next flush announces their numbers\n"
    assert command(config, "status") == 0
    out = capfd.readouterr().out
    assert "2 messages wait" in out
    assert "dropped  operator" in out
    assert "1 gaps in the numbers" in out
    assert command(config, "drop", "--all", "--json") == 0
    assert json.loads(capfd.readouterr().out) == {"dropped": 2}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "nothing is dropped by chance; say either --all, or --topic or --grade"),
        (["--all", "--grade", "A"], "nothing is dropped by chance; say either --all, or --topic or --grade"),
        (["--topic", "x\x1b"], "--topic: 'x\\x1b' is none of mining.findings.v1, "),
    ],
)
def test_dropping_must_be_meant(words: list[str], line: str, config: Path, capfd: Printed) -> None:
    fill(config)
    assert command(config, "drop", *words) == 2
    assert capfd.readouterr().err.startswith(f"minesensor: {line}")
    assert command(config, "status", "--json") == 0
    assert json.loads(capfd.readouterr().out)["messages"] == 4


def test_a_flush_that_reaches_nobody_is_one_line_and_code_1(config: Path, capfd: Printed) -> None:
    fill(config)
    assert command(config, "flush") == 1
    out, err = capfd.readouterr()
    assert out == "0 messages to Kafka, 4 wait in the spool\n"
    assert err == (
        "minesensor: kafka 127.0.0.1:9: connection refused; start the broker, or correct [kafka] bootstrap; "
        "4 messages wait in the spool for 'minesensor spool flush'\n"
    )


def test_a_flush_beside_another_program_is_one_line(config: Path, capfd: Printed) -> None:
    fill(config)
    lock = PublisherLock(config.with_name("spool"))
    lock.acquire()
    assert command(config, "flush") == 1
    assert "is sending what waits in it; let it finish, or end it; 4 messages wait" in capfd.readouterr().err
    lock.release()


def test_without_a_broker_in_the_configuration_a_flush_is_a_mistake(tmp_path: Path, capfd: Printed) -> None:
    config = tmp_path / "c.toml"
    config.write_text("", encoding="utf-8")
    assert command(config, "flush") == 2
    assert run(["topics", "create", "--config", str(config)]) == 2
    line = "minesensor: no broker is set; set bootstrap in [kafka] of the configuration\n"
    assert capfd.readouterr().err == 2 * line


def test_a_password_that_cannot_be_read_is_a_mistake(config: Path, capfd: Printed) -> None:
    password = config.with_name("password")
    password.write_text("x", encoding="utf-8")
    password.chmod(0o644)
    text = config.read_text(encoding="utf-8")
    text += f'security = "SASL_SSL"\nusername = "x"\npassword_file = "{password}"\n'
    config.write_text(text, encoding="utf-8")
    assert command(config, "flush") == 2
    assert capfd.readouterr().err == (
        f"minesensor: [kafka] password_file '{password}': others may read it; say: chmod 600 {password}\n"
    )


def test_a_state_folder_that_cannot_be_made_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Printed
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    config = tmp_path / "c.toml"
    config.write_text('[kafka]\nbootstrap = ["127.0.0.1:9"]\n', encoding="utf-8")
    assert command(config, "flush") == 1
    assert capfd.readouterr().err.endswith(": not a directory; name a file that can be written in [spool] path\n")


@pytest.mark.parametrize("words", [["status"], ["drop", "--all"], ["flush"]])
def test_a_damaged_spool_is_one_line_and_code_1(words: list[str], config: Path, capfd: Printed) -> None:
    config.with_name("spool").write_bytes(b"no database at all " * 100)
    assert command(config, *words) == 1
    err = capfd.readouterr().err
    assert err.count("\n") == 1
    assert "not a spool; name another file in [spool] path" in err
