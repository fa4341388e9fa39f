# SPDX-License-Identifier: Apache-2.0
"""Messages and schemas as they were promised: what is recorded here stays, and is only added to.

``python -m tests.golden`` adds messages for fields and words that none of the kept ones has, and the schema that they
belong to. It refuses where the new schema breaks the kept one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from sensor.schema import SCHEMAS

FOLDER: Final = Path(__file__).parent
KINDS: Final = tuple(SCHEMAS)
Message = dict[str, Any]
Schema = dict[str, Any]


def kept_schema(kind: str) -> Schema | None:
    """The schema that was promised last; None for a kind that was never recorded."""
    path = FOLDER / f"{kind}.schema.json"
    found: Schema | None = json.loads(path.read_bytes()) if path.exists() else None
    return found


def kept_messages(kind: str) -> list[Message]:
    path = FOLDER / f"{kind}.jsonl"
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def promised(schema: Schema) -> Schema:
    """The schema without the fields that nothing fills yet: what they will hold is still open."""
    properties = {
        name: value
        for name, value in schema["properties"].items()
        if not value.get("description", "").endswith("not yet filled")
    }
    return {**schema, "properties": properties}


def fields(schema: Schema) -> Iterator[str]:
    """The path of every field that a schema describes, and for closed lists of words one for each word."""
    yield from _fields(schema, schema, "$")


def _fields(schema: Schema, document: Schema, path: str) -> Iterator[str]:
    while "$ref" in schema:
        schema = document["$defs"][schema["$ref"].rpartition("/")[2]]
    for name, value in schema.get("properties", {}).items():
        yield f"{path}.{name}"
        yield from _fields(value, document, f"{path}.{name}")
    if isinstance(schema.get("items"), dict):
        yield from _fields(schema["items"], document, f"{path}[]")
    for word in schema.get("enum", ()):
        yield f"{path}={word}"


def told(message: Message, schema: Schema) -> set[str]:
    """Which of the paths of its schema a message has."""
    return set(_told(message, "$")) & set(fields(schema))


def _told(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield f"{path}.{name}"
            yield from _told(member, f"{path}.{name}")
    elif isinstance(value, list):
        for member in value:
            yield from _told(member, f"{path}[]")
    else:
        yield f"{path}={value}"
