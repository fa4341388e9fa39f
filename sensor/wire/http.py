"""Cuts one side of an HTTP/1 connection into heads and documents (RFC 9112), as far as mining over HTTP needs them.

Knows nothing of JSON but its brackets, nor of mining but the names in FIELDS: of a head only these fields are kept, of
a long document its beginning and its end. After a hole inside a document of known length reading goes on; after any
other, with the next head, or document without one, that begins a segment: some clients send the two apart, and pools of
other protocols answer without heads.
"""

from __future__ import annotations

import enum
import zlib
from collections.abc import Callable
from typing import Final

import msgspec

from sensor.event import MalformedCode
from sensor.limits import (
    DOCUMENT_BYTES_FREE,
    DOCUMENT_BYTES_MAX,
    DOCUMENT_TAIL_BYTES_MAX,
    HTTP_FIELD_BYTES_MAX,
    HTTP_HEAD_BYTES_MAX,
    LINE_BYTES_FREE,
)
from sensor.room import Purse, Want
from sensor.wire.lines import Broken

FIELDS: Final = frozenset(
    (
        *(b"authorization", b"user-agent", b"x-mining-extensions", b"x-mining-hashrate"),
        *(b"x-long-polling", b"x-roll-ntime", b"x-reject-reason", b"x-stratum"),
        *(b"content-length", b"content-encoding", b"transfer-encoding"),
    )
)
_METHODS: Final = (b"POST ", b"GET ")
_ANSWER: Final = b"HTTP/1."
_BEGINNINGS: Final = (*_METHODS, _ANSWER)
_OPENING: Final = (b"{", b"[")
_CLOSING: Final = (b"}", b"]")
_HEAD_END: Final = b"\r\n\r\n"
_BLANKS: Final = b"\r\n \t"
_CHUNK_LINE_BYTES_MAX: Final = 64
_LENGTH_DIGITS_MAX: Final = 12
# Answers that never have a document (RFC 9110 section 6.4.1), beside those that only say to go on.
_WITHOUT_DOCUMENT: Final = (204, 304)
_GO_ON: Final = range(100, 200)
# gzip and zlib, told apart by the first bytes; then what some servers call deflate.
_WINDOW_BITS: Final = (47, -15)
_CODINGS: Final = (b"gzip", b"x-gzip", b"deflate")


class Head(msgspec.Struct, frozen=True, gc=False):
    """The first line of a message, and those of its fields that are read, by name in lower case."""

    offset: int
    start: bytes
    fields: dict[bytes, bytes]

    @property
    def is_answer(self) -> bool:
        return self.start.startswith(_ANSWER)

    @property
    def status(self) -> int:
        """The status of an answer; 0 where there is none."""
        words = self.start.split(b" ", 2)
        return int(words[1]) if len(words) > 1 and len(words[1]) == 3 and words[1].isdigit() else 0

    @property
    def goes_on(self) -> bool:
        """Whether it only says to go on (RFC 9110 section 15.2): the answer, and its document, are to come."""
        return self.status in _GO_ON

    @property
    def target(self) -> bytes:
        """What a request is for: path and query."""
        words = self.start.split(b" ", 2)
        return words[1] if len(words) > 1 else b""

    def text(self, name: bytes) -> str:
        """A field's value; "" where it is absent."""
        return self.fields.get(name, b"").decode("utf-8", "replace")


class Document(msgspec.Struct, frozen=True, gc=False):
    """What a message carries: all of it, or where it is long or something is missing, its beginning and its ``tail``.

    Every message has one, if only an empty one. ``has_head`` is false where the head was not seen.
    """

    offset: int
    data: bytes
    tail: bytes
    is_whole: bool
    has_head: bool


HttpPiece = Head | Document | Broken


class _State(enum.Enum):
    LOST = enum.auto()  # until a head or a document begins a segment
    BETWEEN = enum.auto()  # a head is to come
    STRAY = enum.auto()  # a document without a head
    BODY = enum.auto()
    CHUNK_LINE = enum.auto()
    CHUNK = enum.auto()
    TRAILER = enum.auto()  # what may stand behind the last chunk
    REST = enum.auto()  # a document that the end of the connection ends


