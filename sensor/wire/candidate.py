"""A decoder that may yet be the right one for a conversation, and what it has read so far: bounded, and paid for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from sensor.event import MiningEvent, Standing, Unknown, UnknownCode
from sensor.limits import BACKLOG_EVENTS_MAX, EVENT_BYTES, EVENTS_FREE, EVENTS_STEP
from sensor.room import Purse, Want
from sensor.wire.base import Decoder

# Looking a member up in its enum costs as much as a message.
_REFUTED: Final = Standing.REFUTED
_CONFIRMED: Final = Standing.CONFIRMED
_REPLY: Final = UnknownCode.REPLY


class Candidate:
    """A decoder that may yet be the right one, what it has read so far, and the memory of both."""

    __slots__ = ("_events_max", "backlog", "decoder", "purse")

    def __init__(self, make: Callable[[Purse], Decoder], purse: Purse) -> None:
        self.purse = purse
        self.decoder = make(purse)
        self.backlog: list[MiningEvent] = []
        self._events_max = EVENTS_FREE

    def keep(self, events: list[MiningEvent]) -> None:
        backlog = self.backlog
        for event in events:
            # Answers to what was not seen would fill it before the first job comes.
            if type(event) is Unknown and event.code is _REPLY:
                continue
            if len(backlog) < self._events_max or self._grow():
                backlog.append(event)

    def _grow(self) -> bool:
        step = min(EVENTS_STEP, BACKLOG_EVENTS_MAX - self._events_max)
        if not step or not self.purse.take(step * EVENT_BYTES, Want.MESSAGES):
            return False
        self._events_max += step
        return True

    def lead_alone(self) -> None:
        if self._events_max > EVENTS_FREE:
            self.purse.give((self._events_max - EVENTS_FREE) * EVENT_BYTES)
            self._events_max = EVENTS_FREE
        self.backlog = []


class Sifted(msgspec.Struct, frozen=True):
    """Who is not refuted; of these the first who is confirmed, and the first who only has seen something of its own.
    ``quoting``: who was refuted because one side spoke for both ends.
    """

    left: list[Candidate]
    confirmed: Candidate | None
    claimed: Candidate | None
    quoting: list[Decoder]


def sift(candidates: Iterable[Candidate]) -> Sifted:
    """Drops those who are refuted."""
    left: list[Candidate] = []
    quoting: list[Decoder] = []
    confirmed = claimed = None
    for one in candidates:
        decoder = one.decoder
        standing = decoder.standing
        if standing is _REFUTED:
            one.purse.close()
            if decoder.is_quotation:
                quoting.append(decoder)
            continue
        left.append(one)
        if standing is _CONFIRMED:
            confirmed = confirmed or one
        elif decoder.claimed:
            claimed = claimed or one
    return Sifted(left, confirmed, claimed, quoting)
