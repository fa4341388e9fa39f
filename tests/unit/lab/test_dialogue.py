# SPDX-License-Identifier: Apache-2.0
"""What is true of a conversation depends on how much of it is seen."""

from __future__ import annotations

import pytest

from sensor.model import Endpoint
from tests.lab.dialogue import Dialogue, Facts, Meaning, Note, Session, Speaker, View

MINER, POOL = Endpoint("192.0.2.1", 50_000), Endpoint("203.0.113.1", 3333)
LOGIN, JOB, SHARE, YES, NO = (
    Note((Meaning.LOGIN,), agent="miner/1", login="account.rig", worker="rig"),
    Note((Meaning.JOB,)),
    Note((Meaning.SUBMIT,), worker="rig"),
    Note((Meaning.ACCEPTED,), work=5.0),
    Note((Meaning.REJECTED, Meaning.STALE)),
)
ONLY_MINER = View(frozenset({Speaker.CLIENT}))
ONLY_POOL = View(frozenset({Speaker.SERVER}))


def session() -> Session:
    """Login, job, then three shares at 10, 20 and 30: accepted, stale, never answered."""
    dialogue = Dialogue(MINER, POOL)
    dialogue.from_miner(0, b"login\n", LOGIN)
    dialogue.from_pool(1, b"welcome\n", Note((Meaning.LOGIN_ACCEPTED,)))
    dialogue.from_pool(2, b"job\n", JOB)
    for ts_ns, answer in ((10, YES), (20, NO), (30, None)):
        dialogue.from_miner(ts_ns, b"share\n", SHARE)
        if answer is not None:
            dialogue.from_pool(ts_ns + 1, b"answer\n", answer)
    return Session(dialogue, Facts("stratum-v1", hashrate_hs=1.0))


def test_both_sides_seen_give_all_counts_and_grade_a() -> None:
    truth = session().truth()
    assert (truth.stage, truth.grade, truth.agent, truth.logins) == (
        "working",
        "A",
        "miner/1",
        ("account.rig",),
    )
    assert (truth.jobs, truth.submitted, truth.accepted, truth.rejected, truth.unanswered) == (1, 3, 1, 1, 1)
    assert (truth.stale, truth.duplicate, truth.work_accepted) == (1, 0, 5.0)


def test_what_only_the_other_side_says_is_absent_not_zero() -> None:
    miner, pool = session().truth(ONLY_MINER), session().truth(ONLY_POOL)
    assert (miner.submitted, miner.accepted, miner.jobs, miner.unanswered) == (3, None, None, None)
    assert (miner.stage, miner.grade) == ("working", "B")
    assert (pool.submitted, pool.accepted, pool.rejected, pool.jobs, pool.unanswered) == (None, 1, 1, 1, None)
    assert (pool.stage, pool.grade, pool.agent) == ("joined", "B", None)


def test_the_middle_of_a_session_has_no_login_but_knows_its_workers() -> None:
    truth = session().truth(View(since_ns=20))
    assert (truth.logins, truth.agent, truth.workers) == ((), None, ("rig",))
    assert (truth.submitted, truth.accepted, truth.rejected, truth.unanswered) == (2, 0, 1, 1)


def test_a_lost_answer_leaves_its_share_unanswered() -> None:
    truth = session().truth(View(lost=frozenset({4})))
    assert (truth.accepted, truth.unanswered) == (0, 2)


@pytest.mark.parametrize(
    ("notes", "stage", "grade"),
    [
        ([], "attempted", "D"),
        ([Note((Meaning.LOGIN_REFUSED,))], "refused", "D"),
        ([JOB], "attempted", "D"),  # both sides and the start seen: a job alone does not let a miner in
        ([Note((Meaning.LOGIN_ACCEPTED,))], "joined", "B"),
    ],
)
def test_without_a_share_the_answer_to_the_login_decides(notes: list[Note], stage: str, grade: str) -> None:
    dialogue = Dialogue(MINER, POOL)
    dialogue.from_miner(0, b"login\n", LOGIN)
    for note in notes:
        dialogue.from_pool(1, b"answer\n", note)
    truth = Session(dialogue, Facts("stratum-v1", hashrate_hs=1.0)).truth()
    assert (truth.stage, truth.grade) == (stage, grade)


def test_sayings_are_in_the_order_of_time_whatever_the_order_of_writing() -> None:
    dialogue = Dialogue(MINER, POOL)
    dialogue.from_pool(5, b"late")
    dialogue.from_pool(1, b"early ")
    assert dialogue.stream(Speaker.SERVER) == b"early late"
