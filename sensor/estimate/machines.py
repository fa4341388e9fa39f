"""Which machines fit what was seen: agent and hashrate together.

An agent is easily forged, a hashrate is not: where they contradict each other that is told, and the agent's model is
not used.
"""

from __future__ import annotations

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
# Slower than the fastest machine by this, a machine is played with.
_LOTTERY_PART: Final = 1e5
_KINDS: Final = ("asic", "gpu", "cpu")
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


class Candidates(msgspec.Struct, frozen=True):
    """What agent and algorithm leave possible, whatever the rate.

    ``named`` are machines of the model that the agent names, or else of its maker; ``slowest`` and ``fastest`` are
    rates of these, ``fastest_asic`` too, or of all where none is named. ``slowest_asic`` and ``others`` (kind, fastest
    frame or server) are of all that run the algorithm.
    """

    algorithm: str
    machines: tuple[Machine, ...]
    by_agent: HardwareClass | None
    named: tuple[Machine, ...]
    slowest: float
    fastest: float
    slowest_asic: float
    fastest_asic: float
    others: tuple[tuple[HardwareClass, float], ...]
    is_model: bool
    is_stock: bool


class Fit(msgspec.Struct, frozen=True):
    """``machines`` are those of the candidates' ``named`` that fit the rate.

    ``is_contradicted``: the rate is none of the machines that the agent names. ``is_slower``: than any ASIC.
    """

    candidates: Candidates
    hardware_class: HardwareClass | None
    basis: HardwareBasis | None
    machines: tuple[Machine, ...]
    is_contradicted: bool
    is_slower: bool

    @property
    def is_aggregate(self) -> bool:
        return self.hardware_class in AGGREGATES


def candidates_of(seen: AgentSeen | None, hashing: Hashing, equipment: Equipment) -> Candidates:
    machines = equipment.of_algorithm(hashing.name)
    kinds = _KINDS if hashing.known is None else hashing.known.kinds
    named = named_machines(seen, hashing.name, equipment)
    rates = [machine.hashrate_hs for machine in named]
    asics = [machine.hashrate_hs for machine in machines if machine.kind == "asic"]
    others = []
    for kind, size in ((HardwareClass.GPU, _BOARDS_MAX), (HardwareClass.CPU, _SOCKETS_MAX)):
        fastest = max((m.hashrate_hs for m in machines if m.kind == kind.value and m.kind in kinds), default=0.0)
        if fastest:
            others.append((kind, fastest * size))
    by_agent = seen.rule.hardware_class if seen is not None else HardwareClass.UNKNOWN
    return Candidates(
        algorithm=hashing.name,
        machines=machines,
        by_agent=None if by_agent in _VAGUE else by_agent,
        named=named,
        slowest=min(rates, default=0.0),
        fastest=max(rates, default=0.0),
        # Lottery machines are no measure of what an ASIC does.
        fastest_asic=max((machine.hashrate_hs for machine in named or machines if machine.kind == "asic"), default=0.0),
        slowest_asic=max(min(asics, default=0.0), max(asics, default=0.0) / _LOTTERY_PART),
        others=tuple(others),
        is_model=seen is not None and bool(seen.model) and bool(named),
        is_stock=seen is not None and seen.rule.is_stock,
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


def fit(candidates: Candidates, per_rig: Quantity) -> Fit:
    """What fits a rig that hashes as fast as ``per_rig``."""
    by_agent, by_rate = candidates.by_agent, _class_by_rate(candidates, per_rig)
    is_aggregate = by_agent in AGGREGATES
    machines = () if is_aggregate else _near(candidates.named, per_rig)
    basis = HardwareBasis.HASHRATE if by_rate is not None else None
    if by_agent is not None:
        basis = HardwareBasis.BOTH if machines or by_agent is by_rate else HardwareBasis.AGENT
    return Fit(
        candidates=candidates,
        hardware_class=by_agent or by_rate,
        basis=basis,
        machines=machines,
        is_contradicted=not is_aggregate and _contradicts(candidates, by_rate, per_rig),
        is_slower=per_rig.high < candidates.slowest_asic * (1 - STRAY),
    )


def _near(machines: tuple[Machine, ...], per_rig: Quantity) -> tuple[Machine, ...]:
    """Machines sold with a rate that the bounds reach, give or take a tenth."""
    low, high = per_rig.low * (1 - STRAY), per_rig.high * (1 + STRAY)
    return tuple([machine for machine in machines if low <= machine.hashrate_hs <= high])


def _contradicts(candidates: Candidates, by_rate: HardwareClass | None, per_rig: Quantity) -> bool:
    if candidates.named:
        return per_rig.high < candidates.slowest * TUNED_LOW or per_rig.low > candidates.fastest * TUNED_HIGH
    if candidates.by_agent is None or by_rate is None:
        return False
    return _is_asic(candidates.by_agent) != _is_asic(by_rate)


def _is_asic(hardware_class: HardwareClass) -> bool:
    return hardware_class.startswith("asic_")


def _class_by_rate(candidates: Candidates, per_rig: Quantity) -> HardwareClass | None:
    """ASIC where no frame of boards and no server is as fast; the others' kind where no ASIC is as slow."""
    slowest_asic = candidates.slowest_asic * (1 - STRAY)
    if slowest_asic and per_rig.low > max([slowest_asic, *(rate for _, rate in candidates.others)]):
        return _asic_class(candidates.algorithm, per_rig)
    if slowest_asic and per_rig.high >= slowest_asic:
        return None
    may_be = [kind for kind, rate in candidates.others if per_rig.low <= rate]
    return may_be[0] if len(may_be) == 1 else None


def _asic_class(algorithm: str, per_rig: Quantity) -> HardwareClass:
    if algorithm == "sha256d" and per_rig.best < _HOME_HS_MAX:
        return HardwareClass.ASIC_SHA256_HOME
    return _ASIC_OF.get(algorithm, HardwareClass.ASIC_OTHER)
