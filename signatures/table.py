"""A CSV file whose every complaint can name its line: typed access to the cells of a row.

It reads and types; it does not know what the columns mean. A column too many or too few is an error: a misspelt one
that is silently ignored is a value that does nothing.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NoReturn, TypeVar

from signatures.document import quoted, read_text
from signatures.schema import ROWS_PER_FILE_MAX, SignatureError

T = TypeVar("T", bound=str)

_CELL_CHARS_MAX: Final = 400


class Row:
    """One line of a table. ``number`` is that of its line in the file."""

    def __init__(self, shown: str, number: int, cells: dict[str, str]) -> None:
        self.number = number
        self._shown = shown
        self._cells = cells

    def fail(self, what: str) -> NoReturn:
        raise SignatureError(f"{self._shown}:{self.number}: {what}")

    def text(self, column: str) -> str:
        """The cell as it stands, not empty."""
        cell = self._cells[column]
        if not cell:
            self.fail(f"{column} is empty; say it")
        return cell

    def optional(self, column: str) -> str:
        return self._cells[column]

    def items(self, column: str) -> tuple[str, ...]:
        """The parts of a cell between semicolons; none of an empty one."""
        cell = self._cells[column]
        parts = tuple(part.strip() for part in cell.split(";")) if cell else ()
        if not all(parts):
            self.fail(f"{column} has an empty part: {quoted(cell)}; remove the semicolon")
        return parts

    def number_of(self, column: str, high: float) -> float:
        """A number above 0 and not above ``high``."""
        return self._number(column, self._cells[column], high)

    def numbers(self, column: str, words: list[str], high: float) -> list[float]:
        return [self._number(column, word, high) for word in words]

    def choice(self, column: str, of: tuple[T, ...]) -> T:
        cell = self._cells[column]
        found = next((known for known in of if cell == known), None)
        if found is None:
            self.fail(f"{column} is {quoted(cell)}; write one of {', '.join(of)}")
        return found

    def _number(self, column: str, text: str, high: float) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 < value <= high:
            self.fail(f"{column} is {quoted(text)}; write a number above 0, at most {high:g}")
        return value


def read_table(path: Path, shown: str, columns: tuple[str, ...]) -> Iterator[Row]:
    """The rows of a table with exactly these columns. Raises SignatureError, one line of text."""
    # Line ends inside a cell stay and are refused with the other characters that cannot be printed.
    reader = csv.reader(io.StringIO(read_text(path, shown), newline=""), strict=True)
    try:
        head = next(reader, [])
        if tuple(head) != columns:
            raise SignatureError(f"{shown}:1: the columns are not {','.join(columns)}; correct the first line")
        for cells in reader:
            if not cells:
                continue
            row = Row(shown, reader.line_num, dict(zip(columns, cells, strict=False)))
            if len(cells) != len(columns):
                row.fail(f"{len(cells)} cells, not {len(columns)}; correct the commas")
            if reader.line_num > ROWS_PER_FILE_MAX:
                row.fail(f"more than {ROWS_PER_FILE_MAX} rows; split the table")
            if any(len(cell) > _CELL_CHARS_MAX or not cell.isprintable() for cell in cells):
                row.fail(f"a cell is longer than {_CELL_CHARS_MAX} characters or not printable; correct it")
            yield row
    except csv.Error as error:
        raise SignatureError(f"{shown}:{reader.line_num}: no valid CSV: {error}; correct the quotes") from None
