"""Which machines fit what was seen: agent and hashrate together.

An agent is easily forged, a hashrate is not: where they contradict each other that is told, and the agent's model is
not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from sensor.estimate.algorithm import Hashing
from sensor.figures import HardwareBasis, Quantity
from signatures.agents import AgentSeen, HardwareClass
from signatures.equipment import Equipment, Machine

# A stock rig is within a tenth of the rate it is sold with.
STRAY: Final = 0.10
# A tuned one is between half and one and a half times it; beyond, it is another machine or more than one.
TUNED_LOW: Final = 0.5
TUNED_HIGH: Final = 1.5
# As many boards stand in the largest usual frame, as many sockets in the largest usual server.
_BOARDS_MAX: Final = 13
_SOCKETS_MAX: Final = 2
# What a desk or a living room bears; larger machines of the algorithm are industrial.
_HOME_HS_MAX: Final = 12e12

_ASIC_OF: Final = {
    "sha256d": HardwareClass.ASIC_SHA256_INDUSTRIAL,
    "scrypt": HardwareClass.ASIC_SCRYPT,
    "x11": HardwareClass.ASIC_X11,
    "ethash": HardwareClass.ASIC_ETHASH,
    "eaglesong": HardwareClass.ASIC_EAGLESONG,
    "kheavyhash": HardwareClass.ASIC_KHEAVYHASH,
}
AGGREGATES: Final = frozenset({HardwareClass.PROXY_AGGREGATE, HardwareClass.MARKETPLACE})
_VAGUE: Final = frozenset({HardwareClass.UNKNOWN, HardwareClass.ASIC_UNKNOWN, HardwareClass.INFRASTRUCTURE})


class Fit(msgspec.Struct, frozen=True):
    """``machines`` fit agent and hashrate; ``named`` are those of the agent's model, or else maker, at any rate.

    ``is_model``: the agent names the model, not only the maker. ``is_slower``: than any ASIC of the algorithm.
    """

    hardware_class: HardwareClass | None
    basis: HardwareBasis | None
    named: tuple[Machine, ...]
    machines: tuple[Machine, ...]
    is_model: bool
    is_stock: bool
    is_contradicted: bool
    is_slower: bool


def fit(seen: AgentSeen | None, hashing: Hashing, per_rig: Quantity, equipment: Equipment) -> Fit:
    """What fits a rig that hashes as fast as ``per_rig``."""
    of_algorithm = equipment.of_algorithm(hashing.name)
    usual = of_algorithm if hashing.known is None else [m for m in of_algorithm if m.kind in hashing.known.kinds]
    by_rate = _class_by_rate(hashing.name, per_rig, usual)
    by_agent = seen.rule.hardware_class if seen is not None and seen.rule.hardware_class not in _VAGUE else None
    named = named_machines(seen, hashing.name, equipment)
    is_aggregate = by_agent in AGGREGATES
    fitting = () if is_aggregate else near(named, per_rig, STRAY)
    is_contradicted = not is_aggregate and _contradicts(by_agent, by_rate, named, per_rig)
    basis = None
    if by_agent is not None:
        confirmed = bool(fitting) or (by_agent is by_rate)
        basis = HardwareBasis.BOTH if confirmed else HardwareBasis.AGENT
    elif by_rate is not None:
        basis = HardwareBasis.HASHRATE
    return Fit(
        hardware_class=by_agent or by_rate,
        basis=basis,
        named=named,
        machines=fitting,
        is_model=seen is not None and bool(seen.model) and bool(named),
        is_stock=seen is not None and seen.rule.is_stock,
        is_contradicted=is_contradicted,
        is_slower=per_rig.high < _slowest_asic(of_algorithm) * (1 - STRAY),
    )


def named_machines(seen: AgentSeen | None, algorithm: str, equipment: Equipment) -> tuple[Machine, ...]:
    """Machines of the model that the agent names, or else of its maker, that run the algorithm."""
    if seen is None:
        return ()
    of_model = equipment.of_model(seen.model) if seen.model else ()
    if of_model:
        return tuple(machine for machine in of_model if machine.algorithm == algorithm)
    if not seen.rule.vendor:
        return ()
    return tuple(machine for machine in equipment.of_algorithm(algorithm) if machine.vendor == seen.rule.vendor)


def near(machines: Sequence[Machine], per_rig: Quantity, stray: float) -> tuple[Machine, ...]:
    """Machines sold with a rate that the bounds reach, give or take ``stray``."""
    return tuple(
        machine
        for machine in machines
        if per_rig.low * (1 - stray) <= machine.hashrate_hs <= per_rig.high * (1 + stray)
    )


def _contradicts(
    by_agent: HardwareClass | None,
    by_rate: HardwareClass | None,
    named: Sequence[Machine],
    per_rig: Quantity,
) -> bool:
    if named:
        slowest = min(machine.hashrate_hs for machine in named)
        fastest = max(machine.hashrate_hs for machine in named)
        return per_rig.high < slowest * TUNED_LOW or per_rig.low > fastest * TUNED_HIGH
    if by_agent is None or by_rate is None:
        return False
    return _is_asic(by_agent) != _is_asic(by_rate)


def _is_asic(hardware_class: HardwareClass) -> bool:
    return hardware_class.startswith("asic_")


def _class_by_rate(algorithm: str, per_rig: Quantity, machines: Sequence[Machine]) -> HardwareClass | None:
    """ASIC where no frame of boards and no server is as fast; the others' kind where no ASIC is as slow."""
    asics = [machine.hashrate_hs for machine in machines if machine.kind == "asic"]
    gpus = [machine.hashrate_hs * _BOARDS_MAX for machine in machines if machine.kind == "gpu"]
    cpus = [machine.hashrate_hs * _SOCKETS_MAX for machine in machines if machine.kind == "cpu"]
    slowest_asic = _slowest_asic(machines)
    if asics and per_rig.low > max([*gpus, *cpus, slowest_asic * (1 - STRAY)]):
        return _asic_class(algorithm, per_rig)
    if asics and per_rig.high >= slowest_asic * (1 - STRAY):
        return None
    may_be = {kind for kind, rates in (("gpu", gpus), ("cpu", cpus)) if rates and per_rig.low <= max(rates)}
    return HardwareClass(may_be.pop()) if len(may_be) == 1 else None


def _slowest_asic(machines: Sequence[Machine]) -> float:
    """Lottery machines are no measure of what an ASIC does."""
    asics = [machine.hashrate_hs for machine in machines if machine.kind == "asic"]
    return max(min(asics, default=0.0), max(asics, default=0.0) / 1e5)


def _asic_class(algorithm: str, per_rig: Quantity) -> HardwareClass:
    if algorithm == "sha256d" and per_rig.best < _HOME_HS_MAX:
        return HardwareClass.ASIC_SHA256_HOME
    return _ASIC_OF.get(algorithm, HardwareClass.ASIC_OTHER)
