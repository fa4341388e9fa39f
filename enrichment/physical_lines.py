"""The lines of a file as they stand in it, with a look at those that follow: a text in quotes may go on over several.

Bounded in the length of a line and in how far is looked ahead. Every byte that is read is counted into the digest.
"""

from __future__ import annotations

import hashlib
from collections import deque
from typing import BinaryIO, Final

import msgspec

# A line of sixteen columns is some 300 bytes; an address in full some 200.
LINE_BYTES_MAX: Final = 16 * 1024
# Lines of one text in quotes: an address that is pasted from a letter has some five.
LINES_PER_RECORD_MAX: Final = 16


class Line(msgspec.Struct, frozen=True, gc=False):
    """``is_cut``: it is longer than any line may be, and this is its beginning."""

    number: int
    data: bytes
    is_cut: bool = False


class PhysicalLines:
    """Reads a file line by line."""

    def __init__(self, file: BinaryIO, digest: hashlib._Hash) -> None:
        self._file = file
        self._digest = digest
        self._number = 0
        self._ahead: deque[Line] = deque()

    def read(self) -> Line | None:
        """The next line; None at the end."""
        return self._ahead.popleft() if self._ahead else self._read()

    def following(self) -> list[Line]:
        """The lines behind the one that was read last, as many as one record may have; they are still to be read."""
        while len(self._ahead) < LINES_PER_RECORD_MAX - 1 and (line := self._read()) is not None:
            self._ahead.append(line)
        return list(self._ahead)

    def pass_over(self, count: int) -> None:
        """Leaves out lines that ``following`` showed."""
        for _ in range(count):
            self._ahead.popleft()

    @property
    def bytes_read(self) -> int:
        return self._file.tell()

    def _read(self) -> Line | None:
        data = self._file.readline(LINE_BYTES_MAX)
        if not data:
            return None
        self._number += 1
        self._digest.update(data)
        is_cut = len(data) == LINE_BYTES_MAX and not data.endswith(b"\n")
        if is_cut:
            self._skip_rest()
        return Line(self._number, data, is_cut)

    def _skip_rest(self) -> None:
        while data := self._file.readline(LINE_BYTES_MAX):
            self._digest.update(data)
            if data.endswith(b"\n"):
                return
