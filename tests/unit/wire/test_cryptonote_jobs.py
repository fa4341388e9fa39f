"""The CryptoNote job object: algorithm, coin and work."""

from __future__ import annotations

import pytest

from sensor.wire.cryptonote_jobs import read_job

SEED = "5e" * 32


def blob(major: str = "10") -> str:
    return major + "d2" * 76


def job(**members: object) -> dict[str, object]:
    return {"blob": blob(), "job_id": "J", "target": "b88d0600", **members}


@pytest.mark.parametrize(
    ("members", "pays", "algorithm", "coin"),
    [
        (job(algo="rx/0"), "XMR", "rx/0", "XMR"),
        (job(algo="rx/0"), None, "rx/0", None),
        (job(algo="rx/wow"), "XMR", "rx/wow", None),
        (job(algo="randomx/0"), None, "rx/0", None),
        # Who is paid in Monero may mine another chain, for a pool that mines what pays best.
        (job(algo="cryptonight/r"), "XMR", "cn/r", None),
        (job(algo="cryptonight/r", blob=blob("0a")), "XMR", "cn/r", "XMR"),
        (job(algo="rx/0", blob=blob("02")), "XMR", "rx/0", None),
        ({"blocktemplate_blob": blob(), "job_id": "T", "target_diff": 5, "seed_hash": SEED}, "XMR", "rx/0", "XMR"),
        (job(algo="sha-1234"), None, None, None),
        (job(algo="<script>"), "BTC", None, None),
        (job(algo=5, seed_hash=SEED), None, "randomx", None),
        (job(seed_hash=SEED), None, "randomx", None),
        (job(seed_hash="5e"), None, None, None),
        (job(), None, None, None),
        (job(), "XMR", "rx/0", "XMR"),
        (job(blob=blob("06")), "XMR", "cn/0", "XMR"),
        (job(blob=blob("07")), "XMR", "cn/1", "XMR"),
        (job(blob=blob("08")), "XMR", "cn/2", "XMR"),
        (job(blob=blob("0b")), "XMR", "cn/r", "XMR"),
        (job(blob=blob("0c")), "XMR", "rx/0", "XMR"),
        (job(blob=blob("ff")), "XMR", None, None),
        (job(algo="kawpow", blob=SEED), "XMR", "kawpow", None),
        (job(algo="sha3x", blob=SEED, target="1d2c3b4a00000000"), None, "sha3x", None),
    ],
)
def test_algorithm_and_coin_are_named_only_where_the_job_says_so(
    members: dict[str, object], pays: str | None, algorithm: str | None, coin: str | None
) -> None:
    found = read_job(members, pays)
    assert found is not None
    assert (found.algorithm, found.coin) == (algorithm, coin)


def test_yada_writes_its_target_the_other_way_round() -> None:
    found = read_job(job(algo="rx/yada", target="00068db8"), None)
    assert found is not None
    assert found.work == 10000


def test_a_template_is_worth_its_target_and_not_the_networks() -> None:
    found = read_job({"blocktemplate_blob": blob(), "job_id": "T", "difficulty": 4e11, "target_diff": "250000"}, None)
    assert found is not None
    assert found.work == 250000


@pytest.mark.parametrize(
    "members",
    [
        None,
        [],
        {},
        job(job_id=True),
        job(job_id=""),
        job(blob="d2" * 75),
        job(blob="zz" * 80),
        job(blob=None),
        job(target=5),
        job(target="xyz"),
        {"job_id": "J", "target": "b88d0600"},
        {"job_id": "J", "pool_wallet": "4A"},
        {"job_id": "J", "blocktemplate_blob": blob()},
        job(blob=SEED),
    ],
)
def test_what_lacks_a_part_is_no_job(members: object) -> None:
    assert read_job(members, "XMR") is None


@pytest.mark.parametrize(
    ("height", "expected"), [(5, 5), ("5", 5), (-1, None), (2**60, None), (None, None), (1.5, None)]
)
def test_a_height_is_a_number_of_blocks(height: object, expected: int | None) -> None:
    found = read_job(job(height=height), None)
    assert found is not None
    assert found.height == expected
