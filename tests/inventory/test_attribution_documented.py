"""docs/attribution.md and docs/privacy.md explain each word, column and rule there is, and their examples work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from enrichment import SOURCES, Customers
from enrichment.base import Options
from enrichment.customer_file import COLUMNS
from enrichment.model import Datum, Flag, Interval, Level, Subject, SubjectKind, Unanswered
from sensor.finding import DirectionBasis
from sensor.hiding import LEFT_OUT

ROOT = Path(__file__).parents[2]
ATTRIBUTION = (ROOT / "docs/attribution.md").read_text(encoding="utf-8")
PRIVACY = (ROOT / "docs/privacy.md").read_text(encoding="utf-8")
WORDS = [*Unanswered, *Flag, *Level, *SubjectKind, *DirectionBasis, *COLUMNS, *(kind.name for kind in SOURCES)]


@pytest.mark.parametrize("word", [*WORDS, *(datum.value for datum in Datum)])
def test_each_word_is_explained(word: str) -> None:
    assert f"`{word}`" in ATTRIBUTION


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("| column |", COLUMNS),
        ("| reason |", Unanswered),
        ("| flag |", Flag),
        ("| basis |", DirectionBasis),
        ("| source |", [kind.name for kind in SOURCES]),
    ],
)
def test_a_table_has_a_row_for_each_and_no_other(head: str, words: list[str]) -> None:
    body = ATTRIBUTION.split(head)[1].split("\n\n")[0]
    rows = [line.split("|")[1] for line in body.splitlines() if line.startswith("| `")]
    assert sorted(word for row in rows for word in re.findall(r"`([^`]+)`", row)) == sorted(words)


def test_the_list_shown_is_one_without_a_complaint(tmp_path: Path) -> None:
    lines = re.findall(r"^    ((?:prefix,|\d).*)$", ATTRIBUTION, flags=re.MULTILINE)
    path = tmp_path / "customers.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    customers = Customers.load([path], Options())
    assert [str(problem) for problem in customers.problems.kept] == []
    assert customers.records_count == len(lines) - 1 == 4
    facts = customers.lookup(Subject(0, "203.0.113.9"), Interval(1_772_438_400 * 10**9, 1_772_438_401 * 10**9))
    assert facts is not None
    assert facts.level is Level.SITE


@pytest.mark.parametrize("field", sorted(set().union(*LEFT_OUT.values()) - {"key", "ref", "valid_from", "valid_to"}))
def test_what_never_leaves_of_who_is_hidden_is_said(field: str) -> None:
    word = {"proof": "proofs", "uscc": "USCC", "autonomous_system": "autonomous system", "enterprise": "enterprise"}
    assert word.get(field, field.replace("_", " ")) in PRIVACY.replace("_", " ")


def test_a_message_of_a_finding_is_made_in_one_place_only() -> None:
    """What goes round sensor/privacy.py leaves unhidden."""
    made = {
        path.relative_to(ROOT / "sensor").as_posix()
        for path in (ROOT / "sensor").rglob("*.py")
        if re.search(r"\bMessage\((?!msgspec)", path.read_text(encoding="utf-8"))
    }
    # app.py makes the one of a health record, which names no subject.
    assert made == {"privacy.py", "app.py"}
    assert re.findall(r"\bMessage\((.*)\)", (ROOT / "sensor/app.py").read_text(encoding="utf-8")) == ['"", record']
