# SPDX-License-Identifier: Apache-2.0
"""Where the truth is wrong: committed, reasoned exceptions, each with the bytes that contradict it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Final

import msgspec

from tests.corpus import quotes
from tests.corpus.judge import Mismatch
from tests.corpus.truth import TrueFile

FILE: Final = Path(__file__).with_name("exceptions.toml")
_Words = Annotated[str, msgspec.Meta(min_length=16)]


class Excepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One field of the streams named in ``quotes``, each with a line that it holds; ``reason``: what the lines show."""

    file: str
    field: str
    truth: str
    ours: str
    reason: _Words
    quotes: dict[str, _Words]

    def mismatch(self, stream: str) -> Mismatch:
        return Mismatch(self.file, stream, self.field, self.truth, self.ours)


def load(path: Path = FILE) -> list[Excepted]:
    """Every exception. Raises msgspec.ValidationError where a row is not of the form."""
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("exception", [])
    return msgspec.convert(rows, list[Excepted])


def split(
    found: set[Mismatch], rows: Iterable[Excepted], files: Iterable[str]
) -> tuple[list[Mismatch], list[Mismatch]]:
    """Mismatches that nothing excepts, and exceptions of the judged ``files`` that no longer apply."""
    excepted = {row.mismatch(stream) for row in rows for stream in row.quotes}
    judged = set(files)
    return sorted(found - excepted), sorted(row for row in excepted - found if row.file in judged)


def unproven(
    rows: Iterable[Excepted], files: dict[str, TrueFile], read: Callable[[str], quotes.Payloads]
) -> list[Mismatch]:
    """Exceptions of the judged ``files`` whose quote does not stand in the bytes that ``read`` finds there."""
    read_once: dict[str, quotes.Payloads] = {}
    wrong = []
    for row in rows:
        if row.file not in files:
            continue
        payloads = read_once.get(row.file) or read_once.setdefault(row.file, read(row.file))
        for stream, quote in row.quotes.items():
            ends = quotes.ends_of(stream, files[row.file])
            if not quotes.stands_in(quote, payloads.get(ends, ())):
                wrong.append(row.mismatch(stream))
    return sorted(wrong)