class _Kept:
    """What is kept of a document while it comes."""

    __slots__ = ("_paid_bytes", "_purse", "coding", "data", "is_holed", "size", "tail")

    def __init__(self, purse: Purse) -> None:
        self._purse = purse
        self._paid_bytes = 0
        self.data = bytearray()
        self.tail = bytearray()
        self.size = 0
        self.is_holed = False
        self.coding = b""

    def take(self, data: bytes) -> None:
        self.size += len(data)
        room = DOCUMENT_BYTES_MAX - len(self.data)
        if room > 0 and not self.tail and self._affords(len(self.data) + min(room, len(data))):
            self.data += data[:room]
            data = data[room:]
        if data and self._affords(len(self.data) + DOCUMENT_TAIL_BYTES_MAX):
            self.tail += data[-DOCUMENT_TAIL_BYTES_MAX:]
            del self.tail[:-DOCUMENT_TAIL_BYTES_MAX]

    def finish(self, offset: int, *, has_head: bool = True) -> Document:
        data, is_whole = bytes(self.data), not self.is_holed and self.size == len(self.data)
        if self.coding:
            data, is_whole = _decoded(data, is_whole=is_whole)
        document = Document(offset, data, bytes(self.tail), is_whole, has_head)
        self.forget()
        return document

    def forget(self) -> None:
        self.data.clear()
        self.tail.clear()
        self.size = 0
        self.is_holed = False
        self.coding = b""
        self._purse.give(self._paid_bytes)
        self._paid_bytes = 0

    def _affords(self, size: int) -> bool:
        need = size - DOCUMENT_BYTES_FREE - self._paid_bytes
        if need <= 0:
            return True
        if not self._purse.take(need, Want.LINES):
            return False
        self._paid_bytes += need
        return True


