"""Programs that open more than one connection for one machine, and what is then left of an estimate: its hashes."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import UNSET

from sensor.figures import Estimate, EstimateFlag, Relation, Rigs, RigsBasis
from signatures.agents import AgentSeen, HardwareClass

_FLAGS: Final = {
    Relation.DEVELOPER_FEE: EstimateFlag.DEVELOPER_FEE,
    Relation.DUAL_MINING: EstimateFlag.DUAL_MINING,
}
_ELSEWHERE: Final = Rigs(0, 0, 0, RigsBasis.RELATED)


class Program(msgspec.Struct, frozen=True):
    """``takes_fees``: it may mine for its author; ``mines_two``: or for two coins at once. ``algorithm``: what its
    dialect alone tells, or "".
    """

    takes_fees: bool
    mines_two: bool
    algorithm: str = ""


_OF_CARDS: Final = Program(takes_fees=True, mines_two=True)
_OF_OTHERS: Final = Program(takes_fees=True, mines_two=False)
# Spoken by programs for graphics cards, and without an agent.
_NAMELESS: Final = "ethproxy"
_OF_NAMELESS: Final = Program(takes_fees=True, mines_two=True, algorithm="ethash")


def program_of(seen: AgentSeen | None, dialect: str | None) -> Program | None:
    """What may be expected of the program; None of one that keeps to one connection."""
    if seen is None:
        return _OF_NAMELESS if dialect == _NAMELESS else None
    if seen.rule.hardware_class is HardwareClass.GPU:
        return _OF_CARDS
    is_other = seen.rule.hardware_class is HardwareClass.CPU or not seen.rule.is_stock
    return _OF_OTHERS if is_other else None


def counted_elsewhere(estimate: Estimate, relation: Relation) -> Estimate:
    """The same hashrate, without rigs and power."""
    flags = (*estimate.flags, _FLAGS[relation])
    return msgspec.structs.replace(estimate, rigs=_ELSEWHERE, power_w=UNSET, flags=flags)
