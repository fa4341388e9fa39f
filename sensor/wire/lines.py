"""Cuts one side's bytes into lines and BTCAgent frames, and finds its feet again after a hole.

Knows nothing of JSON but its brackets, and nothing of mining. A line ends with LF; CR, spaces, NUL and empty lines
around it are tolerated. An object that is written over several lines is one. BTCAgent mixes binary frames between the
lines: u8 0x7f, u8 command, u16 little-endian length including these four bytes. What cannot be a frame is a ``Broken``
piece, and reading goes on behind the next LF.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from sensor.event import MalformedCode
from sensor.limits import (
    AGENT_FRAME_BYTES_MAX,
    LINE_BYTES_FREE,
    LINE_BYTES_STEP,
    MINER_LINE_BYTES_MAX,
    OFFERS_MAX,
)
from sensor.room import Purse, Want
from sensor.wire.spread import LONE_BYTES_MAX, Spread, begins_spread

_OPEN_BRACE: Final = 0x7B
_FRAME_MAGIC: Final = 0x7F
_MAGIC: Final = b"\x7f"
# What may stand behind a frame: another, or a line.
_BEGINNINGS: Final = b"\x7f{"
# Bytes that look like the first of a frame, at which one is looked for: as many as chance puts into a full segment.
_TRIES_MAX: Final = 16
# The command of a frame for whose body there is no memory.
_UNKEPT: Final = -1
# Frames in a row that are no chance.
_ROW_MIN: Final = 3
_LF: Final = 0x0A
# No message is as short as the first line of one that is written over several.
_LONE_LINE_BYTES_MAX: Final = LONE_BYTES_MAX + 1
_BLANK_BYTES: Final = b" \t\r\n\0"
_BLANKS: Final = frozenset(_BLANK_BYTES)
_BLANK_RUN: Final = re.compile(rb"[ \t\r\n\0]+")
# First and last byte of what may lack its LF: an object, or several in an array.
_WHOLES: Final = (b"{}", b"[]")
# Blanks may follow an object that lacks its LF, but not many.
_TAIL_BYTES: Final = 8
_HEADER_BYTES: Final = 4
# HAProxy's second preface: a signature with line ends in it, two bytes, the length of what follows.
_PROXY_SIGNATURE: Final = b"\r\n\r\n\x00\r\nQUIT\n"
_PROXY_HEADER_BYTES: Final = 16


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line without its LF. ``doubtful``: its beginning may be missing (start of the capture, or after a
    hole).
    """

    offset: int
    data: bytes
    doubtful: bool


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One whole BTCAgent frame: what follows its header is the body."""

    offset: int
    command: int
    body: bytes


class Broken(msgspec.Struct, frozen=True, gc=False):
    """Bytes that are neither line nor frame, reported once where they begin."""

    offset: int
    code: MalformedCode


Piece = Line | Frame | Broken

# Command -> smallest length, largest length, and the step between legal lengths.
_FRAME_SIZES: Final[dict[int, tuple[int, int, int]]] = {
    0x01: (8, 512, 1),  # register: two C strings
    0x02: (15, 96, 1),  # submit; the Ethereum agent's ends with the job id
    0x03: (19, 19, 1),
    0x04: (6, 6, 1),
    0x05: (7, AGENT_FRAME_BYTES_MAX, 2),  # set difficulty: a list of u16 session ids
    0x10: (10, 10, 1),
    0x12: (19, 19, 1),
    0x13: (23, 23, 1),
    0x14: (46, 128, 1),
    0x22: (10, 10, 1),
}


def _frame_bytes(header: bytes) -> int:
    """Total length of the frame that ``header`` (four bytes) begins, or 0 where it can be none."""
    low, high, step = _FRAME_SIZES.get(header[1], (1, 0, 1))
    size = header[2] | header[3] << 8
    return size if low <= size <= high and (size - low) % step == 0 else 0


def _behind_preface(data: bytes) -> int:
    """Where the conversation begins in the first bytes of a side: behind HAProxy's binary preface, if there is one."""
    if not data.startswith(_PROXY_SIGNATURE) or len(data) < _PROXY_HEADER_BYTES:
        return 0
    return min(len(data), _PROXY_HEADER_BYTES + int.from_bytes(data[14:_PROXY_HEADER_BYTES], "big"))


