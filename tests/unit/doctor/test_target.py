from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from sensor.config import Settings
from sensor.doctor.base import Diagnosis, Status, Visit
from sensor.doctor.target import kafka, spool, spool_diagnosis
from sensor.spool import NOTHING, DropCount, Spool
from sensor.targets import KafkaSettings, SpoolSettings
from tests import strangers
from tests.strangers import listening
from tests.unit.doctor.visits import NOW, the

MIB = 1024 * 1024
PLENTY = 1 << 50


def of_spool(path: str | Path) -> Diagnosis:
    return the(spool(Visit(Settings(spool=SpoolSettings(path=str(path))), NOW)))


def of_kafka(*ports: int, **changes: Any) -> list[Diagnosis]:
    bootstrap = tuple(f"127.0.0.1:{port}" for port in ports)
    settings = KafkaSettings(bootstrap=bootstrap, connect_seconds_max=1, **changes)
    return kafka(Visit(Settings(kafka=settings), NOW))


# ---------------------------------------------------------------- spool


def test_a_spool_that_is_not_there_yet_is_well_and_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite"
    assert of_spool(path) == Diagnosis("spool", Status.OK, f"{str(path)!a} is made when something is delivered")
    assert list(tmp_path.iterdir()) == []


def test_the_default_folder_is_not_made_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert of_spool("").status is Status.OK
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_is_a_failure(tmp_path: Path) -> None:
    found = of_spool(tmp_path / "none" / "spool.sqlite")
    assert (found.status, found.what) == (Status.FAIL, f"{str(tmp_path / 'none')!a}: no such folder")


def test_a_folder_that_cannot_be_written_is_a_failure() -> None:
    # A folder in which not even root may make a file.
    assert of_spool("/proc/self/spool.sqlite").what == "'/proc/self' cannot be written"


@pytest.mark.parametrize(("bootstrap", "status"), [((), Status.WARN), (("127.0.0.1:1",), Status.FAIL)])
def test_a_default_place_that_can_never_be_made_is_told(
    bootstrap: tuple[str, ...], status: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/proc/self/state")
    found = the(spool(Visit(Settings(kafka=KafkaSettings(bootstrap=bootstrap)), NOW)))
    assert found.status is status
    assert found.what.endswith("but '/proc/self' cannot be written")


def test_an_empty_spool_is_well(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite"
    Spool(path, MIB).close()
    found = of_spool(path)
    assert found.status is Status.OK
    assert found.what == f"{str(path)!a}: 0 messages wait, 0.0 MiB of 1,024.0 MiB"


def test_a_file_that_is_no_spool_is_a_failure_with_the_spools_own_words(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite"
    path.write_bytes(b"no database" * 1000)
    found = of_spool(path)
    assert found.status is Status.FAIL
    assert str(path) in found.what
    assert found.remedy
    assert path.read_bytes() == b"no database" * 1000


SETTINGS = SpoolSettings(path="s", bytes_max=100 * MIB)


def test_what_waits_is_told_with_how_to_send_it() -> None:
    status = msgspec.structs.replace(NOTHING, messages=1234, bytes=10 * MIB)
    found = the(spool_diagnosis(SETTINGS, status, free_bytes=PLENTY))
    assert found == Diagnosis(
        "spool", Status.WARN, "'s': 1,234 messages wait, 10.0 MiB of 100.0 MiB", "minesensor spool flush"
    )


def test_a_spool_that_is_nearly_full_is_told_before_it_drops() -> None:
    status = msgspec.structs.replace(NOTHING, messages=1, bytes=81 * MIB)
    assert "nearly full" in the(spool_diagnosis(SETTINGS, status, free_bytes=PLENTY)).what


def test_a_disk_that_has_no_room_for_the_cap_is_told() -> None:
    found = the(spool_diagnosis(SETTINGS, NOTHING, free_bytes=99 * MIB))
    assert found.status is Status.WARN
    assert found.what.endswith("and its disk has 99.0 MiB left")
    assert the(spool_diagnosis(SETTINGS, NOTHING, free_bytes=100 * MIB)).status is Status.OK


def test_what_was_dropped_is_told_and_is_no_warning() -> None:
    status = msgspec.structs.replace(NOTHING, dropped=(DropCount("spool_full", "D", 3), DropCount("operator", "A", 4)))
    found = the(spool_diagnosis(SETTINGS, status, free_bytes=PLENTY))
    assert (found.status, "7 were dropped since it was made" in found.what) == (Status.OK, True)


# ---------------------------------------------------------------- Kafka


def test_without_kafka_nothing_is_asked() -> None:
    assert the(kafka(Visit(Settings(), NOW))).status is Status.OK


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (strangers.closes, "what answers there is no Kafka broker"),
        (strangers.web_server, "what answers there is no Kafka broker"),
        (strangers.tls_server, "it speaks TLS"),
    ],
)
def test_what_is_no_broker_is_told_in_the_probes_words(answer: strangers.Answer, words: str) -> None:
    with listening(answer) as port:
        found = the(of_kafka(port))
    assert found.status is Status.FAIL
    assert found.what == f"kafka 127.0.0.1:{port}: {words}"
    assert found.remedy


def test_nobody_at_the_port_is_told() -> None:
    with listening(strangers.closes) as port:
        pass
    found = the(of_kafka(port))
    assert found.what == f"kafka 127.0.0.1:{port}: connection refused"
    assert "start the broker" in found.remedy


def test_a_password_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    login = {"security": "SASL_PLAINTEXT", "username": "sensor", "password_file": str(tmp_path / "none")}
    found = the(of_kafka(9, **login))
    assert found.status is Status.FAIL
    assert "password_file" in found.what
    assert found.remedy


def test_a_certificate_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    found = the(of_kafka(9, security="SSL", ca_file=str(tmp_path / "ca.pem")))
    assert found.status is Status.FAIL
    assert "ca.pem" in found.what
