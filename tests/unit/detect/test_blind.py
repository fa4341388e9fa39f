from __future__ import annotations

import random

import pytest

from sensor.detect.blind import SETTLE_NS, BlindAccount
from sensor.model import Blind

SECOND = 1_000_000_000


def play(intervals: list[tuple[float, float]], *, is_young: bool = False, seed: int = 5) -> BlindAccount:
    """Shares at mean intervals, each for so many seconds."""
    account, rng, at, end = BlindAccount(is_young=is_young), random.Random(seed), 0.0, 0.0
    for interval, seconds in intervals:
        end += seconds
        while (at := at + rng.expovariate(1 / interval)) < end:
            account.share(round(at * SECOND))
        at = end
    return account


def seen(account: BlindAccount, until: float) -> Blind:
    blind = account.seen(round(until * SECOND))
    assert blind is not None
    return blind


def test_the_first_share_opens_the_window_and_does_not_count() -> None:
    account = BlindAccount(is_young=False)
    for at in (10, 20, 30):
        account.share(at * SECOND)
    blind = seen(account, 40)
    assert (blind.from_ns, blind.until_ns, blind.count) == (10 * SECOND, 40 * SECOND, 2)


def test_the_first_minutes_of_a_session_do_not_count() -> None:
    account = BlindAccount(is_young=True)
    for at in range(0, 700, 10):
        account.share(at * SECOND)
    blind = seen(account, 700)
    assert blind.from_ns == SETTLE_NS
    assert blind.count == (690 - 300) // 10


def test_a_rate_that_only_scatters_is_steady() -> None:
    assert all(seen(play([(5.0, 3600)], seed=seed), 3600).is_steady for seed in range(200))


def test_a_rate_that_jumped_is_not() -> None:
    assert not any(seen(play([(2.5, 1200), (10.0, 2400)], seed=seed), 3600).is_steady for seed in range(50))


def test_without_a_share_there_is_nothing() -> None:
    assert BlindAccount(is_young=False).seen(SECOND) is None


def test_a_clock_that_was_set_back_makes_no_window_shorter() -> None:
    account = BlindAccount(is_young=False)
    for at in [*range(0, 3000, 10), *range(100, 3100, 10)]:
        account.share((5000 + at) * SECOND)
    blind = seen(account, 8100)
    assert (blind.until_ns - blind.from_ns) / SECOND == pytest.approx(5990, abs=20)
    assert blind.is_steady
