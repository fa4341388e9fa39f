from __future__ import annotations

import enum
import string

import pytest

from enrichment.model import Flag, Level, SubjectKind, Unanswered
from sensor.explain import LANGUAGES, SIDES, Section, heading
from sensor.explain.say import Say
from sensor.explain.words import HEADINGS, WORDS
from sensor.figures import AlgorithmBasis, EstimateFlag, HardwareBasis, HashrateBasis, PowerBasis, Relation, RigsBasis
from sensor.finding import Direction, DirectionBasis, Grade, Stage
from sensor.model import CloseCause
from sensor.ownership import End

ENUMS: dict[str, type[enum.StrEnum]] = {
    "stage": Stage,
    "grade": Grade,
    "direction_by": DirectionBasis,
    "whose": End,
    "kind": SubjectKind,
    "nobody": Unanswered,
    "level": Level,
    "mind": Flag,
    "closed": CloseCause,
    "algorithm_by": AlgorithmBasis,
    "work_by": HashrateBasis,
    "hardware_by": HardwareBasis,
    "rigs": RigsBasis,
    "power_by": PowerBasis,
    "flag": EstimateFlag,
}


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_code_has_words_in_each_language(language: str) -> None:
    assert list(WORDS[language]) == list(Say)
    assert all(WORDS[language].values())


@pytest.mark.parametrize("code", Say)
def test_languages_name_the_same_parameters(code: Say) -> None:
    assert {frozenset(names(WORDS[language][code])) for language in LANGUAGES} == {frozenset(names(WORDS["en"][code]))}


def test_the_chinese_words_are_chinese() -> None:
    for text in [*WORDS["zh"].values(), *HEADINGS["zh"].values()]:
        assert any("\u4e00" <= char <= "\u9fff" for char in text), text


@pytest.mark.parametrize(("prefix", "values"), ENUMS.items(), ids=list(ENUMS))
def test_each_value_of_an_enum_can_be_said(prefix: str, values: type[enum.StrEnum]) -> None:
    assert {code for code in Say if code.startswith(f"{prefix}_")} == {f"{prefix}_{value}" for value in values}


@pytest.mark.parametrize("language", LANGUAGES)
def test_sections_and_sides_have_names(language: str) -> None:
    assert all(heading(section, language) for section in Section)
    assert len(HEADINGS[language]) == len(Section)
    assert set(SIDES[language]) == {"miner", "pool", ""}


def test_each_direction_can_be_said() -> None:
    directions = {code for code in Say if code.startswith("direction_") and not code.startswith("direction_by_")}
    assert directions == {f"direction_{direction}" for direction in Direction}


def test_each_relation_can_be_said_from_both_ends() -> None:
    ends = {f"related_{relation}_{where}" for relation in Relation for where in ("here", "there")}
    assert {code for code in Say if code.startswith("related_")} == ends
