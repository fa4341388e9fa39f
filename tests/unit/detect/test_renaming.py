"""A session whose pool goes over to another algorithm: one finding, under its new name, with all its shares."""

from __future__ import annotations

import pytest

from sensor.detect.session import Session
from sensor.finding import Grade, ReasonCode, Stage
from sensor.model import Chunk
from sensor.wire.dialogue import Dialogue
from tests.scripted import SECOND, START, opened
from tests.unit.wire.family import BOUND, ETHER, HASH, RELATIVE, notify, submit, yes
from tests.unit.wire.talk import Message

SWITCHED = [
    notify("j", 900_000, HASH, "", "", 2, BOUND, "", True),
    submit(7, ETHER, "j", "0a0b0c", "", "0a0b0c0d0e0f0a0b"),
    yes(7),
]


def hear(session: Session, messages: list[Message], at: int) -> None:
    for number, (side, data) in enumerate(messages):
        session.receive(Chunk(1, side, START + (at + number) * SECOND, 0, data))


@pytest.mark.parametrize("is_told", [True, False])
def test_the_name_changes_and_what_was_counted_stays(is_told: bool) -> None:
    session = Session(opened(), Dialogue())
    hear(session, RELATIVE["ethereumstratum-1"], 0)
    assert session.dialect == "ethereumstratum-1"
    if is_told:
        session.revised(START + 20 * SECOND)
    hear(session, SWITCHED, 30)
    assert (session.dialect, session.stage, session.grade) == ("autolykos-stratum", Stage.WORKING, Grade.A)
    counts = session.tally.work.counts()
    assert (counts.submitted, counts.accepted, session.tally.jobs) == (2, 2, 2)
    codes = {reason.code for reason in session.evidence.reasons()}
    # Nobody was told of the first name where no revision was.
    assert (ReasonCode.DIALECT_CHANGED in codes) is is_told
    assert session.is_changed


def test_the_work_of_both_is_summed_in_hashes() -> None:
    session = Session(opened(), Dialogue())
    hear(session, RELATIVE["ethereumstratum-1"], 0)
    hear(session, SWITCHED, 30)
    work = session.tally.work.seen(START + 60 * SECOND, is_edge=False)
    assert work is not None
    assert (work.count, work.is_hashes) == (2, True)
    assert work.total == pytest.approx(2_147_516_416.5 + 5.0e9)
