"""Which capture files a user means: paths, folders and standard input."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

STANDARD_INPUT: Final = "-"
# A folder is searched for these; a file that is named outright may be called anything.
SUFFIXES: Final = (".pcap", ".pcapng", ".cap", ".dmp")
COMPRESSED: Final = (".gz", ".zst", ".xz", ".bz2")
# How captures begin: pcap in both byte orders, in micro- and nanoseconds, and pcapng.
_MAGICS: Final = tuple(bytes.fromhex(magic) for magic in ("a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1", "0a0d0d0a"))
_MAGIC_BYTES: Final = 4
_GZIP: Final = b"\x1f\x8b"


class SourceError(Exception):
    """A path that gives no input: (path, what, remedy)."""

    def __init__(self, path: str, what: str, remedy: str) -> None:
        super().__init__(path, what, remedy)
        self.path = path
        self.what = what
        self.remedy = remedy


def expand(paths: Iterable[str]) -> tuple[list[str], list[SourceError]]:
    """The inputs behind ``paths``, folders replaced by the captures in them, sorted by path; and what gave none.

    What was named outright is not opened here: whether it can be read is found when it is read. A file that several
    paths lead to is one input, under the first of them.
    """
    inputs: dict[str, str] = {}
    errors: list[SourceError] = []
    for text in paths:
        path = Path(text)
        if text == STANDARD_INPUT:
            inputs.setdefault(text, text)
        elif path.is_dir():
            found = sorted(str(entry) for entry in path.rglob("*") if entry.is_file() and is_capture(entry))
            for name in found:
                inputs.setdefault(os.path.realpath(name), name)
            if not found:
                known = ", ".join(SUFFIXES)
                remedy = f"captures end in {known}, also .gz, .zst, .xz or .bz2, or begin as pcap and pcapng do"
                errors.append(SourceError(text, "no capture files in this folder", remedy))
        else:
            inputs.setdefault(os.path.realpath(text), text)
    return list(inputs.values()), errors


def is_capture(path: Path) -> bool:
    """Whether a file in a folder is one to be read: by its name, or where that says nothing, by its first bytes.

    Capture programs number their files (``a.pcap1``) and are told any name at all. Behind a strange name gzip is looked
    into, other compressions are not.
    """
    name = path.name.lower()
    plain = next((name.removesuffix(suffix) for suffix in COMPRESSED if name.endswith(suffix)), name)
    if plain.endswith(SUFFIXES):
        return True
    try:
        return _beginning(path) in _MAGICS
    except (OSError, EOFError):
        return False


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        beginning = file.read(_MAGIC_BYTES)
    if not beginning.startswith(_GZIP):
        return beginning
    import gzip  # noqa: PLC0415
    import zlib  # noqa: PLC0415

    try:
        with gzip.open(path) as file:
            return file.read(_MAGIC_BYTES)
    except zlib.error:
        return b""
