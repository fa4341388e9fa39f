from __future__ import annotations

import stat
from pathlib import Path

import pytest

from sensor.config import ConfigError, parse, to_toml
from sensor.targets import KafkaSettings, SpoolSettings


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[kafka]\nbootstrap = ["kafka1"]', "c:2: kafka.bootstrap: 'kafka1' is no broker; write it like"),
        ('[kafka]\nbootstrap = ["a:9092", "b:0"]', "c:2: kafka.bootstrap: 'b:0' is no broker"),
        ('[kafka]\nbootstrap = ["a:65536"]', "c:2: kafka.bootstrap: 'a:65536' is no broker"),
        ('[kafka]\nbootstrap = ["a b:9092"]', "c:2: kafka.bootstrap: 'a b:9092' is no broker"),
        (
            '[kafka]\nsecurity = "SASL_SSL"\nusername = "x"',
            "c:2: kafka.security: SASL_SSL needs username and password_file; set both",
        ),
        ('[kafka]\nsecurity = "SSL"\ncert_file = "x"', "c:3: kafka.cert_file: cert_file and key_file go together"),
        ('[kafka]\nca_file = "x"', "c:1: kafka.security: PLAINTEXT uses no certificates; write 'SSL' or 'SASL_SSL'"),
        ('[kafka]\nsecurity = "ssl"', "c:2: kafka.security: invalid enum value 'ssl'"),
        ("[kafka]\npassword = 'x'", "c:2: unknown key 'password' in [kafka]; remove it or see"),
        (
            "[topics]\nreplication = 1",
            "c:1: topics.min_insync: 2 copies in step can never be with replication = 1; write at most 1",
        ),
        ("[spool]\nbytes_max = 1", "c:2: spool.bytes_max: expected `int` >= 65536"),
    ],
)
def test_a_setting_that_cannot_be_is_one_line(text: str, line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "c")
    assert str(caught.value).startswith(line)


def test_settings_are_written_as_a_file_that_says_the_same() -> None:
    text = '[kafka]\nbootstrap = ["[2001:db8::1]:9092"]\n[spool]\nbytes_max = 1048576\n[topics]\npartitions = 3\n'
    settings = parse(text, "c")
    assert parse(to_toml(settings), "d") == settings


def test_servers_are_host_and_port() -> None:
    settings = KafkaSettings(bootstrap=("kafka1.example:9092", "[2001:db8::1]:9093"))
    assert settings.servers() == [("kafka1.example", 9092), ("2001:db8::1", 9093)]


def test_the_spool_is_where_the_settings_say_or_in_the_users_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert SpoolSettings(path="a/b").file() == Path("a/b")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert SpoolSettings().file() == tmp_path / "state" / "minesensor" / "spool.sqlite"
    assert stat.S_IMODE((tmp_path / "state" / "minesensor").stat().st_mode) == 0o700
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert SpoolSettings().file() == tmp_path / ".local" / "state" / "minesensor" / "spool.sqlite"
