"""JSON that may be shown: what is not printable stands as a ``\\u`` escape, and reads back as the same text.

An encoder writes control characters of the upper half, DEL and marks of direction as they are. In a terminal they move
the cursor or turn the line round, and the names of a miner are anybody's to choose.
"""

from __future__ import annotations

import re
from typing import Final

_DEL: Final = b"\x7f"
# Anything but ASCII, which the encoder has escaped already as far as it must be. Said the other way round, as a range
# up to the last character, it takes 4 ms to compile.
_DOUBTFUL: Final = re.compile("[^\x00-\x7e]")


def plain(line: bytes) -> bytes:
    """``line``, JSON in UTF-8, with all that is not printable escaped."""
    if line.isascii() and _DEL not in line:
        return line
    text = line.decode("utf-8")
    # Names of provinces are nearly all that is met here.
    return line if text.isprintable() else _DOUBTFUL.sub(_escaped, text).encode("utf-8")


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    if char.isprintable():
        return char
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))
