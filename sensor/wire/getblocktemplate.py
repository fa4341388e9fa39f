"""getblocktemplate: a block to make one of, handed out over HTTP (BIP 22, BIP 23), and the same call of Monero's nodes.

Pools' servers ask their nodes so, and bring the blocks that their miners find; neither shows who mines. The hash of the
block before names the job. Where a pool hands templates out, ``target`` is that of its shares.
"""

from __future__ import annotations

from typing import ClassVar, Final

from sensor.limits import DIFFICULTY_MAX, HEIGHT_MAX
from sensor.wire.base import NO_WORTH, JobRead, Worth
from sensor.wire.errand import Errand, Shown, Solution
from sensor.wire.jsonrpc import UNSET, Rpc, number, whole
from sensor.wire.work import compact_work, is_hex, target_work

_BRING: Final = frozenset(("submitblock", "submit_block"))
_HASH_DIGITS: Final = 64
_HEADER_DIGITS: Final = 160
_PREVIOUS: Final = slice(8, 72)


class GetBlockTemplate(Errand):
    """Errands of ``getblocktemplate``."""

    dialect: ClassVar[str] = "getblocktemplate"
    asks: ClassVar[frozenset[str]] = frozenset(("getblocktemplate", "get_block_template", *_BRING))
    shows_miner: ClassVar[Shown] = Shown.NEVER

    def solution_of(self, request: Rpc) -> Solution | None:
        if request.method not in _BRING:
            return None
        params = request.params
        block = params[0] if isinstance(params, list) and params else None
        if not isinstance(block, str) or not is_hex(block[:_HEADER_DIGITS], _HEADER_DIGITS):
            return Solution("")
        return Solution(bytes.fromhex(block[_PREVIOUS])[::-1].hex())

    def work_of(self, answer: Rpc) -> JobRead | None:
        result = answer.result
        if not isinstance(result, dict):
            return None
        previous = result.get("previousblockhash", result.get("prev_hash"))
        if not is_hex(previous, _HASH_DIGITS):
            return None
        return JobRead(str(previous), height=whole(result.get("height"), HEIGHT_MAX), worth=_worth(result))

    def is_verdict(self, answer: Rpc) -> bool:
        return answer.result is None or isinstance(answer.result, str)

    def is_taken(self, answer: Rpc) -> bool:
        if answer.error:
            return False
        result = answer.result
        return result in (None, UNSET) or (isinstance(result, dict) and result.get("status") == "OK")


def _worth(template: dict[str, object]) -> Worth:
    work = target_work(template.get("target"))
    if work is None:
        work = compact_work(template.get("bits"))
    if work is None:
        # Monero's nodes say how many hashes a block takes.
        hashes = number(template.get("difficulty"))
        work = hashes if hashes is not None and 1 <= hashes < DIFFICULTY_MAX else None
    return NO_WORTH if work is None else Worth(None, work)
