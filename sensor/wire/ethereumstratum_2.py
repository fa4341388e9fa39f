"""EthereumStratum/2.0.0 (EIP-1571): one greeting, one message for all settings, short jobs and shares.

Numbers are hex without 0x. A share names its worker by a token that the pool gave. What went well is answered by a bare
id, and an error code from 200 to 299 accepts with a remark.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from sensor.wire.base import JobRead
from sensor.wire.jsonrpc import Rpc, text
from sensor.wire.relative import HASH_DIGITS, Claim, Relative, Told, height_of, is_marked, is_nonce, job_name
from sensor.wire.work import is_hex

_NAME: Final = "EthereumStratum/2."
_CLEAN: Final = {"0": False, "1": True}
_HEIGHT_DIGITS_MAX: Final = 10


class EthereumStratum2(Relative):
    """``ethereumstratum-2``."""

    dialect: ClassVar[str] = "ethereumstratum-2"

    def read_job(self, params: list[Any], rpc: Rpc, told: Told) -> JobRead | None:
        if len(params) != 4 or not isinstance(params[3], str) or params[3] not in _CLEAN:
            return None
        name, height = text(params[0]), params[1]
        is_height = isinstance(height, str) and len(height) <= _HEIGHT_DIGITS_MAX and not is_marked(height)
        if name is None or not is_height or not is_hex(params[2], HASH_DIGITS):
            return None
        found = height_of("0x" + height)
        return None if found is None else JobRead(name, _CLEAN[params[3]], told.algorithm, height=found)

    def claim(self, params: list[Any], told: Told) -> Claim:
        fits = len(params) == 3 and job_name(params[0]) is not None and is_nonce(params[1]) and not is_marked(params[1])
        return Claim.POSSIBLE if fits and isinstance(params[2], str) else Claim.NEVER

    def asks(self, rpc: Rpc, told: Told) -> bool:
        name = rpc.params.get("proto") if isinstance(rpc.params, dict) else None
        return isinstance(name, str) and name.startswith(_NAME)

    def answers(self, result: object) -> bool:
        name = result.get("proto") if isinstance(result, dict) else None
        return isinstance(name, str) and name.startswith(_NAME)

    def accepts(self, code: int | None) -> bool:
        return code is not None and 200 <= code < 300
