"""Targets and difficulties as work."""

from __future__ import annotations

import pytest

from sensor.wire.work import difficulty, is_hex, is_hex_bytes, short_target_work, target_work


@pytest.mark.parametrize(
    ("target", "work"),
    [
        ("00000000ffff" + "0" * 52, 4295032833.0),
        ("00000000ff" + "0" * 54, 4311810305.0),
        ("0007" + "f" * 60, 8192.0),
        ("0000020c49ba5e353f7ced916872b020c49ba5e353f7ced916872b020c49ba5e", 8192000.0),
        ("0x0000000112e0be826d694b2e62d01511f12a6061fbaec8bc02357593e70e52ba", 4e9),
        ("0112e0be826d694b2e62d01511f12a6061fbaec8bc02357593e70e52ba", 4e9),
        ("0x55e63b88c2" + "0" * 48, 5e7),
        ("f" * 64, 1.0),
    ],
)
def test_a_long_target_is_two_to_the_256_over_it(target: str, work: float) -> None:
    assert target_work(target) == pytest.approx(work, rel=1e-9)


@pytest.mark.parametrize("target", ["0" * 64, "", "0x", "g" * 64, "f" * 65, 12, None, "ff ff", "-1", "1_0"])
def test_what_is_no_long_target_has_no_work(target: object) -> None:
    assert target_work(target) is None


@pytest.mark.parametrize(
    ("target", "work"),
    [
        ("b88d0600", 10000),
        ("711b0d00", 5000),
        ("dc460300", 20000),
        ("c5a70000", 100001),
        ("c6100000", 1000225),
        ("f3220000", 480045),
        ("1b430000", 250012),
        ("31040000", 4002765),
        ("c2883be655000000", 50000000),
    ],
)
def test_a_short_target_is_read_as_xmrig_reads_it(target: str, work: float) -> None:
    assert short_target_work(target) == work


def test_a_short_target_of_eight_bytes_reaches_further() -> None:
    assert short_target_work("677ff36d00000000") == pytest.approx(1e10)


def test_yada_writes_its_target_the_other_way_round() -> None:
    assert short_target_work("00068db8", big_endian=True) == 10000


@pytest.mark.parametrize("target", ["00000000", "b88d06", "b88d060000", "xxxxxxxx", "", 5, None])
def test_what_is_no_short_target_has_no_work(target: object) -> None:
    assert short_target_work(target) is None


@pytest.mark.parametrize("value", [0, -1, "0", 2.0**224, 1e300, float("nan"), float("inf"), "x", None, True, []])
def test_a_difficulty_stays_within_its_bounds(value: object) -> None:
    assert difficulty(value) is None


@pytest.mark.parametrize(("value", "expected"), [(1, 1.0), (1e-6, 1e-6), ("16384", 16384.0), (2**60, 2.0**60)])
def test_a_difficulty_may_be_any_positive_number(value: object, expected: float) -> None:
    assert difficulty(value) == expected


def test_hex_is_told_from_what_python_would_forgive() -> None:
    assert is_hex("00ff", 4)
    assert not is_hex("00 ff", 5)
    assert not is_hex("0_ff", 4)
    assert not is_hex("٠٠٠٠", 4)
    assert is_hex_bytes("", 0)
    assert not is_hex_bytes("0ff")
    assert not is_hex_bytes("00", 2)
    assert not is_hex_bytes(b"00")
