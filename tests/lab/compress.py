# SPDX-License-Identifier: Apache-2.0
"""Deterministic gzip (RFC 1951, 1952) and Zstandard (RFC 8878) writers.

Library compressors give other bytes with each version, so a stored capture could not be rebuilt byte for
byte. These two are simple instead of tight: one greedy search for repetitions feeds both.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MATCH_MIN, MATCH_MAX = 4, 258
WINDOW = 32 * 1024
ZSTD_BLOCK_BYTES_MAX = 128 * 1024


@dataclass(frozen=True, slots=True)
class _Step:
    """Literal bytes, then ``length`` bytes copied from ``distance`` back (length 0: none, at the end)."""

    literals: bytes
    length: int
    distance: int


def _steps(data: bytes) -> Iterator[_Step]:
    last_seen: dict[bytes, int] = {}
    start = position = 0
    while position + MATCH_MIN <= len(data):
        key = data[position : position + MATCH_MIN]
        earlier = last_seen.get(key)
        last_seen[key] = position
        if earlier is None or position - earlier > WINDOW:
            position += 1
            continue
        length = MATCH_MIN
        while (
            length < MATCH_MAX and position + length < len(data) and data[earlier + length] == data[position + length]
        ):
            length += 1
        yield _Step(data[start:position], length, position - earlier)
        position += length
        start = position
    yield _Step(data[start:], 0, 0)


class _Bits:
    """Bits, the lowest first, as both formats pack them."""

    def __init__(self) -> None:
        self._value = 0
        self._count = 0
        self._out = bytearray()

    def put(self, value: int, count: int) -> None:
        self._value |= value << self._count
        self._count += count
        while self._count >= 8:
            self._out.append(self._value & 0xFF)
            self._value >>= 8
            self._count -= 8

    def put_reversed(self, code: int, count: int) -> None:
        """Huffman codes go with their highest bit first."""
        for bit in range(count - 1, -1, -1):
            self.put(code >> bit & 1, 1)

    def done(self) -> bytes:
        return bytes(self._out) + (bytes([self._value & 0xFF]) if self._count else b"")


# ---------------------------------------------------------------- gzip


def gz(data: bytes) -> bytes:
    """One gzip member with the time 0 and no name."""
    header = b"\x1f\x8b\x08\x00" + bytes(4) + b"\x00\xff"
    return header + _deflate(data) + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def _deflate(data: bytes) -> bytes:
    """One final block with the fixed Huffman codes (RFC 1951, 3.2.6)."""
    bits = _Bits()
    bits.put(0b011, 3)
    for step in _steps(data):
        for byte in step.literals:
            _put_symbol(bits, byte)
        if step.length:
            _put_match(bits, step)
    _put_symbol(bits, 256)
    return bits.done()


def _put_symbol(bits: _Bits, symbol: int) -> None:
    if symbol < 144:
        bits.put_reversed(0x30 + symbol, 8)
    elif symbol < 256:
        bits.put_reversed(0x190 + symbol - 144, 9)
    elif symbol < 280:
        bits.put_reversed(symbol - 256, 7)
    else:
        bits.put_reversed(0xC0 + symbol - 280, 8)


def _put_match(bits: _Bits, step: _Step) -> None:
    if step.length == MATCH_MAX:
        _put_symbol(bits, 285)
    else:
        index, extra_bits, extra = _bucket(step.length - 3, 4)
        _put_symbol(bits, 257 + index)
        bits.put(extra, extra_bits)
    index, extra_bits, extra = _bucket(step.distance - 1, 2)
    bits.put_reversed(index, 5)
    bits.put(extra, extra_bits)


def _bucket(value: int, per_octave: int) -> tuple[int, int, int]:
    """(code, extra bits, extra) of deflate's lengths (4 codes an octave) and distances (2)."""
    if value < 2 * per_octave:
        return value, 0, 0
    shift = per_octave.bit_length() - 1
    extra_bits = value.bit_length() - 1 - shift
    index = per_octave * extra_bits + (value >> extra_bits)
    return index, extra_bits, value & ((1 << extra_bits) - 1)


# ---------------------------------------------------------------- zstd


def zst(data: bytes) -> bytes:
    """One Zstandard frame: a compressed block a step, single segment, no checksum."""
    # Frame header: content size in 4 bytes, single segment, so the window is the content.
    parts = [b"\x28\xb5\x2f\xfd", bytes([0b1010_0000]), struct.pack("<I", len(data))]
    for step in _steps(data):
        literals = step.literals
        while len(literals) > ZSTD_BLOCK_BYTES_MAX // 2:
            parts.append(_raw_block(literals[: ZSTD_BLOCK_BYTES_MAX // 2], last=False))
            literals = literals[ZSTD_BLOCK_BYTES_MAX // 2 :]
        if step.length:
            parts.append(_block(2, _sequence(literals, step), last=False))
        else:
            parts.append(_raw_block(literals, last=True))
    return b"".join(parts)


def _raw_block(data: bytes, *, last: bool) -> bytes:
    return _block(0, data, last=last)


def _block(kind: int, body: bytes, *, last: bool) -> bytes:
    return struct.pack("<I", len(body) << 3 | kind << 1 | last)[:3] + body


def _sequence(literals: bytes, step: _Step) -> bytes:
    """Raw literals and one sequence, its three codes each told by an RLE table (RFC 8878, 3.1.1.3.2)."""
    length_code, length_bits, length_extra = _literals_code(len(literals))
    match_code, match_bits, match_extra = _match_code(step.length)
    # Offsets 1 to 3 mean "repeated", so the true distance is sent plus 3.
    offset = step.distance + 3
    offset_code = offset.bit_length() - 1
    head = struct.pack("<I", len(literals) << 4 | 0b1100)[:3]
    tables = bytes([1, 0b01010100, length_code, offset_code, match_code])
    # The stream is read from its end: offset first, then match, then literals; a 1 marks where it ends.
    bits = _Bits()
    bits.put(length_extra, length_bits)
    bits.put(match_extra, match_bits)
    bits.put(offset - (1 << offset_code), offset_code)
    bits.put(1, 1)
    return head + literals + tables + bits.done()


def _literals_code(length: int) -> tuple[int, int, int]:
    if length < 16:
        return length, 0, 0
    if length >= 64:
        bits = length.bit_length() - 1
        return 19 + bits, bits, length - (1 << bits)
    for code, base, bits in ((24, 48, 4), (23, 40, 3), (22, 32, 3), (21, 28, 2), (20, 24, 2)):
        if length >= base:
            return code, bits, length - base
    return 16 + (length - 16) // 2, 1, (length - 16) % 2


def _match_code(length: int) -> tuple[int, int, int]:
    value = length - 3
    if value < 32:
        return value, 0, 0
    if value >= 128:
        bits = value.bit_length() - 1
        return 36 + bits, bits, value - (1 << bits)
    for code, base, bits in ((42, 96, 5), (41, 80, 4), (40, 64, 4), (39, 56, 3), (38, 48, 3), (37, 44, 2)):
        if value >= base:
            return code, bits, value - base
    if value >= 40:
        return 36, 2, value - 40
    return 32 + (value - 32) // 2, 1, (value - 32) % 2
