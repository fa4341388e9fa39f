from __future__ import annotations

import itertools

import pytest

from sensor.detect.judge import FINDINGS, GRADE_RANK, STAGE_RANK, judge
from sensor.finding import Grade, Stage


@pytest.mark.parametrize(
    ("stage", "pool_spoke", "grade"),
    [
        (Stage.ATTEMPTED, False, Grade.D),
        (Stage.ATTEMPTED, True, Grade.D),
        (Stage.REFUSED, True, Grade.D),
        (Stage.JOINED, False, Grade.B),
        (Stage.JOINED, True, Grade.B),
        (Stage.WORKING, False, Grade.B),
        (Stage.WORKING, True, Grade.A),
    ],
)
def test_grade_follows_the_table_of_the_design(stage: Stage, pool_spoke: bool, grade: Grade) -> None:
    assert judge(stage, pool_spoke=pool_spoke, is_recognised=True) is grade


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("pool_spoke", [False, True])
def test_what_no_decoder_is_sure_of_is_no_finding(stage: Stage, pool_spoke: bool) -> None:
    assert judge(stage, pool_spoke=pool_spoke, is_recognised=False) not in FINDINGS


def test_more_evidence_never_lowers_a_grade() -> None:
    stages = sorted(Stage, key=STAGE_RANK.__getitem__)
    for low, high in itertools.pairwise(stages):
        for pool_spoke in (False, True):
            before = judge(low, pool_spoke=pool_spoke, is_recognised=True)
            assert GRADE_RANK[judge(high, pool_spoke=pool_spoke, is_recognised=True)] >= GRADE_RANK[before]


def test_every_stage_and_grade_has_a_rank() -> None:
    assert set(STAGE_RANK) == set(Stage)
    assert set(GRADE_RANK) == set(Grade)
