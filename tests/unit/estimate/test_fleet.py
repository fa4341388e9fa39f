"""Several sessions together; and the worked example of 200 rigs behind one address, over one week."""

from __future__ import annotations

import random

import pytest
from msgspec import UNSET

from sensor.detect.work import WorkAccount
from sensor.estimate.estimator import Estimator
from sensor.estimate.fleet import Fleet, Rate
from sensor.event import Share
from sensor.figures import Estimate, PowerBasis, Quantity, Window
from sensor.model import Measured, Side, Work
from sensor.times import rfc3339
from tests.scripted import EQUIPMENT, START

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
WEEK = 7 * 24 * HOUR
S19J = "Antminer S19j Pro/Fri Oct 15 11:25:11 CST 2021"
WORTH = 131_072 * 2.0**32


def told(
    rate: float, start: float, seconds: float, *, algorithm: str = "sha256d", active: float | None = None
) -> Estimate:
    """A session's estimate, give or take a tenth."""
    span = [rfc3339(START + round(at * SECOND)) for at in (start, start + seconds)]
    return Estimate(
        algorithm=algorithm,
        unit="H/s",
        hashrate_hs=Quantity(rate * 0.9, rate, rate * 1.1),
        window=Window(span[0], span[1], seconds if active is None else active),
        shares_counted=100,
        flags=(),
    )


def together(*estimates: Estimate) -> list[Rate]:
    fleet = Fleet()
    for estimate in estimates:
        fleet.add(estimate)
    return fleet.rates()


def test_one_session_is_as_it_is() -> None:
    (rate,) = together(told(100e12, 0, 600, active=300))
    assert rate.hashrate_hs == Quantity(90e12, 100e12, 110e12)
    assert (rate.algorithm, rate.unit, rate.power_w) == ("sha256d", "H/s", None)


def test_rigs_beside_each_other_add_up_and_their_errors_add_as_squares() -> None:
    (rate,) = together(*(told(100e12, 0, 600) for _ in range(4)))
    assert rate.hashrate_hs == Quantity(380e12, 400e12, 420e12)


def test_a_rig_that_came_back_is_one_rig() -> None:
    (rate,) = together(told(100e12, 0, 600), told(100e12, 700, 600))
    assert rate.hashrate_hs.best == 100e12


def test_a_developers_share_of_the_time_is_a_part_of_its_rigs_hashrate() -> None:
    (rate,) = together(told(99e6, 0, 6000), told(100e6, 3000, 60))
    assert rate.hashrate_hs.best == 100e6


def test_hashes_of_two_algorithms_are_never_added() -> None:
    rates = together(told(100e12, 0, 600), told(9e9, 0, 600, algorithm="scrypt"))
    assert [(rate.algorithm, rate.hashrate_hs.best) for rate in rates] == [("sha256d", 100e12), ("scrypt", 9e9)]


def test_without_a_hashrate_there_is_nothing_to_add() -> None:
    assert together(Estimate(shares_counted=5, flags=())) == []


def test_spans_are_bounded() -> None:
    (rate,) = together(*(told(100e12, 1000 * number, 10) for number in range(500)))
    assert rate.hashrate_hs.best <= 100e12


# ---------------------------------------------------------------- 200 rigs of 104 TH/s, one week


def rig(rng: random.Random, rate: float, off: float) -> Work:
    """A week of one rig, its number of shares drawn, and ``off`` seconds of it switched off."""
    active = WEEK / SECOND - off
    mean = rate * active / WORTH
    count = round(rng.gauss(mean, mean**0.5))
    return Work(
        from_ns=START,
        until_ns=START + WEEK,
        active_ns=round(active * SECOND),
        count=count,
        total=count * WORTH,
        squares=count * WORTH * WORTH,
        is_hashes=True,
        in_force=WORTH,
        accepted=count * WORTH * 0.996,
    )


def farm() -> tuple[list[Estimate], float]:
    """The estimates of all, and the true hashrate averaged over the week."""
    rng = random.Random(1283)
    estimator = Estimator(EQUIPMENT)
    estimates, hashes = [], 0.0
    for number in range(200):
        rate = rng.gauss(104e12, 2.08e12)
        off = 36 * 3600 if number < 2 else 2 * 3600 if number < 12 else 0
        work = rig(rng, rate, off)
        hashes += rate * work.active_ns / SECOND
        measured = Measured(
            dialect="stratum-v1",
            algorithm="sha256d",
            agent=S19J,
            pool_coin=None,
            workers_count=1,
            slots_count=0,
            rigs_at_once=0,
            rigs_seen=0,
            reported_hs=None,
            answered=work.count,
            rejected=round(work.count * 0.004),
            is_holed=False,
            work=work,
            hashes=None,
            blind=None,
        )
        estimate = estimator.estimate(measured)
        assert estimate is not None
        estimates.append(estimate)
    return estimates, hashes / (WEEK / SECOND)


def test_the_week_of_a_farm_of_200_rigs() -> None:
    estimates, truth = farm()
    (rate,) = together(*estimates)
    fleet = rate.hashrate_hs
    # 20 766 TH/s, of which the count leaves 0.04 % open.
    assert fleet.best == pytest.approx(truth, rel=5e-4)
    assert fleet.best == pytest.approx(20_766e12, rel=0.01)
    assert (fleet.best - fleet.low) / fleet.best == pytest.approx(4.15e-4, rel=0.05)
    assert fleet.low <= truth <= fleet.high
    # 612.6 kW of machines, 673.9 kW with the site; the width is that of efficiency and PUE.
    assert rate.power_w is not None
    assert rate.power_w.best / 1e3 == pytest.approx(673.9, rel=0.012)
    assert rate.power_w.low / 1e3 == pytest.approx(576.8, rel=0.015)
    assert rate.power_w.high / 1e3 == pytest.approx(822.3, rel=0.03)
    assert rate.power_w.best * 168 / 1e3 == pytest.approx(113_208, rel=0.012)
    names = [estimate.rigs.best for estimate in estimates if estimate.rigs is not UNSET]
    assert sum(names) == 200
    assert all(e.power_w is not UNSET and e.power_w.basis is PowerBasis.MODEL for e in estimates)


def test_windows_too_short_for_a_double_to_tell_have_a_rate_all_the_same() -> None:
    fleet = Fleet()
    for start in (0, 1):
        fleet.add(told(1e6, start, 5e-8))
    assert [rate.hashrate_hs.best for rate in fleet.rates()] == [1e6]


def test_rigs_are_judged_by_their_active_hours() -> None:
    """Rig 1 was off for 36 h: 79.5 TH/s over the week, and still a rig of 104 TH/s."""
    account, rng = WorkAccount(), random.Random(36)
    account.job(START, 131_072.0, None)
    at, mean = 0.0, WORTH / 101.4e12
    day = 24 * 3600
    while (at := at + rng.expovariate(1 / mean)) < 7 * day:
        if at < 2 * day or at > 3.5 * day:
            account.share(Share(Side.A, START + round(at * SECOND), 1, "j", None, 131_072.0, None))
    work = account.seen(START + WEEK, is_edge=False)
    assert work is not None
    assert work.active_ns / HOUR == pytest.approx(132, abs=0.05)
    hashes = work.total * 2.0**32
    assert hashes / (WEEK / SECOND) == pytest.approx(79.6e12, rel=0.01)
    assert hashes / (work.active_ns / SECOND) == pytest.approx(101.4e12, rel=0.01)
