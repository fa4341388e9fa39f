"""getwork: a header to search, handed out over HTTP (Bitcoin's first protocol and that of its early relatives).

``data`` is the header of 80 bytes, padded to 128 and turned round word by word; its merkle root, which no miner
changes, is the job's name. ``target`` has its least significant byte first. A request with ``data`` as parameter brings
a solution.
"""

from __future__ import annotations

from typing import ClassVar, Final

from sensor.wire.base import JobRead, Worth
from sensor.wire.errand import Errand, Shown, Solution
from sensor.wire.jsonrpc import Rpc
from sensor.wire.work import is_hex, is_hex_bytes, target_work

_HEADER_BYTES_MIN: Final = 80
_DATA_DIGITS_MAX: Final = 1024
_ROOT: Final = slice(72, 136)
_TARGET_DIGITS: Final = 64


class GetWork(Errand):
    """Errands of ``getwork``."""

    dialect: ClassVar[str] = "getwork"
    asks: ClassVar[frozenset[str]] = frozenset(("getwork",))
    shows_miner: ClassVar[Shown] = Shown.ALWAYS

    def solution_of(self, request: Rpc) -> Solution | None:
        data = request.params[0] if isinstance(request.params, list) and request.params else None
        return Solution(data[_ROOT]) if isinstance(data, str) and _is_header(data) else None

    def work_of(self, answer: Rpc) -> JobRead | None:
        result = answer.result
        if not isinstance(result, dict):
            return None
        data, target = result.get("data"), result.get("target")
        if not isinstance(data, str) or not _is_header(data) or not is_hex(target, _TARGET_DIGITS):
            return None
        work = target_work(bytes.fromhex(str(target))[::-1].hex())
        return JobRead(data[_ROOT], worth=Worth(None, work))


def _is_header(data: str) -> bool:
    return len(data) <= _DATA_DIGITS_MAX and is_hex_bytes(data, _HEADER_BYTES_MIN)
