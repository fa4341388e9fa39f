"""A difficulty that was not seen: most pools use powers of two, so the rate of shares gives the hashrate but for one.

Where the agent names a model, one power of two at most brings the rate near what the model is sold with. Where the
miner asks for a difficulty with its login and that brings it there, the pool gave what was asked for, be it a power of
two or not; where it does not, the pool gave another. Vardiff makes the rate of shares the same for every machine, so
without a model nothing can be said, and nothing is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from sensor.estimate.interval import factors
from sensor.model import Blind, Work
from signatures.equipment import Machine

# With fewer shares the bounds of the rate are too wide to tell one rung from the next.
SHARES_MIN: Final = 100
# Share rates differ from nominal by tuning and luck: a stock rig by a tenth, a tuned one by a quarter.
_STRAY_STOCK: Final = 0.10
_STRAY_TUNED: Final = 0.25
_EXPONENTS: Final = range(-10, 64)


def climb(
    blind: Blind,
    hashes_per_difficulty: float,
    machines: Sequence[Machine],
    *,
    is_stock: bool,
    wish: float | None = None,
) -> Work | None:
    """The shares at the difficulty asked for where it fits these machines, else at the only power of two that does;
    None where none or several do.
    """
    if not machines or blind.count < SHARES_MIN or not blind.is_steady:
        return None
    stray = _STRAY_STOCK if is_stock else _STRAY_TUNED
    slowest = min(machine.hashrate_hs for machine in machines) * (1 - stray)
    fastest = max(machine.hashrate_hs for machine in machines) * (1 + stray)
    if wish is not None:
        asked = _rung(blind, wish * hashes_per_difficulty)
        if slowest <= rate(asked) <= fastest:
            return asked
    fitting = [
        work
        for work in (_rung(blind, math.ldexp(hashes_per_difficulty, exponent)) for exponent in _EXPONENTS)
        if _may_be(work, slowest, fastest)
    ]
    if len(fitting) != 1 or not slowest <= rate(fitting[0]) <= fastest:
        return None
    return fitting[0]


def rate(work: Work) -> float:
    """Hashes a second of active time, where the worths are hashes."""
    return work.total / (work.active_ns / 1e9)


def _rung(blind: Blind, worth: float) -> Work:
    return Work(
        from_ns=blind.from_ns,
        until_ns=blind.until_ns,
        active_ns=blind.until_ns - blind.from_ns,
        count=blind.count,
        total=blind.count * worth,
        squares=blind.count * worth * worth,
        is_hashes=True,
    )


def _may_be(work: Work, slowest: float, fastest: float) -> bool:
    """Whether the machines' rates reach into the bounds of this rung."""
    bounds = factors(work)
    return rate(work) * bounds.high >= slowest and rate(work) * bounds.low <= fastest
