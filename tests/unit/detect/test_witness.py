"""What one side alone must say before it is believed."""

from __future__ import annotations

from typing import get_args

import pytest

from sensor.detect.witness import WORDS, Witness
from sensor.event import (
    Difficulty,
    DifficultyMissed,
    Job,
    Login,
    Malformed,
    MalformedCode,
    MiningEvent,
    Notice,
    NoticeKind,
    Renamed,
    Restart,
    RigLeft,
    Share,
    ShareResult,
    Unknown,
    UnknownCode,
    VersionRolling,
)
from sensor.limits import MOMENT_NS_MIN
from sensor.model import Side

A, B = Side.A, Side.B
SECOND = 1_000_000_000


def job(second: float, side: Side = B) -> Job:
    return Job(side, round(second * SECOND), "j", None, None, None, None, None, None)


def share(second: float, side: Side = A) -> Share:
    return Share(side, round(second * SECOND), 1, "j", None, None, None)


def yes(second: float) -> ShareResult:
    return ShareResult(B, round(second * SECOND), None, True, False, False, None)


def text(second: float, side: Side) -> Malformed:
    return Malformed(side, round(second * SECOND), MalformedCode.NOT_JSON, 0)


def strange(second: float, side: Side, code: UnknownCode = UnknownCode.SHAPE) -> Unknown:
    return Unknown(side, round(second * SECOND), code)


def told(*events: MiningEvent) -> Witness:
    witness = Witness()
    witness.hear(list(events))
    return witness


@pytest.mark.parametrize(
    ("events", "suffices"),
    [
        ([job(1)], False),
        ([job(1), job(1)], False),
        ([job(1), job(2)], False),
        ([job(1), job(1), job(1)], False),
        ([job(0), job(1), job(1 + (MOMENT_NS_MIN - 1) / SECOND)], False),
        ([job(0), job(1), job(1 + MOMENT_NS_MIN / SECOND)], True),
        ([job(9), job(5), job(1)], True),  # time runs backwards in some captures
        ([job(1), yes(5), yes(6)], True),
        ([share(1), share(2), share(3)], True),
        ([Login(A, 1, "a", None, None, None), share(2), share(3)], True),
        ([share(1), job(1)], True),  # both sides
        ([share(1), job(1), strange(2, A, UnknownCode.ROLE)], False),
        ([share(1), job(1), share(2), job(2), strange(2, A, UnknownCode.ROLE)], True),
        ([share(1), job(1), strange(2, A), strange(2, B)], True),
        ([Login(A, 1, "a", None, None, None), job(1)], True),
        ([Difficulty(B, second * SECOND, 1.0, None) for second in range(1, 9)], False),
        ([*[Difficulty(B, second * SECOND, 1.0, None) for second in range(1, 9)], job(9)], False),
        ([job(1), Notice(B, 2 * SECOND, NoticeKind.PREFACE)], False),
        ([job(1), job(2), job(3), text(1, B)], False),
        ([*[job(second) for second in range(1, 5)], text(1, B)], True),
        ([x for second in range(1, 9) for x in (job(second), strange(second, B, UnknownCode.MEMBERS))], False),
        ([job(1), job(2), job(3), *[strange(second, B, UnknownCode.REPLY) for second in range(50)]], True),
        ([job(1), job(2), job(3), text(1, A)], False),
        ([job(1), job(2), job(3), strange(1, A)], False),
        ([share(1), text(1, A), job(2), text(2, B)], True),
    ],
)
def test_one_side_must_say_it_again_and_little_else(events: list[MiningEvent], suffices: bool) -> None:
    assert told(*events).suffices is suffices


def test_every_event_is_a_word_or_known_to_be_none() -> None:
    quiet = {Notice, VersionRolling, RigLeft, DifficultyMissed, Unknown, Malformed, Restart, Renamed}
    assert WORDS | quiet == set(get_args(MiningEvent))
    assert not WORDS & quiet


def test_one_side_is_belied_by_another_that_talks_of_something_else() -> None:
    assert told(job(1), job(2), text(3, A)).is_belied
    assert not told(job(1), job(2), text(3, B)).is_belied
    assert not told(job(1), share(2), text(3, A)).is_belied
    assert not told(text(3, A)).is_belied


def test_a_session_that_is_read_anew_is_weighed_anew() -> None:
    witness = told(job(1), job(2), text(3, A), Restart(4), share(5))
    assert (witness.work_moments, witness.is_belied, witness.is_of_both) == (1, False, False)
