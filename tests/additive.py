# SPDX-License-Identifier: Apache-2.0
"""The additive-only rule: what in a new schema breaks those who read, or kept, messages of an old one.

Fields may come, and words of a closed list may come. A field may not go, change its type or bounds, become required
(messages that were kept lack it) or cease to be (readers rely on it). Names of parts, titles and descriptions mean
nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
_WORDS = {"title", "description", "default", "examples", "$schema", "$id", "$defs"}
_LOOKED_INTO = {"properties", "required", "items", "prefixItems", "additionalProperties", "anyOf", "enum"}


def breaks(old: Schema, new: Schema) -> list[str]:
    """Each break as "path: what"; [] where every reader of the old is served by the new, and the other way round."""
    return list(_breaks((old, old), (new, new), "$"))


def _breaks(old_in: tuple[Schema, Schema], new_in: tuple[Schema, Schema], path: str) -> Iterator[str]:
    """Compares two schemas, each with the document that its references point into."""
    (old, old_document), (new, new_document) = _resolved(*old_in), _resolved(*new_in)
    for keyword in sorted((old.keys() | new.keys()) - _WORDS - _LOOKED_INTO):
        if old.get(keyword) != new.get(keyword):
            yield f"{path}: {keyword} was {old.get(keyword)!r}, is {new.get(keyword)!r}"
    yield from _fields(old_in, new_in, path)
    if gone := [word for word in old.get("enum", ()) if word not in new.get("enum", ())]:
        yield f"{path}: words are gone: {gone}"
    if ("enum" in old) != ("enum" in new):
        yield f"{path}: was {'a' if 'enum' in old else 'no'} closed list of words"
    for keyword in ("items", "additionalProperties"):
        before, after = old.get(keyword), new.get(keyword)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _breaks((before, old_document), (after, new_document), f"{path}[]")
        elif before != after:
            yield f"{path}: {keyword} was {before!r}, is {after!r}"
    for keyword in ("anyOf", "prefixItems"):
        before, after = old.get(keyword, []), new.get(keyword, [])
        if len(before) != len(after):
            yield f"{path}: {keyword} has {len(after)} members instead of {len(before)}"
        for index, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from _breaks((one, old_document), (other, new_document), f"{path}<{index}>")


def _fields(old_in: tuple[Schema, Schema], new_in: tuple[Schema, Schema], path: str) -> Iterator[str]:
    (old, old_document), (new, new_document) = _resolved(*old_in), _resolved(*new_in)
    before, after = old.get("properties", {}), new.get("properties", {})
    required_before, required_after = set(old.get("required", ())), set(new.get("required", ()))
    for name in before.keys() - after.keys():
        yield f"{path}.{name}: is gone"
    for name in sorted(required_after - required_before):
        yield f"{path}.{name}: is required, and kept messages lack it"
    for name in sorted((required_before - required_after) & after.keys()):
        yield f"{path}.{name}: is no longer there always, and readers rely on it"
    for name in before.keys() & after.keys():
        yield from _breaks((before[name], old_document), (after[name], new_document), f"{path}.{name}")


def _resolved(schema: Schema, document: Schema) -> tuple[Schema, Schema]:
    """The schema behind a reference; ``description`` beside it is no part of it."""
    while "$ref" in schema:
        schema = document["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema, document
