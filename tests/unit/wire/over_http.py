"""Conversations over HTTP for the tests of the wire: what is said, and what a dialogue makes of it."""

from __future__ import annotations

import json
from typing import Any, Final

from sensor.event import MiningEvent
from sensor.wire.http_dialogue import HttpDialogue
from tests.lab.dialects.over_http import answer, request
from tests.unit.wire.talk import SECOND, C, Message, S, bare

ROOT: Final = "cd" * 32
DATA: Final = f"00000002{'ab' * 32}{ROOT}4f9c2d101a0513c500000000".ljust(248, "0") + "00000280"
SOLVED: Final = f"{DATA[:152]}deadbeef{DATA[160:]}"
# Difficulty 1, the least significant byte first.
TARGET: Final = f"{'f' * 56}00000000"
WORK: Final = {"midstate": "ab" * 32, "data": DATA, "hash1": "00" * 64, "target": TARGET}
MINER: Final = {"User-Agent": "cgminer 3.7.2", "X-Mining-Extensions": "longpoll midstate"}


def asks(method: str, params: object = (), number: object = 1, path: str = "/", **fields: str) -> Message:
    """A call. Fields are named with ``_`` for ``-``."""
    body = json.dumps({"method": method, "params": params, "id": number}).encode()
    return C, request(path, {name.replace("_", "-"): value for name, value in fields.items()}, body)


def mines(method: str, params: object = (), number: object = 1, **fields: str) -> Message:
    """The call of a miner that says so."""
    return asks(method, params, number, **{name.replace("-", "_"): value for name, value in MINER.items()}, **fields)


def answers(result: object, number: object = 1, status: str = "200 OK", error: object = None, **fields: str) -> Message:
    body = json.dumps({"result": result, "error": error, "id": number}).encode()
    return S, answer(body, status, {name.replace("_", "-"): value for name, value in fields.items()})


def hear(messages: list[Message], dialogue: HttpDialogue | None = None, *, cut: int = 0) -> list[MiningEvent]:
    """What a dialogue makes of messages, a second apart, in pieces of ``cut`` bytes."""
    dialogue = dialogue or HttpDialogue()
    events: list[MiningEvent] = []
    for index, (side, data) in enumerate(messages, 1):
        size = cut or len(data) or 1
        for at in range(0, len(data), size):
            events += dialogue.feed(side, index * SECOND, 0, data[at : at + size])
    events += dialogue.close((len(messages) + 1) * SECOND)
    return [bare(event) for event in events]


def of(kind: Any, events: list[MiningEvent]) -> list[Any]:
    return [event for event in events if type(event) is kind]
