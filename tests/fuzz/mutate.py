# SPDX-License-Identifier: Apache-2.0
"""Damages bytes as disks, networks and enemies do: the same damage for the same seed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

# What stands where something else is expected.
STRANGE: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    1e308,
    10**40,
    "",
    "0x",
    "x" * 5000,
    "\ud800",
    "\x00\n",
    [],
    [[]],
    {},
    {"": []},
)
LENGTHS = (0, 1, 3, 15, 16, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 262_144, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """``data`` with one to three damages."""
    for _ in range(rng.randint(1, 3)):
        data = rng.choice(DAMAGES)(data, rng)
    return data


def reworded(data: bytes, rng: random.Random) -> bytes:
    """A JSON message with one value, somewhere in it, that is strange; anything else as it is."""
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        return data
    holder, place = None, None
    value = message
    while isinstance(value, (dict, list)) and value and (holder is None or rng.random() < 0.7):
        holder = value
        place = rng.choice(list(value) if isinstance(value, dict) else range(len(value)))
        value = holder[place]
    if holder is None:
        return data
    strange = rng.choice(STRANGE)
    holder[place] = [value, strange] if rng.random() < 0.2 else strange
    return json.dumps(message).encode() + b"\n"


def _flip(data: bytes, rng: random.Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(rng.choice((1, 8, 64, 512)) if damaged else 0):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def _truncate(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _shuffle(data: bytes, rng: random.Random) -> bytes:
    size = rng.choice((64, 512, 4096))
    blocks = [data[at : at + size] for at in range(0, len(data), size)]
    first = rng.randrange(len(blocks) + 1)
    rest = blocks[first : first + 32]
    rng.shuffle(rest)
    return b"".join([*blocks[:first], *rest, *blocks[first + 32 :]])


def _write_lengths(data: bytes, rng: random.Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(rng.choice((1, 4, 16))):
        width = rng.choice((1, 2, 4))
        at = rng.randrange(max(1, len(damaged) - width + 1))
        value = rng.choice((*LENGTHS, len(data))) % (1 << 8 * width)
        damaged[at : at + width] = value.to_bytes(width, rng.choice(("little", "big")))
    return bytes(damaged)


def _repeat(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data) + 1)
    part = data[start : start + rng.choice((1, 16, 60, 1500, 8192))]
    at = rng.randrange(len(data) + 1)
    return data[:at] + part + data[at:]


def _remove(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data) + 1)
    return data[:start] + data[start + rng.choice((1, 2, 16, 60, 1500)) :]


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flip,
    _truncate,
    _shuffle,
    _write_lengths,
    _repeat,
    _remove,
)
