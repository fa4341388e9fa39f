"""Which capture files a user means: paths, folders and standard input."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

STANDARD_INPUT: Final = "-"
# A folder is searched for these; a file that is named outright may be called anything.
SUFFIXES: Final = (".pcap", ".pcapng", ".cap", ".dmp")
COMPRESSED: Final = (".gz", ".zst")


class SourceError(Exception):
    """A path that gives no input: (path, what, remedy)."""

    def __init__(self, path: str, what: str, remedy: str) -> None:
        super().__init__(path, what, remedy)
        self.path = path
        self.what = what
        self.remedy = remedy


def expand(paths: Iterable[str]) -> tuple[list[str], list[SourceError]]:
    """The inputs behind ``paths``, folders replaced by the captures in them, sorted by path; and what gave none.

    Nothing is opened here: whether a file can be read is found when it is read.
    """
    inputs: list[str] = []
    errors: list[SourceError] = []
    for text in paths:
        path = Path(text)
        if text == STANDARD_INPUT:
            inputs.append(text)
        elif path.is_dir():
            found = sorted(str(entry) for entry in path.rglob("*") if is_capture(entry.name) and entry.is_file())
            inputs += found
            if not found:
                known = ", ".join(SUFFIXES)
                errors.append(
                    SourceError(text, "no capture files in this folder", f"captures end in {known}, also .gz or .zst")
                )
        else:
            inputs.append(text)
    return list(dict.fromkeys(inputs)), errors


def is_capture(name: str) -> bool:
    """Whether a file name is one that a folder is searched for."""
    lower = name.lower()
    for suffix in COMPRESSED:
        lower = lower.removesuffix(suffix)
    return lower.endswith(SUFFIXES)