class HttpFramer:
    """The framer of one side."""

    __slots__ = ("_held", "_kept", "_left", "_paid_bytes", "_purse", "_seen", "_start", "_state")

    def __init__(self, purse: Purse | None = None) -> None:
        self._purse = purse or Purse()
        self._kept = _Kept(self._purse)
        self._held = bytearray()  # an unfinished head or line
        self._paid_bytes = 0  # for that
        self._seen = 0  # bytes seen of this side, holes included
        self._start = 0  # of the document that is being read
        self._left = 0  # of a document or chunk
        self._state = _State.LOST

    def feed(self, data: bytes) -> list[HttpPiece]:
        """The pieces that ``data`` completes, in order."""
        pieces: list[HttpPiece] = []
        begins_message = data.startswith((*_BEGINNINGS, *_OPENING))
        if self._state is _State.LOST and (begins_message or not self._seen):
            self._state = _State.BETWEEN
        elif self._state is _State.REST and data.startswith(_ANSWER):
            self._finish(pieces)
        position, size, base = 0, len(data), self._seen
        while position < size:
            self._seen = base + position
            position = _STEPS[self._state](self, data, position, pieces)
        self._seen = base + size
        return pieces

    def gap(self, missing: int) -> list[HttpPiece]:
        """``missing`` bytes are lost: the document that ends with them, if one does."""
        pieces: list[HttpPiece] = []
        self._seen += missing
        is_inside = self._state in (_State.BODY, _State.CHUNK) and self._left >= missing
        if not is_inside and self._state is not _State.REST:
            self._lose()
            return pieces
        self._kept.is_holed = True
        if is_inside:
            self._left -= missing
            self._end_part(pieces)
        return pieces

    def close(self) -> list[HttpPiece]:
        """The connection is over: what ends with it."""
        pieces: list[HttpPiece] = []
        if self._state is _State.REST:
            self._finish(pieces)
        elif self._state is _State.STRAY and self._held:
            self._finish_stray(pieces)
        return pieces

    # ------------------------------------------------------------ one method a state; each takes some of the bytes

    def _skip(self, data: bytes, position: int, pieces: list[HttpPiece]) -> int:
        return len(data)

    def _read_head(self, data: bytes, position: int, pieces: list[HttpPiece]) -> int:
        held = self._held
        if not held:
            if data[position] in _BLANKS:
                return position + 1
            if data[position : position + 1] in _OPENING:
                self._state, self._start = _State.STRAY, self._seen
                return position
            if not _may_begin(data, position):
                pieces.append(Broken(self._seen, MalformedCode.BAD_FRAME))
                self._lose()
                return position
            self._start = self._seen
        # Its end may have begun before.
        before = bytes(held[1 - len(_HEAD_END) :])
        end = (before + data[position : position + HTTP_HEAD_BYTES_MAX]).find(_HEAD_END)
        if end < 0:
            return len(data) if self._hold(data[position:], HTTP_HEAD_BYTES_MAX, pieces) else position
        behind = position + end + len(_HEAD_END) - len(before)
        text = (bytes(held) + data[position:behind])[: -len(_HEAD_END)]
        self._forget_held()
        self._begin_message(text, pieces)
        return behind

    def _read_stray(self, data: bytes, position: int, pieces: list[HttpPiece]) -> int:
        end = data.find(b"\n", position)
        part = data[position:] if end < 0 else data[position:end]
        if not self._hold(part, DOCUMENT_BYTES_MAX, pieces):
            return position
        held = self._held
        is_balanced = held.count(b"{") == held.count(b"}") and held.count(b"[") == held.count(b"]")
        if end >= 0 or (is_balanced and held.rstrip().endswith(_CLOSING)):
            self._finish_stray(pieces)
        return len(data) if end < 0 else end + 1

    def _read_part(self, data: bytes, position: int, pieces: list[HttpPiece]) -> int:
        taken = min(self._left, len(data) - position)
        self._kept.take(data[position : position + taken])
        self._left -= taken
        self._end_part(pieces)
        return position + taken

    def _read_chunk_line(self, data: bytes, position: int, pieces: list[HttpPiece]) -> int:
        text, position = self._line(data, position, pieces)
        size = text.partition(b";")[0].strip() if text is not None else b""
        if not size:
            return position  # not there yet, or the end of the chunk before
        try:
            self._left = int(size, 16) if size.isalnum() and len(size) <= _LENGTH_DIGITS_MAX else -1
        except ValueError:
            self._left = -1
        if self._left < 0:
            pieces.append(Broken(self._seen, MalformedCode.BAD_FRAME))
            self._lose()
        else:
            self._state = _State.CHUNK if self._left else _State.TRAILER
        return position

    def _read_trailer(self, data: bytes, position: int, pieces: list[HttpPiece]) -> int:
        text, position = self._line(data, position, pieces)
        if text is not None and not text.strip():
            self._finish(pieces)
        return position

    def _read_rest(self, data: bytes, position: int, pieces: list[HttpPiece]) -> int:
        self._kept.take(data[position:])
        return len(data)

    # ------------------------------------------------------------ inside

    def _line(self, data: bytes, position: int, pieces: list[HttpPiece]) -> tuple[bytes | None, int]:
        """A line of chunked coding, None where its end has not come, and the position behind it."""
        end = data.find(b"\n", position)
        stop = len(data) if end < 0 else end + 1
        if not self._hold(data[position:stop], _CHUNK_LINE_BYTES_MAX, pieces):
            return None, position
        if end < 0:
            return None, stop
        text = bytes(self._held)
        self._forget_held()
        return text, stop

    def _begin_message(self, text: bytes, pieces: list[HttpPiece]) -> None:
        start, *lines = text.split(b"\r\n")
        if not start.startswith(_BEGINNINGS):
            pieces.append(Broken(self._start, MalformedCode.BAD_FRAME))
            self._lose()
            return
        fields: dict[bytes, bytes] = {}
        for line in lines:
            name, _, value = line.partition(b":")
            name = name.strip().lower()
            if name in FIELDS:
                fields.setdefault(name, value.strip()[:HTTP_FIELD_BYTES_MAX])
        head = Head(self._start, start[:HTTP_FIELD_BYTES_MAX], fields)
        pieces.append(head)
        coding = fields.get(b"content-encoding", b"").lower()
        self._kept.coding = coding if coding in _CODINGS else b""
        if fields.get(b"transfer-encoding", b"").lower().endswith(b"chunked"):
            self._state = _State.CHUNK_LINE
            return
        self._left = _length_of(head)
        self._state = _State.REST if self._left < 0 else _State.BODY
        self._end_part(pieces)

    def _end_part(self, pieces: list[HttpPiece]) -> None:
        if self._left:
            return
        if self._state is _State.CHUNK:
            self._state = _State.CHUNK_LINE
        else:
            self._finish(pieces)

    def _finish(self, pieces: list[HttpPiece]) -> None:
        pieces.append(self._kept.finish(self._start))
        self._state = _State.BETWEEN

    def _finish_stray(self, pieces: list[HttpPiece]) -> None:
        pieces.append(Document(self._start, bytes(self._held), b"", is_whole=True, has_head=False))
        self._forget_held()
        self._state = _State.BETWEEN

    def _hold(self, data: bytes, bytes_max: int, pieces: list[HttpPiece]) -> bool:
        """Whether ``data`` could be added to what is held; else it is given up, with what is."""
        size = len(self._held) + len(data)
        need = min(size, bytes_max) - LINE_BYTES_FREE - self._paid_bytes
        if size > bytes_max:
            code = MalformedCode.LINE_TOO_LONG
        elif need > 0 and not self._purse.take(need, Want.LINES):
            code = MalformedCode.NO_ROOM
        else:
            self._paid_bytes += max(0, need)
            self._held += data
            return True
        pieces.append(Broken(self._start, code))
        self._lose()
        return False

    def _forget_held(self) -> None:
        self._held.clear()
        self._purse.give(self._paid_bytes)
        self._paid_bytes = 0

    def _lose(self) -> None:
        self._forget_held()
        self._kept.forget()
        self._left = 0
        self._state = _State.LOST


