"""What shares are worth that were found before a rise of the difficulty and come behind it."""

from __future__ import annotations

from sensor.detect.race import LUCKY_MAX, RACE_NS_MAX
from tests.unit.detect.shares import SECOND, account, answer, seen, share


def test_in_the_race_after_a_rise_it_is_work_at_the_difficulty_before() -> None:
    counted = account(10.0)
    counted.job(SECOND, 40.0, None)
    counted.share(share(1, 40.0, at=2))
    counted.result(answer(1, low=True, at=3))
    work = seen(counted)
    assert (work.count, work.total, work.squares) == (1, 10.0, 100.0)


def test_a_rig_that_keeps_the_old_difficulty_has_shares_accepted_by_luck() -> None:
    """Of shares that were found at 10, the pool accepts one in four, at 40; all of them were worth 10."""
    counted = account(10.0)
    counted.job(SECOND, 40.0, None)
    for key in range(1, 9):
        counted.share(share(key, 40.0, at=1 + key))
        counted.result(answer(key, accepted=key % 4 == 2, low=key % 4 != 2, at=1 + key))
    counted.share(share(9, 40.0, at=20))
    work = seen(counted)
    assert (work.count, work.total, work.squares) == (9, 8 * 10.0 + 40.0, 8 * 100.0 + 1600.0)


def test_more_shares_than_luck_explains_were_found_at_the_new_difficulty() -> None:
    counted = account(10.0)
    counted.job(SECOND, 40.0, None)
    for key in range(1, LUCKY_MAX + 3):
        counted.share(share(key, 40.0, at=1 + key))
        counted.result(answer(key, accepted=key < LUCKY_MAX + 2, low=key == LUCKY_MAX + 2, at=1 + key))
    assert seen(counted).total == (LUCKY_MAX + 1) * 40.0 + 10.0


def test_a_minute_after_the_rise_the_race_is_over() -> None:
    counted = account(10.0)
    counted.job(SECOND, 40.0, None)
    late = RACE_NS_MAX / SECOND + 2
    counted.share(share(1, 40.0, at=late))
    counted.share(share(2, 40.0, at=late))
    counted.result(answer(1, low=True, at=late))
    assert seen(counted).total == 40.0


def test_the_race_begins_when_the_rise_is_told_though_its_job_comes_later() -> None:
    counted = account()
    counted.share(share(1, 10.0, at=10))
    counted.told(20 * SECOND, 40.0, None)
    counted.share(share(2, 10.0, at=21))
    counted.result(answer(2, at=21, low=True))
    assert seen(counted).total == 20.0


def test_a_difficulty_that_was_told_in_another_unit_begins_no_race() -> None:
    counted = account()
    counted.told(20 * SECOND, None, 40.0)
    counted.share(share(1, 10.0, at=21))
    counted.share(share(2, 10.0, at=22))
    counted.result(answer(1, at=21, low=True))
    assert seen(counted).total == 10.0
