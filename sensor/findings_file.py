"""Finds a finding in a file of JSON lines, as ``scan --findings`` writes them. Knows nothing of what a finding says.

A line that is broken costs itself only: it is told where the finding that was asked for is found in others.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from sensor.failure import PlaceError
from sensor.finding import Finding
from sensor.limits import FINDING_LINE_BYTES_MAX
from system.fault import words

_ID_CHARS: Final = frozenset("0123456789abcdef")
_IDS_SHOWN: Final = 3


class FindingsError(PlaceError):
    """There is no such finding."""


class Found(msgspec.Struct, frozen=True):
    """The highest revision in the file, its line, how many revisions there are; and how many lines are broken."""

    finding: Finding
    line: int
    revisions: int
    broken_count: int
    broken_first: int


class _Head(msgspec.Struct):
    """What is read of every line."""

    kind: str
    finding_id: str = ""
    revision: int = 0


class _Best(msgspec.Struct):
    """Of one finding the highest revision so far; where one stands twice, the later line counts."""

    revision: int
    line: int
    text: bytes
    revisions: int = 1


class _Search:
    """Takes line after line. Keeps the text of one finding: of several none is explained."""

    def __init__(self, prefix: str) -> None:
        self.best: dict[str, _Best] = {}
        self.broken_count = 0
        self.broken_first = 0
        self._prefix = prefix
        self._decoder = msgspec.json.Decoder(_Head)

    def take(self, number: int, line: bytes) -> None:
        try:
            head = self._decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.broken(number)
            return
        if head.kind != "finding" or not head.finding_id.startswith(self._prefix):
            return
        known = self.best.get(head.finding_id)
        if known is not None:
            known.revisions += 1
            if head.revision >= known.revision:
                known.revision, known.line, known.text = head.revision, number, line
        elif len(self.best) <= _IDS_SHOWN:
            self.best[head.finding_id] = _Best(head.revision, number, line)

    def broken(self, number: int) -> None:
        self.broken_count += 1
        self.broken_first = self.broken_first or number


def find(path: Path, prefix: str) -> Found:
    """The finding whose id begins with ``prefix``. Raises FindingsError."""
    if not prefix or not set(prefix) <= _ID_CHARS:
        raise FindingsError(f"{prefix!r}", "no finding id", "give its first letters: 0-9 and a-f")
    search = _Search(prefix)
    try:
        with path.open("rb") as stream:
            _read(stream, search)
    except OSError as error:
        raise FindingsError(str(path), words(error), "correct the path given with --findings") from None
    if not search.best:
        what = f"no finding whose id begins with {prefix}"
        if search.broken_count:
            what += f", and {search.broken_count} broken lines, line {search.broken_first} the first"
        raise FindingsError(str(path), what, "take an id from its lines, or scan again")
    if len(search.best) > 1:
        shown = ", ".join(sorted(search.best)[:_IDS_SHOWN])
        more = " and more" if len(search.best) > _IDS_SHOWN else ""
        raise FindingsError(str(path), f"several findings begin with {prefix}: {shown}{more}", "give more of the id")
    (chosen,) = search.best.values()
    return Found(_decoded(path, chosen), chosen.line, chosen.revisions, search.broken_count, search.broken_first)


def _read(stream: BinaryIO, search: _Search) -> None:
    number = 0
    while line := stream.readline(FINDING_LINE_BYTES_MAX):
        number += 1
        if len(line) == FINDING_LINE_BYTES_MAX and not line.endswith(b"\n"):
            _skip_line(stream)
            search.broken(number)
        elif line.strip():
            search.take(number, line)


def _skip_line(stream: BinaryIO) -> None:
    while (rest := stream.readline(FINDING_LINE_BYTES_MAX)) and not rest.endswith(b"\n"):
        pass


def _decoded(path: Path, chosen: _Best) -> Finding:
    try:
        return msgspec.json.decode(chosen.text, type=Finding)
    except msgspec.ValidationError as error:
        words = " ".join(str(error).split())
        what = f"no finding as this version knows it: {words[:1].lower()}{words[1:]}"
        raise FindingsError(f"{path}:{chosen.line}", what, "explain it with the version that wrote it") from None
