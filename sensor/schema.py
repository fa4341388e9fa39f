"""The JSON Schemas (2020-12) of what leaves the sensor, made from the types themselves.

``SCHEMAS`` is the one list of messages: a new kind of message is one line there. ``make docs`` writes the schemas to
docs/schema/ and the tables of docs/findings.md from them.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from sensor.dropped import Dropped
from sensor.finding import SCHEMA_VERSION, Finding, Sighting
from sensor.health import Health

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
SCHEMAS: Final[dict[str, type[msgspec.Struct]]] = {
    "finding": Finding,
    "sighting": Sighting,
    "health": Health,
    "dropped": Dropped,
}
_IN_SCHEMA: Final = "#/$defs/{name}"

Schema = dict[str, Any]


def schema_of(name: str) -> Schema:
    """The schema of one kind of message, whole in itself: every ``$ref`` points into its own ``$defs``."""
    _, components = msgspec.json.schema_components([SCHEMAS[name]], ref_template=_IN_SCHEMA)
    root = components.pop(SCHEMAS[name].__name__)
    schema = {"$schema": DIALECT, "$id": identifier(name), **_described(root)}
    if components:
        schema["$defs"] = {part: _described(components[part]) for part in sorted(components)}
    return schema


def identifier(name: str) -> str:
    """The ``$id``: a name, no address, because nothing has to be fetched."""
    return f"urn:minesensor:schema:{name}:v{SCHEMA_VERSION}"


def encode(schema: Schema) -> bytes:
    """As it is printed and kept: indented, keys in their order, a line feed at the end."""
    return msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n"


def _described(schema: Schema) -> Schema:
    """Docstrings are wrapped for the source; here a description is one line."""
    return schema | {"description": " ".join(schema["description"].split())} if "description" in schema else schema
