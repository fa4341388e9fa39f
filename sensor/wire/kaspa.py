"""Kaspa's stratum (kHeavyHash): the hash before the proof of work as four numbers of 64 bits, or all in one hex string.

Chains that began as copies of Kaspa speak it with hashes of their own. Their addresses tell: an address of another
chain leaves algorithm and coin open, a Kaspa address names both.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from sensor.wire.addresses import chain_of
from sensor.wire.base import JobRead
from sensor.wire.jsonrpc import Rpc
from sensor.wire.relative import Claim, Relative, Told, bare, is_nonce, job_name
from sensor.wire.shapes import names_other_stratum
from sensor.wire.work import is_hex

_WORDS: Final = 4
_WORD_MAX: Final = 1 << 64
_HEX_JOB_DIGITS: Final = 80  # 32 bytes of hash, 8 of time
_ALGORITHM: Final = "kheavyhash"
_CHAIN: Final = "kaspa"
_COINS: Final = {_CHAIN: "KAS"}
_NAMES: Final = ("KaspaStratum/",)


class Kaspa(Relative):
    """``kaspa``."""

    dialect: ClassVar[str] = "kaspa"
    hashes_per_difficulty: ClassVar[float | None] = 2.0**32

    def read_job(self, params: list[Any], rpc: Rpc, told: Told) -> JobRead | None:
        if not 2 <= len(params) <= 4:
            return None
        name = job_name(params[0])
        if name is None or not (_is_words(params[1]) or is_hex(params[1], _HEX_JOB_DIGITS)):
            return None
        chain = chain_of(told.login)
        return JobRead(name, algorithm=None if chain not in ("", _CHAIN) else _ALGORITHM, coin=_COINS.get(chain))

    def claim(self, params: list[Any], told: Told) -> Claim:
        fits = len(params) == 3 and isinstance(params[0], str) and job_name(params[1]) is not None
        if not fits or not bare(params[2]) or not (is_nonce(params[2]) or is_nonce("0" + bare(params[2]))):
            return Claim.NEVER
        return Claim.PROOF if chain_of(params[0]) else Claim.POSSIBLE

    def shown_by(self, params: list[Any]) -> tuple[str | None, str | None]:
        coin = _COINS.get(chain_of(params[0]))
        return None if coin is None else _ALGORITHM, coin

    def pays(self, login: str) -> bool:
        return chain_of(login) != ""

    def asks(self, rpc: Rpc, told: Told) -> bool:
        return isinstance(rpc.params, list) and any(_is_name(word) for word in rpc.params)

    def answers(self, result: object) -> bool:
        """``[true, name]``, whichever of the two names it is."""
        if not isinstance(result, list) or not result:
            return False
        return (result[0] is True and names_other_stratum(result)) or any(_is_name(word) for word in result)


def _is_words(words: object) -> bool:
    return (
        isinstance(words, list)
        and len(words) == _WORDS
        and all(type(word) is int and 0 <= word < _WORD_MAX for word in words)
    )


def _is_name(word: object) -> bool:
    return isinstance(word, str) and word.startswith(_NAMES)