_Step = Callable[[HttpFramer, bytes, int, list[HttpPiece]], int]
_STEPS: Final[dict[_State, _Step]] = {
    _State.LOST: HttpFramer._skip,
    _State.BETWEEN: HttpFramer._read_head,
    _State.STRAY: HttpFramer._read_stray,
    _State.BODY: HttpFramer._read_part,
    _State.CHUNK_LINE: HttpFramer._read_chunk_line,
    _State.CHUNK: HttpFramer._read_part,
    _State.TRAILER: HttpFramer._read_trailer,
    _State.REST: HttpFramer._read_rest,
}


def _may_begin(data: bytes, position: int) -> bool:
    """Whether a head may begin here, as far as it is there."""
    part = data[position : position + len(_ANSWER)]
    return any(word.startswith(part[: len(word)]) for word in _BEGINNINGS)


def _length_of(head: Head) -> int:
    """How long the document is; -1: to the end of the connection."""
    length = head.fields.get(b"content-length")
    if length is not None and length.isdigit() and len(length) <= _LENGTH_DIGITS_MAX:
        return int(length)
    if not head.is_answer or head.goes_on or head.status in _WITHOUT_DOCUMENT:
        return 0
    return -1


def _decoded(data: bytes, *, is_whole: bool) -> tuple[bytes, bool]:
    """``data`` unpacked, up to the bound of a document, and whether that is all of it."""
    for bits in _WINDOW_BITS:
        unpacker = zlib.decompressobj(bits)
        try:
            return unpacker.decompress(data, DOCUMENT_BYTES_MAX), is_whole and unpacker.eof
        except zlib.error:
            continue
    return b"", False
