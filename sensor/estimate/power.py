"""Electric power from hashrate and efficiency: ``P = H e PUE``, bounds multiplied with bounds.

How far efficiency may stray depends on what is known of the machines; that, and not the number of shares, is nearly
all of the width.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from sensor.estimate.machines import Fit
from sensor.estimate.rounding import rounded
from sensor.figures import Power, PowerBasis, Quantity
from signatures.agents import HardwareClass
from signatures.equipment import Algorithm, Joules, Machine

# Cambridge's index takes these for mining sites; a conventional data hall is at 1.2 to 1.8, which the register knows.
PUE_FARM: Final = Quantity(1.01, 1.10, 1.20)
# Liquid cooling spends less on air.
PUE_LIQUID: Final = Quantity(1.01, 1.05, 1.10)
# A room or a shed: no cooling, or a fan.
PUE_HOME: Final = Quantity(1.0, 1.05, 1.15)

# Of the specified efficiency: what stock rigs and tuned ones really need.
_STOCK: Final = Quantity(0.93, 1.0, 1.12)
_TUNED: Final = Quantity(0.75, 0.95, 1.20)
_LIQUID: Final = ("Hyd", "Imm")
_HOME: Final = frozenset({HardwareClass.ASIC_SHA256_HOME, HardwareClass.CPU})
_KIND_OF: Final = {HardwareClass.CPU: "cpu", HardwareClass.GPU: "gpu"}


class Efficiency(msgspec.Struct, frozen=True):
    """Joules a hash at the wall of the machines, and the site's share on top."""

    joules: Quantity
    pue: Quantity
    basis: PowerBasis


def efficiency_of(fit: Fit, per_rig: Quantity, known: Algorithm | None) -> Efficiency | None:
    """The narrowest that is known; None where nothing is."""
    if fit.hardware_class is HardwareClass.MCU_LOTTERY:
        # One or two watts, whatever it hashes.
        return None
    candidates = fit.candidates
    if candidates.is_model and not fit.is_contradicted:
        if candidates.is_stock and fit.machines:
            sold = min(fit.machines, key=lambda machine: abs(machine.hashrate_hs - per_rig.best))
            return Efficiency(_spread((sold,), _STOCK), _pue((sold,), fit), PowerBasis.MODEL)
        return Efficiency(_spread(candidates.named, _TUNED), _pue(candidates.named, fit), PowerBasis.MODEL_TUNED)
    if fit.machines:
        # Bounds are those of the machines that fit; another firmware strays beyond them.
        stray = Quantity(1.0, 1.0, 1.0) if candidates.is_stock else _TUNED
        return Efficiency(_spread(fit.machines, stray), _pue(fit.machines, fit), PowerBasis.VENDOR)
    joules = _of_algorithm(fit, known)
    if joules is None:
        return None
    return Efficiency(Quantity(joules.low, joules.best, joules.high), _pue((), fit), PowerBasis.ALGORITHM)


def power_of(hashrate: Quantity, efficiency: Efficiency) -> Power:
    joules, pue = efficiency.joules, efficiency.pue
    low, best, high = hashrate.low * joules.low, hashrate.best * joules.best, hashrate.high * joules.high
    return Power(
        low=rounded(low * pue.low),
        best=rounded(best * pue.best),
        high=rounded(high * pue.high),
        it=Quantity(rounded(low), rounded(best), rounded(high)),
        joules_per_hash=Quantity(rounded(joules.low), rounded(joules.best), rounded(joules.high)),
        pue=pue,
        basis=efficiency.basis,
    )


def _spread(machines: tuple[Machine, ...], stray: Quantity) -> Quantity:
    joules = [machine.joules for machine in machines]
    return Quantity(min(joules) * stray.low, _median(joules) * stray.best, max(joules) * stray.high)


def _of_algorithm(fit: Fit, known: Algorithm | None) -> Joules | None:
    """Of the kind of machine; what is known of ASICs alone says nothing of what is slower than any of them."""
    if known is None:
        return None
    kind = _kind(fit)
    if kind in known.joules:
        return known.joules[kind]
    is_covered = kind == "any" or kind in known.kinds
    is_slower = fit.is_slower and known.kinds == ("asic",)
    return known.joules.get("any") if is_covered and not is_slower else None


def _kind(fit: Fit) -> str:
    hardware_class = fit.hardware_class
    if hardware_class is None:
        return "any"
    return "asic" if hardware_class.startswith("asic_") else _KIND_OF.get(hardware_class, "any")


def _pue(machines: tuple[Machine, ...], fit: Fit) -> Quantity:
    if fit.hardware_class in _HOME:
        return PUE_HOME
    if machines and all(any(word in machine.model for word in _LIQUID) for machine in machines):
        return PUE_LIQUID
    return PUE_FARM


def _median(values: Sequence[float]) -> float:
    # The module of the standard library takes a fiftieth of a start to load: it brings fractions and random numbers.
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
