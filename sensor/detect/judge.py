"""The verdict: what was seen of a session makes its grade, and the grade decides what it becomes. Tables, no code."""

from __future__ import annotations

from typing import Final

from sensor.finding import Grade, Stage

_ORDER: Final = (Stage.ATTEMPTED, Stage.REFUSED, Stage.JOINED, Stage.WORKING)
STAGE_RANK: Final[dict[Stage, int]] = {stage: rank for rank, stage in enumerate(_ORDER)}
GRADE_RANK: Final[dict[Grade, int]] = {Grade.D: 0, Grade.C: 1, Grade.B: 2, Grade.A: 3}

# (stage, the pool sent a job or accepted a share). A share was sent by the miner, so WORKING has its side already.
_GRADES: Final[dict[tuple[Stage, bool], Grade]] = {
    (Stage.ATTEMPTED, False): Grade.D,
    (Stage.ATTEMPTED, True): Grade.D,
    (Stage.REFUSED, False): Grade.D,
    (Stage.REFUSED, True): Grade.D,
    (Stage.JOINED, False): Grade.B,
    (Stage.JOINED, True): Grade.B,
    (Stage.WORKING, False): Grade.B,
    (Stage.WORKING, True): Grade.A,
}
# C needs behaviour or confirmation, which nothing here gives yet.
FINDINGS: Final = frozenset({Grade.A, Grade.B})


def judge(stage: Stage, *, pool_spoke: bool, is_recognised: bool) -> Grade:
    """The grade of what was seen. What no decoder is sure of is never more than a sighting."""
    return _GRADES[stage, pool_spoke] if is_recognised else Grade.D
