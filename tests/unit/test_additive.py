from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from sensor.schema import SCHEMAS, schema_of
from tests.additive import breaks

Schema = dict[str, Any]


def part(schema: Schema, name: str) -> Schema:
    found: Schema = schema["$defs"][name]
    return found


HARMLESS: dict[str, Callable[[Schema], object]] = {
    "nothing": lambda schema: None,
    "a new field": lambda schema: schema["properties"].update(mood={"type": "string"}),
    "a new field of a part": lambda schema: part(schema, "Shares")["properties"].update(mood={"type": "string"}),
    "a new word": lambda schema: part(schema, "ReasonCode")["enum"].append("mood"),
    "other descriptions": lambda schema: schema["properties"]["at"].update(description="when"),
    "another id": lambda schema: schema.update({"$id": "urn:x", "title": "X"}),
    "fields in another order": lambda schema: schema.update(
        properties=dict(reversed(schema["properties"].items())), required=schema["required"][::-1]
    ),
}
BREAKS: dict[str, tuple[Callable[[Schema], object], str]] = {
    "a field is removed": (lambda schema: schema["properties"].pop("coin"), "$.coin: is gone"),
    "a required field is removed": (
        lambda schema: (
            schema["properties"].pop("jobs"),
            schema["properties"].pop("at"),
            schema["required"].remove("at"),
        ),
        "$.at: is gone",
    ),
    "a field of a part is removed": (
        lambda schema: part(schema, "Shares")["properties"].pop("stale"),
        "$.shares.stale: is gone",
    ),
    "a field of a part in a list is removed": (
        lambda schema: part(schema, "Reason")["properties"].pop("proof"),
        "$.reasons[].proof: is gone",
    ),
    "a field is retyped": (
        lambda schema: schema["properties"]["gaps_bytes"].update(type="string"),
        "$.gaps_bytes: type was 'integer', is 'string'",
    ),
    "a field of a part is retyped": (
        lambda schema: part(schema, "MinerEnd")["properties"]["realm"].update(type="string"),
        "$.miner.realm: type was 'integer', is 'string'",
    ),
    "the members of a list are retyped": (
        lambda schema: part(schema, "MinerIdentity")["properties"]["workers"]["items"].update(type="object"),
        "$.miner_identity.workers[]: type was 'string', is 'object'",
    ),
    "a format goes": (
        lambda schema: schema["properties"]["at"].pop("format"),
        "$.at: format was 'date-time', is None",
    ),
    "a bound moves": (
        lambda schema: schema["properties"]["revision"].update(minimum=2),
        "$.revision: minimum was 1, is 2",
    ),
    "a field becomes required": (
        lambda schema: schema["required"].append("coin"),
        "$.coin: is required, and kept messages lack it",
    ),
    "a new field is required": (
        lambda schema: (schema["properties"].update(mood={"type": "string"}), schema["required"].append("mood")),
        "$.mood: is required, and kept messages lack it",
    ),
    "a field is no longer always there": (
        lambda schema: schema["required"].remove("stage"),
        "$.stage: is no longer there always, and readers rely on it",
    ),
    "a word goes": (
        lambda schema: part(schema, "Grade")["enum"].remove("C"),
        "$.grade: words are gone: ['C']",
    ),
    "a kind of parameter goes": (
        lambda schema: part(schema, "Reason")["properties"]["params"]["additionalProperties"]["anyOf"].pop(),
        "$.reasons[].params[]: anyOf has 2 members instead of 3",
    ),
}


@pytest.fixture
def changed() -> tuple[Schema, Schema]:
    schema = schema_of("finding")
    return schema, copy.deepcopy(schema)


@pytest.mark.parametrize("change", HARMLESS)
def test_what_only_adds_is_no_break(change: str, changed: tuple[Schema, Schema]) -> None:
    old, new = changed
    HARMLESS[change](new)
    assert breaks(old, new) == []


@pytest.mark.parametrize("change", BREAKS)
def test_what_takes_away_or_alters_is_a_break(change: str, changed: tuple[Schema, Schema]) -> None:
    old, new = changed
    make, words = BREAKS[change]
    make(new)
    assert words in breaks(old, new)


def test_a_part_that_is_renamed_is_no_break(changed: tuple[Schema, Schema]) -> None:
    old, new = changed
    new["$defs"]["Renamed"] = new["$defs"].pop("MinerEnd")
    new["properties"]["miner"]["$ref"] = "#/$defs/Renamed"
    assert breaks(old, new) == []


def test_messages_of_different_kinds_break_each_other() -> None:
    assert len(SCHEMAS) >= 2
    assert breaks(schema_of("finding"), schema_of("sighting"))
