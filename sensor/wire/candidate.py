"""A decoder that may yet be the right one for a conversation, and what it has read so far: bounded, and paid for."""

from __future__ import annotations

from collections.abc import Callable

from sensor.event import MiningEvent, Unknown, UnknownCode
from sensor.limits import BACKLOG_EVENTS_MAX, EVENT_BYTES, EVENTS_FREE
from sensor.room import Purse, Want
from sensor.wire.base import Decoder


class Candidate:
    """A decoder that may yet be the right one, what it has read so far, and the memory of both."""

    __slots__ = ("backlog", "decoder", "purse")

    def __init__(self, make: Callable[[Purse], Decoder], purse: Purse) -> None:
        self.purse = purse
        self.decoder = make(purse)
        self.backlog: list[MiningEvent] = []

    def keep(self, events: list[MiningEvent]) -> None:
        for event in events:
            # Answers to what was not seen would fill it before the first job comes.
            is_answer = type(event) is Unknown and event.code is UnknownCode.REPLY
            if not is_answer and self._has_room():
                self.backlog.append(event)

    def _has_room(self) -> bool:
        count = len(self.backlog)
        return count < EVENTS_FREE or (count < BACKLOG_EVENTS_MAX and self.purse.take(EVENT_BYTES, Want.MESSAGES))

    def lead_alone(self) -> None:
        self.purse.give(max(0, len(self.backlog) - EVENTS_FREE) * EVENT_BYTES)
        self.backlog = []
