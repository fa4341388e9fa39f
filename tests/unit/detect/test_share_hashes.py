from __future__ import annotations

import random

import pytest

from sensor.detect.share_hashes import SHARES_MIN, HashAccount
from sensor.limits import SHARE_HASHES_MAX
from sensor.model import Work

SECOND = 1_000_000_000


def play(account: HashAccount, rng: random.Random, difficulty: float, shares: int, at: int = 0) -> int:
    """Shares a second apart; the time behind the last."""
    for _ in range(shares):
        account.share(at * SECOND, round((1 - rng.random()) * 2.0**64 / difficulty) - 1)
        at += 1
    return at


def told(account: HashAccount, until: int) -> Work:
    work = account.seen(until * SECOND)
    assert work is not None
    return work


def worth(work: Work) -> float:
    return work.total / work.count


@pytest.mark.parametrize("shares", [20, 100, 250, 1000, 5000])
def test_the_largest_hash_tells_the_difficulty(shares: int) -> None:
    account = HashAccount()
    at = play(account, random.Random(shares), 75_000, shares)
    work = told(account, at)
    assert (work.count, work.from_ns, work.is_hashes) == (shares - 1, 0, True)
    assert worth(work) == pytest.approx(75_000, rel=max(4 / shares, 0.002))


def test_a_difficulty_that_changed_is_told_before_and_behind() -> None:
    account, rng = HashAccount(), random.Random(7)
    at = play(account, rng, 10_000, 40)
    at = play(account, rng, 80_000, 120, at)
    at = play(account, rng, 20_000, 80, at)
    total = 40 * 10_000 + 120 * 80_000 + 80 * 20_000
    assert told(account, at).total == pytest.approx(total, rel=0.05)


def test_memory_is_bounded_and_sums_go_on() -> None:
    account, rng = HashAccount(), random.Random(3)
    at = play(account, rng, 50_000, 10 * SHARE_HASHES_MAX)
    assert len(account._hashes) < SHARE_HASHES_MAX
    assert told(account, at).count == 10 * SHARE_HASHES_MAX - 1


def test_too_few_shares_tell_nothing() -> None:
    account = HashAccount()
    at = play(account, random.Random(1), 1000, SHARES_MIN - 1)
    assert account.seen(at * SECOND) is None
    assert HashAccount().seen(SECOND) is None


def test_a_share_that_is_sent_again_is_the_same_share() -> None:
    account = HashAccount()
    for at in range(100):
        account.share(at * SECOND, 12345)
    assert account.seen(100 * SECOND) is None


def test_hashes_of_nothing_are_no_division_by_nothing() -> None:
    account = HashAccount()
    for number in range(40):
        account.share(number * SECOND, number)
    assert told(account, 40).total > 0


def test_a_clock_that_was_set_back_makes_no_window_shorter() -> None:
    account = HashAccount()
    for number, at in enumerate([*range(0, 1000, 10), *range(100, 1100, 10)]):
        account.share(at * SECOND, number + 1)
    work = told(account, 1100)
    assert work.active_ns / SECOND == pytest.approx(1990, abs=20)


@pytest.mark.parametrize(
    ("before", "silence", "behind", "paused"),
    [(10, 900, 10, 880), (1, 60, 60, 0), (60, 60, 1, 0), (60, 1800, 1, 1739), (10, 60, 10, 0)],
    ids=["a pause", "a target made harder", "one made easier", "a pause and a target made easier", "chance"],
)
def test_a_silence_is_a_pause_by_the_pace_on_both_sides_of_it(
    before: int, silence: int, behind: int, paused: int
) -> None:
    account, rng = HashAccount(), random.Random(3)
    times = [before * number for number in range(60)]
    times += [times[-1] + silence + behind * number for number in range(60)]
    for at in times:
        account.share(at * SECOND, rng.randrange(1 << 40))
    work = told(account, times[-1])
    assert work.until_ns - work.from_ns - work.active_ns == pytest.approx(paused * SECOND, abs=3 * SECOND)
