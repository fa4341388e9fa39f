# SPDX-License-Identifier: Apache-2.0
"""Captures in which engine and dissectors are known to count differently: looked at, each with both counts."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Final

import msgspec

FILE: Final = Path(__file__).with_name("differences.toml")
_Words = Annotated[str, msgspec.Meta(min_length=16)]


class Difference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``files``: what differs in each, as ``accounting.differs`` shows it. ``reason``: what was seen in the bytes.

    ``dissectors_err``: the bytes say that the dissectors gave up or guessed wrong, so that they have no opinion.
    """

    reason: _Words
    files: dict[str, _Words]
    dissectors_err: bool = False


class Known:
    """The committed differences. A capture that differs otherwise, or no longer, is told by ``is_stale``."""

    def __init__(self, path: Path = FILE) -> None:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("difference", [])
        self._rows = [(file, row) for row in msgspec.convert(rows, list[Difference]) for file in row.files]

    def files(self) -> dict[str, str]:
        """Each listed capture with what it shows."""
        return {file: row.files[file] for file, row in self._rows}

    def reason(self, file: str, shown: str) -> str:
        """Why ``file`` differs as ``shown``; "" where that is not known."""
        return next((row.reason for name, row in self._rows if name == file and row.files[file] == shown), "")

    def is_no_opinion(self, file: str, shown: str) -> bool:
        """Whether the dissectors err where ``file`` differs as ``shown``."""
        return any(row.dissectors_err for name, row in self._rows if name == file and row.files[file] == shown)

    def is_stale(self, file: str, shown: str) -> bool:
        """Whether ``file`` is listed, and not with what it shows (nothing, where it does not differ)."""
        listed = [row.files[file] for name, row in self._rows if name == file]
        return bool(listed) and listed != [shown]
