from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor import limits
from sensor.config import ConfigError, Limits, Settings, load, parse, to_toml


def error_of(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, "sensor.toml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[scan]\n\nfoo = 1\n", "sensor.toml:3: unknown key 'foo' in [scan]; remove it or see docs/configuration.md"),
        ("foo = 1", "sensor.toml:1: unknown key 'foo'; remove it or see docs/configuration.md"),
        ("\n[foo]\nx = 1", "sensor.toml:2: unknown key 'foo'; remove it or see docs/configuration.md"),
        ("scan = {foo = 1}", "sensor.toml:1: unknown key 'foo' in [scan]; remove it or see docs/configuration.md"),
        ("[limits]\nflows_max = 0", "sensor.toml:2: limits.flows_max: expected `int` >= 1; see docs/configuration.md"),
        ("[scan]\nupdates = 'x'", "sensor.toml:2: scan.updates: expected `bool`, got `str`; see docs/configuration.md"),
        (
            "own = ['10.0.0.5/24']",
            "sensor.toml:1: own: '10.0.0.5/24' has bits set behind its length; write '10.0.0.0/24'",
        ),
        (
            "[[realms]]\nrealm = 1\n[[realms]]\nrealm = 70000\n",
            "sensor.toml:4: realms.realm: expected `int` <= 65535; see docs/configuration.md",
        ),
        (
            "[[realms]]\nrealm = 1\n[[realms]]\nvni = 7\n[[realms]]\nrealm = 1\n",
            "sensor.toml:3: realms: object missing required field `realm`; see docs/configuration.md",
        ),
        (
            "[[realms]]\nrealm = 1\n[[realms]]\nrealm = 2\nfoo = 7\n[[realms]]\nrealm = 1\n",
            "sensor.toml:5: unknown key 'foo' in [realms]; remove it or see docs/configuration.md",
        ),
        (
            '[spool]\npath = "a\\u0000b"\n',
            "sensor.toml:2: spool.path: holds a null character, which no name and no path can; remove it",
        ),
        (
            'own = []\n[enrichment]\ncustomers = ["a", "b\\u0000"]\n',
            "sensor.toml:3: enrichment.customers: holds a null character, which no name and no path can; remove it",
        ),
        ("a = 1\n\nb = [", "sensor.toml:3: invalid value; correct the TOML"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_do(text: str, expected: str) -> None:
    assert error_of(text) == expected


@pytest.mark.parametrize(
    "text",
    ["own = ['x']", "own = 5", "sensor_id = 'a b'", "sensor_id = ''", "[[realms]]\nrealm = -1",
     "x", "[scan", "a=1\na=2",
     "[limits]\ntcp_idle_seconds_max = 1.5", "own = ['\u202e']", "a" * 100_000, "x = " + "[" * 5000],
)  # fmt: skip
def test_a_mistake_is_one_line(text: str) -> None:
    message = error_of(text)
    assert "\n" not in message
    assert message.startswith("sensor.toml:")
    assert ";" in message


@given(st.text(max_size=60))
def test_any_text_is_settings_or_one_line(text: str) -> None:
    try:
        parse(text, "sensor.toml")
    except ConfigError as error:
        assert "\n" not in str(error)


def test_the_settings_shown_are_the_settings_read() -> None:
    text = 'own = ["2001:db8::/32"]\n[scan]\nupdates = true\n[[realms]]\nrealm = 3\nouter_vlan = 7\n'
    settings = parse(text, "x")
    assert parse(to_toml(settings), "x") == settings
    assert parse(to_toml(Settings()), "x") == Settings()


def test_the_engine_is_told_every_limit_it_has() -> None:
    caps = Settings(limits=Limits(flows_max=7, tcp_idle_seconds_max=2)).caps()
    assert (caps["flows_max"], caps["tcp_idle_ns_max"]) == (7, 2_000_000_000)
    for name, value in Settings().caps().items():
        assert getattr(limits, name.upper()) == value


def test_the_pipeline_is_told_its_name_and_bounds() -> None:
    settings = parse('sensor_id = "edge"\n[limits]\nyoung_sessions_max = 9\n', "x").pipeline()
    assert (settings.sensor_id, settings.young_sessions_max) == ("edge", 9)


def test_realms_reach_the_engine_as_rows() -> None:
    settings = parse("[[realms]]\nrealm = 3\nvni = 70000\n", "x")
    assert settings.realm_rows() == [(-1, -1, -1, 70_000, 3)]


def test_signature_folders_follow_the_packaged_ones(tmp_path: Path) -> None:
    settings = parse('[signatures]\nfolders = ["mine"]\n', "x")
    assert settings.signature_folders(tmp_path) == [tmp_path, Path("mine")]
    alone = msgspec.structs.replace(settings.signatures, packaged=False)
    assert msgspec.structs.replace(settings, signatures=alone).signature_folders(tmp_path) == [Path("mine")]


def test_no_file_means_the_defaults() -> None:
    assert load(None) == Settings()


def test_a_mark_of_the_encoding_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "marked.toml").write_bytes(b'\xef\xbb\xbfsensor_id = "edge"\n')
    assert load(tmp_path / "marked.toml").sensor_id == "edge"


def test_a_file_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "latin1.toml").write_bytes(b"# a\n# \xe9\n")
    (tmp_path / "large.toml").write_bytes(b"#" * (limits.CONFIG_BYTES_MAX + 1))
    for name, words in [
        ("none.toml", "no such file"),
        (".", "is a directory"),
        ("latin1.toml", ":2: not UTF-8"),
        ("large.toml", "larger"),
    ]:
        with pytest.raises(ConfigError, match=words):
            load(tmp_path / name)
