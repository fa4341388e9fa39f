"""How often the truth lies within the 95 % bounds, over simulated sessions: shares are a Poisson process.

The sessions run through the very accounts that count real ones. Everything is drawn from fixed seeds, so that each
figure is the same in every run.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from sensor.detect.share_hashes import HashAccount
from sensor.detect.work import WorkAccount
from sensor.estimate.interval import factors
from sensor.event import Share, ShareResult
from sensor.model import Side, Work

RUNS = 3000
SECOND = 1_000_000_000
START = 1_772_438_400 * SECOND
# The rig does one hash a second: difficulties are mean intervals in seconds.
RATE = 1.0

Play = Callable[[random.Random, float], Work | None]


def fixed(rng: random.Random, expected: float) -> Work | None:
    """One difficulty, closed by the clock."""
    account = _started(10.0)
    for at in _arrivals(rng, 10.0, 10.0 * expected):
        account.share(_share(at, 10.0))
    return account.seen(_ns(10.0 * expected), is_edge=False)


def from_low_difficulty(rng: random.Random, expected: float) -> Work | None:
    """The pool begins 32 times too low and sets each 90 s what it has seen, as NOMP and its children do."""
    difficulty, until, at = 10.0 / 32, 10.0 * expected, 0.0
    account = _started(difficulty)
    while at < until:
        end = min(at + 90, until)
        count = 0
        for arrival in _arrivals(rng, difficulty, end - at):
            account.share(_share(at + arrival, difficulty))
            count += 1
        at = end
        difficulty *= max(0.25, min(4.0, count * 10.0 / 90)) if count else 0.5
        account.job(_ns(at), difficulty, None)
    return account.seen(_ns(until), is_edge=False)


def doubling(rng: random.Random, expected: float) -> Work | None:
    """The pool doubles after eight quick shares and halves after eight slow ones."""
    difficulty, until, at = 10.0 / 64, 10.0 * expected, 0.0
    account = _started(difficulty)
    eight: list[float] = []
    while (at := at + rng.expovariate(RATE / difficulty)) < until:
        account.share(_share(at, difficulty))
        eight.append(at)
        if len(eight) == 8:
            taken, eight = eight[-1] - eight[0], []
            if not 40 < taken < 160:
                difficulty *= 2 if taken <= 40 else 0.5
                account.job(_ns(at), difficulty, None)
    return account.seen(_ns(until), is_edge=False)


def from_high_difficulty(rng: random.Random, expected: float) -> Work | None:
    """The pool begins 64 times too high, and halves each minute."""
    until, at, difficulty = 10.0 * expected, 0.0, 640.0
    account = _started(difficulty)
    while at < until:
        end = min(at + 60, until) if difficulty > 10 else until
        for arrival in _arrivals(rng, difficulty, end - at):
            account.share(_share(at + arrival, difficulty))
        at, difficulty = end, difficulty / 2
        account.job(_ns(at), difficulty, None)
    return account.seen(_ns(until), is_edge=False)


def raised_once(rng: random.Random, expected: float) -> Work | None:
    """The difficulty is a quarter of the later one for a third of the time."""
    account = _started(2.5)
    third = 10.0 * expected / 3
    for at in _arrivals(rng, 2.5, third):
        account.share(_share(at, 2.5))
    account.job(_ns(third), 10.0, None)
    for at in _arrivals(rng, 10.0, 2 * third):
        account.share(_share(third + at, 10.0))
    return account.seen(_ns(3 * third), is_edge=False)


def only_the_pool(rng: random.Random, expected: float) -> Work | None:
    """Only the pool's answers are seen."""
    account = _started(10.0)
    for at in _arrivals(rng, 10.0, 10.0 * expected):
        account.result(ShareResult(Side.B, _ns(at), None, True, False, False, None))
    return account.seen(_ns(10.0 * expected), is_edge=False)


def with_a_pause(rng: random.Random, expected: float) -> Work | None:
    """In the middle the rig is off for as long again as it works in all."""
    account = _started(10.0)
    half = 5.0 * expected
    for at in _arrivals(rng, 10.0, 2 * half):
        account.share(_share(at if at < half else at + 2 * half, 10.0))
    return account.seen(_ns(4 * half), is_edge=False)


def slow_to_start(rng: random.Random, expected: float) -> Work | None:
    """The rig begins half an hour behind its first job."""
    account = _started(10.0)
    for at in _arrivals(rng, 10.0, 10.0 * expected):
        account.share(_share(1800 + at, 10.0))
    return account.seen(_ns(1800 + 10.0 * expected), is_edge=False)


