"""An object that somebody wrote over several lines, as programs do that print for people: gathered until it is whole.

Begins only with a line that holds nothing but the brace, which no message on one line does. Counts brackets; what
stands between them is the reader's.
"""

from __future__ import annotations

import re
from typing import Final

_LONE: Final = b"{"
# With a blank and CR.
LONE_BYTES_MAX: Final = 3
# Ends a string at its quote or at the end of the line, so that each byte is looked at once.
_STRINGS: Final = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_OPENING: Final = b"{["
_CLOSING: Final = b"}]"


def begins_spread(line: bytes) -> bool:
    """Whether ``line`` opens an object and says nothing more."""
    return len(line) <= LONE_BYTES_MAX and line.rstrip() == _LONE


class Spread:
    """What was gathered so far: where it began, and whether its beginning may be missing."""

    __slots__ = ("_depth", "data", "doubtful", "offset")

    def __init__(self, offset: int, line: bytes, *, doubtful: bool) -> None:
        self.offset = offset
        self.doubtful = doubtful
        self.data = bytearray(line)
        self._depth = 1

    def is_broken_by(self, line: bytes) -> bool:
        """Whether ``line`` cannot go on with it: what stands in an object has a name, so here begins another."""
        return self._depth == 1 and line.startswith(_LONE)

    def add(self, line: bytes) -> bool:
        """One more line; whether the brace is closed now."""
        self._depth -= _closed(line)
        self.data += b"\n"
        self.data += line
        return self._depth <= 0

    def is_closed_by(self, line: bytes) -> bool:
        """Whether ``line`` would close the brace."""
        return self._depth <= _closed(line)


def _closed(line: bytes) -> int:
    """How many brackets more ``line`` closes than it opens."""
    bare = _STRINGS.sub(b"", line)
    return sum(bare.count(bracket) for bracket in _CLOSING) - sum(bare.count(bracket) for bracket in _OPENING)
