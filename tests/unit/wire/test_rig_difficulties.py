"""The difficulties of rigs: from which job on, whose number it is, and their bound."""

from __future__ import annotations

from sensor.limits import RIG_CHANGES_MAX, RIG_PAGES_MAX
from sensor.wire.rig_difficulties import RigDifficulties


def test_the_first_holds_at_once_and_a_change_from_the_next_job_on() -> None:
    rigs = RigDifficulties()
    rigs.level(14, (1, 2))
    rigs.level(15, (2,))
    assert [rigs.of(rig, is_latest=True) for rig in (1, 2, 3)] == [14, 14, None]
    rigs.job()
    assert [rigs.of(rig, is_latest=True) for rig in (1, 2)] == [14, 15]
    assert [rigs.of(rig, is_latest=False) for rig in (1, 2)] == [14, 14]
    rigs.job()
    assert rigs.of(2, is_latest=False) == 15


def test_the_mean_is_that_of_all_rigs() -> None:
    rigs = RigDifficulties()
    assert rigs.mean() is None
    rigs.level(0, (1,))
    rigs.level(3, (2, 3, 2000))
    assert rigs.mean() == (1 + 3 * 8) / 4
    rigs.forget(1)
    assert rigs.mean() == 8
    for rig in (2, 3, 2000, 4):
        rigs.forget(rig)
    assert rigs.mean() is None


def test_a_number_that_became_free_is_another_rigs() -> None:
    rigs = RigDifficulties()
    rigs.level(14, (1,))
    rigs.level(15, (1,))
    rigs.forget(1)
    rigs.job()
    assert rigs.of(1, is_latest=True) is None
    rigs.level(10, (1,))
    assert rigs.of(1, is_latest=True) == 10


def test_more_changes_than_are_remembered_hold_at_once() -> None:
    rigs = RigDifficulties()
    many = tuple(range(RIG_CHANGES_MAX + 10))
    rigs.level(14, many)
    rigs.level(15, many)
    found = [rigs.of(rig, is_latest=True) for rig in many]
    assert found == [14] * RIG_CHANGES_MAX + [15] * 10


def test_the_oldest_numbers_are_forgotten_beyond_the_bound() -> None:
    rigs = RigDifficulties()
    spread = tuple(range(0, 0xFFFF, 1024))
    assert len(spread) > RIG_PAGES_MAX
    rigs.level(14, spread)
    kept = [rig for rig in spread if rigs.of(rig, is_latest=True) is not None]
    assert kept == list(spread[-RIG_PAGES_MAX:])
    assert rigs.mean() == 2.0**14
