"""docs/findings.md explains each field and each word that leaves the sensor, and nothing that does not."""

from __future__ import annotations

import re
import typing
from pathlib import Path

import msgspec
import pytest

from sensor.finding import Direction, Finding, Grade, Phase, ReasonCode, Sighting, SightingKind, Stage
from sensor.model import CloseCause

TEXT = (Path(__file__).parents[2] / "docs" / "findings.md").read_text(encoding="utf-8")
WORDS = [
    *Stage,
    *Grade,
    *Phase,
    *Direction,
    *SightingKind,
    *ReasonCode,
    *(cause for cause in CloseCause if cause != "end"),
]


def fields_of(struct: type[msgspec.Struct]) -> set[str]:
    """The names of all fields, also of the Structs within."""
    names = set()
    for name, hint in typing.get_type_hints(struct).items():
        names.add(name)
        for part in (hint, *typing.get_args(hint)):
            for inner in (part, *typing.get_args(part)):
                if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
                    names |= fields_of(inner)
    return names


def rows(section: str) -> set[str]:
    """The words in backquotes of the first column of each table under a heading."""
    body = re.split(r"^#{2,3} ", TEXT, flags=re.MULTILINE)
    (text,) = [part for part in body if part.startswith(section + "\n")]
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize("name", sorted(fields_of(Finding) | fields_of(Sighting)))
def test_each_field_is_explained(name: str) -> None:
    assert f"`{name}`" in TEXT


@pytest.mark.parametrize("word", WORDS)
def test_each_word_is_explained(word: str) -> None:
    assert f"`{word}`" in TEXT


@pytest.mark.parametrize(("section", "struct"), [("Finding", Finding), ("Sighting", Sighting)])
def test_nothing_is_explained_that_is_no_field(section: str, struct: type[msgspec.Struct]) -> None:
    assert rows(section) == set(struct.__struct_fields__) | {"kind"}


def test_nothing_is_explained_that_is_no_reason() -> None:
    assert rows("Reasons") == set(ReasonCode)


@pytest.mark.parametrize("section", ["miner_identity", "shares"])
def test_each_part_of_a_finding_is_complete(section: str) -> None:
    struct = typing.get_type_hints(Finding)[section]
    assert rows(section) == set(struct.__struct_fields__)