class LineFramer:
    """The framer of one side. Keeps at most ``bytes_max`` bytes and searches each byte once."""

    __slots__ = (
        "_body",
        "_bytes_max",
        "_doubtful",
        "_dropping",
        "_frame",
        "_frame_left",
        "_is_clear",
        "_is_holed",
        "_looked",
        "_may_spread",
        "_offers",
        "_paid_bytes",
        "_purse",
        "_seen",
        "_spread",
        "held",
    )

    def __init__(self, bytes_max: int = MINER_LINE_BYTES_MAX, purse: Purse | None = None) -> None:
        self._bytes_max = bytes_max
        self._purse = purse or Purse()
        self._paid_bytes = 0  # of the purse, for what is held
        self._seen = 0  # bytes seen of this side, holes included
        self.held = bytearray()  # an unfinished line or frame header
        # How much of `held` was offered by `unfinished` last, and how often.
        self._looked = 0
        self._offers = 0
        self._doubtful = True
        self._dropping = False  # until the next LF
        self._frame = (0, 0)  # offset and command of the frame that is being read
        self._body = bytearray()
        self._frame_left = 0
        self._spread: Spread | None = None  # what is written over several lines, while it is not whole
        self._may_spread = True  # until something so begun came to no end
        self._is_clear = False  # a line begins here, and nothing stands before it
        self._is_holed = False  # bytes were lost, and no frame or object was found since

    def limit(self, bytes_max: int) -> None:
        """From now on lines of this side may be no longer than ``bytes_max``."""
        self._bytes_max = bytes_max

    def whole_line(self, data: bytes) -> int:
        """The offset of ``data`` if it is exactly one line and nothing stands before it; else -1, and nothing
        is read.

        Most chunks are: this spares them the pieces.
        """
        size = len(data)
        if not self._is_clear or not _LONE_LINE_BYTES_MAX < size <= self._bytes_max:
            return -1
        if data[0] == _OPEN_BRACE and data.find(b"\n") == size - 1:
            offset = self._seen
            self._seen = offset + size
            self._is_holed = False
            return offset
        return -1

    def feed(self, data: bytes) -> list[Piece]:
        """The pieces that ``data`` completes, in order."""
        start = self._seen
        size = len(data)
        self._seen = start + size
        pieces: list[Piece] = []
        position = self._resume(data, start, pieces) if start else _behind_preface(data)
        while position < size:
            position = self._next(data, position, start, pieces)
        self._is_clear = not (self.held or self._doubtful or self._dropping or self._frame_left or self._spread)
        return pieces

    def gap(self, missing: int) -> None:
        """``missing`` bytes are lost: what was unfinished stays unfinished, the next line may lack its
        head.
        """
        self._seen += missing
        self._is_clear = False
        self._is_holed = True
        self._spread = None
        self._forget()
        self._doubtful = True
        self._dropping = False
        self._body.clear()
        self._frame_left = 0

    def unfinished(self, *, is_last: bool = False) -> Line | None:
        """What is held, if it looks like a whole object that merely lacks its LF.

        Offered once per growth; after some offers only when it has doubled, or for the last time: a line that is
        dripped out would else be read anew with each drop, or its brackets counted where it is the last of several.
        """
        held = self.held
        size = len(held)
        least = self._looked + 1 if self._offers < OFFERS_MAX or is_last else 2 * self._looked
        if size < least:
            return None
        spread = self._spread
        if spread is None:
            last = held[-_TAIL_BYTES:].rstrip(_BLANK_BYTES)[-1:]
            is_whole = bytes(held[:1] + last) in _WHOLES
            line = Line(self._seen - size, bytes(held), self._doubtful) if is_whole else None
        else:
            is_whole = spread.is_closed_by(bytes(held))
            line = Line(spread.offset, bytes(spread.data + held), spread.doubtful) if is_whole else None
        if line is not None or spread is not None:
            self._looked = size
            self._offers += 1
        return line

    def take_unfinished(self) -> None:
        """The line that `unfinished` offered was a message: do not deliver it again."""
        self._spread = None
        self._forget()
        self._doubtful = False

    def _forget(self) -> None:
        self.held.clear()
        self._looked = self._offers = 0
        if self._paid_bytes and self._spread is None:
            self._purse.give(self._paid_bytes)
            self._paid_bytes = 0

    def _resume(self, data: bytes, start: int, pieces: list[Piece]) -> int:
        """Finish what earlier bytes began; the position in ``data`` from which reading goes on."""
        if self._frame_left:
            return self._fill_frame(data, pieces)
        held = self.held
        if not held:
            return 0
        if held[0] == _FRAME_MAGIC:
            return self._resume_header(data, start, pieces)
        if self._is_holed and held[0] != _OPEN_BRACE and (frames := _frames_from(data, 0)) >= 0:
            self._forget()
            return frames
        end = data.find(b"\n")
        if end < 0:
            self._hold(data, start - len(held), pieces)
            return len(data)
        offset = start - len(held)
        if len(held) + end > self._bytes_max:
            pieces.append(Broken(offset, MalformedCode.LINE_TOO_LONG))
        else:
            held += data[:end]
            self._is_holed = self._is_holed and held[0] != _OPEN_BRACE
            self._end_line(offset, bytes(held), pieces)
        self._forget()
        self._doubtful = False
        return end + 1

    def _resume_header(self, data: bytes, start: int, pieces: list[Piece]) -> int:
        held = self.held
        need = _HEADER_BYTES - len(held)
        header = bytes(held) + data[:need]
        if len(header) < _HEADER_BYTES:
            held += data
            return len(data)
        self._forget()
        return self._open_frame(header, start - (_HEADER_BYTES - need), data, need, pieces)

    def _next(self, data: bytes, position: int, start: int, pieces: list[Piece]) -> int:
        """Read one piece at ``position``, the beginning of a line unless bytes are being dropped."""
        if self._dropping:
            return self._drop(data, position)
        first = data[position]
        if first in _BLANKS:
            blank = _BLANK_RUN.match(data, position)
            end = blank.end() if blank else position + 1
            # After a hole the rest of a broken line may be nothing but its LF.
            self._doubtful = self._doubtful and data.find(b"\n", position, end) < 0
            return end
        if first == _FRAME_MAGIC:
            header = data[position : position + _HEADER_BYTES]
            if len(header) == _HEADER_BYTES:
                return self._open_frame(header, start + position, data, position + _HEADER_BYTES, pieces)
            self.held += header
            return len(data)
        if self._is_holed and first != _OPEN_BRACE and (frames := _frames_from(data, position)) >= 0:
            # The rest of a frame whose head was lost holds what it likes.
            return frames
        return self._read_line(data, position, start, pieces)

    def _drop(self, data: bytes, position: int) -> int:
        """Passes bytes over, up to the end of a line or, behind a hole, the first of several frames."""
        end = data.find(b"\n", position)
        frames = _frames_from(data, position) if self._is_holed else -1
        self._dropping = end < 0 and frames < 0
        if self._dropping:
            return len(data)
        return frames if end < 0 or 0 <= frames < end else end + 1

    def _read_line(self, data: bytes, position: int, start: int, pieces: list[Piece]) -> int:
        end = data.find(b"\n", position)
        if end < 0:
            self._hold(data[position:], start + position, pieces)
            return len(data)
        if end - position > self._bytes_max:
            pieces.append(Broken(start + position, MalformedCode.LINE_TOO_LONG))
        else:
            self._end_line(start + position, data[position:end], pieces)
            self._is_holed = self._is_holed and data[position] != _OPEN_BRACE
        self._doubtful = False
        return end + 1

    def _end_line(self, offset: int, data: bytes, pieces: list[Piece]) -> None:
        spread = self._spread
        if spread is None:
            if self._may_spread and begins_spread(data):
                self._spread = Spread(offset, data, doubtful=self._doubtful)
            else:
                pieces.append(Line(offset, data, self._doubtful))
            return
        if spread.is_broken_by(data):
            pieces += (Broken(spread.offset, MalformedCode.NOT_JSON), Line(offset, data, doubtful=False))
            self._may_spread = False
        elif spread.add(data):
            pieces.append(Line(spread.offset, bytes(spread.data), spread.doubtful))
        elif len(spread.data) > self._bytes_max:
            pieces.append(Broken(spread.offset, MalformedCode.LINE_TOO_LONG))
            self._may_spread = False
        elif self._afford(len(spread.data)):
            return
        else:
            pieces.append(Broken(spread.offset, MalformedCode.NO_ROOM))
        self._spread = None
        self._forget()

    def _hold(self, data: bytes, offset: int, pieces: list[Piece]) -> None:
        size = len(self.held) + len(data)
        spread_bytes = len(self._spread.data) if self._spread is not None else 0
        if size <= self._bytes_max and self._afford(size + spread_bytes):
            self.held += data
            return
        self._spread = None
        self._forget()
        self._dropping = True
        self._doubtful = False
        code = MalformedCode.LINE_TOO_LONG if size > self._bytes_max else MalformedCode.NO_ROOM
        pieces.append(Broken(offset, code))

    def _afford(self, size: int) -> bool:
        need = size - LINE_BYTES_FREE - self._paid_bytes
        if need <= 0:
            return True
        need += -need % LINE_BYTES_STEP
        if not self._purse.take(need, Want.LINES):
            return False
        self._paid_bytes += need
        return True

    def _open_frame(self, header: bytes, offset: int, data: bytes, position: int, pieces: list[Piece]) -> int:
        size = _frame_bytes(header)
        if not size:
            if not self._doubtful:
                pieces.append(Broken(offset, MalformedCode.BAD_FRAME))
            self._doubtful = False
            # An LF among the header's own bytes already ends what is dropped.
            self._dropping = b"\n" not in header
            return position
        self._doubtful = False
        end = position + size - _HEADER_BYTES
        if end <= len(data):
            pieces.append(Frame(offset, header[1], data[position:end]))
            self._is_holed = False
            return end
        self._frame = offset, header[1]
        self._frame_left = end - len(data)
        if self._afford(size):
            self._body += data[position:]
        else:
            # It is passed over to its end, and what stands behind it is read.
            pieces.append(Broken(offset, MalformedCode.NO_ROOM))
            self._frame = offset, _UNKEPT
        return len(data)

    def _fill_frame(self, data: bytes, pieces: list[Piece]) -> int:
        taken = min(self._frame_left, len(data))
        self._frame_left -= taken
        if self._frame[1] == _UNKEPT:
            return taken
        self._body += data[:taken]
        if not self._frame_left:
            pieces.append(Frame(*self._frame, bytes(self._body)))
            self._is_holed = False
            self._body.clear()
            self._forget()
        return taken


def _frames_from(data: bytes, position: int) -> int:
    """Where frames begin, from ``position`` on: some in a row, or one that ends with ``data``; -1: nowhere."""
    size = len(data)
    found = data.find(_MAGIC, position)
    for _ in range(_TRIES_MAX):
        if found < 0:
            return -1
        at, whole = found, 0
        while whole < _ROW_MIN and at + _HEADER_BYTES <= size and data[at] == _FRAME_MAGIC:
            step = _frame_bytes(data[at : at + _HEADER_BYTES])
            if not step or at + step > size:
                break
            whole += 1
            at += step
        if whole and (whole == _ROW_MIN or at == size or data[at] in _BEGINNINGS):
            return found
        found = data.find(_MAGIC, found + 1)
    return -1
