from __future__ import annotations

from msgspec import UNSET

from sensor.detect.evidence import MINER, Evidence
from sensor.finding import ReasonCode
from sensor.limits import REASONS_PER_SESSION_MAX
from tests.scripted import START


def test_only_the_first_reason_of_a_code_is_kept() -> None:
    evidence = Evidence()
    evidence.add(ReasonCode.SHARE_SENT, START, side=MINER, shown="1")
    evidence.add(ReasonCode.SHARE_SENT, START + 1, side=MINER, shown="2")
    (reason,) = evidence.reasons()
    assert reason.proof == "1"
    assert reason.at == "2023-11-14T22:15:00.000000000Z"
    assert reason.params is UNSET


def test_subjects_of_one_code_are_reasons_of_their_own() -> None:
    evidence = Evidence()
    for name in ("a.example", "b.example", "a.example"):
        evidence.add(ReasonCode.NAME_LEARNED, START, subject=name)
    assert len(evidence.reasons()) == 2


def test_what_does_not_fit_is_counted() -> None:
    evidence = Evidence()
    for number in range(REASONS_PER_SESSION_MAX + 5):
        evidence.add(ReasonCode.NAME_LEARNED, START, subject=str(number))
    assert len(evidence.reasons()) == REASONS_PER_SESSION_MAX
    assert evidence.dropped_count == 5


def test_a_reading_given_up_takes_its_messages_with_it_but_not_the_lists() -> None:
    evidence = Evidence()
    evidence.add(ReasonCode.MIDSTREAM, START)
    evidence.add(ReasonCode.NAME_LEARNED, START, subject="a.example")
    evidence.add(ReasonCode.DIALECT_CONFIRMED, START, subject="x")
    evidence.add(ReasonCode.LOGIN_SENT, START, side=MINER)
    evidence.forget_messages()
    assert [reason.code for reason in evidence.reasons()] == [ReasonCode.MIDSTREAM, ReasonCode.NAME_LEARNED]
