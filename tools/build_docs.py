"""Writes what is made from the types: ``make docs``.

docs/schema/*.json are the JSON Schemas; the tables of docs/findings.md between two markers are the same schemas for
people. A test holds both to what this file would write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from sensor.schema import SCHEMAS, encode, schema_of

DOCS: Final = Path(__file__).parents[1] / "docs"
_REGION: Final = re.compile(
    r"(<!-- fields of (\w+): made by `make docs` -->\n).*?(<!-- end of fields -->\n)", re.DOTALL
)
_HEAD: Final = "| field | type | always | meaning |\n|---|---|---|---|\n"
_TYPES: Final = {"string": "text", "integer": "integer", "number": "number", "boolean": "true or false"}
_REF: Final = "#/$defs/"

Schema = dict[str, Any]


def files() -> dict[Path, bytes]:
    """Every made file with its content."""
    made = {DOCS / "schema" / f"{name}.json": encode(schema_of(name)) for name in SCHEMAS}
    path = DOCS / "findings.md"
    made[path] = filled(path.read_text(encoding="utf-8")).encode("utf-8")
    return made


def filled(text: str) -> str:
    """The page with the tables between its markers made anew. A part is shown where it is met first."""
    told: dict[str, str] = {}
    return _REGION.sub(lambda match: match[1] + tables(match[2], told) + match[3], text)


def tables(name: str, told: dict[str, str]) -> str:
    """The tables of one message: its own, and one for each part that is in no table yet (``told``: part, where)."""
    schema = schema_of(name)
    parts = schema.get("$defs", {})
    shown = [f"{schema['description']}\n\n{_table(schema, parts)}"]
    for part, path in list(_parts(schema, parts, told)):
        about = parts[part].get("description", "")
        shown.append(f"### {path}\n\n{about}\n\n{_table(parts[part], parts)}")
    return "\n" + "\n".join(shown) + "\n"


def _parts(schema: Schema, parts: dict[str, Schema], told: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The parts with fields of their own, each behind its holder, with the path of the field that holds it."""
    waiting = [("", field, value) for field, value in schema["properties"].items()]
    while waiting:
        path, field, value = waiting.pop(0)
        part = _part(value)
        if part and part not in told and "properties" in parts[part]:
            told[part] = f"{path}{field}"
            yield part, told[part]
            waiting[:0] = [(f"{told[part]}.", *inner) for inner in parts[part]["properties"].items()]


def _part(value: Schema) -> str:
    """The part that a field holds, alone or in a list, or ""."""
    reference: str = value.get("items", value).get("$ref", "")
    return reference.removeprefix(_REF)


def _table(schema: Schema, parts: dict[str, Schema]) -> str:
    required = set(schema.get("required", ()))
    rows = []
    for field, value in schema["properties"].items():
        about = value.get("description") or ", ".join(f"`{word}`" for word in value["enum"])
        always = "yes" if field in required else ""
        rows.append(f"| `{field}` | {_type(value, parts)} | {always} | {about} |\n")
    return _HEAD + "".join(rows)


def _type(value: Schema, parts: dict[str, Schema]) -> str:
    if value.get("type") == "array":
        return f"list of {_type(value['items'], parts)}"
    if value.get("format") == "date-time":
        return "time"
    if "enum" in value or "enum" in parts.get(_part(value), ()):
        return "word"
    return _TYPES.get(value.get("type", ""), "object")


if __name__ == "__main__":
    for made_path, content in files().items():
        made_path.parent.mkdir(exist_ok=True)
        made_path.write_bytes(content)
