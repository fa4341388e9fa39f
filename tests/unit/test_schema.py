from __future__ import annotations

import json

import pytest
from jsonschema_rs import ValidationError, meta

from sensor.cli import run
from sensor.schema import SCHEMAS, encode, identifier, schema_of
from tests.contract import hold

Printed = pytest.CaptureFixture[str]

SIGHTING = {
    "kind": "sighting",
    "schema_version": 1,
    "sighting_id": "0" * 32,
    "sensor_id": "scan",
    "what": "dns",
    "grade": "D",
    "count": 1,
    "first_seen": "2026-03-02T08:00:00.000000000Z",
    "last_seen": "2026-03-02T08:00:00.000000000Z",
    "miner": {"ip": "192.0.2.1", "realm": 0},
    "pool": {"host": "pool.example"},
    "protocol": {"transport": "udp", "encrypted": False},
    "reasons": [],
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid_and_whole_in_itself(name: str) -> None:
    schema = schema_of(name)
    meta.validate(schema)
    assert schema["$id"] == identifier(name)
    assert schema["properties"]["kind"] == {"enum": [name]}
    references = {part.split('"')[0] for part in encode(schema).decode().split('"$ref": "')[1:]}
    assert references == {f"#/$defs/{part}" for part in schema["$defs"]}


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_field_says_what_it_means(name: str) -> None:
    schema = schema_of(name)
    for part in (schema, *schema["$defs"].values()):
        assert part["description"]
        for field, value in part.get("properties", {}).items():
            assert field == "kind" or value["description"], field


def test_the_sighting_that_the_cases_change_is_one() -> None:
    hold(SIGHTING)


@pytest.mark.parametrize(
    "change",
    [
        {"count": "1"},
        {"extra": 1},
        {"first_seen": "2026-03-02T08:00:00Z"},
        {"sighting_id": "0" * 31},
        {"what": "rumour"},
        {"miner": {"ip": "192.0.2.1"}},
        {"pool": {"hosts": "pool.example"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_message_that_is_not_as_described_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        hold(SIGHTING | change)


def test_a_missing_field_is_refused() -> None:
    with pytest.raises(ValidationError):
        hold({name: value for name, value in SIGHTING.items() if name != "reasons"})


# ---------------------------------------------------------------- the command


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_command_prints_the_schema(name: str, capfd: Printed) -> None:
    assert run(["schema", name]) == 0
    assert capfd.readouterr().out.encode() == encode(schema_of(name))
    assert run(["schema", "--json", name]) == 0
    out = capfd.readouterr().out
    assert (out.count("\n"), json.loads(out)) == (1, schema_of(name))


def test_without_a_name_the_names_are_listed(capfd: Printed) -> None:
    assert run(["schema", "--json"]) == 0
    assert [json.loads(line)["name"] for line in capfd.readouterr().out.splitlines()] == list(SCHEMAS)
    assert run(["schema"]) == 0
    assert capfd.readouterr().out.count("\n") == len(SCHEMAS)


def test_an_unknown_name_is_one_line(capfd: Printed) -> None:
    assert run(["schema", "findings\x1b"]) == 2
    line = "minesensor: no message is called 'findings\\x1b'; choose one of " + ", ".join(SCHEMAS) + "\n"
    assert capfd.readouterr() == ("", line)
