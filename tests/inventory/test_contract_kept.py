"""What was promised to consumers is kept: tests/golden holds schemas and messages as they once left the sensor."""

from __future__ import annotations

import json

import msgspec
import pytest

from sensor.schema import SCHEMAS, schema_of
from tests.additive import breaks
from tests.contract import hold, validator
from tests.golden import FOLDER, kept_messages, kept_schema, promised, told

EACH = pytest.mark.parametrize("kind", SCHEMAS)


@EACH
def test_the_schema_breaks_nobody(kind: str) -> None:
    before = kept_schema(kind)
    assert before is not None, f"nothing is recorded of {kind}; run: python -m tests.golden"
    assert breaks(before, schema_of(kind)) == []


@EACH
def test_every_kept_message_is_still_valid(kind: str) -> None:
    messages = kept_messages(kind)
    assert messages
    for message in messages:
        hold(message)


@EACH
def test_every_kept_message_is_still_read_and_nothing_of_it_is_lost(kind: str) -> None:
    for message in kept_messages(kind):
        read = msgspec.json.decode(json.dumps(message), type=SCHEMAS[kind])
        assert json.loads(msgspec.json.encode(read)) == message


@EACH
def test_a_field_that_goes_or_changes_its_type_would_be_noticed(kind: str) -> None:
    schema = promised(schema_of(kind))
    shown = {path for message in kept_messages(kind) for path in told(message, schema)}
    for name in schema["properties"]:
        # What no kept message has would prove nothing.
        assert f"$.{name}" in shown or f"{kind}.{name}" in NEVER_IN_A_CAPTURE
        poorer = {field: value for field, value in schema["properties"].items() if field != name}
        assert breaks(schema, {**schema, "properties": poorer})
        retyped = {**schema["properties"], name: {"type": "null"}}
        assert breaks(schema, {**schema, "properties": retyped})


def test_nothing_else_is_recorded() -> None:
    recorded = {path.name.partition(".")[0] for path in FOLDER.iterdir() if path.suffix in (".json", ".jsonl")}
    assert recorded == set(SCHEMAS)


def test_the_validator_is_no_formality() -> None:
    message = kept_messages("finding")[0]
    assert not validator("finding").is_valid({name: value for name, value in message.items() if name != "stage"})
    assert not validator("finding").is_valid({**message, "revision": "1"})


# Two sessions of one miner in a certain relation: no shipped capture has any.
NEVER_IN_A_CAPTURE = {"finding.related"}
