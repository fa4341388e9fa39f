"""EthereumStratum/1.0.0 (NiceHash): Ethash with difficulties instead of targets, and short nonces.

A job is its name, seed and header hash without 0x, and "clean". The protocol's name is no proof: miners of Kaspa, Ergo
and Conflux ask for it too, and Kaspa's pools answer with it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sensor.wire.base import JobRead
from sensor.wire.jsonrpc import Rpc
from sensor.wire.relative import HASH_DIGITS, Claim, Relative, Told, is_marked, is_nonce, job_name
from sensor.wire.shapes import names_ethereum_stratum
from sensor.wire.work import POOL_DIFFICULTY_1, is_hex


class EthereumStratum1(Relative):
    """``ethereumstratum-1``."""

    dialect: ClassVar[str] = "ethereumstratum-1"
    hashes_per_difficulty: ClassVar[float | None] = POOL_DIFFICULTY_1
    first_difficulty: ClassVar[float | None] = 1.0

    def read_job(self, params: list[Any], rpc: Rpc, told: Told) -> JobRead | None:
        if len(params) != 4 or not isinstance(params[3], bool):
            return None
        name = job_name(params[0])
        if name is None or not (is_hex(params[1], HASH_DIGITS) and is_hex(params[2], HASH_DIGITS)):
            return None
        # Etchash and other relatives look the same. Where nobody named the protocol, it may be something else.
        return JobRead(name, params[3], "ethash" if told.names_ethereum else None)

    def claim(self, params: list[Any], told: Told) -> Claim:
        fits = (
            len(params) == 3
            and isinstance(params[0], str)
            and job_name(params[1]) is not None
            # Pools keep at most 3 of the 8 bytes. Only Kaspa's miners write 0x here.
            and is_nonce(params[2], least=5)
            and not is_marked(params[2])
        )
        return Claim.POSSIBLE if fits else Claim.NEVER

    def asks(self, rpc: Rpc, told: Told) -> bool:
        return told.names_ethereum

    def answers(self, result: object) -> bool:
        """``[["mining.notify", session, name], nonce]``"""
        nested = result[0] if isinstance(result, list) and result else None
        return names_ethereum_stratum(nested)
