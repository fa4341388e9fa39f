"""A CSV file of customers: which addresses are whose, from when to when. One line is one record; a text in quotes may
hold line ends.

A line that cannot be read is reported with its number, and the others are kept. Where at least its addresses can be
read, they are kept as belonging to nobody: otherwise a household whose line is broken would pass for the enterprise
that the wider prefix names.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, NoReturn

import msgspec

from enrichment import uscc
from enrichment.addresses import Range, parse_range
from enrichment.base import EnrichmentError, Problem, Problems
from enrichment.divisions import division
from enrichment.likely import likely_ranges, ranges_within
from enrichment.model import DataVersion, Datum, Owner, SubjectKind
from enrichment.physical_lines import Line, PhysicalLines
from system.fault import words
from system.plain_file import open_plain

REQUIRED: Final = ("prefix", "kind")
COLUMNS: Final = (
    *REQUIRED,
    "realm",
    "valid_from",
    "valid_to",
    "customer",
    "enterprise",
    "uscc",
    "site",
    "address",
    "division",
    "latitude",
    "longitude",
    "datum",
    "line",
    "meter",
)
_KINDS: Final = {kind.value: kind for kind in SubjectKind}
_DATUMS: Final = {datum.value: datum for datum in Datum}
_TEXTS: Final = ("customer", "enterprise", "site", "address", "line", "meter")
FIELD_CHARS_MAX: Final = 512
# Two million leased lines, racks and pools: more than the largest operator has.
ROWS_MAX: Final = 2_000_000
FILE_BYTES_MAX: Final = 1 << 30
REALM_MAX: Final = 65_535
ANY_REALM: Final = -1
_NS_PER_SECOND: Final = 1_000_000_000
_DAY_NS: Final = 86_400 * _NS_PER_SECOND
_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_QUOTED_CHARS_MAX: Final = 60
_HOURS_CHARS: Final = len("+08")
# Spreadsheets write 2026/1/31 and leave out seconds and zone, databases write +08 for +08:00.
_TIME: Final = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})"
    r"(?:[Tt ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([Zz]|[+-]\d{2}(?::?\d{2})?)?)?"
)
_OTHER_BLANKS: Final = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
# Where China is if its two numbers are swapped there is nothing but the Arctic Sea.
_ARCTIC: Final = 73
_CHINA_LATITUDES: Final = (3, 54)
_LINE_ENDS: Final = "\r\n"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_BOM: Final = b"\xef\xbb\xbf"
_DOCS: Final = "docs/attribution.md"


class Row(msgspec.Struct, frozen=True, gc=False):
    """One record. ``owner`` None: the line is broken, but these are its addresses, in ``ANY_REALM`` where it does not
    say in which.
    """

    line: int
    realm: int
    addresses: Range
    from_ns: int | None
    to_ns: int | None
    owner: Owner | None


class _BadRowError(Exception):
    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy


class _OpenQuoteError(_BadRowError):
    """The line ends within a text in quotes, which may go on in the next."""


class CustomerFile:
    """One file, read once: ``rows`` yields its records, ``version`` is there when all are read."""

    def __init__(self, path: Path, utc_offset_minutes: int, problems: Problems) -> None:
        self.path = path
        self.version = DataVersion("customers", path.name, "")
        self.rows_count = 0
        self._problems = problems
        self._zone = datetime.timezone(datetime.timedelta(minutes=utc_offset_minutes))
        self._columns: dict[str, int] = {}
        self._width = 0

    def rows(self) -> Iterator[Row]:
        """Raises EnrichmentError where the file as a whole cannot be used."""
        try:
            with open_plain(self.path) as file:
                before = _stamp(file)
                digest = hashlib.sha256()
                yield from self._rows(file, digest)
                if _stamp(file) != before:
                    self._refuse("it changed while it was read", "write a new file and rename it to this name")
                self.version = DataVersion("customers", self.path.name, digest.hexdigest())
        except OSError as error:
            raise EnrichmentError(f"{self.path}: {words(error)}; correct the path or its rights") from None

    # ------------------------------------------------------------ lines

    def _rows(self, file: BinaryIO, digest: hashlib._Hash) -> Iterator[Row]:
        lines = PhysicalLines(file, digest)
        while (line := lines.read()) is not None:
            if not self._columns:
                self._refuse_old_line_ends(line.data)
            if line.is_cut:
                self._lose(line.number, "longer than any line of customers", "end each record with a line end")
                rows = self._nobody(line.number, line.data.decode("ascii", "replace"))
            elif not self._columns:
                self._read_header(line.number, line.data)
                continue
            else:
                rows = self._line(line, lines)
            for row in rows:
                self.rows_count += 1
                if self.rows_count > ROWS_MAX or lines.bytes_read > FILE_BYTES_MAX:
                    self._refuse(f"more than {ROWS_MAX} records", "split it, or leave out what is not ours")
                yield row
        if not self._columns:
            self._refuse("an empty file", f"give it a header and records, see {_DOCS}")

    def _refuse_old_line_ends(self, data: bytes) -> None:
        """Before the columns are known: a file whose lines end with CR alone is one line of everything."""
        if b"\r" in data.rstrip(b"\r\n") and b"\0" not in data:
            self._refuse("its lines end with a carriage return alone", "save it with line ends of LF or CRLF", 1)

    def _read_header(self, number: int, data: bytes) -> None:
        if data.startswith(_UTF_16):
            self._refuse("UTF-16", "save it as CSV in UTF-8", number)
        try:
            text = data.removeprefix(_BOM).decode("utf-8").strip()
        except UnicodeDecodeError:
            self._refuse("not UTF-8", "save it as CSV in UTF-8", number)
        if not text or text.startswith("#"):
            return
        try:
            names = [name.strip().strip('"').strip().lower() for name in _split(text)]
        except _BadRowError as bad:
            self._refuse(bad.what, bad.remedy, number)
        while names and not names[-1]:
            names.pop()  # spreadsheets write columns of which nothing is left
        for name in REQUIRED:
            if name not in names:
                remedy = f"the first line names the columns, with commas between them, see {_DOCS}"
                self._refuse(f"no column {name!r}", remedy, number)
        for index, name in enumerate(names):
            if name in self._columns:
                self._refuse(f"two columns {quoted(name)}", "remove one", number)
            if name in COLUMNS:
                self._columns[name] = index
            elif name:
                self._warn(number, f"unknown column {quoted(name)} is not read", f"correct or remove it, see {_DOCS}")
        self._width = len(names)

    def _line(self, line: Line, lines: PhysicalLines) -> Sequence[Row]:
        """The record of a line, or what is left of a broken one."""
        number = line.number
        try:
            text = line.data.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            self._lose(number, "not UTF-8", "save the file as CSV in UTF-8")
            return self._nobody(number, line.data.decode("ascii", "replace").rstrip("\r\n"))
        if not text or text.isspace() or text.startswith("#"):
            return ()
        try:
            try:
                fields = _split(text)
            except _OpenQuoteError:
                text = self._joined(text, lines)
                fields = _split(text)
            return (self._record(number, fields),)
        except _BadRowError as bad:
            self._lose(number, bad.what, bad.remedy)
            return self._nobody(number, text)

    def _joined(self, text: str, lines: PhysicalLines) -> str:
        """The record that begins with ``text`` and goes on over the next lines, which are passed over then; ``text``
        alone where its quote is never closed, or only by that of another record.
        """
        whole = text
        for count, line in enumerate(lines.following(), 1):
            try:
                whole = f"{whole}\n{line.data.decode('utf-8').rstrip(_LINE_ENDS)}"
                fields = _split(whole)
            except _OpenQuoteError:
                continue
            except (_BadRowError, UnicodeDecodeError):
                break
            is_one = len(_trimmed(fields, self._width)) == self._width
            if not is_one or any("\n" in field and ranges_within(field) for field in fields):
                break
            lines.pass_over(count)
            return whole
        return text

    def _nobody(self, number: int, text: str) -> Sequence[Row]:
        """The addresses of a broken line, as far as they can be read: for all time, and nobody's. Where they do not
        stand in their column, the columns are shifted, and they are looked for in all of it.
        """
        try:
            fields = _split(text)
        except _BadRowError:
            fields = text.split(",")
        found = _addresses(self._field(fields, "prefix").strip('"')) or ranges_within(text)
        try:
            realm = _realm(self._field(fields, "realm").strip('"'))
        except _BadRowError:
            realm = ANY_REALM
        return [Row(number, realm, addresses, None, None, None) for addresses in found]

    # ------------------------------------------------------------ one record

    def _record(self, number: int, fields: list[str]) -> Row:
        if len(fields) != self._width and len(_trimmed(fields, self._width)) != self._width:
            what = f"{len(fields)} fields where the first line names {self._width}"
            raise _BadRowError(what, "put a text with commas in quotes, and write empty fields too")
        try:
            addresses = parse_range(self._field(fields, "prefix"))
        except ValueError as error:
            what, _, remedy = str(error).partition("; ")
            raise _BadRowError(f"{quoted(self._field(fields, 'prefix'))}: {what}", remedy) from None
        realm = _realm(self._field(fields, "realm"))
        from_ns = self._time(fields, "valid_from", is_end=False)
        to_ns = self._time(fields, "valid_to", is_end=True)
        if from_ns is not None and to_ns is not None and to_ns <= from_ns:
            raise _BadRowError("valid_to is not after valid_from", "correct one of them")
        return Row(number, realm, addresses, from_ns, to_ns, self._owner(number, fields))

    def _owner(self, number: int, fields: list[str]) -> Owner:
        said = self._field(fields, "kind").lower()
        kind = _KINDS.get(said) or _KINDS.get(unicodedata.normalize("NFKC", said))
        if kind is None:
            raise _BadRowError(f"kind {quoted(said)} is none", f"write one of {', '.join(_KINDS)}")
        texts = {name: self._text(fields, name) for name in _TEXTS}
        latitude, longitude, datum = self._position(number, fields)
        return Owner(
            kind=kind,
            uscc=self._uscc(number, fields),
            division=self._division(number, fields),
            latitude=latitude,
            longitude=longitude,
            datum=datum,
            **texts,
        )

    def _field(self, fields: list[str], name: str) -> str:
        index = self._columns.get(name, -1)
        return fields[index].strip() if 0 <= index < len(fields) else ""

    def _text(self, fields: list[str], name: str) -> str:
        # Forms and spreadsheets bring blanks of other kinds.
        text = _OTHER_BLANKS.sub(" ", self._field(fields, name))
        if "\n" in text:
            text = " ".join(part.strip() for part in text.split("\n"))
        if len(text) > FIELD_CHARS_MAX:
            raise _BadRowError(f"{name} has more than {FIELD_CHARS_MAX} characters", "shorten it")
        if not text.isprintable():
            raise _BadRowError(f"{name} holds control characters", "remove them")
        return text

    def _time(self, fields: list[str], name: str, *, is_end: bool) -> int | None:
        """A date as an end means that day is the last one; 24:00 is the end of the day."""
        text = self._field(fields, name)
        if not text:
            return None
        remedy = "write it like 2026-01-31 or 2026-01-31T08:00:00+08:00"
        match = _TIME.fullmatch(text)
        if match is None:
            raise _BadRowError(f"{name} {quoted(text)} is no time", remedy)
        year, month, day, hour, minute, second, zone = match.groups()
        is_midnight = hour == "24" and int(minute) == int(second or 0) == 0
        try:
            moment = datetime.datetime(
                int(year),
                int(month),
                int(day),
                0 if is_midnight else int(hour or 0),
                int(minute or 0),
                int(second or 0),
                tzinfo=_zone(zone) if zone else self._zone,
            )
            elapsed = moment - _EPOCH
        except (ValueError, OverflowError):
            raise _BadRowError(f"{name} {quoted(text)} is no time", remedy) from None
        ns = (elapsed.days * 86_400 + elapsed.seconds) * _NS_PER_SECOND
        return ns + _DAY_NS if is_midnight or (is_end and hour is None) else ns

    # ------------------------------------------------------------ fields that a record can do without

    def _uscc(self, number: int, fields: list[str]) -> str:
        # Copied from a form, its digits are often of full width.
        code = unicodedata.normalize("NFKC", self._field(fields, "uscc")).upper()
        if code and not uscc.is_valid(code):
            if len(code) != uscc.LENGTH or not (code.isascii() and code.isalnum()):
                self._warn(number, f"uscc {quoted(code)} is no credit code and is left out", "correct it")
                return ""
            self._warn(number, f"the check character of uscc {quoted(code)} is wrong", "compare it with the licence")
        elif code and not uscc.is_organisation_valid(code):
            what = f"the ninth character of the organisation in uscc {quoted(code)} is not its check (GB 11714)"
            self._warn(number, what, "compare it with the licence")
        return code

    def _division(self, number: int, fields: list[str]) -> str:
        code = self._field(fields, "division")
        if not code:
            return ""
        known = division(code)
        if known is None:
            what = f"division {quoted(code)} is no division code and is left out"
            self._warn(number, what, "write the six digits of GB/T 2260")
            return ""
        return known.code

    def _position(self, number: int, fields: list[str]) -> tuple[float | None, float | None, Datum]:
        latitude_text, longitude_text = self._field(fields, "latitude"), self._field(fields, "longitude")
        if not latitude_text and not longitude_text:
            return None, None, Datum.UNKNOWN
        latitude, longitude = _degrees(latitude_text, 90), _degrees(longitude_text, 180)
        if latitude is None or longitude is None:
            where = f"latitude {quoted(latitude_text)}, longitude {quoted(longitude_text)}"
            self._warn(
                number, f"{where} is no position and is left out", "write both in degrees, like 43.88 and 125.32"
            )
            return None, None, Datum.UNKNOWN
        if latitude >= _ARCTIC and _CHINA_LATITUDES[0] <= longitude <= _CHINA_LATITUDES[1]:
            where = f"latitude {quoted(latitude_text)}, longitude {quoted(longitude_text)}"
            self._warn(number, f"{where} are swapped, it seems, and are left out", "write each into its own column")
            return None, None, Datum.UNKNOWN
        said = self._field(fields, "datum").upper().replace("-", "")
        if said and said not in _DATUMS:
            self._warn(number, f"datum {quoted(said)} is none, taken as unknown", f"write one of {', '.join(_DATUMS)}")
        return latitude, longitude, _DATUMS.get(said, Datum.UNKNOWN)

    # ------------------------------------------------------------ complaints

    def _refuse(self, what: str, remedy: str, line: int = 0) -> NoReturn:
        where = f"{self.path}:{line}" if line else str(self.path)
        raise EnrichmentError(f"{where}: {what}; {remedy}")

    def _lose(self, line: int, what: str, remedy: str) -> None:
        self._problems.add(Problem(f"{self.path}:{line}", what, remedy))

    def _warn(self, line: int, what: str, remedy: str) -> None:
        self._problems.add(Problem(f"{self.path}:{line}", what, remedy, is_lost=False))


def quoted(text: str) -> str:
    """A value as it may stand in a message: one line, escaped, bounded."""
    return repr(text if len(text) <= _QUOTED_CHARS_MAX else text[:_QUOTED_CHARS_MAX] + "...")


def _split(text: str) -> list[str]:
    """The fields of a record; its line ends, within quotes, are ``\\n``."""
    if "\r" in text:
        raise _BadRowError("a carriage return within it", "end each record with a line end of LF or CRLF")
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader([f"{line}\n" for line in text.split("\n")], strict=True))
    except StopIteration:
        raise _BadRowError("nothing in it", "remove it") from None
    except csv.Error as error:
        kind = _OpenQuoteError if "unexpected end" in str(error) else _BadRowError
        raise kind("its quotes do not match", "end each quoted text, and write a quote within it twice") from None


def _trimmed(fields: list[str], width: int) -> list[str]:
    """Without the empty fields behind the last column."""
    while len(fields) > width and not fields[-1].strip():
        fields.pop()
    return fields


def _addresses(text: str) -> tuple[Range, ...]:
    """The addresses of a broken line: as it says, else as it must have meant."""
    try:
        return (parse_range(text),)
    except ValueError:
        return likely_ranges(text)


def _realm(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= REALM_MAX):
        raise _BadRowError(f"realm {quoted(text)} is none", f"write a number from 0 to {REALM_MAX}")
    return int(text)


def _zone(text: str) -> datetime.tzinfo:
    if text in "Zz":
        return datetime.UTC
    minutes = int(text[1:3]) * 60 + (int(text[-2:]) if len(text) > _HOURS_CHARS else 0)
    return datetime.timezone(datetime.timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _degrees(text: str, limit: int) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if -limit <= value <= limit else None


def _stamp(file: BinaryIO) -> tuple[int, int]:
    state = os.fstat(file.fileno())
    return state.st_size, state.st_mtime_ns
