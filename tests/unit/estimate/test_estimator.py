"""From what was counted to the figures: what each rests on, and what is absent."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import UNSET

from sensor.estimate.agents import AgentsSeen
from sensor.estimate.estimator import Estimator
from sensor.figures import (
    AlgorithmBasis,
    Estimate,
    EstimateFlag,
    HardwareBasis,
    HashrateBasis,
    PowerBasis,
    Quantity,
    RigsBasis,
)
from sensor.limits import AGENTS_REMEMBERED_MAX
from sensor.model import Blind, Measured, Work
from tests.scripted import EQUIPMENT, START

HOUR_NS = 3600 * 1_000_000_000
S19J = "Antminer S19j Pro/Fri Oct 15 11:25:11 CST 2021"
NOTHING = Measured(
    dialect="stratum-v1",
    algorithm=None,
    agent=None,
    pool_coin=None,
    workers_count=1,
    slots_count=0,
    rigs_at_once=0,
    rigs_seen=0,
    reported_hs=None,
    answered=0,
    rejected=0,
    is_holed=False,
    work=None,
    hashes=None,
    blind=None,
)


def work(count: int, worth: float, *, is_hashes: bool = False, accepted: float | None = None) -> Work:
    """So many shares in an hour."""
    return Work(
        from_ns=START,
        until_ns=START + HOUR_NS,
        active_ns=HOUR_NS,
        count=count,
        total=count * worth,
        squares=count * worth * worth,
        is_hashes=is_hashes,
        accepted=accepted,
    )


def estimate(**changes: object) -> Estimate:
    found = Estimator(EQUIPMENT).estimate(msgspec.structs.replace(NOTHING, **changes))
    assert found is not None
    return found


# The S19j Pro of the reference: 665 shares an hour at 131072.
ASIC = {"work": work(665, 131_072, accepted=662 * 131_072.0), "agent": S19J, "answered": 665, "rejected": 3}


def quantity(found: Quantity | msgspec.UnsetType) -> Quantity:
    assert isinstance(found, Quantity)
    return found


def test_a_rig_whose_model_is_known() -> None:
    found = estimate(**ASIC)
    assert (found.algorithm, found.algorithm_basis) == ("sha256d", AlgorithmBasis.AGENT)
    assert (found.unit, found.basis, found.shares_counted) == ("H/s", HashrateBasis.SHARES, 665)
    rate = quantity(found.hashrate_hs)
    assert rate.best == pytest.approx(103.99e12, rel=1e-4)
    assert (rate.low / rate.best, rate.high / rate.best) == pytest.approx((0.925, 1.079), abs=1e-3)
    assert quantity(found.accepted_hs).best == pytest.approx(rate.best * 662 / 665, rel=1e-5)
    assert found.reject_ratio == pytest.approx(3 / 665, rel=1e-5)
    assert found.flags == (EstimateFlag.ALGORITHM_ASSUMED,)
    assert found.rigs is not UNSET
    assert (found.rigs.low, found.rigs.best, found.rigs.high) == (1, 1, 1)
    assert found.hardware is not UNSET
    assert (found.hardware.class_, found.hardware.vendor) == ("asic_sha256_industrial", "Bitmain")
    assert (found.hardware.models, found.hardware.basis) == (("Antminer S19j Pro",), HardwareBasis.BOTH)
    power = found.power_w
    assert power is not UNSET
    assert power.basis is PowerBasis.MODEL
    assert power.joules_per_hash.best == pytest.approx(29.5e-12)
    assert power.it.best == pytest.approx(3068, rel=1e-3)
    assert power.best == pytest.approx(3068 * 1.10, rel=1e-3)
    assert power.low == pytest.approx(rate.low * 0.93 * 29.5e-12 * 1.01, rel=1e-4)
    assert power.high == pytest.approx(rate.high * 1.12 * 29.5e-12 * 1.20, rel=1e-4)


def test_without_a_share_there_is_no_estimate() -> None:
    assert Estimator(EQUIPMENT).estimate(NOTHING) is None


# ---------------------------------------------------------------- the algorithm


@pytest.mark.parametrize(
    ("changes", "algorithm", "basis"),
    [
        ({"algorithm": "sha256d"}, "sha256d", AlgorithmBasis.JOB),
        ({"algorithm": "rx/0", "dialect": "cryptonote"}, "randomx", AlgorithmBasis.JOB),
        ({"algorithm": "rx/arq", "dialect": "cryptonote"}, "rx/arq", AlgorithmBasis.JOB),
        ({"dialect": "ethproxy"}, "ethash", AlgorithmBasis.DIALECT),
        ({"dialect": "equihash-stratum"}, "equihash", AlgorithmBasis.DIALECT),
        ({"agent": "whatsminer/v1.1"}, "sha256d", AlgorithmBasis.AGENT),
        ({"agent": "Antminer L7/Mon"}, "scrypt", AlgorithmBasis.AGENT),
        ({"agent": "Antminer HS3/Mon"}, "blake2b-sha3-handshake", AlgorithmBasis.AGENT),
        ({"pool_coin": "LTC"}, "scrypt", AlgorithmBasis.POOL_LIST),
        ({"agent": "cgminer/4.11.1", "pool_coin": "DASH"}, "x11", AlgorithmBasis.POOL_LIST),
        ({"agent": "cgminer/4.11.1", "rolls_versions": True}, "sha256d", AlgorithmBasis.DIALECT),
        ({"pool_coin": "DGB", "rolls_versions": True}, "sha256d", AlgorithmBasis.DIALECT),
        ({"agent": "Antminer L7/Mon", "rolls_versions": True}, "scrypt", AlgorithmBasis.AGENT),
        # What a job says weighs more than an agent or a list.
        ({"algorithm": "sha256d", "agent": "Antminer L7/Mon", "pool_coin": "LTC"}, "sha256d", AlgorithmBasis.JOB),
    ],
)
def test_what_names_the_algorithm_is_told(changes: dict[str, object], algorithm: str, basis: AlgorithmBasis) -> None:
    found = estimate(work=work(100, 1e6, is_hashes=True), **changes)
    assert (found.algorithm, found.algorithm_basis) == (algorithm, basis)
    assert (EstimateFlag.ALGORITHM_ASSUMED in found.flags) == (
        basis in (AlgorithmBasis.AGENT, AlgorithmBasis.POOL_LIST)
    )


@pytest.mark.parametrize(
    ("agent", "difficulty", "rate", "is_ambiguous"),
    [
        ("cpuminer/2.5.1", 4.0, 4 * 2.0**16 / 10, False),
        ("cpuminer/2.5.1", 1e-4, 1e-4 * 2.0**32 / 10, True),
        ("Antminer L7/Mon", 4.0, 4 * 2.0**32 / 10, True),
    ],
)
def test_a_low_difficulty_of_scrypt_is_the_coins_but_for_slow_machines(
    agent: str, difficulty: float, rate: float, *, is_ambiguous: bool
) -> None:
    found = estimate(work=work(360, difficulty), agent=agent, pool_coin="LTC")
    assert found.algorithm == "scrypt"
    assert quantity(found.hashrate_hs).best == pytest.approx(rate, rel=1e-4)
    assert (EstimateFlag.CONVENTION_AMBIGUOUS in found.flags) == is_ambiguous


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"agent": "cgminer/4.11.1"},
        {"agent": "something/1.0"},
        {"agent": ""},
        {"rolls_versions": True, "dialect": "stratum-other"},
        {"rolls_versions": True, "agent": "iceriverminer-v1.1"},
        {"pool_coin": "DGB"},
        # A scrypt machine at a Bitcoin pool: one of the two is wrong.
        {"agent": "Antminer L7/Mon", "pool_coin": "BTC"},
        {"agent": "Antminer S19j Pro/Mon", "pool_coin": "LTC"},
    ],
)
def test_where_nothing_or_only_contradictions_tell_it_difficulties_are_no_hashrate(changes: dict[str, object]) -> None:
    found = estimate(work=work(100, 65_536), **changes)
    assert (found.algorithm, found.hashrate_hs, found.power_w, found.work) == (UNSET, UNSET, UNSET, UNSET)
    assert EstimateFlag.ALGORITHM_UNKNOWN in found.flags
    assert found.shares_counted == 100


def test_a_target_is_a_hashrate_whatever_the_algorithm() -> None:
    found = estimate(work=work(360, 4e9, is_hashes=True), dialect="stratum-other")
    assert quantity(found.hashrate_hs).best == pytest.approx(400e6)
    assert (found.algorithm, found.unit, found.power_w) == (UNSET, "H/s", UNSET)
    assert EstimateFlag.ALGORITHM_UNKNOWN in found.flags


# ---------------------------------------------------------------- the difficulty


def test_where_no_difficulty_was_seen_nothing_is_invented() -> None:
    found = estimate(blind=Blind(START, START + HOUR_NS, 665, is_steady=True), algorithm="sha256d")
    assert found.hashrate_hs is UNSET
    assert found.flags == (EstimateFlag.DIFFICULTY_UNKNOWN,)
    assert found.shares_counted == 665


def test_a_model_chooses_the_power_of_two() -> None:
    found = estimate(blind=Blind(START, START + HOUR_NS, 665, is_steady=True), agent=S19J)
    assert quantity(found.hashrate_hs).best == pytest.approx(103.99e12, rel=1e-4)
    assert found.basis is HashrateBasis.DIFFICULTY_LADDER
    assert EstimateFlag.DIFFICULTY_ASSUMED in found.flags
    assert found.power_w is not UNSET


@pytest.mark.parametrize(
    ("blind", "agent"),
    [
        (Blind(START, START + HOUR_NS, 665, is_steady=True), "whatsminer/v1.1"),  # eleven to a thousand TH/s
        (Blind(START, START + HOUR_NS, 665, is_steady=True), "Antminer S7/Mon"),  # no such model on record
        (Blind(START, START + HOUR_NS, 665, is_steady=False), S19J),
        (Blind(START, START + HOUR_NS, 50, is_steady=True), S19J),
        (Blind(START, START + HOUR_NS, 500, is_steady=True), S19J),  # 78 and 156 TH/s: neither is one
    ],
)
def test_a_rung_that_is_not_certain_is_not_taken(blind: Blind, agent: str) -> None:
    found = estimate(blind=blind, agent=agent)
    assert found.hashrate_hs is UNSET
    assert EstimateFlag.DIFFICULTY_UNKNOWN in found.flags


@pytest.mark.parametrize(
    ("count", "wish", "best"),
    [
        (665, 100_000.0, 103.99e12),  # 79 TH/s is none of the model: the pool gave another, a power of two
        (665, 131_072.0, 104e12),
        (872, 100_000.0, 104e12),  # 68 and 136 TH/s by powers of two
        (500, 175_000.0, 104.4e12),
    ],
)
def test_a_difficulty_that_was_asked_for_goes_first_where_it_fits_the_model(
    count: int, wish: float, best: float
) -> None:
    blind = Blind(START, START + HOUR_NS, count, is_steady=True)
    found = estimate(blind=blind, agent=S19J, difficulty_wish=wish)
    assert quantity(found.hashrate_hs).best == pytest.approx(best, rel=5e-3)
    assert (found.basis, found.shares_counted) == (HashrateBasis.DIFFICULTY_LADDER, count)
    assert EstimateFlag.DIFFICULTY_ASSUMED in found.flags


def test_a_wish_that_fits_nothing_is_no_hashrate() -> None:
    blind = Blind(START, START + HOUR_NS, 500, is_steady=True)
    assert estimate(blind=blind, agent=S19J, difficulty_wish=1000.0).hashrate_hs is UNSET
    assert estimate(blind=blind, algorithm="sha256d", difficulty_wish=1e6).hashrate_hs is UNSET
    assert estimate(blind=blind, agent=S19J, difficulty_wish=1e300).hashrate_hs is UNSET


def test_several_rigs_on_one_connection_share_no_rung() -> None:
    found = estimate(blind=Blind(START, START + HOUR_NS, 665, is_steady=True), agent=S19J, workers_count=3)
    assert found.hashrate_hs is UNSET


def test_hashes_of_shares_are_a_basis_of_their_own() -> None:
    counted = msgspec.structs.replace(work(240, 75_000, is_hashes=True), worth_error=1 / 240)
    found = estimate(hashes=counted, dialect="cryptonote", agent="XMRig/6.22.2")
    assert found.basis is HashrateBasis.SHARE_HASHES
    assert quantity(found.hashrate_hs).best == pytest.approx(5000)
    assert found.algorithm is UNSET


# ---------------------------------------------------------------- machines, rigs, power


def test_a_maker_without_a_model_is_found_by_the_rate() -> None:
    found = estimate(work=work(665, 131_072), agent="whatsminer/v1.1")
    assert found.hardware is not UNSET
    assert found.hardware.models is not UNSET
    assert set(found.hardware.models) <= {"Whatsminer M30S", "Whatsminer M30S+", "Whatsminer M30S++", "Whatsminer M50"}
    assert found.power_w is not UNSET
    assert found.power_w.basis is PowerBasis.VENDOR
    assert (found.power_w.joules_per_hash.low, found.power_w.joules_per_hash.high) == pytest.approx(
        (29.0e-12, 38.0e-12), rel=0.02
    )


def test_another_firmware_strays_further() -> None:
    found = estimate(work=work(665, 131_072), agent="Antminer S19j Pro|LUXminer 2026.4.3|BHB42601|BHB42601|BHB42601|")
    assert found.power_w is not UNSET
    assert found.power_w.basis is PowerBasis.MODEL_TUNED
    assert found.power_w.joules_per_hash.low == pytest.approx(29.5e-12 * 0.75, rel=1e-3)
    assert found.power_w.joules_per_hash.high == pytest.approx(30.5e-12 * 1.20, rel=1e-3)


def test_an_unknown_machine_is_as_good_or_bad_as_any() -> None:
    found = estimate(work=work(665, 131_072), algorithm="sha256d", agent="cgminer/4.11.1")
    assert found.power_w is not UNSET
    assert found.power_w.basis is PowerBasis.ALGORITHM
    assert found.power_w.joules_per_hash == Quantity(13.5e-12, 28e-12, 98e-12)
    assert found.hardware is not UNSET
    assert (found.hardware.class_, found.hardware.basis) == ("asic_sha256_industrial", HardwareBasis.HASHRATE)


def test_a_forged_agent_is_told_and_its_model_is_not_used() -> None:
    found = estimate(work=work(665, 1000), algorithm="sha256d", agent=S19J)
    assert EstimateFlag.AGENT_CONTRADICTED in found.flags
    assert found.power_w is not UNSET
    assert found.power_w.basis is PowerBasis.ALGORITHM


def test_efficiency_of_asics_is_not_that_of_a_graphics_card() -> None:
    found = estimate(
        work=work(360, 8192, is_hashes=True),
        algorithm="equihash-200-9",
        dialect="equihash-stratum",
        agent="EWBF 0.3.4b",
    )
    assert quantity(found.hashrate_hs).best == pytest.approx(819.2)
    assert (found.unit, found.power_w) == ("Sol/s", UNSET)


@pytest.mark.parametrize(
    ("rate", "agent", "hardware_class"),
    [
        (8e3, "XMRig/6.22.2", "cpu"),
        (8e3, None, "cpu"),
        (1e6, None, "asic_other"),
        (175e3, None, None),
    ],
)
def test_randomx_is_not_for_processors_alone(rate: float, agent: str | None, hardware_class: str | None) -> None:
    found = estimate(work=work(3600, rate, is_hashes=True), algorithm="rx/0", dialect="cryptonote", agent=agent)
    seen = None if found.hardware is UNSET else found.hardware.class_
    assert seen == hardware_class


def test_workers_of_a_proxy_are_its_rigs() -> None:
    found = estimate(work=work(665, 131_072 * 12), agent="stratum-proxy/1", algorithm="sha256d", workers_count=12)
    assert found.rigs is not UNSET
    assert (found.rigs.low, found.rigs.best, found.rigs.high, found.rigs.basis) == (1, 12, 12, RigsBasis.WORKERS)


def test_a_proxy_deals_each_rig_its_nonces() -> None:
    found = estimate(work=work(665, 2e6, is_hashes=True), algorithm="rx/0", agent="xmrig-proxy/6.22.0", slots_count=47)
    assert found.rigs is not UNSET
    assert (found.rigs.best, found.rigs.basis) == (47, RigsBasis.NONCE_SLOTS)


def test_what_one_machine_cannot_do_is_divided() -> None:
    found = estimate(work=work(665, 131_072 * 200), agent="farm-proxy/1", algorithm="sha256d")
    assert found.rigs is not UNSET
    assert found.rigs.basis is RigsBasis.HASHRATE_DIVISION
    assert found.rigs.low <= 200 <= found.rigs.high
    assert 50 < found.rigs.best < 400


def test_rented_hashrate_needs_its_power_elsewhere() -> None:
    found = estimate(work=work(665, 131_072), algorithm="sha256d", agent="NiceHash/1.0.0")
    assert (found.power_w, EstimateFlag.POWER_ELSEWHERE in found.flags) == (UNSET, True)


def test_a_microcontroller_is_a_rig_and_no_load() -> None:
    found = estimate(work=work(300, 0.001), algorithm="sha256d", agent="NerdMinerV2")
    assert found.rigs is not UNSET
    assert (found.rigs.best, found.power_w) == (1, UNSET)


# ---------------------------------------------------------------- cross-checks


@pytest.mark.parametrize(
    ("reported", "agrees"),
    [(400e6, True), (300e6, True), (470e6, True), (200e6, False), (900e6, False), (0.0, False)],
)
def test_a_self_report_confirms_or_is_flagged_and_changes_nothing(reported: float, agrees: bool) -> None:
    found = estimate(work=work(360, 4e9, is_hashes=True), dialect="ethproxy", reported_hs=reported)
    assert quantity(found.hashrate_hs).best == pytest.approx(400e6)
    assert found.self_report is not UNSET
    assert (found.self_report.hashrate_hs, found.self_report.agrees) == (reported, agrees)
    assert (EstimateFlag.SELF_REPORT_DIFFERS in found.flags) is not agrees


def test_a_report_that_may_have_overflowed_is_not_judged() -> None:
    found = estimate(work=work(3600, 5e9, is_hashes=True), dialect="ethproxy", reported_hs=5e9 - 2**32)
    assert found.self_report is not UNSET
    assert (found.self_report.agrees, found.flags) == (UNSET, ())


def test_missing_bytes_many_rejects_and_pauses_are_told() -> None:
    paused = msgspec.structs.replace(work(665, 131_072), active_ns=HOUR_NS // 2)
    found = estimate(work=paused, algorithm="sha256d", is_holed=True, answered=600, rejected=90)
    assert set(found.flags) == {EstimateFlag.BYTES_MISSING, EstimateFlag.REJECTS_MANY, EstimateFlag.PAUSED}
    assert found.window is not UNSET
    assert found.window.active_seconds == 1800
    assert quantity(found.hashrate_hs).best == pytest.approx(2 * 103.99e12, rel=1e-4)


def test_without_an_accepted_share_nothing_is_paid() -> None:
    found = estimate(work=work(10, 1e6, is_hashes=True, accepted=0.0), algorithm="rx/0")
    assert quantity(found.accepted_hs).best == 0


def test_agents_that_are_remembered_are_bounded() -> None:
    agents = AgentsSeen(EQUIPMENT.agents)
    for number in range(AGENTS_REMEMBERED_MAX + 10):
        agents.seen(f"agent/{number}")
    assert len(agents._seen) == AGENTS_REMEMBERED_MAX
    seen = agents.seen(S19J)
    assert seen is not None
    assert seen is agents.seen(S19J)
