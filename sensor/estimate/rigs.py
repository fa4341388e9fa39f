"""How many rigs stand behind one connection: those an agent registered, names that send shares, nonces that a proxy
deals out, or a division.

Rigs of several connections are counted where these are joined: one name may come back on a new connection.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from sensor.estimate.machines import TUNED_HIGH, Fit
from sensor.figures import Quantity, Rigs, RigsBasis
from sensor.model import Measured
from signatures.equipment import Machine

# Machines slower than this part of the fastest are no rigs of a farm.
_FARM_PART: Final = 1e-3
_MODERN_YEARS: Final = 5
# No algorithm has more rigs in all the world. Beyond, a difficulty, a hashrate or an agent is forged.
RIGS_MAX: Final = 10_000_000
_ONE: Final = Rigs(1, 1, 1, RigsBasis.CONNECTION)


def rigs_of(measured: Measured, fit: Fit | None, hashrate: Quantity | None) -> Rigs:
    """The rigs of one session: what sends shares is at least one."""
    slots, workers = measured.slots_count, measured.workers_count
    if slots > 1:
        return _rigs(slots, slots, slots, RigsBasis.NONCE_SLOTS)
    if measured.rigs_at_once:
        # A rig that comes back has another session; and rigs may share a name.
        best = max(measured.rigs_at_once, workers)
        return _rigs(measured.rigs_at_once, best, max(best, measured.rigs_seen), RigsBasis.RIG_SESSIONS)
    if workers > 1:
        return _rigs(1, workers, workers, RigsBasis.WORKERS)
    if fit is not None and hashrate is not None and (divided := _divided(fit, hashrate)) is not None:
        return divided
    return _ONE


def _divided(fit: Fit, hashrate: Quantity) -> Rigs | None:
    """Hashrate over that of the machines it may be, where one of them alone could not do it."""
    candidates = fit.candidates
    machines = candidates.named or candidates.machines
    if candidates.named and not fit.is_aggregate and hashrate.low <= candidates.fastest * TUNED_HIGH:
        return None
    fastest = candidates.fastest_asic
    if not fastest or (not fit.is_aggregate and hashrate.low <= fastest * TUNED_HIGH):
        return None
    asics = [machine for machine in machines if machine.kind == "asic"]
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
    return Rigs(min(low, RIGS_MAX), min(best, RIGS_MAX), min(high, RIGS_MAX), basis)
