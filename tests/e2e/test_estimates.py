# SPDX-License-Identifier: Apache-2.0
"""Estimates of crafted captures whose true hashrates are known: shares are a Poisson process of a fixed seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from msgspec import UNSET

from sensor.estimate.fleet import Fleet
from sensor.estimate.interval import garwood
from sensor.figures import Estimate, EstimateFlag, HashrateBasis, PowerBasis, Quantity, Relation
from sensor.finding import Finding
from sensor.model import Endpoint
from tests.e2e.sensing import sense
from tests.lab import tcp
from tests.lab.cast import START_NS, asic, conflux, cpu, equihash, ergo, ethash, gpu, kaspa, kawpow, nicehash
from tests.lab.dialects import (
    autolykos_factor_session,
    autolykos_session,
    cryptonote_session,
    equihash_session,
    ethash_stratum_session,
    ethereumstratum_1_session,
    ethereumstratum_2_session,
    ethproxy_session,
    kaspa_session,
    kawpow_session,
    octopus_session,
    stratum_v1_session,
)
from tests.lab.dialects.cryptonote import TargetSize
from tests.lab.dialogue import Ending, Session, Speaker
from tests.lab.files import pcap
from tests.lab.scene import Change, Scene
from tests.lab.script import Odds
from tests.lab.seeded import SECOND

ONLY_MINER: Change = partial(tcp.one_way, speaker=Speaker.CLIENT)
ONLY_POOL: Change = partial(tcp.one_way, speaker=Speaker.SERVER)
USUAL = Odds(low=0.004, stale=0.012, duplicate=0.004, unanswered=0.002)
S19J = "Antminer S19j Pro/Fri Dec 15 2023"
SETS_DIFFICULTY = b'"method":"mining.set_difficulty"'
VARDIFF = ((0, 16_384.0), (40, 65_536.0), (120, 262_144.0))


def findings(folder: Path, sessions: Sequence[tuple[Session, Change | None]]) -> list[Finding]:
    scene = Scene()
    for session, change in sessions:
        scene.talk(session.dialogue, change)
    path = folder / "estimates.pcap"
    path.write_bytes(pcap(scene.frames()))
    return sense(path).findings


def estimate_of(folder: Path, session: Session, change: Change | None = None) -> Estimate:
    (finding,) = findings(folder, [(session, change)])
    assert finding.estimate is not UNSET
    return finding.estimate


def hold(found: Estimate, truth: float) -> None:
    """What is demanded of each estimate of a known hashrate."""
    rate = found.hashrate_hs
    assert isinstance(rate, Quantity)
    assert rate.low <= truth <= rate.high
    effective = found.shares_effective
    assert isinstance(effective, float)
    low, high = garwood(effective)
    assert (rate.high - rate.low) / rate.best <= 1.3 * (high - low) / effective
    if found.shares_counted >= 1000:
        assert rate.best == pytest.approx(truth, rel=0.10)


def since(seconds: float, *, job: int = 1) -> Change:
    """The tap starts in the middle of the session."""
    return partial(tcp.since, ts_ns=START_NS + round(seconds * SECOND))


# By chance one session in twenty lies outside its bounds: these are drawn from fixed seeds and do not. How often it
# happens, tests/unit/estimate/test_coverage.py measures. Each case: name, session, what is left of it, the true
# hashrate, the shares that at least must be counted.
Case = tuple[str, Callable[[], Session], Change | None, float, int]
CASES: list[Case] = [
    ("vardiff", lambda: stratum_v1_session(asic(0, seconds=3000, difficulties=VARDIFF, odds=USUAL)), None, 100e12, 200),
    (
        "a thousand",
        lambda: stratum_v1_session(asic(1, seconds=3000, difficulties=((0, 65_536.0),))),
        None,
        100e12,
        1000,
    ),
    ("losses", lambda: stratum_v1_session(asic(2, seconds=3000, odds=replace(USUAL, stale=0.08))), None, 100e12, 200),
    ("only the pool", lambda: stratum_v1_session(asic(3, seconds=3000, difficulties=VARDIFF)), ONLY_POOL, 100e12, 200),
    ("ethproxy", lambda: ethproxy_session(gpu(4, seconds=2000, odds=USUAL)), None, 400e6, 150),
    ("ethproxy's middle", lambda: ethproxy_session(gpu(5, seconds=2000)), since(700), 400e6, 90),
    ("ethproxy's pool", lambda: ethproxy_session(gpu(6, seconds=2000)), ONLY_POOL, 400e6, 100),
    ("Zcash", lambda: equihash_session(equihash(7, seconds=1500, odds=USUAL)), None, 800, 100),
    ("Zcash's pool", lambda: equihash_session(equihash(8, seconds=1500)), ONLY_POOL, 800, 100),
    ("4 bytes", lambda: cryptonote_session(cpu(9, seconds=2000, odds=USUAL)), None, 8e3, 150),
    (
        "8 bytes",
        lambda: cryptonote_session(cpu(10, seconds=2000, hashrate_hs=2e9, difficulties=((0, 2e10),)), TargetSize.LONG),
        None,
        2e9,
        150,
    ),
    ("Monero's middle", lambda: cryptonote_session(cpu(11, seconds=2000)), since(600), 8e3, 100),
    ("Monero's pool", lambda: cryptonote_session(cpu(40, seconds=2000)), ONLY_POOL, 8e3, 150),
    ("submits alone, 4 bytes", lambda: cryptonote_session(cpu(13, seconds=2000)), ONLY_MINER, 8e3, 150),
    (
        "submits alone, 8 bytes",
        lambda: cryptonote_session(cpu(14, seconds=2000, hashrate_hs=2e9, difficulties=((0, 2e10),)), TargetSize.LONG),
        ONLY_MINER,
        2e9,
        150,
    ),
    (
        "submits alone, vardiff",
        lambda: cryptonote_session(cpu(15, seconds=4000, difficulties=((0, 10_000.0), (300, 80_000.0)))),
        ONLY_MINER,
        8e3,
        500,
    ),
    ("KawPow", lambda: kawpow_session(kawpow(41, seconds=2000, odds=USUAL)), None, 120e6, 150),
    ("NiceHash", lambda: ethereumstratum_1_session(nicehash(42, seconds=2000, odds=USUAL)), None, 400e6, 150),
    ("NiceHash's pool", lambda: ethereumstratum_1_session(nicehash(43, seconds=2000)), ONLY_POOL, 400e6, 150),
    ("EIP-1571", lambda: ethereumstratum_2_session(ethash(44, seconds=2000, odds=USUAL)), None, 400e6, 150),
    ("plain Ethash's middle", lambda: ethash_stratum_session(ethash(45, seconds=2000)), since(700), 400e6, 90),
    ("Ergo", lambda: autolykos_session(ergo(46, seconds=2000, odds=USUAL)), None, 500e6, 150),
    ("Ergo's middle", lambda: autolykos_session(ergo(47, seconds=2000)), since(700), 500e6, 90),
    (
        "Ergo by a factor",
        lambda: autolykos_factor_session(ergo(48, seconds=3000, difficulties=((0, 1.0e9), (60, 5.0e9)))),
        None,
        500e6,
        200,
    ),
    ("Conflux's pool", lambda: octopus_session(conflux(49, seconds=2000)), ONLY_POOL, 300e6, 150),
    ("Conflux's middle", lambda: octopus_session(conflux(50, seconds=2000, odds=USUAL)), since(700), 300e6, 90),
    ("Kaspa", lambda: kaspa_session(kaspa(51, seconds=2000, odds=USUAL)), None, 8e12, 150),
    (
        "Kaspa's pool, from the middle",
        lambda: kaspa_session(kaspa(52, seconds=3000, difficulties=((0, 4096.0), (900, 16_384.0)))),
        lambda sent: tcp.one_way(since(300)(sent), Speaker.SERVER),
        8e12,
        150,
    ),
]
# Which algorithm the estimate is of, and the machines that are known for it.
HASHED = {
    "NiceHash": "ethash",
    "EIP-1571": "ethash",
    "plain Ethash's middle": "ethash",
    "KawPow": "kawpow",
    "Ergo by a factor": "autolykos2",
    "Conflux's pool": "octopus",
    "Kaspa": "kheavyhash",
}


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_the_truth_is_within_the_bounds(tmp_path: Path, case: Case) -> None:
    name, maker, change, truth, least = case
    found = estimate_of(tmp_path, maker(), change)
    assert found.shares_counted >= least
    hold(found, truth)
    if name in HASHED:
        assert found.algorithm == HASHED[name]
        assert found.power_w is not UNSET


@pytest.mark.parametrize(
    "maker",
    [
        lambda: stratum_v1_session(asic(20, seconds=1500)),
        lambda: stratum_v1_session(asic(21, seconds=1500, agent="whatsminer/v1.1")),
        lambda: ethproxy_session(gpu(22, seconds=1500)),
        lambda: equihash_session(equihash(23, seconds=1500)),
        lambda: kawpow_session(kawpow(24, seconds=1500)),
    ],
)
def test_where_only_the_miner_is_seen_the_hashrate_is_absent(tmp_path: Path, maker: Callable[[], Session]) -> None:
    found = estimate_of(tmp_path, maker(), ONLY_MINER)
    assert (found.hashrate_hs, found.power_w, found.work) == (UNSET, UNSET, UNSET)
    assert EstimateFlag.DIFFICULTY_UNKNOWN in found.flags
    assert found.shares_counted > 50


def test_but_a_model_and_a_steady_rate_tell_the_power_of_two(tmp_path: Path) -> None:
    script = asic(25, seconds=3600, hashrate_hs=104e12, agent=S19J, difficulties=((0, 65_536.0), (200, 262_144.0)))
    found = estimate_of(tmp_path, stratum_v1_session(script), ONLY_MINER)
    assert found.basis is HashrateBasis.DIFFICULTY_LADDER
    assert EstimateFlag.DIFFICULTY_ASSUMED in found.flags
    hold(found, 104e12)


def test_in_the_middle_of_a_session_the_next_difficulty_opens_the_window(tmp_path: Path) -> None:
    script = asic(26, seconds=3000, difficulties=((0, 131_072.0), (1500, 262_144.0)))
    before = estimate_of(tmp_path, stratum_v1_session(replace(script, seconds=1400)), since(300))
    assert (before.hashrate_hs, EstimateFlag.DIFFICULTY_UNKNOWN in before.flags) == (UNSET, True)
    found = estimate_of(tmp_path, stratum_v1_session(script), since(300))
    assert found.basis is HashrateBasis.SHARES
    assert found.window is not UNSET
    assert found.window.active_seconds == pytest.approx(1500, abs=40)
    hold(found, 100e12)


@pytest.mark.parametrize("start", [42.0, 1.0, 0.001, 1e-6])
def test_a_difficulty_just_raised_has_an_upper_bound_alone(start: float, tmp_path: Path) -> None:
    """The pool tries out a rig: a share or two at its first difficulty, then 11 s without any at that of the rig."""
    script = asic(31, hashrate_hs=3 * start * 2.0**32, agent=S19J, seconds=11, job_seconds=1, ending=Ending.OPEN)
    session = stratum_v1_session(replace(script, difficulties=((0, start), (0.8, 262_144.0))))
    found = estimate_of(tmp_path, session)
    rate = found.hashrate_hs
    assert isinstance(rate, Quantity)
    assert found.shares_counted > 0
    assert rate.low < 1 < rate.best < 1e12
    assert 104e12 <= rate.high < 1e15


@pytest.mark.parametrize(
    ("to", "is_told_again"), [(16_384.0, False), (131_072.0, False), (1_048_576.0, False), (131_072.0, True)]
)
def test_a_difficulty_lost_in_a_hole_leaves_the_truth_within_the_bounds(
    to: float, is_told_again: bool, tmp_path: Path
) -> None:
    again = ((1800, 65_536.0),) if is_told_again else ()
    script = asic(36, hashrate_hs=104e12, seconds=3000, difficulties=((0, 65_536.0), (600, to), *again))

    def lose(sent: list[tcp.Segment]) -> list[tcp.Segment]:
        told = [index for index, segment in enumerate(sent) if SETS_DIFFICULTY in segment.payload]
        return tcp.lose(sent, told[1])

    found = estimate_of(tmp_path, stratum_v1_session(script), lose)
    assert EstimateFlag.DIFFICULTY_MISSED in found.flags
    hold(found, 104e12)
    assert found.window is not UNSET
    assert found.window.active_seconds == pytest.approx(1790 if is_told_again else 600, abs=60)


def test_a_hole_in_which_nothing_was_told_costs_no_time(tmp_path: Path) -> None:
    script = asic(33, hashrate_hs=104e12, seconds=3000, difficulties=((0, 65_536.0),))

    def lose(sent: list[tcp.Segment]) -> list[tcp.Segment]:
        jobs = [index for index, segment in enumerate(sent) if b"mining.notify" in segment.payload]
        return tcp.lose(sent, jobs[30])

    found = estimate_of(tmp_path, stratum_v1_session(script), lose)
    assert EstimateFlag.DIFFICULTY_MISSED not in found.flags
    hold(found, 104e12)
    assert found.window is not UNSET
    assert found.window.active_seconds == pytest.approx(3000, abs=60)


def test_a_rate_that_no_network_has_is_not_told(tmp_path: Path) -> None:
    script = asic(34, seconds=300, agent=S19J, difficulties=((0, 2.0**100),), hashrate_hs=2.0**132 / 10)
    found = estimate_of(tmp_path, stratum_v1_session(script))
    assert (found.hashrate_hs, found.power_w, found.work) == (UNSET, UNSET, UNSET)
    assert EstimateFlag.NOT_BELIEVED in found.flags


def test_a_rig_that_was_off_is_judged_by_its_active_time(tmp_path: Path) -> None:
    script = asic(27, seconds=1200, hashrate_hs=104e12, agent=S19J, difficulties=((0, 131_072.0),))
    session = stratum_v1_session(script)

    def pause(sent: list[tcp.Segment]) -> list[tcp.Segment]:
        """Two hours without a share in the middle; the pool goes on as if nothing were."""
        middle = START_NS + 600 * SECOND
        return [
            segment if segment.ts_ns < middle else replace(segment, ts_ns=segment.ts_ns + 800 * SECOND)
            for segment in sent
        ]

    found = estimate_of(tmp_path, session, pause)
    assert EstimateFlag.PAUSED in found.flags
    hold(found, 104e12)


def test_a_farm_of_200_rigs_behind_one_address(tmp_path: Path) -> None:
    """The worked example through the whole path, five minutes of it."""
    sessions = []
    for number in range(200):
        script = asic(
            number,
            start_ns=START_NS,
            miner=Endpoint("192.0.2.200", 20_000 + number),
            hashrate_hs=104e12 + (number % 9 - 4) * 1e12,
            seconds=310,
            difficulties=((0, 32_768.0), (30, 131_072.0)),
            job_seconds=60,
            logins=(f"farmA.{number + 1:03d}",),
            agent=S19J,
            odds=Odds(stale=0.004),
            ending=Ending.OPEN,
        )
        sessions.append((stratum_v1_session(script), None))
    truth = sum(session.facts.hashrate_hs for session, _ in sessions)
    told = findings(tmp_path, sessions)
    fleet = Fleet()
    for finding in told:
        assert finding.estimate is not UNSET
        fleet.add(finding.estimate)
    (rate,) = fleet.rates()
    assert rate.hashrate_hs.low <= truth <= rate.hashrate_hs.high
    assert rate.hashrate_hs.best == pytest.approx(truth, rel=0.02)
    assert (rate.hashrate_hs.high - rate.hashrate_hs.low) / rate.hashrate_hs.best < 0.06
    rigs = [finding.estimate.rigs for finding in told if finding.estimate is not UNSET]
    assert sum(one.best for one in rigs if one is not UNSET) == 200
    names = {worker for finding in told for worker in finding.miner_identity.workers}
    assert len(names) == 200
    assert rate.power_w is not None
    assert rate.power_w.low < truth * 29.5e-12 < rate.power_w.high
    assert rate.power_w.best == pytest.approx(truth * 29.5e-12 * 1.10, rel=0.03)
    powers = [f.estimate.power_w for f in told if f.estimate is not UNSET and f.estimate.power_w is not UNSET]
    # Five minutes are few: by chance some seem to be tuned.
    assert sum(power.basis is PowerBasis.MODEL for power in powers) > 190


def test_a_proxy_with_many_workers_is_one_finding_with_many_rigs(tmp_path: Path) -> None:
    logins = tuple(f"farm.r{number}" for number in range(12))
    script = asic(30, seconds=900, hashrate_hs=1200e12, logins=logins, agent="stratum-proxy/1.0")
    found = estimate_of(tmp_path, stratum_v1_session(script))
    assert found.rigs is not UNSET
    assert (found.rigs.best, found.rigs.basis.value) == (12, "workers")
    hold(found, 1200e12)


def test_two_rigs_with_one_program_behind_one_address_are_two_rigs(tmp_path: Path) -> None:
    rigs = [
        kawpow(31 + n, seconds=600, miner=Endpoint("192.0.2.31", 51_000 + n), agent="GMiner/3.44") for n in range(2)
    ]
    told = findings(tmp_path, [(kawpow_session(rig), None) for rig in rigs])
    assert [finding.related for finding in told] == [UNSET, UNSET]


def test_the_share_of_a_programs_author_is_no_rig(tmp_path: Path) -> None:
    rig = cpu(33, seconds=3000, agent="XMRig/6.22.2 (Linux x86_64)")
    author = replace(
        cpu(34, seconds=90, agent=rig.agent, hashrate_hs=rig.hashrate_hs, difficulties=((0, 8_000.0),)),
        miner=Endpoint(rig.miner.ip, 52_000),
        pool=Endpoint("203.0.113.66", 3333),
        start_ns=rig.start_ns + 2400 * SECOND,
    )
    told = findings(tmp_path, [(cryptonote_session(rig), None), (cryptonote_session(author), None)])
    by_port = {finding.miner.port: finding for finding in told}
    main, fee = by_port[rig.miner.port], by_port[52_000]
    assert fee.related is not UNSET
    assert main.related is not UNSET
    assert [(one.finding_id, one.relation, one.is_main) for one in fee.related] == [
        (main.finding_id, Relation.DEVELOPER_FEE, True)
    ]
    assert [(one.finding_id, one.is_main) for one in main.related] == [(fee.finding_id, False)]
    assert fee.estimate is not UNSET
    assert fee.estimate.rigs is not UNSET
    assert (fee.estimate.rigs.best, fee.estimate.power_w) == (0, UNSET)
    assert EstimateFlag.DEVELOPER_FEE in fee.estimate.flags
    assert main.estimate is not UNSET
    assert main.estimate.power_w is not UNSET


def test_revisions_are_of_the_same_session_and_their_work_grows(tmp_path: Path) -> None:
    scene = Scene()
    scene.talk(stratum_v1_session(asic(35, seconds=2000)).dialogue)
    path = tmp_path / "revisions.pcap"
    path.write_bytes(pcap(scene.frames()))
    told = [finding.estimate for finding in sense(path).revisions]
    works = [estimate.work for estimate in told if estimate is not UNSET and estimate.work is not UNSET]
    assert len(works) >= 6
    assert works == sorted(works)
    # Full intervals of five minutes lie between the first and the last but one.
    assert (works[-2] - works[1]) / (300 * (len(works) - 3)) == pytest.approx(100e12, rel=0.25)


CARD = "lolMiner 1.76"


@pytest.mark.parametrize(
    "second",
    [
        lambda: kaspa_session(kaspa(1, seconds=300, agent=CARD, hashrate_hs=1e9, difficulties=((0, 2.0),))),
        lambda: kawpow_session(kawpow(1, seconds=300, agent=CARD)),
        lambda: equihash_session(equihash(1, seconds=300, agent=CARD)),
    ],
    ids=["kaspa", "kawpow", "equihash"],
)
def test_one_card_that_mines_two_coins_is_one_rig(second: Callable[[], Session], tmp_path: Path) -> None:
    other = second()
    script = nicehash(1, seconds=300, agent=CARD)
    miner = Endpoint(other.dialogue.miner.ip, 50_500)
    told = findings(tmp_path, [(other, None), (ethereumstratum_1_session(replace(script, miner=miner)), None)])
    estimates = [finding.estimate for finding in told if finding.estimate is not UNSET]
    assert len(estimates) == 2
    assert sum(one.rigs.best for one in estimates if one.rigs is not UNSET) == 1
    assert sum(one.power_w is not UNSET for one in estimates) == 1
    assert [EstimateFlag.DUAL_MINING in one.flags for one in estimates].count(True) == 1
    for finding, partner in zip(told, told[::-1], strict=True):
        assert finding.related is not UNSET
        assert [(one.finding_id, one.relation) for one in finding.related] == [
            (partner.finding_id, Relation.DUAL_MINING)
        ]
