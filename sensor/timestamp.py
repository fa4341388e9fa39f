"""Times that people write: RFC 3339, or seconds since 1970."""

from __future__ import annotations

import datetime
import re
from typing import Final

_EPOCH: Final = re.compile(r"(\d{1,12})(?:\.(\d{1,9}))?")
_RFC3339: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|z|[+-]\d\d:\d\d))?")
_NS_PER_SECOND: Final = 1_000_000_000
# Packet time is 64 bits of nanoseconds.
_NS_MAX: Final = (1 << 64) - 1


def parse_time(text: str) -> int:
    """Nanoseconds since 1970 of ``2026-11-01T08:00:00Z``, ``2026-11-01`` (midnight UTC) or ``1793520000.5``.

    Raises ValueError with words that complete "... is".
    """
    ts_ns = _ns(text)
    if ts_ns > _NS_MAX:
        raise ValueError("after 2554; no capture is that young")
    return ts_ns


def _ns(text: str) -> int:
    epoch = _EPOCH.fullmatch(text)
    if epoch:
        return int(epoch[1]) * _NS_PER_SECOND + _fraction(epoch[2])
    match = _RFC3339.fullmatch(text)
    if not match:
        raise ValueError("no time; write it like 2026-11-01T08:00:00Z, 2026-11-01, or as seconds since 1970")
    day, clock, fraction, zone = match.groups()
    zone = "+00:00" if zone in (None, "Z", "z") else zone
    try:
        moment = datetime.datetime.fromisoformat(f"{day}T{clock or '00:00:00'}{zone}")
    except ValueError:
        raise ValueError("no day or hour that exists; check its numbers") from None
    since = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    seconds = since.days * 86_400 + since.seconds
    if seconds < 0:
        raise ValueError("before 1970; no capture is that old")
    return seconds * _NS_PER_SECOND + _fraction(fraction)


def _fraction(digits: str | None) -> int:
    return int((digits or "0").ljust(9, "0"))
