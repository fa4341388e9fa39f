# SPDX-License-Identifier: Apache-2.0
"""Where the truth is wrong: committed, reasoned exceptions, each with the bytes that contradict it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

import msgspec

from tests.corpus.judge import Mismatch

FILE: Final = Path(__file__).with_name("exceptions.toml")


class Excepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``quote`` are bytes of the stream, ``reason`` what they show. It covers one field of the streams named."""

    file: str
    field: str
    truth: str
    ours: str
    quote: str
    reason: str
    streams: tuple[str, ...]

    def covered(self) -> list[Mismatch]:
        return [Mismatch(self.file, stream, self.field, self.truth, self.ours) for stream in self.streams]


def load(path: Path = FILE) -> set[Mismatch]:
    """Every mismatch that is excepted."""
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("exception", [])
    return {mismatch for row in msgspec.convert(rows, list[Excepted]) for mismatch in row.covered()}


def split(found: set[Mismatch], excepted: set[Mismatch], files: set[str]) -> tuple[list[Mismatch], list[Mismatch]]:
    """Mismatches that nothing excepts, and exceptions of the judged ``files`` that no longer apply."""
    stale = {row for row in excepted - found if row.file in files}
    return sorted(found - excepted), sorted(stale)
