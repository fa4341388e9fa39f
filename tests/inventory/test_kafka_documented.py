"""docs/kafka.md explains each topic, header, kind of event and reason, and nothing that is none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sensor.dropped import DropReason
from sensor.envelope import Topic, envelope_of, numbered
from sensor.message import Message
from sensor.schema import SCHEMAS
from tests.messages import a_health, envelope

TEXT = (Path(__file__).parents[2] / "docs" / "kafka.md").read_text(encoding="utf-8")


def words(head: str) -> set[str]:
    """The words in backquotes of the first column of the table that begins with this column."""
    (table,) = re.findall(rf"^\| {head} \|.*\n\|[-|]+\n((?:\|.*\n)+)", TEXT, flags=re.MULTILINE)
    return set(re.findall(r"^\| `([^`]+)`", table, flags=re.MULTILINE))


def test_each_topic_stands_there() -> None:
    assert words("topic") == set(Topic)


def test_each_header_stands_there() -> None:
    assert words("header") == {name for name, _ in numbered(envelope().headers, 1, "5f")}


def test_each_reason_stands_there() -> None:
    assert words("reason") == set(DropReason)


@pytest.mark.parametrize("kind", SCHEMAS)
def test_each_kind_of_event_stands_there(kind: str) -> None:
    assert f"`mining.{kind}.v1`" in TEXT


def test_the_headers_of_all_kinds_are_the_same() -> None:
    kinds = [envelope(), envelope_of(Message("", a_health()))]
    names = [{name for name, _ in made.headers} - {"ce_time"} for made in kinds]
    assert names[0] == names[1]
