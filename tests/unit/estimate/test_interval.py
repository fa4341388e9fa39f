"""Garwood's interval against the published figures, and its use for shares of unequal worth."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.estimate.interval import factors, garwood, shares_effective
from sensor.limits import DIFFICULTY_MIN
from sensor.model import Work

# Count, 95 % low, 95 % high: the exact table of the reference, rounded as it is there.
GARWOOD = [
    (0, 0.0, 3.689),
    (1, 0.0253, 5.572),
    (5, 1.624, 11.668),
    (10, 4.795, 18.390),
    (20, 12.217, 30.888),
    (50, 37.111, 65.919),
    (100, 81.364, 121.627),
    (200, 173.24, 229.72),
    (400, 361.76, 441.19),
    (1000, 938.97, 1063.95),
    (10_000, 9804.95, 10_197.95),
]
# Shares needed so that both sides are within a part of the count.
NEEDED = [(0.5, 24), (0.3, 56), (0.2, 116), (0.1, 423), (0.05, 1615), (0.02, 9799), (0.01, 38_804)]


def work(*shares: tuple[int, float], seconds: float, error: float = 0.0) -> Work:
    """So many shares of so much worth each."""
    ns = round(seconds * 1e9)
    return Work(
        from_ns=0,
        until_ns=ns,
        active_ns=ns,
        count=sum(count for count, _ in shares),
        total=sum(count * worth for count, worth in shares),
        squares=sum(count * worth * worth for count, worth in shares),
        is_hashes=True,
        worth_error=error,
    )


@pytest.mark.parametrize(("count", "low", "high"), GARWOOD)
def test_the_interval_is_garwoods(count: int, low: float, high: float) -> None:
    assert garwood(count) == pytest.approx((low, high), rel=1e-4, abs=6e-4)


@pytest.mark.parametrize(("part", "needed"), NEEDED)
def test_as_many_shares_are_needed_as_are_said_to_be(part: float, needed: int) -> None:
    def widest(count: int) -> float:
        low, high = garwood(count)
        return max(1 - low / count, high / count - 1)

    assert widest(needed) <= part < widest(needed - 1)


def test_t31_shares_of_three_difficulties_count_as_fewer_equal_ones() -> None:
    seen = work((140, 8192 * 2.0**32), (75, 32_768 * 2.0**32), (80, 131_072 * 2.0**32), seconds=3600)
    assert seen.total / 2.0**32 == 14_090_240
    assert shares_effective(seen) == pytest.approx(135.58, abs=0.005)
    rate = seen.total / 3600
    bounds = factors(seen)
    assert rate / 1e12 == pytest.approx(16.81, abs=0.005)
    assert (rate * bounds.low / 1e12, rate * bounds.high / 1e12) == pytest.approx((14.10, 19.89), abs=0.005)


def test_a_difficulty_that_was_too_high_at_first_costs_little_more_than_its_time() -> None:
    """A minute at 1024 times the difficulty that fits, without a share, then 59 with 354 of them."""
    seen = work((354, 10.0), seconds=3600)
    late = msgspec.structs.replace(seen, in_force=(60 * 10_240 + 3540 * 10) / 3600, idle_ns=60 * 10**9)
    assert shares_effective(seen) == 354
    assert 330 < shares_effective(late) < 354
    # An hour in which most of the time nothing came is known no better than by the scatter that is to be expected.
    most = msgspec.structs.replace(seen, in_force=10_240, idle_ns=3500 * 10**9)
    assert shares_effective(most) == pytest.approx(3540 / 10_240)


def test_one_share_is_as_wide_as_can_be() -> None:
    bounds = factors(work((1, 1e9), seconds=10))
    assert (bounds.low, bounds.high) == pytest.approx((0.0253, 5.572), rel=1e-3)


@pytest.mark.parametrize("count", [5, 8, 20, 100, 1000])
def test_worths_told_by_hashes_widen_the_interval_by_less_than_a_third(count: int) -> None:
    known = factors(work((count, 5000.0), seconds=60))
    inferred = factors(work((count, 5000.0), seconds=60, error=1 / count))
    assert inferred.low < known.low
    assert inferred.high > known.high
    assert inferred.high - inferred.low <= 1.3 * (known.high - known.low)


def test_a_weeks_work_of_a_farm_is_no_number_too_large() -> None:
    week = work((22_309_778, 131_072 * 2.0**32), seconds=604_800)
    assert week.total > 1361 * 2**63
    assert shares_effective(week) == pytest.approx(22_309_778)
    bounds = factors(week)
    assert (bounds.low, bounds.high) == pytest.approx((0.999585, 1.000415), abs=1e-6)


@given(count=st.floats(0, math.inf))
def test_the_interval_of_any_count_is_finite_and_holds_it(count: float) -> None:
    low, high = garwood(count)
    assert 0 <= low <= min(count, 1e15) <= high < math.inf


WORTHS = st.floats(DIFFICULTY_MIN, 2.0**258)


@given(WORTHS, WORTHS, WORTHS, st.integers(1, 1000))
def test_bounds_of_any_worths_are_finite(light: float, heavy: float, in_force: float, count: int) -> None:
    """The difficulty was raised so late that nearly all that was counted came before."""
    seen = work((count, light), (1, heavy), seconds=1)
    seen = msgspec.structs.replace(seen, in_force=in_force, idle_ns=seen.active_ns)
    bounds = factors(seen)
    assert 0 <= bounds.low <= 1 <= bounds.high < math.inf
    # What was seen is less than one share of those to come: nothing is known from below, and from above that none came.
    if seen.total < in_force / 1000:
        assert bounds.low < 1e-9
        assert bounds.high * seen.total == pytest.approx(3.689 * in_force, rel=0.01)
