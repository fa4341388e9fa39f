from __future__ import annotations

import pytest

from sensor.timestamp import parse_time


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("0", 0),
        ("1793520000", 1_793_520_000_000_000_000),
        ("1793520000.5", 1_793_520_000_500_000_000),
        ("2026-11-01", 1_793_491_200_000_000_000),
        ("2026-11-01T08:00Z", 1_793_520_000_000_000_000),
        ("2026-11-01T08:00:00Z", 1_793_520_000_000_000_000),
        ("2026-11-01 16:00:00+08:00", 1_793_520_000_000_000_000),
        ("2026-11-01T08:00:00.000000001z", 1_793_520_000_000_000_001),
    ],
)
def test_a_time_is_read_to_the_nanosecond(text: str, ns: int) -> None:
    assert parse_time(text) == ns


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "-5",
        "2026-11-01T08:00:00",
        "2026-13-01",
        "2026-02-30T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "1e9",
        "2554-07-22",
        "999999999999",
        "2026-11-01T25:00:00Z",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r";"):
        parse_time(text)
