"""Conversations for the tests of the wire: written as lines, heard in three ways, compared without times."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from sensor.event import Job, Malformed, MiningEvent, Restart, Unknown
from sensor.model import Side
from sensor.wire.base import Decoder
from sensor.wire.dialogue import Dialogue
from sensor.wire.jsonrpc import Rpc, parse

C: Final = Side.A  # the miner, in conversations seen from their start
S: Final = Side.B
SECOND: Final = 1_000_000_000

Message = tuple[Side, bytes]
WAYS: Final = ("whole", "byte by byte", "behind a hole")


def says(side: Side, **members: Any) -> Message:
    """One message as compact JSON and LF."""
    return side, json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def talk(text: str) -> list[Message]:
    """Messages from lines that begin with ``C>`` or ``S>``."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return [(C if line[0] == "C" else S, line[2:].strip().encode() + b"\n") for line in lines]


def bare(event: MiningEvent) -> MiningEvent:
    """The event without its time."""
    return msgspec.structs.replace(event, ts_ns=0)


def hear(messages: list[Message], way: str = "whole", dialogue: Dialogue | None = None) -> list[MiningEvent]:
    """What a dialogue makes of ``messages``, a second apart; as in a session, a Restart clears the tallies."""
    dialogue = dialogue or Dialogue()
    events: list[MiningEvent] = []

    def take(more: list[MiningEvent]) -> None:
        if more and isinstance(more[0], Restart):
            events.clear()
            more = more[1:]
        events.extend(more)

    if way == "behind a hole":
        for side in (C, S):
            take(dialogue.feed(side, 0, 1000, b'f00","x"],"id":7}\n'))
    for index, (side, data) in enumerate(messages):
        pieces = [data[i : i + 1] for i in range(len(data))] if way == "byte by byte" else [data]
        for piece in pieces:
            take(dialogue.feed(side, (index + 1) * SECOND, 0, piece))
    if way == "behind a hole":
        for side in (C, S):
            take(dialogue.feed(side, (len(messages) + 1) * SECOND, 0, b'{"id":99,"meth'))
    take(dialogue.close((len(messages) + 2) * SECOND))
    return [bare(event) for event in events]


def read(decoder: Decoder, messages: list[Message], start_ns: int = 0, step_ns: int = SECOND) -> list[MiningEvent]:
    """What one decoder alone makes of ``messages``."""
    events: list[MiningEvent] = []
    for index, (side, data) in enumerate(messages):
        message = parse(data)
        assert isinstance(message, Rpc)
        events += decoder.receive(side, message, start_ns + index * step_ns)
    return [bare(event) for event in events]


def misses(events: list[MiningEvent]) -> list[MiningEvent]:
    """The events that say that a message was not understood."""
    return [event for event in events if isinstance(event, (Unknown, Malformed))]


def jobs(events: list[MiningEvent]) -> list[Job]:
    return [event for event in events if isinstance(event, Job)]
