"""How many JSON messages a stream of bytes holds, counted without any decoder: for a second opinion on one.

Most are a line each. Some are written over several lines, or end with a NUL or with nothing; lines without anything in
them are none, and neither is text.
"""

from __future__ import annotations

import re
from typing import Final

_BREAK: Final = re.compile(rb"[\n\0]")
_BLANK: Final = b" \t\r\f\v"
_BOM: Final = b"\xef\xbb\xbf"
# A string that is not closed ends with the line, so that each byte is looked at once.
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[{}]', re.DOTALL)


def count_messages(stream: bytes | bytearray) -> int:
    """Objects that lie in no other one. One that began before the stream is none."""
    count = depth = 0
    for number, line in enumerate(_BREAK.split(stream.removeprefix(_BOM))):
        bare = line.strip(_BLANK)
        is_new = line.startswith(b"{")  # whatever began before was cut then
        depth = 0 if is_new else depth
        if depth or bare.startswith((b"{", b"[{")) or (number and b"{" in bare):
            found, depth = _objects(bare, depth)
            count += found
    return count


def _objects(line: bytes, depth: int) -> tuple[int, int]:
    """Objects that begin in no other one, and in how many one is at the end of the line."""
    if not depth and line.count(b"{") == line.count(b"}") and b"}{" not in line and line.startswith(b"{"):
        return 1, 0
    count = 0
    for token in _TOKEN.findall(line):
        if token == b"{":
            count += depth == 0
            depth += 1
        elif token == b"}":
            depth = max(0, depth - 1)
    return count, depth
