"""Which algorithm a session hashes, and what says so.

A job that names or shows it comes first, then the dialect, then the agent, then the coin of the pool's list. Agent and
list only assume: where they contradict each other nothing is assumed. Where neither says anything, versions that change
do: only SHA-256 is the faster for it. An address that is paid says nothing: pools pay in other coins than they mine.
"""

from __future__ import annotations

from typing import Final

import msgspec

from sensor.figures import AlgorithmBasis
from sensor.model import Measured
from signatures.agents import AgentSeen, HardwareClass
from signatures.equipment import Algorithm, Equipment

# Dialects that are spoken for one proof of work, and what it is called while its parameters are not known.
_OF_DIALECT: Final = {
    "ethproxy": "ethash",
    "ethash-stratum": "ethash",
    "ethereumstratum-1": "ethash",
    "ethereumstratum-2": "ethash",
    "equihash-stratum": "equihash",
    "autolykos-stratum": "autolykos2",
    "octopus-stratum": "octopus",
}
# Dialects with Bitcoin's jobs, and what they hash where the miner may change the version (BIP 310 and 320).
_OF_BITCOIN: Final = frozenset(("stratum-v1", "btcagent"))
_ROLLED: Final = "sha256d"
_SOLUTIONS: Final = "equihash"
# Scrypt's difficulties are 65536 times those of its coins. A rig's are 10^3 and more; below, a pool sends the coin's.
# Processors and graphics cards do a thousandth of what machines do, and so are their difficulties.
_SCRYPT_DIFFICULTY_MIN: Final = 10.0
_SCRYPT_DIFFICULTY_SLOW_MIN: Final = 0.01
_SLOW: Final = frozenset((HardwareClass.CPU, HardwareClass.GPU, HardwareClass.MCU_LOTTERY))
_SCRYPT_COIN_SCALE: Final = 2.0**32


class Hashing(msgspec.Struct, frozen=True):
    """``known`` is what the tables say of the algorithm, absent where they do not know it."""

    name: str
    basis: AlgorithmBasis
    known: Algorithm | None

    @property
    def unit(self) -> str:
        if self.known is not None:
            return self.known.unit
        return "Sol/s" if self.name.startswith(_SOLUTIONS) else "H/s"


class Scale(msgspec.Struct, frozen=True, gc=False):
    """Expected hashes at difficulty 1. ``is_ambiguous``: pool programs do not agree on it."""

    hashes: float
    is_ambiguous: bool


def hashing_of(measured: Measured, seen: AgentSeen | None, equipment: Equipment) -> Hashing | None:
    """The algorithm, or None where nothing or only contradictions tell it."""
    if measured.algorithm is not None:
        return _hashing(measured.algorithm, AlgorithmBasis.JOB, equipment)
    of_dialect = _OF_DIALECT.get(measured.dialect or "")
    if of_dialect is not None:
        return _hashing(of_dialect, AlgorithmBasis.DIALECT, equipment)
    of_agent = _of_agent(seen, equipment)
    of_pool = equipment.algorithm_of_coin(measured.pool_coin) if measured.pool_coin is not None else None
    if of_pool is not None and not _may_mine(seen, of_agent, of_pool):
        return None
    if of_agent is None and of_pool is None:
        is_rolled = measured.rolls_versions and measured.dialect in _OF_BITCOIN and _may_mine(seen, None, _ROLLED)
        return _hashing(_ROLLED, AlgorithmBasis.DIALECT, equipment) if is_rolled else None
    if of_agent is not None:
        return _hashing(of_agent, AlgorithmBasis.AGENT, equipment)
    return _hashing(of_pool, AlgorithmBasis.POOL_LIST, equipment) if of_pool is not None else None


def scale_of(hashing: Hashing, mean_difficulty: float, seen: AgentSeen | None = None) -> Scale | None:
    """What difficulties of this algorithm are worth to who is seen; None where its pools send targets, or nothing is
    known.
    """
    known = hashing.known
    if known is None or known.hashes_per_difficulty is None:
        return None
    is_slow = seen is not None and seen.rule.hardware_class in _SLOW
    scrypt_min = _SCRYPT_DIFFICULTY_SLOW_MIN if is_slow else _SCRYPT_DIFFICULTY_MIN
    if known.name == "scrypt" and mean_difficulty < scrypt_min:
        return Scale(_SCRYPT_COIN_SCALE, is_ambiguous=True)
    return Scale(known.hashes_per_difficulty, known.is_ambiguous)


def _hashing(name: str, basis: AlgorithmBasis, equipment: Equipment) -> Hashing:
    known = equipment.algorithm(name)
    return Hashing(known.name if known is not None else name, basis, known)


def _of_agent(seen: AgentSeen | None, equipment: Equipment) -> str | None:
    """A program that mines but one thing, or a machine that can do but one."""
    if seen is None:
        return None
    of_model = {machine.algorithm for machine in equipment.of_model(seen.model)} if seen.model else set()
    return of_model.pop() if len(of_model) == 1 else seen.algorithm


def _may_mine(seen: AgentSeen | None, of_agent: str | None, algorithm: str) -> bool:
    if of_agent is not None:
        return of_agent == algorithm
    return seen is None or not seen.rule.is_complete or algorithm in seen.rule.algorithms
