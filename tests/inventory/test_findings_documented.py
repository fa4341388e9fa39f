"""docs/findings.md and docs/schema explain each field and each word that leaves the sensor, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sensor.figures import (
    AlgorithmBasis,
    EstimateFlag,
    HardwareBasis,
    HashrateBasis,
    PowerBasis,
    Relation,
    RigsBasis,
)
from sensor.finding import Direction, Grade, Phase, ReasonCode, SightingKind, Stage
from sensor.model import CloseCause
from sensor.schema import SCHEMAS
from tools import build_docs

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "findings.md").read_text(encoding="utf-8")
WORDS = [
    *Stage,
    *Grade,
    *Phase,
    *Direction,
    *SightingKind,
    *ReasonCode,
    *(cause for cause in CloseCause if cause != "end"),
]
FIGURES = (DOCS / "estimates.md").read_text(encoding="utf-8")
FIGURE_WORDS = [
    *EstimateFlag,
    *HashrateBasis,
    *AlgorithmBasis,
    *RigsBasis,
    *PowerBasis,
    *HardwareBasis,
    *Relation,
]


def rows(section: str) -> set[str]:
    """The words in backquotes of the first column of each table under a heading."""
    body = re.split(r"^#{2,3} ", TEXT, flags=re.MULTILINE)
    (text,) = [part for part in body if part.startswith(section + "\n")]
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize("word", WORDS)
def test_each_word_is_explained(word: str) -> None:
    assert f"`{word}`" in TEXT


@pytest.mark.parametrize("word", FIGURE_WORDS)
def test_each_word_of_an_estimate_is_explained(word: str) -> None:
    assert f"`{word}`" in FIGURES


def test_nothing_is_explained_that_is_no_reason() -> None:
    assert rows("Reasons") == set(ReasonCode)


def test_what_is_made_from_the_types_is_as_they_are() -> None:
    for path, content in build_docs.files().items():
        assert path.read_bytes() == content, f"{path.name} is not as the types are; run: make docs"
    assert {path.name for path in (DOCS / "schema").iterdir()} == {f"{name}.json" for name in SCHEMAS}


def test_every_message_has_its_tables() -> None:
    assert re.findall(r"fields of (\w+): made", TEXT) == list(SCHEMAS)


def test_a_page_that_differs_is_noticed() -> None:
    assert build_docs.filled(TEXT.replace("| `revision` | integer", "| `revision` | text")) == TEXT
