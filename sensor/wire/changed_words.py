"""The words of mining.* amid a conversation in Monero's.

A pool that mines what pays best goes over to a chain whose work has the other form, and back, within one session. What
was counted stays, and so does the name. Answers belong to the conversation: the requests that wait are kept there.
"""

from __future__ import annotations

from typing import Final

import msgspec

from sensor.event import MalformedCode, MiningEvent, Renamed
from sensor.model import Side
from sensor.room import Purse
from sensor.wire.base import Asked, JobRead, other_side
from sensor.wire.jsonrpc import Pending, Rpc
from sensor.wire.progpow_stratum import ProgPowStratum
from sensor.wire.stratum_other import StratumOther

WORDS: Final = frozenset(
    ("mining.notify", "mining.submit", "mining.set_target", "mining.set_difficulty", "mining.set_extranonce")
)
# The only one of ProgPow's kinds that is mined by those who log in in Monero's words.
_KAWPOW: Final = "kawpow"


class ChangedWords(StratumOther):
    """Jobs and shares of mining.* in the conversation whose requests wait in ``asked``, and whose ends are known."""

    __slots__ = ()

    def __init__(self, purse: Purse, asked: Pending[Asked], miner: Side) -> None:
        super().__init__(purse)
        self._asked = asked
        self._is_login_seen = True
        self._miner_heard = self.miner = miner
        self._pool_heard = other_side(miner)

    def hear(self, side: Side, rpc: Rpc, ts_ns: int, key: int) -> tuple[list[MiningEvent], int]:
        """What ``rpc`` means, where ``key`` is that of the next share; and that of the one after."""
        self._next_key = key
        events = self.receive(side, rpc, ts_ns)
        return [event for event in events if not isinstance(event, Renamed)], self._next_key

    def _read_job(self, rpc: Rpc) -> JobRead | MalformedCode | None:
        job = super()._read_job(rpc)
        if isinstance(job, JobRead) and isinstance(self._relative, ProgPowStratum):
            return msgspec.structs.replace(job, algorithm=_KAWPOW)
        return job
