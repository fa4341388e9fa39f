"""Which shares count, at what worth, in which time."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.detect.work import WorkAccount
from sensor.event import RigResult, RigShare, Share
from sensor.limits import WORTHS_PER_SESSION_MAX
from sensor.model import Side
from tests.unit.detect.shares import SECOND, account, answer, seen, share


def test_submitted_is_the_sum_of_accepted_rejected_and_unanswered() -> None:
    counted = account()
    for key in range(1, 6):
        counted.share(share(key, 10.0))
    counted.result(answer(1, accepted=True))
    counted.result(answer(2, stale=True))
    counted.result(answer(3, duplicate=True))
    counts = counted.counts()
    assert (counts.submitted, counts.accepted, counts.rejected, counts.unanswered) == (5, 1, 2, 2)
    assert (counts.stale, counts.duplicate) == (1, 1)


@pytest.mark.parametrize("counted", [account(), WorkAccount()], ids=["difficulty", "no difficulty"])
@pytest.mark.parametrize("what", ["accepted", "stale", "duplicate", "low"])
def test_an_answer_without_its_submit_stands_for_one(counted: WorkAccount, what: str) -> None:
    before = counted.counts()
    counted.result(answer(None, **{what: True}))
    counts = counted.counts()
    assert (counts.submitted - before.submitted, counts.unanswered) == (1, 0)


def test_each_share_counts_what_its_own_job_was_worth() -> None:
    counted = account(10.0)
    counted.share(share(1, 10.0, at=1))
    counted.job(2 * SECOND, 40.0, None)
    counted.share(share(2, 10.0, at=3))
    counted.share(share(3, 40.0, at=4))
    work = seen(counted)
    assert (work.count, work.total, work.squares) == (3, 60.0, 1800.0)


def test_what_cost_work_counts_and_what_is_paid_is_told_apart() -> None:
    counted = account()
    for key in range(1, 5):
        counted.share(share(key, 10.0, at=key))
    counted.result(answer(1, accepted=True, at=5))
    counted.result(answer(2, stale=True, at=5))
    counted.result(answer(3, at=5))
    work = seen(counted)
    assert (work.count, work.total, work.accepted) == (4, 40.0, 10.0)


def test_without_an_answer_nobody_knows_what_was_accepted() -> None:
    counted = account()
    counted.share(share(1, 10.0, at=1))
    assert seen(counted).accepted is None


def test_a_duplicate_is_no_work() -> None:
    counted = account()
    counted.share(share(1, 10.0, at=1))
    counted.share(share(2, 10.0, at=2))
    counted.result(answer(1, accepted=True, at=3))
    counted.result(answer(2, duplicate=True, at=3))
    work = seen(counted)
    assert (work.count, work.total, work.squares) == (1, 10.0, 100.0)


def test_a_share_below_its_difficulty_is_no_work() -> None:
    counted = account()
    counted.share(share(1, 10.0, at=1))
    counted.share(share(2, 10.0, at=2))
    counted.result(answer(2, low=True, at=3))
    assert seen(counted).total == 10.0


def test_an_answer_finds_the_worth_of_its_share_behind_a_change() -> None:
    counted = account(10.0)
    counted.share(share(1, 10.0, at=1))
    counted.job(2 * SECOND, 40.0, None)
    counted.share(share(2, 40.0, at=3))
    counted.result(answer(1, accepted=True, at=4))
    assert seen(counted).accepted == 10.0


def test_of_more_changes_than_are_kept_the_oldest_are_forgotten() -> None:
    counted = account(1.0)
    for number in range(1, WORTHS_PER_SESSION_MAX + 4):
        counted.job(number * SECOND, float(number), None)
        counted.share(share(number, float(number), at=number))
    counted.result(answer(1, accepted=True, at=99))
    # The oldest that is known stands for it.
    assert seen(counted).accepted == 4.0


def test_a_share_for_a_job_of_an_earlier_connection_is_no_work_of_this_one() -> None:
    counted = account()
    assert counted.share(share(1, None, at=1))
    counted.share(share(2, 10.0, at=2))
    counted.result(answer(1, accepted=True, at=3))
    work = seen(counted)
    assert (work.count, work.total, work.accepted) == (1, 10.0, 0.0)


def test_where_jobs_were_missed_a_share_counts_the_difficulty_in_force() -> None:
    counted = account(is_holed=True)
    assert counted.share(share(1, None, at=1))
    assert seen(counted).total == 10.0


def test_before_any_difficulty_was_seen_shares_are_blind() -> None:
    counted = WorkAccount(is_holed=True)
    assert not counted.share(share(1, None, at=1))
    assert not counted.result(answer(None, accepted=True, at=2))
    assert counted.seen(100 * SECOND, is_edge=False) is None


def test_an_answer_without_its_share_counts_the_difficulty_in_force() -> None:
    counted = account()
    assert counted.result(answer(None, accepted=True, at=1))
    assert counted.result(answer(None, stale=True, at=2))
    assert counted.result(answer(None, duplicate=True, at=3))
    work = seen(counted)
    assert (work.count, work.total, work.accepted) == (2, 20.0, 10.0)


def test_what_is_counted_in_another_unit_begins_anew() -> None:
    counted = account(10.0)
    counted.share(share(1, 10.0, at=1))
    counted.job(50 * SECOND, None, 4e9)
    counted.share(Share(Side.A, 60 * SECOND, 2, "j", None, None, 4e9))
    counted.result(answer(1, accepted=True, at=61))
    work = seen(counted)
    assert (work.from_ns, work.count, work.total, work.is_hashes) == (50 * SECOND, 1, 4e9, True)
    assert work.accepted == 0.0


def test_a_job_without_a_difficulty_changes_nothing() -> None:
    counted = account(10.0)
    counted.job(5 * SECOND, None, None)
    counted.share(share(1, 10.0, at=6))
    assert seen(counted).from_ns == 0


# ---------------------------------------------------------------- windows


def test_the_window_runs_from_the_first_job_to_the_clock() -> None:
    counted = account()
    for key in range(1, 11):
        counted.share(share(key, 10.0, at=10 * key - 5))
    work = seen(counted, until=100)
    assert (work.from_ns, work.until_ns, work.active_ns) == (0, 100 * SECOND, 100 * SECOND)


def test_a_share_that_ends_the_window_is_not_counted() -> None:
    counted = account()
    counted.share(share(1, 10.0, at=10))
    counted.share(share(2, 10.0, at=20))
    work = seen(counted, until=20.5, is_edge=True)
    assert (work.count, work.total, work.until_ns) == (1, 10.0, 20 * SECOND)
    # Another message, long after the last share, cuts no interval short.
    assert seen(counted, until=40, is_edge=True).count == 2


def test_nothing_is_known_of_a_window_that_its_only_share_ends() -> None:
    counted = account()
    counted.share(share(1, 10.0, at=10))
    assert counted.seen(10 * SECOND, is_edge=True) is None


def regular(shares: int, every: float = 10.0) -> WorkAccount:
    counted = account()
    for key in range(1, shares + 1):
        counted.share(share(key, 10.0, at=every * key))
    return counted


def test_a_pause_is_no_active_time_but_for_an_interval_at_each_end() -> None:
    counted = regular(50)
    counted.share(share(51, 10.0, at=500 + 3600))
    work = seen(counted, until=4100)
    assert work.active_ns / SECOND == pytest.approx(500 + 2 * 10, abs=0.01)


@pytest.mark.parametrize("first", ["job", "share"])
def test_a_clock_that_was_set_back_counts_no_time_for_the_work_of_two(first: str) -> None:
    """By 400 s after 500 s of work; the same work again is done at the same rate."""
    counted = regular(50)
    if first == "job":
        counted.job(101 * SECOND, 10.0, None)
    for key in range(50):
        counted.share(share(51 + key, 10.0, at=110 + 10 * key))
    work = seen(counted, until=600)
    assert work.total == 1000.0
    assert work.active_ns / SECOND == pytest.approx(1000, abs=15)
    assert (work.until_ns - work.from_ns) == work.active_ns
    assert work.in_force == pytest.approx(10.0)


def from_too_high(pause: float) -> WorkAccount:
    """A rig of one a second, of which the pool expects 64 times as much and half of that each minute, works ``pause``
    seconds after its first job.
    """
    counted = WorkAccount()
    for minute in range(7):
        counted.job(60 * minute * SECOND, 640.0 / 2**minute, None)
    for key in range(100):
        counted.share(share(key + 1, 10.0, at=pause + 10 * (key + 1)))
    return counted


def test_no_share_at_a_difficulty_that_is_much_too_high_is_no_pause() -> None:
    work = seen(from_too_high(361), until=1365)
    assert work.active_ns == 1365 * SECOND
    assert work.idle_ns == 360 * SECOND


def test_a_rig_that_starts_late_paused_whatever_its_first_difficulties_were() -> None:
    work = seen(from_too_high(3600), until=4605)
    assert work.active_ns / SECOND == pytest.approx(1010, abs=10)


def test_a_difficulty_that_was_too_high_for_a_moment_makes_no_pause() -> None:
    """Between two shares it rises to 640 and comes down again."""
    counted = regular(50)
    for number, worth in enumerate((640.0, 320.0, 160.0, 80.0, 40.0, 20.0)):
        counted.job((501 + 60 * number) * SECOND, worth, None)
    counted.share(share(51, 20.0, at=870))
    assert seen(counted, until=871).active_ns == 871 * SECOND


def test_a_clock_may_be_set_back_to_where_time_begins() -> None:
    counted = regular(50)
    for key in range(50):
        counted.share(share(51 + key, 10.0, at=0.5 + 10 * key))
    assert counted.has_begun
    assert seen(counted, until=491).active_ns / SECOND == pytest.approx(1000, abs=15)


def test_a_clock_that_was_set_back_before_any_job_begins_no_window() -> None:
    counted = WorkAccount(is_holed=True)
    counted.share(share(1, 10.0, at=100))
    counted.share(share(2, 10.0, at=10))
    counted.job(20 * SECOND, 10.0, None)
    counted.share(share(3, 10.0, at=30))
    work = seen(counted, 40)
    assert (work.from_ns, work.active_ns, work.count) == (20 * SECOND, 20 * SECOND, 1)


def test_shares_out_of_order_behind_a_long_start_are_no_pace() -> None:
    counted = account()
    for key, at in enumerate([1000, *[998] * 8, 1010, 1020, 1030]):
        counted.share(share(key + 1, 10.0, at=at))
    assert 0 < seen(counted, until=1030).active_ns <= 1030 * SECOND


def test_messages_out_of_order_set_no_clock_back() -> None:
    counted = regular(50)
    counted.share(share(51, 10.0, at=496))
    counted.share(share(52, 10.0, at=520))
    assert seen(counted, until=520).active_ns == 520 * SECOND


@pytest.mark.parametrize(("silence", "active"), [(50, 430), (1000, 390)])
def test_a_rig_that_starts_long_behind_its_first_job_did_not_work_until_then(silence: int, active: int) -> None:
    """Its shares tell its pace from the eighth on. 39 of them have 38 intervals between them, and one before."""
    counted = account()
    for key in range(39):
        counted.share(share(key + 1, 10.0, at=silence + 10 * key))
    work = seen(counted, until=silence + 380)
    assert work.active_ns / SECOND == pytest.approx(active, abs=2)
    assert work.total == 390.0


def test_a_silence_that_may_be_chance_is_no_pause() -> None:
    counted = regular(50)
    # 6 + ln 50 = 9.9 mean intervals.
    counted.share(share(51, 10.0, at=500 + 95))
    assert seen(counted, until=595).active_ns == 595 * SECOND


def test_a_rig_that_fell_silent_is_counted_until_one_interval_behind_its_last_share() -> None:
    work = seen(regular(50), until=36_000)
    assert work.until_ns / SECOND == pytest.approx(510, abs=0.01)
    assert work.total / (work.active_ns / SECOND) == pytest.approx(500 / 510)


def test_a_higher_difficulty_makes_longer_silences_and_no_pause() -> None:
    counted = regular(50)
    counted.job(500 * SECOND, 160.0, None)
    counted.share(share(51, 160.0, at=500 + 900))
    assert seen(counted, until=1400).active_ns == 1400 * SECOND


def test_a_difficulty_that_fell_after_a_long_silence_makes_no_pause_of_it() -> None:
    counted = account(160.0)
    for key in range(1, 51):
        counted.share(share(key, 160.0, at=160 * key))
    counted.job(8900 * SECOND, 10.0, None)
    counted.share(share(51, 10.0, at=8000 + 1200))
    assert seen(counted, until=9200).active_ns == 9200 * SECOND


def rig_share(key: int, worth: float, at: float) -> RigShare:
    return RigShare(Side.A, round(at * SECOND), key, "1", None, worth, None, 1)


def rig_duplicate(key: int, worth: float, at: float) -> RigResult:
    return RigResult(Side.B, round(at * SECOND), key, False, False, True, None, 1, worth, False)


def test_a_silence_of_rigs_whose_shares_were_all_taken_back_is_no_pause() -> None:
    counted = account()
    for key in range(1, 9):
        counted.share_of_rig(rig_share(key, 10.0, key))
    for key in range(1, 9):
        counted.result_of_rig(rig_duplicate(key, 10.0, 9))
    counted.share_of_rig(rig_share(9, 10.0, 9_000))
    work = seen(counted, 9_010)
    assert (work.count, work.active_ns) == (1, 9_010 * SECOND)


def test_rigs_whose_difficulty_was_raised_a_hundredfold_do_not_pause_between_their_shares() -> None:
    counted = account(0.1)
    for key in range(1, 301):
        counted.share_of_rig(rig_share(key, 0.1, key / 10))
    counted.job(31 * SECOND, 10.0, None)
    for key in range(301, 361):
        counted.share_of_rig(rig_share(key, 10.0, 30 + 10 * (key - 300)))
    assert seen(counted, 631).active_ns == 631 * SECOND
    # But an hour is a pause at the new pace, too.
    counted.share_of_rig(rig_share(361, 10.0, 630 + 3600))
    assert seen(counted, 4231).active_ns / SECOND == pytest.approx(650, abs=10)


def test_a_pace_is_not_told_where_more_was_taken_back_than_was_counted() -> None:
    """Shares from before the first job count nothing, and the pool calls them duplicates behind it."""
    counted = WorkAccount(is_holed=True)
    for key in range(1, 401):
        counted.share_of_rig(rig_share(key, 1.0, key))
    counted.job(500 * SECOND, 1.0, None)
    for key in range(1, 401):
        counted.result_of_rig(rig_duplicate(key, 1.0, 501))
    counted.share_of_rig(rig_share(401, 30.0, 510))
    counted.doubt(511 * SECOND)
    for key in range(402, 502):
        counted.share_of_rig(rig_share(key, 30.0, 110 + key))
    assert counted.seen(700 * SECOND, is_edge=False) is None


def test_a_pause_is_found_however_often_somebody_asks_for_the_sums_before() -> None:
    """Revisions are told each 300 s, and a slow rig has a share in ten minutes."""
    counted = account()
    for key in range(1, 51):
        counted.share(share(key, 10.0, at=600 * key))
        counted.seen((600 * key + 1) * SECOND, is_edge=False)
    counted.share(share(51, 10.0, at=30_000 + 20 * 600))
    assert seen(counted, until=42_000).active_ns / SECOND == pytest.approx(30_000 + 2 * 600, abs=0.01)


def test_few_shares_do_not_tell_a_pause() -> None:
    counted = regular(5)
    counted.share(share(6, 10.0, at=5000))
    assert seen(counted, until=5000).active_ns == 5000 * SECOND


def test_a_pause_before_a_hole_stays_one_though_what_follows_is_left_out() -> None:
    """A capture that fails for five minutes, and behind them a difficulty that nobody knows until the next is told."""
    counted = regular(100)
    counted.doubt(1300 * SECOND)
    assert seen(counted, 1400).active_ns == pytest.approx(1010 * SECOND, rel=0.01)
    counted.share(share(101, 10.0, at=1310))
    counted.told(1500 * SECOND, 20.0, None)
    counted.job(1500 * SECOND, 20.0, None)
    counted.share(share(102, 20.0, at=1520))
    work = seen(counted, 1520)
    assert (work.count, work.total) == (101, 1020.0)
    assert work.active_ns == pytest.approx(1030 * SECOND, rel=0.01)


def test_a_duplicate_takes_back_its_own_worth_though_a_stray_answer_came_between() -> None:
    counted = account(10.0)
    counted.share(share(1, 15.0, at=1))
    counted.result(answer(None, accepted=True, at=2))
    counted.result(answer(1, accepted=False, duplicate=True, at=3))
    work = seen(counted, until=100)
    assert (work.count, work.total, work.squares) == (1, 10.0, 100.0)


@given(
    st.lists(
        st.tuples(st.sampled_from(["job", "share", "yes", "stale", "duplicate", "low", "stray"]), st.floats(0.1, 1e9)),
        max_size=60,
    )
)
def test_sums_stay_sums_whatever_comes(messages: list[tuple[str, float]]) -> None:
    counted = WorkAccount()
    keys: list[int] = []
    for at, (what, worth) in enumerate(messages):
        match what:
            case "job":
                counted.job(at * SECOND, worth, None)
            case "share":
                keys.append(at)
                counted.share(share(at, worth if counted.has_begun else None, at=at))
            case "stray":
                counted.result(answer(None, accepted=True, at=at))
            case _:
                if keys:
                    key = keys.pop(0)
                    counted.result(
                        answer(key, at=at, accepted=what == "yes", duplicate=what == "duplicate", low=what == "low")
                    )
    work = counted.seen(1000 * SECOND, is_edge=False)
    if work is not None:
        assert work.count > 0
        assert 0 < work.active_ns <= 1000 * SECOND
        # Cauchy's inequality: as many equal shares never tell less.
        assert 1 <= work.total**2 / work.squares <= work.count * (1 + 1e-9)
        assert work.accepted is None or 0 <= work.accepted <= work.total


@pytest.mark.uncounted
@pytest.mark.parametrize("count", [15, 60, 300])
def test_at_most_one_session_in_400_pauses_by_chance(count: int) -> None:
    rng = random.Random(count)
    runs = 4000
    pauses = 0
    for _ in range(runs):
        counted, at = account(), 0.0
        for key in range(1, count + 1):
            at += rng.expovariate(0.1)
            counted.share(share(key, 10.0, at))
        work = seen(counted, at)
        pauses += work.active_ns < work.until_ns - work.from_ns
    # Three standard deviations of ten in 4000.
    assert pauses / runs <= 1 / 400 + 3 * (1 / 400 / runs) ** 0.5
