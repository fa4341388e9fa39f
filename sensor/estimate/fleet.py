"""The figures of several sessions together: nothing is counted twice, and no two algorithms are added.

Work is added, and divided by the time in which any of the sessions was: so a rig that came back on a new connection is
one rig, and a developer's share taken on a connection of its own is a part of its rig's hashrate. It is a mean over
that time, pauses of single rigs included; of one session alone it is that of its active time. Count errors of sessions
are independent and add as squares; errors of efficiency are not, and add as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import UNSET

from sensor.estimate.rounding import rounded
from sensor.figures import Estimate, Power, Quantity, Window
from sensor.times import seconds_of

# Windows kept apart; beyond, the two nearest are taken for one, which only lengthens the time.
_SPANS_MAX: Final = 64
_NOTHING: Final = Quantity(0.0, 0.0, 0.0)


class Rate(msgspec.Struct, frozen=True):
    """What several sessions do together in one algorithm; ``algorithm`` is "" where nothing tells it."""

    algorithm: str
    unit: str
    hashrate_hs: Quantity
    power_w: Quantity | None


class Fleet:
    """Takes estimates one by one; an algorithm needs some hundred bytes and its windows, bounded."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str], _Sum] = {}

    def add(self, estimate: Estimate) -> None:
        """Adds the figures of one session; one without a hashrate adds nothing."""
        hashrate, window = estimate.hashrate_hs, estimate.window
        if hashrate is UNSET or window is UNSET or estimate.unit is UNSET:
            return
        algorithm = "" if estimate.algorithm is UNSET else estimate.algorithm
        total = self._sums.setdefault((algorithm, estimate.unit), _Sum())
        total.add(hashrate, window, estimate.power_w if estimate.power_w is not UNSET else None)

    def rates(self) -> list[Rate]:
        """One an algorithm, in the order in which they were met."""
        return [total.rate(algorithm, unit) for (algorithm, unit), total in self._sums.items()]


class _Sum:
    """Hashes, their errors and joules of one algorithm's sessions, and the time they took."""

    __slots__ = ("_active", "_down", "_energy", "_is_powered", "_sessions", "_spans", "_up", "_work")

    def __init__(self) -> None:
        self._work = 0.0
        self._down = 0.0  # squared distances of the lower bounds
        self._up = 0.0
        self._energy = _NOTHING
        self._is_powered = False
        self._active = 0.0
        self._sessions = 0
        self._spans: list[tuple[float, float]] = []

    def add(self, hashrate: Quantity, window: Window, power: Power | None) -> None:
        seconds = window.active_seconds
        span = (seconds_of(window.from_), seconds_of(window.to))
        self._active += seconds
        self._sessions += 1
        self._spans = _joined([*self._spans, span])
        self._work += hashrate.best * seconds
        self._down += ((hashrate.best - hashrate.low) * seconds) ** 2
        self._up += ((hashrate.high - hashrate.best) * seconds) ** 2
        if power is not None:
            self._is_powered = True
            energy = self._energy
            self._energy = Quantity(
                energy.low + power.low * seconds,
                energy.best + power.best * seconds,
                energy.high + power.high * seconds,
            )

    def rate(self, algorithm: str, unit: str) -> Rate:
        # Times as doubles do not tell a ten-millionth of a second: of spans that are all shorter nothing is left.
        spanned = sum(end - start for start, end in self._spans)
        seconds = self._active if self._sessions == 1 or spanned <= 0 else spanned
        low, high = self._work - math.sqrt(self._down), self._work + math.sqrt(self._up)
        return Rate(
            algorithm,
            unit,
            _over(Quantity(max(0.0, low), self._work, high), seconds),
            _over(self._energy, seconds) if self._is_powered else None,
        )


def _over(quantity: Quantity, seconds: float) -> Quantity:
    return Quantity(rounded(quantity.low / seconds), rounded(quantity.best / seconds), rounded(quantity.high / seconds))


def _joined(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans that touch made one; of too many, the two that are nearest to each other as well."""
    joined: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    if len(joined) > _SPANS_MAX:
        at = min(range(1, len(joined)), key=lambda index: joined[index][0] - joined[index - 1][1])
        joined[at - 1 : at + 1] = [(joined[at - 1][0], joined[at][1])]
    return joined
