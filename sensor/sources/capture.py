"""Which capture files a user means: paths, folders and standard input."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from system.fault import words

STANDARD_INPUT: Final = "-"
# A folder is searched for these; a file that is named outright may be called anything.
SUFFIXES: Final = (".pcap", ".pcapng", ".cap", ".dmp", ".snoop")
COMPRESSED: Final = (".gz", ".zst", ".xz", ".bz2")
# How captures begin: pcap in both byte orders, in micro- and nanoseconds and with longer records, pcapng, snoop.
_PCAP: Final = ("a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1", "a1b2cd34", "34cdb2a1")
_MAGICS: Final = (*map(bytes.fromhex, _PCAP), b"\n\r\r\n", b"snoo")
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
        if text == STANDARD_INPUT:
            inputs.setdefault(text, text)
        elif os.path.isdir(text):  # noqa: PTH112  (that of pathlib may raise)
            found, refused = _captures_in(text)
            for name in found:
                inputs.setdefault(os.path.realpath(name), name)
            errors += refused
            if not found and not refused:
                known = ", ".join(SUFFIXES)
                remedy = f"captures end in {known}, also .gz, .zst, .xz or .bz2, or begin as pcap and pcapng do"
                errors.append(SourceError(text, "no capture files in this folder", remedy))
        else:
            inputs.setdefault(os.path.realpath(text), text)
    return list(inputs.values()), errors


def _captures_in(folder: str) -> tuple[list[str], list[SourceError]]:
    """The captures in ``folder`` and all folders in it, and which of its folders and files could not be looked into."""
    found: list[str] = []
    refused: dict[str, OSError] = {}
    waiting = [Path(folder)]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as listed:
                entries = list(listed)
        except OSError as error:
            refused[str(here)] = error
            continue
        for entry in entries:
            path = here / entry.name
            try:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
                elif entry.is_file() and is_capture(path):
                    found.append(str(path))
            except OSError as error:
                # A folder that may be listed and not entered is one line, whatever it holds.
                refused[str(path if os.access(here, os.X_OK, effective_ids=True) else here)] = error
    return sorted(found), [_refusal(path, refused[path]) for path in sorted(refused)]


def _refusal(path: str, error: OSError) -> SourceError:
    if isinstance(error, PermissionError):
        return SourceError(path, "may not be read", "ask for permission to read it")
    return SourceError(path, f"cannot be read: {words(error)}", "check it and the disk it is on")


def is_capture(path: Path) -> bool:
    """Whether a file in a folder is one to be read: by its name, or where that says nothing, by its first bytes.

    Capture programs number their files (``a.pcap1``) and are told any name at all. Behind a strange name gzip is looked
    into, other compressions are not. Raises OSError where the bytes are needed and cannot be read.
    """
    name = path.name.lower()
    plain = next((name.removesuffix(suffix) for suffix in COMPRESSED if name.endswith(suffix)), name)
    return plain.endswith(SUFFIXES) or _beginning(path) in _MAGICS


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
    except (zlib.error, EOFError, gzip.BadGzipFile):
        return b""
