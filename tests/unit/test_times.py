from __future__ import annotations

import datetime

from hypothesis import given
from hypothesis import strategies as st

from sensor.times import ns_of, rfc3339

SECONDS_MAX = 253_402_300_799


@given(st.integers(0, SECONDS_MAX), st.integers(0, 999_999_999))
def test_every_second_reads_as_the_calendar_says(seconds: int, ns: int) -> None:
    expected = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(seconds=seconds)
    assert rfc3339(seconds * 10**9 + ns) == f"{expected:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + f".{ns:09}Z"


def test_times_outside_four_digit_years_are_clamped() -> None:
    assert rfc3339(-1) == "1970-01-01T00:00:00.000000000Z"
    assert rfc3339(1 << 70) == "9999-12-31T23:59:59.999999999Z"


@given(st.integers(0, SECONDS_MAX), st.integers(0, 999_999_999))
def test_what_was_written_is_read_back(seconds: int, ns: int) -> None:
    assert ns_of(rfc3339(seconds * 10**9 + ns)) == seconds * 10**9 + ns
