# SPDX-License-Identifier: Apache-2.0
"""What each end of each stream said, in order and as a digest: of frames as the dissectors place them, and of chunks.

Each byte of a sequence space once, the first that was captured; what was not captured is left out on both sides.
Connections between the same two ends follow each other, so that it does not matter where one is taken to end.
"""

from __future__ import annotations

import hashlib
import struct
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

# More are no more telling.
_SHOWN_MAX: Final = 3
_PORTS_AND_SEQUENCE: Final = struct.Struct(">HHI")
_DATA_OFFSET_AT: Final = 12

Direction = tuple[str, str]
"""Sender and receiver, each address and port."""


class Said(msgspec.Struct, frozen=True, array_like=True):
    """All that one end said to another."""

    size: int
    sha256: str


class Place(msgspec.Struct, frozen=True):
    """Where the payload of a frame belongs: ``start`` in the unwrapped sequence space of a stream's side."""

    tcp: int
    direction: Direction
    start: int
    size: int
    ports: tuple[int, int]
    sequence: int
    header_bytes: int


def said(parts: Iterable[bytes]) -> Said:
    digest, size = hashlib.sha256(), 0
    for part in parts:
        digest.update(part)
        size += len(part)
    return Said(size, digest.hexdigest())


def find(place: Place, sources: Sequence[bytes]) -> bytes | None:
    """The payload at ``place``, in a frame or what was put together of several; None where its header is not there."""
    header = _PORTS_AND_SEQUENCE.pack(*place.ports, place.sequence)
    for data in sources:
        at = data.find(header)
        while at >= 0:
            behind = at + place.header_bytes
            offset = data[at + _DATA_OFFSET_AT] >> 4 if at + _DATA_OFFSET_AT < len(data) else 0
            if offset * 4 == place.header_bytes and behind + place.size <= len(data):
                return data[behind : behind + place.size]
            at = data.find(header, at + 1)
    return None


class Stitcher:
    """Puts payload in order that comes in any."""

    def __init__(self) -> None:
        # Of each stream's side: pieces that do not overlap, in order, each with where it begins.
        self._pieces: dict[tuple[int, Direction], list[tuple[int, bytes]]] = {}
        self._unread: set[Direction] = set()

    def take(self, side: tuple[int, Direction], start: int, data: bytes) -> None:
        """``data`` begins at ``start`` in the unwrapped sequence space of a connection's side."""
        pieces = self._pieces.setdefault(side, [])
        index = bisect_right(pieces, start, key=lambda piece: piece[0])
        if index and (overlap := pieces[index - 1][0] + len(pieces[index - 1][1]) - start) > 0:
            data, start = data[overlap:], start + overlap
        while data:
            room = pieces[index][0] - start if index < len(pieces) else len(data)
            if head := data[:room]:
                pieces.insert(index, (start, head))
                index += 1
            # What lies behind the next piece, if this one reaches so far.
            passed = room + len(pieces[index][1]) if index < len(pieces) else len(data)
            data, start = data[passed:], start + passed
            index += 1

    def miss(self, direction: Direction) -> None:
        """It is not known what a frame held."""
        self._unread.add(direction)

    def directions(self) -> dict[Direction, Said]:
        """What was said, by direction; where a frame could not be read, nothing is known."""
        parts: dict[Direction, list[bytes]] = {}
        for tcp, direction in sorted(self._pieces):
            parts.setdefault(direction, [])
            parts[direction] += [data for _, data in self._pieces[tcp, direction]]
        return {direction: said(parts[direction]) for direction in parts if direction not in self._unread}


def differs(our: dict[Direction, Said], their: dict[Direction, Said]) -> str:
    """The directions in which both know what was said and it is not the same; "" where there are none."""
    wrong = sorted(one for one in our.keys() & their.keys() if our[one] != their[one])
    shown = [
        f"{sender} > {receiver} said {our[sender, receiver].size} bytes (dissectors: {their[sender, receiver].size})"
        for sender, receiver in wrong[:_SHOWN_MAX]
    ]
    more = [f"and {len(wrong) - _SHOWN_MAX} others"] if len(wrong) > _SHOWN_MAX else []
    return "; ".join([*shown, *more])
