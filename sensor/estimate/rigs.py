"""How many rigs stand behind one connection: names that send shares, nonces that a proxy deals out, or a division.

Rigs of several connections are counted where these are joined: one name may come back on a new connection.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from sensor.estimate.machines import AGGREGATES, TUNED_HIGH, Fit
from sensor.figures import Quantity, Rigs, RigsBasis
from sensor.model import Measured
from signatures.equipment import Machine

# Machines slower than this part of the fastest are no rigs of a farm.
_FARM_PART: Final = 1e-3
_MODERN_YEARS: Final = 5
# Beyond, a hashrate or an agent is forged.
_RIGS_MAX: Final = 10_000_000


def rigs_of(measured: Measured, fit: Fit | None, hashrate: Quantity | None, machines: Sequence[Machine]) -> Rigs:
    """The rigs of one session: what sends shares is at least one. ``machines`` are all of the algorithm."""
    if measured.slots_count > 1:
        return _rigs(measured.slots_count, measured.slots_count, measured.slots_count, RigsBasis.NONCE_SLOTS)
    workers = measured.workers_count
    if workers > 1:
        return _rigs(1, workers, workers, RigsBasis.WORKERS)
    if fit is not None and hashrate is not None and (divided := _divided(fit, hashrate, machines)) is not None:
        return divided
    return _rigs(1, 1, 1, RigsBasis.CONNECTION)


def _divided(fit: Fit, hashrate: Quantity, machines: Sequence[Machine]) -> Rigs | None:
    """Hashrate over that of the machines it may be, where one of them alone could not do it."""
    asics = [machine for machine in fit.named or machines if machine.kind == "asic"]
    if not asics:
        return None
    fastest = max(machine.hashrate_hs for machine in asics)
    if fit.hardware_class not in AGGREGATES and hashrate.low <= fastest * TUNED_HIGH:
        return None
    farm = sorted(machine.hashrate_hs for machine in asics if machine.hashrate_hs >= fastest * _FARM_PART)
    low = max(1, math.floor(hashrate.low / fastest))
    best = max(low, round(hashrate.best / _usual(asics, fastest)))
    high = max(best, math.ceil(hashrate.high / farm[0]))
    return _rigs(low, best, high, RigsBasis.HASHRATE_DIVISION)


def _usual(machines: Sequence[Machine], fastest: float) -> float:
    """The middle one of the machines of the last years."""
    newest = max(int(machine.released[:4]) for machine in machines)
    modern = sorted(
        machine.hashrate_hs
        for machine in machines
        if int(machine.released[:4]) > newest - _MODERN_YEARS and machine.hashrate_hs >= fastest * _FARM_PART
    )
    return modern[len(modern) // 2] if modern else fastest


def _rigs(low: int, best: int, high: int, basis: RigsBasis) -> Rigs:
    return Rigs(min(low, _RIGS_MAX), min(best, _RIGS_MAX), min(high, _RIGS_MAX), basis)
