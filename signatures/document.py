"""A TOML file whose every complaint can name its line.

It reads and types; it does not know what the keys mean. Unknown keys are errors: a misspelt key that is
silently ignored is a setting that does nothing. Nothing in a file is ever executed.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

from signatures.schema import FILE_BYTES_MAX, TEXT_CHARS_MAX, SignatureError
from system.plain_file import open_plain

E = TypeVar("E", bound=StrEnum)

_TOML_LINE: Final = re.compile(r"\s*\(at line (\d+), column \d+\)|\s*\(at end of document\)")
_HEAD_OR_KEY: Final = re.compile(r"""\s*(?:\[\[?\s*([\w.-]+)|["']?([\w-]+)["']?\s*=)""")
_QUOTED_CHARS_MAX: Final = 60


def quoted(value: object) -> str:
    """A value as it may stand in a message: one line, escaped, bounded."""
    if not isinstance(value, str):
        return ascii(value)[:_QUOTED_CHARS_MAX]
    return ascii(value if len(value) <= _QUOTED_CHARS_MAX else value[:_QUOTED_CHARS_MAX] + "...")


class Document:
    """The text of one file and what TOML makes of it. ``shown`` is how messages call the file."""

    def __init__(self, path: Path, shown: str) -> None:
        self.shown = shown
        self.text = read_text(path, shown)
        try:
            self.root: dict[str, Any] = tomllib.loads(self.text)
        except RecursionError:
            self.fail(1, "brackets nest too deep; write plain tables")
        except ValueError as error:  # TOMLDecodeError, and the number reader's own complaint
            self._fail_toml(error)

    def fail(self, line: int, what: str) -> NoReturn:
        raise SignatureError(f"{self.shown}:{line}: {what}")

    def line_of(self, table: str = "", index: int = 0, key: str = "") -> int:
        """The line of a key, else of its table's head, else 1; ``index`` counts the tables of that name."""
        return self.lines.get((table, index, key)) or self.lines.get((table, index, "")) or 1

    @cached_property
    def lines(self) -> dict[tuple[str, int, str], int]:
        """(table, index, key) -> line; key "" is the table's head. One pass; text blocks are stepped over."""
        found: dict[tuple[str, int, str], int] = {}
        counts: dict[str, int] = {}
        table, index, inside = "", 0, False
        for number, line in enumerate(self.text.split("\n"), start=1):
            fenced = "'''" in line or '"""' in line
            if inside:
                inside = not fenced
                continue
            if match := _HEAD_OR_KEY.match(line):
                head, key = match.groups()
                if head:
                    table, index = head, counts.get(head, 0)
                    counts[head] = index + 1
                found.setdefault((table, index, key or ""), number)
            inside = fenced and (line.count("'''") + line.count('"""')) % 2 == 1
        return found

    def _fail_toml(self, error: ValueError) -> NoReturn:
        said = str(error)
        match = _TOML_LINE.search(said)
        line = int(match[1]) if match and match[1] else self.text.count("\n") + 1
        self.fail(line, f"not valid TOML: {_TOML_LINE.sub('', said)}; correct the line")


class Section:
    """One table of a document: typed access, and at the end ``close`` refuses what nobody asked for."""

    def __init__(self, document: Document, values: dict[str, Any], table: str = "", index: int = 0) -> None:
        self.document = document
        self._values = dict(values)
        self._table = table
        self._index = index

    def fail(self, key: str, what: str) -> NoReturn:
        self.document.fail(self.line_of(key), what)

    def line_of(self, key: str = "") -> int:
        return self.document.line_of(self._table, self._index, key)

    def text(self, key: str, chars_max: int = TEXT_CHARS_MAX, *, lines: bool = False) -> str:
        """A printable text that is not empty; ``lines``: it may have line ends."""
        text: str = self._take(key, str, "a text").strip()
        if not text:
            self.fail(key, f"{key} is empty; say it in a few words")
        if len(text) > chars_max:
            self.fail(key, f"{key} is longer than {chars_max} characters; shorten it")
        if not (text.replace("\n", "") if lines else text).isprintable():
            self.fail(key, f"{key} holds control characters; remove them")
        return text

    def block(self, key: str) -> list[tuple[int, str]]:
        """The lines of a multi-line text that are neither blank nor a comment, each with its number."""
        value = self._take(key, str, "a text in ''' quotes")
        line = self.line_of(key)
        opening = self.document.text.split("\n", line)[line - 1].rstrip()
        first = line + opening.endswith(("'''", '"""'))
        numbered = enumerate(value.split("\n"), start=first)
        return [(number, row) for number, row in numbered if row.strip() and not row.lstrip().startswith("#")]

    def raw(self, key: str) -> str:
        """A text exactly as it stands, possibly empty."""
        return str(self._take(key, str, "a text"))

    def number(self, key: str, low: int, high: int) -> int:
        value = self._take(key, int, "a whole number")
        if isinstance(value, bool) or not low <= value <= high:
            self.fail(key, f"{key} is {quoted(value)}; write a number from {low} to {high}")
        return int(value)

    def flag(self, key: str) -> bool:
        """False when the key is absent."""
        return bool(self._take(key, bool, "true or false")) if key in self._values else False

    def date(self, key: str) -> datetime.date:
        value = self._take(key, datetime.date, "a date like 2026-01-31")
        if isinstance(value, datetime.datetime):
            self.fail(key, f"{key} has a time of day; write a date like 2026-01-31")
        return value  # type: ignore[no-any-return]

    def choice(self, key: str, kind: type[E]) -> E:
        value = self._take(key, str, "a text")
        try:
            return kind(value)
        except ValueError:
            self.fail(key, f"{key} is {quoted(value)}; write one of {', '.join(kind)}")

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._take(key, list, "a list of texts")
        if not values or not all(isinstance(v, str) and v.strip() and v.isprintable() for v in values):
            self.fail(key, f"{key} must be a list of texts, none of them empty; correct it")
        return tuple(values)

    def tables(self, name: str) -> Iterator[Section]:
        """The ``[[name]]`` tables, in order; none when absent."""
        values = self._values.pop(name, [])
        if not isinstance(values, list) or not all(isinstance(v, dict) for v in values):
            self.fail(name, f"{name} is not a table; write [[{name}]] above its keys")
        for index, table in enumerate(values):
            yield Section(self.document, table, name, index)

    def has(self, key: str) -> bool:
        return key in self._values

    def close(self) -> None:
        """Every key has been read. Raises SignatureError at the first one that was not."""
        for key in self._values:
            where = f" in [[{self._table}]]" if self._table else ""
            lines = self.document.lines
            # A table that nobody asked for stands under its own name, not as a key of this one.
            line = lines.get((self._table, self._index, key)) or lines.get((key, 0, "")) or self.line_of()
            self.document.fail(line, f"unknown key {quoted(key)}{where}; correct or remove it")

    def _take(self, key: str, kind: type, what: str) -> Any:
        if key not in self._values:
            where = f"[[{self._table}]]" if self._table else "the head of the file"
            self.document.fail(self.line_of(), f"{key} is missing; add it to {where}")
        value = self._values.pop(key)
        if not isinstance(value, kind):
            self.fail(key, f"{key} is {quoted(value)}; write {what}")
        return value


def read_text(path: Path, shown: str) -> str:
    """The text of a bounded UTF-8 file. Raises SignatureError."""
    try:
        with open_plain(path) as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise SignatureError(f"{shown}:1: cannot be read: {error.strerror}; check path and rights") from None
    if len(data) > FILE_BYTES_MAX:
        raise SignatureError(f"{shown}:1: larger than {FILE_BYTES_MAX >> 20} MiB; split the list")
    try:
        # Some editors begin a file with a mark of its encoding.
        return data.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SignatureError(f"{shown}:{line}: not UTF-8 text; save the file as UTF-8") from None
