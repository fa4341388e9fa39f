"""Answers of a mining.* session: what the pool's, and now and then the miner's, mean.

A request that was seen tells what its answer is; one that was not leaves an answer in a word, which counts as a share's
only where it can be nothing else. Knows no method name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

from sensor.event import (
    LoginResult,
    MiningEvent,
    Notice,
    NoticeKind,
    ShareResult,
    Subscribed,
    UnknownCode,
    VersionRolling,
)
from sensor.limits import HANDSHAKE_NS_MAX
from sensor.model import Side
from sensor.room import Purse
from sensor.wire.base import SUBSCRIBE_ASKED, Asked, Conversation, LoginAsked, SubscribeAsked, notice, other_side
from sensor.wire.faults import is_taken, read_fault
from sensor.wire.jsonrpc import UNSET, Pending, Rpc
from sensor.wire.shapes import (
    is_subscription_answer,
    is_verdict,
    mentions_mining,
    names_other_stratum,
)

_PONG: Final = "pong"
# Members of an answer to mining.configure that nothing else has.
_VERSION_ROLLING: Final = "version-rolling"
_EXTENSIONS: Final = frozenset((_VERSION_ROLLING, "minimum-difficulty", "subscribe-extranonce"))


class Answers(Conversation, ABC):
    """The half of a mining.* conversation that has no method names."""

    __slots__ = ("_login_ns", "_pool_asked", "_spoken", "_start_seen")

    def __init__(self, purse: Purse | None = None) -> None:
        super().__init__(purse)
        self._spoken = False  # something of the family was seen
        self._pool_asked: Pending[NoticeKind] = Pending(self._purse)
        self._start_seen = False  # a subscription or its answer was seen
        self._login_ns = -1  # when the latest login was answered; -1: not seen

    @property
    def is_specific(self) -> bool:
        return self._spoken

    @abstractmethod
    def _speak(self) -> None:
        """A word was seen that only this family has."""

    @abstractmethod
    def _on_subscribed(self, result: object) -> None:
        """The pool's answer to a subscription."""

    def _answer(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        result, miner = rpc.result, self.miner
        if result is UNSET and rpc.error is UNSET:
            return self._bare_answer(side, rpc, ts_ns)
        if side is miner:
            return self._miner_answer(side, rpc, ts_ns)
        asked = self._take_answer(side, rpc)
        if type(asked) is int:
            if result is True and not rpc.error:
                return [ShareResult(side, ts_ns, asked, True, False, False, None)]
            return [self._share_result(side, asked, rpc, ts_ns)]
        return self._settle(side, asked, rpc, ts_ns)

    def _settle(self, side: Side, asked: Asked | None, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """What the pool's answer to anything but a share means."""
        if asked is None and self._asked.take_only(SUBSCRIBE_ASKED):
            # Some pools give their first answer a number of their own.
            asked = SUBSCRIBE_ASKED
        if isinstance(asked, SubscribeAsked):
            return self._subscribed(side, rpc, ts_ns)
        if isinstance(asked, LoginAsked):
            return [self._login_result(side, self._answered_login(asked), rpc, ts_ns)]
        if asked is NoticeKind.EXTENSIONS:
            return self._extended(side, rpc, ts_ns)
        if isinstance(asked, NoticeKind):
            return notice(side, ts_ns, asked)
        if isinstance(rpc.result, (list, dict)) and not rpc.error and not is_verdict(rpc.result):
            return self._stray_structure(side, rpc, ts_ns)
        return self._stray(side, rpc, ts_ns)

    def _miner_answer(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        kind = self._pool_asked.take(rpc)
        if kind is None and isinstance(rpc.result, list) and mentions_mining(rpc.result):
            self._cast(other_side(side), side)
            return self._unknown(side, ts_ns, UnknownCode.ROLE)
        if kind is None:
            self._look_at_own_answer(side, rpc)
        if kind is None and isinstance(rpc.result, str):
            # Only the miner is seen: what a pool asks of a miner and is answered in words is its version.
            kind = NoticeKind.VERSION
        if kind is None:
            return self._unknown(side, ts_ns, UnknownCode.REPLY)
        return notice(side, ts_ns, kind)

    def _bare_answer(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """Neither result nor error: EthereumStratum/2.0.0 omits both where nothing is to be said."""
        if not self._spoken:
            return self._refute()
        if side != self.miner and self.miner is not None and self._asked.take(rpc) is not None:
            return notice(side, ts_ns, NoticeKind.REPLY)
        return self._unknown(side, ts_ns, UnknownCode.SHAPE)

    def _share_result(self, side: Side, key: int | None, rpc: Rpc, ts_ns: int) -> ShareResult:
        if is_taken(rpc):
            return ShareResult(side, ts_ns, key, True, False, False, None)
        return self._refused_share(side, key, rpc, ts_ns)

    def _login_result(self, side: Side, login: str | None, rpc: Rpc, ts_ns: int) -> LoginResult:
        self._login_ns = ts_ns
        if (not rpc.error and rpc.result is not UNSET and rpc.result) or is_taken(rpc):
            return LoginResult(side, ts_ns, login, True, None)
        return LoginResult(side, ts_ns, login, False, read_fault(rpc).code)

    def _subscribed(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        result = None if rpc.result is UNSET else rpc.result
        accepted = not rpc.error and result is not None and result is not False
        if accepted:
            self._start_seen = True
            self._on_subscribed(result)
        return [Subscribed(side, ts_ns, accepted)]

    def _stray(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """An answer in a word or a refusal, whose request was not seen."""
        if not self._spoken:
            return self._unknown(side, ts_ns, UnknownCode.REPLY)
        fault = read_fault(rpc)
        if rpc.id is None or fault.of_method or rpc.error is True:
            # Pools that show nobody their transactions say no more than that.
            return notice(side, ts_ns, NoticeKind.REPLY)
        if fault.of_share:
            return [self._refused_share(side, None, rpc, ts_ns)]
        if not (self._start_seen or self._jobs):
            return self._unknown(side, ts_ns, UnknownCode.REPLY)
        is_blind = self._is_blind_to_miner()
        is_login = self._start_seen and self._login_ns < 0
        if not is_blind:
            return self._unexplained(None if is_login else self._share_result(side, None, rpc, ts_ns), side, ts_ns)
        return [self._login_result(side, None, rpc, ts_ns) if is_login else self._late_result(side, rpc, ts_ns)]

    def _late_result(self, side: Side, rpc: Rpc, ts_ns: int) -> Notice | ShareResult:
        """Behind the login only shares are answered, but for what was asked along with it, and for a ping."""
        if rpc.result == _PONG and not rpc.error:
            return Notice(side, ts_ns, NoticeKind.KEEPALIVE)
        if not self._jobs or 0 <= self._login_ns > ts_ns - HANDSHAKE_NS_MAX:
            return Notice(side, ts_ns, NoticeKind.REPLY)
        return self._share_result(side, None, rpc, ts_ns)

    def _stray_structure(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """Only the requests that open a session are answered with a list or an object."""
        result = rpc.result
        is_subscription = (isinstance(result, list) and mentions_mining(result)) or (
            isinstance(result, dict) and names_other_stratum(result.get("proto"))
        )
        if is_subscription or (isinstance(result, dict) and not _EXTENSIONS.isdisjoint(result)):
            if not self._cast(other_side(side), side):
                return self._unknown(side, ts_ns, UnknownCode.ROLE)
            self._speak()
        elif self._spoken and is_subscription_answer(result):
            is_subscription = True
        else:
            return self._unknown(side, ts_ns, UnknownCode.REPLY)
        if is_subscription:
            return self._subscribed(side, rpc, ts_ns)
        return self._extended(side, rpc, ts_ns)

    def _extended(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """What the pool says of extensions to the protocol."""
        if isinstance(rpc.result, dict) and rpc.result.get(_VERSION_ROLLING) is True:
            return [VersionRolling(side, ts_ns)]
        return notice(side, ts_ns, NoticeKind.EXTENSIONS)