def hashes_only(rng: random.Random, expected: float) -> Work | None:
    """Only the miner is seen; its shares carry their hashes. The pool began with a quarter of the difficulty."""
    account = HashAccount()
    at = 0.0
    for difficulty, until in ((2.5, 1.5 * expected), (10.0, 10.0 * expected)):
        while (at := at + rng.expovariate(RATE / difficulty)) < until:
            account.share(_ns(at), round((1.0 - rng.random()) * 2.0**64 / difficulty) - 1)
        at = until
    return account.seen(_ns(10.0 * expected))


def hashes_with_a_pause(rng: random.Random, expected: float) -> Work | None:
    """The same at one difficulty; in the middle the rig is off for as long again as it works in all."""
    account = HashAccount()
    half = 5.0 * expected
    for at in _arrivals(rng, 10.0, 2 * half):
        when = at if at < half else at + 2 * half
        account.share(_ns(when), round((1.0 - rng.random()) * 2.0**64 / 10.0) - 1)
    return account.seen(_ns(4 * half))


WAYS: dict[str, Play] = {
    "fixed": fixed,
    "low": from_low_difficulty,
    "doubling": doubling,
    "high": from_high_difficulty,
    "raised": raised_once,
    "pool": only_the_pool,
    "pause": with_a_pause,
    "start": slow_to_start,
    "hashes": hashes_only,
    "hashes, pause": hashes_with_a_pause,
}
CASES = [
    *(("fixed", expected) for expected in (1, 2, 4, 8, 15, 30, 60, 120, 240)),
    *(("low", expected) for expected in (6, 12, 30, 60, 120)),
    *(("doubling", expected) for expected in (6, 12, 30, 60, 120)),
    ("high", 240),
    *(("raised", expected) for expected in (15, 30)),
    *(("pool", expected) for expected in (5, 30)),
    *(("pause", expected) for expected in (60, 120)),
    *(("start", expected) for expected in (60, 120)),
    *(("hashes, pause", expected) for expected in (60, 120)),
    *(("hashes", expected) for expected in (15, 30, 60)),
]


@pytest.mark.parametrize(("way", "expected"), CASES)
def test_the_truth_is_within_the_bounds_as_often_as_they_say(way: str, expected: int) -> None:
    """At least 94 % everywhere; at most 97 % where thirty shares or more are expected: not wider than need be."""
    rng = random.Random(f"{way} {expected}")
    told = [work for work in (WAYS[way](rng, expected) for _ in range(RUNS)) if work is not None]
    covered = sum(_covers(work) for work in told) / len(told)
    assert covered >= 0.94
    assert covered <= 0.97 or expected < 30


@pytest.mark.parametrize("way", WAYS)
def test_best_estimates_are_right_on_average(way: str) -> None:
    rng = random.Random(f"mean {way}")
    told = [work for work in (WAYS[way](rng, 60) for _ in range(RUNS // 2)) if work is not None]
    mean = sum(_rate(work) for work in told) / len(told)
    assert mean == pytest.approx(RATE, rel=0.012)


def test_a_window_that_ends_with_a_share_does_not_count_it() -> None:
    """Twenty shares, the last of them the end: all of them over the time would be a twentieth too many."""
    rng = random.Random("edge")
    rates = []
    for _ in range(RUNS):
        account = _started(10.0)
        at = 0.0
        for _ in range(20):
            at += rng.expovariate(RATE / 10.0)
            account.share(_share(at, 10.0))
        work = account.seen(_ns(at), is_edge=True)
        assert work is not None
        assert work.count == 19
        rates.append(_rate(work))
    assert sum(rates) / len(rates) == pytest.approx(RATE, rel=0.012)
    assert sum(rates) / len(rates) * 20 / 19 > 1.04 * RATE


def _covers(work: Work) -> bool:
    bounds = factors(work)
    return _rate(work) * bounds.low <= RATE <= _rate(work) * bounds.high


def _rate(work: Work) -> float:
    return work.total / (work.active_ns / SECOND)


def _started(difficulty: float) -> WorkAccount:
    account = WorkAccount()
    account.job(START, difficulty, None)
    return account


def _arrivals(rng: random.Random, interval: float, seconds: float) -> Iterator[float]:
    at = 0.0
    while (at := at + rng.expovariate(1 / interval)) < seconds:
        yield at


def _ns(seconds: float) -> int:
    return START + round(seconds * SECOND)


def _share(at: float, difficulty: float) -> Share:
    return Share(Side.A, _ns(at), 1, "j", None, difficulty, None)
