"""Packet time as text: RFC 3339, UTC, nine digits. Plain arithmetic: no clock and no time zone is asked."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from sensor.limits import UPDATE_INTERVAL_NS

NS_PER_SECOND: Final = 1_000_000_000
_SECONDS_PER_DAY: Final = 86_400
# A message gives several reasons, and most of a revision's times are those of its messages.
_TIMES_KEPT: Final = 256
# A revision tells some ten times of the last few minutes, and the sessions of one capture share them.
_SECONDS_KEPT: Final = 1024
# 9999-12-31T23:59:59.999999999Z: RFC 3339 has four digits for the year.
_NS_MAX: Final = 253_402_300_800 * NS_PER_SECOND - 1


@lru_cache(_TIMES_KEPT)
def rfc3339(ts_ns: int) -> str:
    """``1_700_000_000_000_000_001`` as ``2023-11-14T22:13:20.000000001Z``; outside 1970 to 9999 it is clamped."""
    if not 0 <= ts_ns <= _NS_MAX:
        ts_ns = min(max(ts_ns, 0), _NS_MAX)
    seconds, ns = divmod(ts_ns, NS_PER_SECOND)
    return f"{_to_second(seconds)}.{ns:09}Z"


@lru_cache(_SECONDS_KEPT)
def _to_second(seconds: int) -> str:
    days, second = divmod(seconds, _SECONDS_PER_DAY)
    year, month, day = _civil(days)
    minute, second = divmod(second, 60)
    hour, minute = divmod(minute, 60)
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"


def ns_of(text: str) -> int:
    """What ``rfc3339`` wrote, as a number again. Only its own form is read: nothing else is written here."""
    year, month, day = int(text[0:4]), int(text[5:7]), int(text[8:10])
    seconds = int(text[11:13]) * 3600 + int(text[14:16]) * 60 + int(text[17:19])
    return (_days(year, month, day) * _SECONDS_PER_DAY + seconds) * NS_PER_SECOND + int(text[20:29])


def seconds_of(text: str) -> float:
    """Seconds since 1970 of a time that ``rfc3339`` wrote."""
    return ns_of(text) / NS_PER_SECOND


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01: the inverse of ``_civil``, with years that begin in March."""
    shifted_year = year - (month <= 2)
    era, year_of_era = divmod(shifted_year, 400)
    day_of_year = (153 * ((month - 3) % 12) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468


def _civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a day counted from 1970-01-01, in the proleptic Gregorian calendar.

    Years are taken to begin in March, so that the leap day is the last of its year; eras are 400 years.
    """
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (month <= 2), month, day


def next_boundary(ts_ns: int) -> int:
    """The next full interval of packet time after ``ts_ns``, aligned with the clock: when an update is due."""
    return (ts_ns // UPDATE_INTERVAL_NS + 1) * UPDATE_INTERVAL_NS
