"""Ergo's stratum (Autolykos 2): Bitcoin's nine parameters with other contents, and a bound in decimal digits.

A hash modulo the curve's order must fall below the bound b, so a share is worth order / b. What mining.set_difficulty
sends multiplies the bound: a larger one makes shares *easier*. Some pools send the share's bound and 1; some the
chain's, and its part that a share is; for NiceHash some send the share's and its difficulty besides.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from sensor.wire.base import JobRead, Worth
from sensor.wire.jsonrpc import Rpc
from sensor.wire.relative import HASH_DIGITS, Claim, Relative, Told, height_of, is_nonce, job_name
from sensor.wire.work import curve_work, is_hex

_BOUND_DIGITS_MAX: Final = 78  # of 2^256
_VERSIONS: Final = range(1, 10)
# Fewer hashes a share than this are one in some microseconds: then the bound was not meant to be multiplied.
_WORK_MIN: Final = 256.0
# More are the whole chain's: it has had above 10^14 a block since 2022, and no rig comes to a share of it in a day.
_RIG_WORK_MAX: Final = 2.0**44


class AutolykosStratum(Relative):
    """``autolykos-stratum``."""

    dialect: ClassVar[str] = "autolykos-stratum"

    def read_job(self, params: list[Any], rpc: Rpc, told: Told) -> JobRead | None:
        if len(params) != 9 or not isinstance(params[8], bool) or not is_hex(params[2], HASH_DIGITS):
            return None
        name, height, bound = job_name(params[0]), height_of(params[1]), _bound(params[6])
        if name is None or height is None or not bound or not _is_version(params[5]):
            return None
        told.bound = bound
        return JobRead(name, params[8], "autolykos2", "ERG", height, _worth(bound, told))

    def claim(self, params: list[Any], told: Told) -> Claim:
        fits = len(params) == 5 and all(isinstance(word, str) for word in params) and is_nonce(params[4], least=8)
        return Claim.POSSIBLE if fits else Claim.NEVER

    def worth_of(self, difficulty: float, told: Told) -> Worth:
        """At the latest job's bound; the next job's may differ, and brings its own worth."""
        return Worth(difficulty, _work(told.bound, difficulty) if told.bound else None)


def _worth(bound: int, told: Told) -> Worth:
    factor = told.worth.value
    if factor is not None:
        return Worth(factor, _work(bound, factor))
    work = curve_work(bound)
    # No factor was sent, or it was not seen: then only a bound that can be a share's is taken for one.
    return Worth(None, work if work is not None and work <= _RIG_WORK_MAX else None)


def _work(bound: int, factor: float) -> float | None:
    alone = curve_work(bound)
    if alone is None:
        return None
    work = alone / factor
    return work if work >= _WORK_MIN else alone


def _bound(word: object) -> int:
    """The bound in decimal digits; 0 where ``word`` is none."""
    if not isinstance(word, str) or len(word) > _BOUND_DIGITS_MAX or not (word.isascii() and word.isdigit()):
        return 0
    bound = int(word)
    return bound if curve_work(bound) is not None else 0


def _is_version(word: object) -> bool:
    """The block's version, 2 and rising: a number, or up to four bytes of digits."""
    if isinstance(word, str):
        return len(word) <= 8 and word.isascii() and word.isdigit() and int(word) in _VERSIONS
    return isinstance(word, int) and not isinstance(word, bool) and word in _VERSIONS
