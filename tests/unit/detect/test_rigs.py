"""Accounts of rigs behind an agent: whose they are, how many, and their room."""

from __future__ import annotations

from sensor.detect.rigs import Rigs
from sensor.event import RigDifficulty, RigJoined, RigLeft, RigResult, RigShare
from sensor.limits import RIG_BYTES, RIGS_PER_SESSION_MAX
from sensor.model import Side
from sensor.room import Purse, Room, Want

A, B = Side.A, Side.B


def share(rig: int, ts_ns: int = 0, value: float = 4.0) -> RigShare:
    return RigShare(A, ts_ns, 1, "7", None, value, None, rig)


def result(rig: int | None, *, accepted: bool = True, duplicate: bool = False, is_low: bool = False) -> RigResult:
    return RigResult(B, 0, 1, accepted, False, duplicate, None, rig, 4.0, is_low)


def test_a_rig_has_its_own_name_program_difficulty_and_shares() -> None:
    rigs = Rigs()
    rigs.joined(RigJoined(A, 1, 7, "a1", "cgminer/4.10.0"))
    rigs.joined(RigJoined(A, 2, 8, "a2", "bmminer/2.0.0"))
    rigs.told(RigDifficulty(B, 3, 8.0, (8,)))
    rigs.share(share(7, 4), 4.0)
    rigs.share(share(7, 5), 4.0)
    rigs.result(result(7))
    rigs.result(result(7, accepted=False, duplicate=True))
    one, two = rigs.accounts(9)
    assert (one.worker, one.agent, one.value, one.submitted, one.accepted, one.rejected, one.work) == (
        *("a1", "cgminer/4.10.0", 4.0),
        *(2, 1, 1, 4.0),
    )
    assert (two.worker, two.value, two.submitted, two.first_ns, two.last_ns) == ("a2", 8.0, 0, 2, 2)
    assert (rigs.sessions, rigs.worked, rigs.at_once) == (2, 1, 1)


def test_what_is_rejected_for_its_worth_or_its_repetition_is_no_work() -> None:
    rigs = Rigs()
    for _ in range(4):
        rigs.share(share(7), 4.0)
    rigs.result(result(7, accepted=False, is_low=True))
    rigs.result(result(7, accepted=False))
    rigs.result(result(None))
    rigs.result(result(99))
    (account,) = rigs.accounts(9)
    assert (account.work, account.accepted, account.rejected) == (12.0, 0, 2)


def test_a_number_that_is_given_again_is_another_session() -> None:
    rigs = Rigs()
    rigs.joined(RigJoined(A, 1, 7, "a1", None))
    rigs.share(share(7, 2), 4.0)
    rigs.told(RigLeft(A, 3, 7))
    rigs.joined(RigJoined(A, 4, 7, "a9", None))
    rigs.share(share(7, 5), 4.0)
    assert [(one.worker, one.is_open, one.submitted, one.last_ns) for one in rigs.accounts(9)] == [
        ("a9", True, 1, 5),
        ("a1", False, 1, 3),
    ]
    assert (rigs.sessions, rigs.worked, rigs.at_once) == (2, 2, 1)


def test_a_program_is_that_of_all_rigs_or_of_none() -> None:
    rigs = Rigs()
    assert rigs.agent() is None
    rigs.joined(RigJoined(A, 1, 1, "a1", "cgminer/4.10.0"))
    rigs.joined(RigJoined(A, 1, 2, "a2", "cgminer/4.10.0"))
    rigs.share(share(3), 4.0)
    assert rigs.agent() == "cgminer/4.10.0"
    rigs.joined(RigJoined(A, 1, 4, "a4", "bmminer/2.0.0"))
    assert rigs.agent() is None


def test_who_left_makes_room_and_who_is_there_does_not() -> None:
    room = Room(3 * (RIG_BYTES + 78))
    rigs, others = Rigs(Purse(room)), Rigs(Purse(room))
    others.joined(RigJoined(A, 1, 1, "b1", None))
    for rig in (1, 2, 3):
        rigs.joined(RigJoined(A, rig, rig, f"a{rig}", None))
    assert [one.worker for one in rigs.accounts(9)] == ["a1", "a2"]
    assert rigs.share(share(3), 4.0) is None
    assert room.refused_counts[Want.RIGS] == 2
    rigs.told(RigLeft(A, 4, 1))
    rigs.joined(RigJoined(A, 5, 4, "a4", None))
    assert [one.worker for one in rigs.accounts(9)] == ["a2", "a4"]
    assert room.used_bytes == room.bytes_max


def test_a_connection_has_a_bound_of_its_own() -> None:
    rigs = Rigs()
    for rig in range(RIGS_PER_SESSION_MAX + 5):
        rigs.joined(RigJoined(A, 1, rig, None, None))
    assert len(rigs.accounts(10**6)) == rigs.sessions == RIGS_PER_SESSION_MAX


def test_what_was_not_counted_is_not_taken_back() -> None:
    rigs = Rigs()
    rigs.share(share(7), None)  # before its job, so that nobody knows what it is worth
    rigs.result(result(7, accepted=False, duplicate=True))
    rigs.share(share(7), 4.0)
    (one,) = rigs.accounts(9)
    assert (one.submitted, one.rejected, one.work) == (2, 1, 4.0)
