"""Puts the figures of one session together: work to hashes, hashes to a rate, the rate to machines, rigs and watts.

Each step names what it rests on. What a step cannot know is absent, and so is all that rests on it.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from sensor.estimate.agents import AgentsSeen
from sensor.estimate.algorithm import Hashing, Scale, hashing_of, scale_of
from sensor.estimate.interval import factors, shares_effective
from sensor.estimate.ladder import climb
from sensor.estimate.machines import Candidates, Fit, candidates_of, fit
from sensor.estimate.power import efficiency_of, power_of
from sensor.estimate.rigs import RIGS_MAX, rigs_of
from sensor.estimate.rounding import rounded
from sensor.figures import (
    AlgorithmBasis,
    Estimate,
    EstimateFlag,
    Hardware,
    HashrateBasis,
    Power,
    Quantity,
    SelfReport,
    Window,
)
from sensor.limits import AGENTS_REMEMBERED_MAX, HASHRATE_HS_MAX
from sensor.model import Measured, Work
from sensor.times import rfc3339
from signatures.agents import AgentSeen, HardwareClass
from signatures.equipment import Equipment

_NS_PER_SECOND: Final = 1e9
_MODELS_SHOWN: Final = 8
# Pools reject one share in fifty at most where all is well.
_REJECTS_MANY: Final = 0.10
# Where fewer are accepted, no more than the bounds of all shares is said of them.
_PART_MIN: Final = 0.5
# A report that lies between these parts of the estimate confirms it.
_REPORT_LOW: Final = 0.8
_REPORT_HIGH: Final = 1.25
# ethminer casts its rate to 32 bits before it reports it: what it says of a faster rig means nothing.
_REPORT_WRAP: Final = 2.0**32


class Reckoned(msgspec.Struct, frozen=True):
    """Work in hashes, where that was read, and the rates of all counted shares and of the accepted ones."""

    work: Work
    basis: HashrateBasis
    hashrate: Quantity
    accepted: Quantity | None

    @classmethod
    def of(cls, work: Work, basis: HashrateBasis) -> Reckoned:
        return cls(work, basis, *_rates(work))


class Estimator:
    """Makes estimates. Remembers agents it has looked up, bounded; nothing of any session."""

    def __init__(self, equipment: Equipment) -> None:
        self._equipment = equipment
        self._agents = AgentsSeen(equipment.agents)
        self._candidates: OrderedDict[tuple[str | None, str], Candidates] = OrderedDict()

    def _candidates_of(self, agent: str | None, hashing: Hashing) -> Candidates:
        key = agent, hashing.name
        found = self._candidates.get(key)
        if found is None:
            found = candidates_of(self._agents.seen(agent), hashing, self._equipment)
            if len(self._candidates) >= AGENTS_REMEMBERED_MAX:
                self._candidates.popitem(last=False)
            self._candidates[key] = found
        return found

    def estimate(self, measured: Measured) -> Estimate | None:
        """The figures, as far as they can be known; None where no share was seen."""
        if not measured.has_shares:
            return None
        seen = self._agents.seen(measured.agent)
        hashing = hashing_of(measured, seen, self._equipment)
        flags: list[EstimateFlag] = []
        reckoned = self._reckon(measured, seen, hashing, flags)
        if measured.work is not None and (measured.work.missed_ns or measured.work.is_cut):
            flags.append(EstimateFlag.DIFFICULTY_MISSED)
        if reckoned is not None and not self._is_believed(reckoned.hashrate, hashing):
            flags.append(EstimateFlag.NOT_BELIEVED)
            reckoned = None
        if reckoned is None:
            return self._without_rate(measured, hashing, flags)
        return self._with_rate(measured, hashing, reckoned, flags)

    # ------------------------------------------------------------ work

    def _reckon(
        self, measured: Measured, seen: AgentSeen | None, hashing: Hashing | None, flags: list[EstimateFlag]
    ) -> Reckoned | None:
        if measured.work is not None:
            scale = scale_of(hashing, measured.work.total / measured.work.count, seen) if hashing is not None else None
            work = _in_hashes(measured.work, scale, flags)
            return Reckoned.of(work, HashrateBasis.SHARES) if work is not None else None
        if measured.hashes is not None:
            return Reckoned.of(measured.hashes, HashrateBasis.SHARE_HASHES)
        rung = self._climb(measured, seen, hashing)
        if rung is None:
            flags.append(EstimateFlag.DIFFICULTY_UNKNOWN)
            return None
        flags.append(EstimateFlag.DIFFICULTY_ASSUMED)
        return Reckoned.of(rung, HashrateBasis.DIFFICULTY_LADDER)

    def _climb(self, measured: Measured, seen: AgentSeen | None, hashing: Hashing | None) -> Work | None:
        if measured.blind is None or hashing is None or seen is None or not seen.model or measured.workers_count > 1:
            return None
        scale = scale_of(hashing, 1e9)
        if scale is None:
            return None
        named = self._candidates_of(measured.agent, hashing).named
        wish = measured.difficulty_wish
        return climb(measured.blind, scale.hashes, named, is_stock=seen.rule.is_stock, wish=wish)

    def _is_believed(self, hashrate: Quantity, hashing: Hashing | None) -> bool:
        """Whether a network of the algorithm may be as fast as that: who makes up difficulties makes up any rate."""
        machines = self._equipment.of_algorithm(hashing.name) if hashing is not None else ()
        return hashrate.high <= (machines[-1].hashrate_hs * RIGS_MAX if machines else HASHRATE_HS_MAX)

    # ------------------------------------------------------------ figures

    @staticmethod
    def _without_rate(measured: Measured, hashing: Hashing | None, flags: list[EstimateFlag]) -> Estimate:
        work, blind = measured.work, measured.blind
        window: Window | UnsetType = UNSET
        count = 0
        if work is not None:
            window, count = _window(work.from_ns, work.until_ns, work.active_ns), work.count
        elif blind is not None:
            window, count = _window(blind.from_ns, blind.until_ns, blind.until_ns - blind.from_ns), blind.count
        return Estimate(
            algorithm=UNSET if hashing is None else hashing.name,
            algorithm_basis=UNSET if hashing is None else hashing.basis,
            window=window,
            shares_counted=count,
            reject_ratio=_reject_ratio(measured),
            rigs=rigs_of(measured, None, None),
            flags=_told(measured, flags),
        )

    def _with_rate(
        self,
        measured: Measured,
        hashing: Hashing | None,
        reckoned: Reckoned,
        flags: list[EstimateFlag],
    ) -> Estimate:
        work, hashrate, accepted = reckoned.work, reckoned.hashrate, reckoned.accepted
        rigs = rigs_of(measured, None, None)
        hardware: Hardware | UnsetType = UNSET
        power: Power | UnsetType = UNSET
        if hashing is None:
            flags.append(EstimateFlag.ALGORITHM_UNKNOWN)
        else:
            if hashing.basis in (AlgorithmBasis.AGENT, AlgorithmBasis.POOL_LIST):
                flags.append(EstimateFlag.ALGORITHM_ASSUMED)
            per_rig = _divided(hashrate, max(1, measured.workers_count, measured.slots_count, measured.rigs_at_once))
            fitting = fit(self._candidates_of(measured.agent, hashing), per_rig)
            rigs = rigs_of(measured, fitting, hashrate)
            hardware = _hardware(fitting)
            if fitting.is_contradicted:
                flags.append(EstimateFlag.AGENT_CONTRADICTED)
            if fitting.hardware_class is HardwareClass.MARKETPLACE:
                flags.append(EstimateFlag.POWER_ELSEWHERE)
            elif (efficiency := efficiency_of(fitting, per_rig, hashing.known)) is not None:
                power = power_of(hashrate, efficiency)
        report = _self_report(measured, hashrate)
        if report is not None and report.agrees is False:
            flags.append(EstimateFlag.SELF_REPORT_DIFFERS)
        if work.active_ns + work.missed_ns < work.until_ns - work.from_ns:
            flags.append(EstimateFlag.PAUSED)
        return Estimate(
            algorithm=UNSET if hashing is None else hashing.name,
            algorithm_basis=UNSET if hashing is None else hashing.basis,
            unit="H/s" if hashing is None else hashing.unit,
            hashrate_hs=_shown(hashrate),
            accepted_hs=UNSET if accepted is None else _shown(accepted),
            basis=reckoned.basis,
            window=_window(work.from_ns, work.until_ns, work.active_ns),
            work=work.total,
            shares_counted=work.count,
            shares_effective=rounded(shares_effective(work)),
            reject_ratio=_reject_ratio(measured),
            hardware=hardware,
            rigs=rigs,
            power_w=power,
            self_report=report or UNSET,
            flags=_told(measured, flags),
        )


def _in_hashes(work: Work, scale: Scale | None, flags: list[EstimateFlag]) -> Work | None:
    """The same work in hashes; None where nobody says what a difficulty is worth."""
    if work.is_hashes:
        return work
    if scale is None:
        flags.append(EstimateFlag.ALGORITHM_UNKNOWN)
        return None
    if scale.is_ambiguous:
        flags.append(EstimateFlag.CONVENTION_AMBIGUOUS)
    return msgspec.structs.replace(
        work,
        total=work.total * scale.hashes,
        squares=work.squares * scale.hashes**2,
        in_force=work.in_force * scale.hashes,
        accepted=None if work.accepted is None else work.accepted * scale.hashes,
        is_hashes=True,
    )


def _rates(work: Work) -> tuple[Quantity, Quantity | None]:
    """Of all counted shares, and of the accepted ones, which scatter like as many fewer."""
    seconds = work.active_ns / _NS_PER_SECOND
    bounds = factors(work)
    best = work.total / seconds
    rate = Quantity(best * bounds.low, best, best * bounds.high)
    if work.accepted is None:
        return rate, None
    part = work.accepted / work.total
    if part < _PART_MIN:
        return rate, Quantity(0.0, best * part, rate.high)
    wider = 1 / math.sqrt(part)
    best *= part
    low, high = 1 - (1 - bounds.low) * wider, 1 + (bounds.high - 1) * wider
    return rate, Quantity(max(0.0, best * low), best, best * high)


def _divided(quantity: Quantity, by: int) -> Quantity:
    return Quantity(quantity.low / by, quantity.best / by, quantity.high / by)


def _shown(quantity: Quantity) -> Quantity:
    return Quantity(rounded(quantity.low), rounded(quantity.best), rounded(quantity.high))


def _hardware(fitting: Fit) -> Hardware | UnsetType:
    if fitting.hardware_class is None or fitting.basis is None:
        return UNSET
    candidates = fitting.candidates
    shown = fitting.machines or (candidates.named if candidates.is_model and not fitting.is_contradicted else ())
    models = tuple(dict.fromkeys([machine.model for machine in shown]))[:_MODELS_SHOWN]
    vendors = {machine.vendor for machine in candidates.named}
    return Hardware(
        class_=fitting.hardware_class.value,
        basis=fitting.basis,
        vendor=vendors.pop() if len(vendors) == 1 else UNSET,
        models=models or UNSET,
    )


def _self_report(measured: Measured, hashrate: Quantity) -> SelfReport | None:
    """A connection of several rigs reports one of them at a time: then it says nothing of the whole."""
    reported = measured.reported_hs
    if reported is None or measured.workers_count > 1:
        return None
    if reported < _REPORT_WRAP <= hashrate.high:
        return SelfReport(reported)
    return SelfReport(reported, hashrate.low * _REPORT_LOW <= reported <= hashrate.high * _REPORT_HIGH)


def _window(from_ns: int, until_ns: int, active_ns: int) -> Window:
    return Window(from_=rfc3339(from_ns), to=rfc3339(until_ns), active_seconds=active_ns / _NS_PER_SECOND)


def _reject_ratio(measured: Measured) -> float | UnsetType:
    return rounded(measured.rejected / measured.answered) if measured.answered else UNSET


def _told(measured: Measured, flags: list[EstimateFlag]) -> tuple[EstimateFlag, ...]:
    if measured.is_holed:
        flags.append(EstimateFlag.BYTES_MISSING)
    if measured.answered and measured.rejected > _REJECTS_MANY * measured.answered:
        flags.append(EstimateFlag.REJECTS_MANY)
    return tuple(dict.fromkeys(flags))
