"""The arithmetic of work, one vector a dialect and algorithm: computed by hand or quoted from the pools' own code.

Vectors whose dialect a decoder reads are met again in tests/e2e/test_vectors.py, from bytes to finding. T-31 stands in
test_interval.py.
"""

from __future__ import annotations

import pytest

from sensor.estimate.algorithm import Hashing, scale_of
from sensor.figures import AlgorithmBasis
from sensor.wire.work import curve_work, hash_top, packed_work, short_target_work, target_work
from tests.scripted import EQUIPMENT

POOL_ONE = 2.0**48 / 65_535  # hashes at the difficulty 1 of pools; of miners it is 2^32


def scale(name: str) -> float:
    """Hashes at difficulty 1."""
    found = scale_of(Hashing(name, AlgorithmBasis.JOB, EQUIPMENT.algorithm(name)), mean_difficulty=1e6)
    assert found is not None
    return found.hashes


# Vector, algorithm, difficulty, shares, seconds, hashes a second.
RATES = [
    ("T-1", "sha256d", 65_536, 1000, 600, 4.69124961e14),
    ("T-2", "sha256d", 131_072, 666, 3600, 1.04145741e14),
    ("T-4", "sha256d", 146_716_052_770_110, 1, 600, 1.05023441e21),
    ("T-5", "scrypt", 65_536, 100, 60, 7_158_278_826.67),
    ("T-7", "x11", 64, 500, 300, 4.58129845e11),
    ("T-8", "x16r", 16, 100, 60, 447_392_426.67),
    ("T-22", "kheavyhash", 4096, 120, 60, 3.51843721e13),
    ("T-23", "blake3-alephium", 4096, 60, 600, 7.03687442e12),
    ("T-26", "cuckatoo32", 4, 200, 600, 56),
    ("T-29", "zksnark-aleo", 100_000, 600, 60, 1.0e6),
    ("T-30", "verthash", 1, 1, 1, 16_777_216),
]
TARGETS = [
    ("T-9", "0x0000000112e0be826d694b2e62d01511f12a6061fbaec8bc02357593e70e52ba", 4.0e9),
    ("T-10", "0112e0be826d694b2e62d01511f12a6061fbaec8bc02357593e70e52ba", 4.0e9),
    ("T-12", "00000001fffe" + "0" * 52, 2_147_516_416.5),
    ("T-13 Ravencoin", "00000000ffff" + "0" * 52, 4_295_032_833),
    ("T-13 Firo", "00000000ff" + "0" * 54, 4_311_810_305),
    ("T-14 one", "0007" + "f" * 60, 8192),
    ("T-14", "0000020c49ba5e353f7ced916872b020c49ba5e353f7ced916872b020c49ba5e", 8_192_000),
    ("T-24", "ffff" + "0" * 60, 1.0000153),
    ("T-28", "0x55e63b88c2" + "0" * 48, 5.0e7),
]
SHORT_TARGETS = [
    ("T-16", "b88d0600", 10_000),
    ("T-17", "711b0d00", 5000),
    ("T-18", "f3220000", 480_045),
    ("T-18", "1b430000", 250_012),
    ("T-18", "c6100000", 1_000_225),
    ("T-18", "31040000", 4_002_765),
    ("T-19", "c2883be655000000", 50_000_000),
]


@pytest.mark.parametrize(("vector", "algorithm", "difficulty", "shares", "seconds", "rate"), RATES)
def test_shares_at_a_difficulty_are_a_hashrate(
    vector: str, algorithm: str, difficulty: float, shares: int, seconds: float, rate: float
) -> None:
    assert shares * difficulty * scale(algorithm) / seconds == pytest.approx(rate, rel=6e-9), vector


@pytest.mark.parametrize(("vector", "target", "work"), TARGETS)
def test_a_target_is_so_much_work(vector: str, target: str, work: float) -> None:
    assert target_work(target) == pytest.approx(work, rel=5e-8), vector


@pytest.mark.parametrize(("vector", "target", "work"), SHORT_TARGETS)
def test_a_short_target_is_so_much_work(vector: str, target: str, work: float) -> None:
    assert short_target_work(target) == work, vector


def test_t3_a_difficulty_is_a_target() -> None:
    target = "ffff" + "0" * 48
    assert int(target, 16) == 0xFFFF << 192
    assert target_work(target) == pytest.approx(65_536 * POOL_ONE, rel=1e-12)
    assert POOL_ONE / scale("sha256d") == pytest.approx(1.0000153, abs=5e-8)


def test_t6_and_t15_a_rig_sends_so_many_shares() -> None:
    assert 290_000 * scale("scrypt") / 9.5e9 == pytest.approx(2.0006, abs=5e-5)
    assert pytest.approx(6.152, abs=6e-4) == 840_000 / 8_192_000 * 60


def test_t11_shares_of_a_target_are_a_hashrate() -> None:
    work = target_work(TARGETS[0][1])
    assert work is not None
    assert 30 * work / 600 == pytest.approx(200e6, rel=1e-9)


def test_t20_the_hash_of_a_share_shows_that_it_is_valid() -> None:
    top = hash_top("1b3f259aafb85c553198c2ad92392e816a8c030ac84305b89c932c8723bd0800")
    assert top == 0x0008BD23872C939C
    assert (2**64 - 1) // top == 7499
    assert short_target_work("711b0d00") <= 7499  # type: ignore[operator]


def test_t21_randomx_counts_as_it_is() -> None:
    assert 75_000 * 240 / 3600 == 5000
    assert EQUIPMENT.algorithm("rx/0") is EQUIPMENT.algorithm("randomx")


@pytest.mark.parametrize(
    ("packed", "work"), [(0x0A000000, 1024), (0x08800000, 384), (0x0C123456, 4387.271), (0x1B4C3F21, 174_192_904)]
)
def test_t25_beam_packs_its_difficulty(packed: int, work: float) -> None:
    assert packed_work(packed) == pytest.approx(work, rel=1e-6)


def test_what_packs_nothing_has_no_work() -> None:
    # A placeholder in a pool's documentation; read as a plain number it would look sane.
    assert packed_work(3_441_671_469) == pytest.approx(5.9e61, rel=0.01)
    assert packed_work(0xE8000000) is None
    assert packed_work(-1) is None


def test_t27_ergos_bound_is_so_much_work() -> None:
    assert curve_work(23158417847463239084714197001737581570567512855814980876521032628303) == pytest.approx(5.0e9)
    assert curve_work(0) is None
    assert curve_work(2**256) is None


@pytest.mark.parametrize("name", ["neoscrypt", "x16r", "groestl", "cuckaroo29"])
def test_where_pool_programs_disagree_it_is_said(name: str) -> None:
    found = scale_of(Hashing(name, AlgorithmBasis.JOB, EQUIPMENT.algorithm(name)), mean_difficulty=1e6)
    assert found is not None
    assert found.is_ambiguous


def test_a_pool_that_sends_the_coins_difficulty_of_scrypt_is_recognised_by_its_size() -> None:
    hashing = Hashing("scrypt", AlgorithmBasis.JOB, EQUIPMENT.algorithm("scrypt"))
    found = scale_of(hashing, mean_difficulty=1.0)
    assert found is not None
    assert (found.hashes, found.is_ambiguous) == (2.0**32, True)


@pytest.mark.parametrize("name", ["randomx", "ethash", "kawpow", "cn/r", "no such thing"])
def test_difficulties_mean_nothing_where_pools_send_targets(name: str) -> None:
    assert scale_of(Hashing(name, AlgorithmBasis.JOB, EQUIPMENT.algorithm(name)), mean_difficulty=1.0) is None
