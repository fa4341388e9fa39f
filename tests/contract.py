# SPDX-License-Identifier: Apache-2.0
"""The contract with consumers: each message that leaves is held to its schema, by a validator that is not ours.

Consumers must accept fields they do not know; our own messages hold none, so that here a field too many is an error.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from jsonschema_rs import Draft202012Validator

from sensor.schema import schema_of

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")


def _is_time(value: str) -> bool:
    """RFC 3339 leaves more room; ours have nine digits and are UTC."""
    return _TIME.fullmatch(value) is not None


def hold(message: dict[str, Any]) -> None:
    """Raises jsonschema_rs.ValidationError where the message is not as its schema says."""
    validator(message["kind"]).validate(message)


def hold_lines(output: bytes) -> list[dict[str, Any]]:
    """The messages of JSON lines, each held to its schema."""
    messages = [json.loads(line) for line in output.splitlines()]
    for message in messages:
        hold(message)
    return messages


@cache
def validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(
        closed(schema_of(kind)), formats={"date-time": _is_time}, validate_formats=True, ignore_unknown_formats=False
    )


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema, in which an object may have no field but those that are described."""
    parts = {name: closed(part) for name, part in schema.get("$defs", {}).items()}
    shut = {"additionalProperties": False} if "properties" in schema else {}
    return {**schema, **shut} | ({"$defs": parts} if parts else {})
