"""One test per complaint about a line, and what becomes of the lines around it."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment.base import EnrichmentError, Problems
from enrichment.customer_file import ANY_REALM, COLUMNS, FIELD_CHARS_MAX, CustomerFile, Row
from enrichment.model import Datum, Owner, SubjectKind
from enrichment.physical_lines import LINE_BYTES_MAX, LINES_PER_RECORD_MAX

FULL = {
    "prefix": "203.0.113.0/28",
    "kind": "idc",
    "realm": "7",
    "valid_from": "2026-01-01",
    "valid_to": "2026-06-30",
    "customer": "C-1",
    "enterprise": "北方数据（演示）有限公司",
    "uscc": "91999999MA00000079",
    "site": "机房一",
    "address": "演示路 1 号, 二楼",
    "division": "150602",
    "latitude": "39.8174",
    "longitude": "110.0289",
    "datum": "gcj-02",
    "line": "L-1",
    "meter": "DEMO-1",
}
assert set(FULL) == set(COLUMNS)


def written(**changes: str) -> bytes:
    values = FULL | changes
    return ",".join(f'"{value}"' if "," in value else value for value in values.values()).encode()


HEADER = ",".join(FULL).encode()


def read(data: bytes, tmp_path: Path, offset: int = 480) -> tuple[list[Row], list[str]]:
    path = tmp_path / "customers.csv"
    path.write_bytes(data)
    problems = Problems()
    rows = list(CustomerFile(path, offset, problems).rows())
    return rows, [str(problem).replace(f"{path}", "customers.csv") for problem in problems.kept]


def utc(*parts: int) -> int:
    return int(datetime.datetime(*parts, tzinfo=datetime.UTC).timestamp()) * 1_000_000_000


def test_a_full_line_is_read_whole(tmp_path: Path) -> None:
    rows, told = read(HEADER + b"\n" + written() + b"\n", tmp_path)
    assert told == []
    (row,) = rows
    assert (row.line, row.realm, str(row.addresses)) == (2, 7, "203.0.113.0/28")
    # Dates are those of the configured zone, and the last day counts whole.
    assert (row.from_ns, row.to_ns) == (utc(2025, 12, 31, 16), utc(2026, 6, 30, 16))
    assert row.owner == Owner(
        kind=SubjectKind.IDC,
        customer="C-1",
        enterprise="北方数据（演示）有限公司",
        uscc="91999999MA00000079",
        site="机房一",
        address="演示路 1 号, 二楼",
        division="150602",
        line="L-1",
        meter="DEMO-1",
        latitude=39.8174,
        longitude=110.0289,
        datum=Datum.GCJ02,
    )


def test_two_columns_are_enough(tmp_path: Path) -> None:
    rows, told = read("\ufeffKind, Prefix\r\n\r\n# flats\r\nhousehold,2001:db8::/56\r\n".encode(), tmp_path)
    assert told == []
    assert rows == [Row(4, 0, rows[0].addresses, None, None, Owner(kind=SubjectKind.HOUSEHOLD))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02T08:00:00Z", utc(2026, 3, 2, 8)),
        ("2026-03-02 08:00:00+08:00", utc(2026, 3, 2)),
        ("2026-03-02T08:00:00-0130", utc(2026, 3, 2, 9, 30)),
        ("2026/3/2 8:00", utc(2026, 3, 2)),
        ("2026/3/2", utc(2026, 3, 1, 16)),
        ("2026-02-28 24:00", utc(2026, 2, 28, 16)),
        ("2024-02-28t24:00:00z", utc(2024, 2, 29)),
        ("2026-03-02 08:00:00+08", utc(2026, 3, 2)),
        ("1969-12-31T16:00Z", -8 * 3600 * 1_000_000_000),
    ],
)
def test_times_are_read_as_people_and_spreadsheets_write_them(text: str, expected: int, tmp_path: Path) -> None:
    rows, told = read(HEADER + b"\n" + written(valid_from=text), tmp_path)
    assert (rows[0].from_ns, told) == (expected, [])


BROKEN = {
    "prefix": (written(prefix="203.0.113.1/28"), "'203.0.113.1/28': bits set behind the prefix length; write"),
    "kind": (written(kind="firm"), "kind 'firm' is none; write one of enterprise, idc, household, unknown"),
    "realm": (written(realm="-1"), "realm '-1' is none; write a number from 0 to 65535"),
    "time": (written(valid_from="soon"), "valid_from 'soon' is no time; write it like 2026-01-31"),
    "day": (written(valid_to="2026-02-30"), "valid_to '2026-02-30' is no time; write it like"),
    "interval": (written(valid_to="2025-12-30"), "valid_to is not after valid_from; correct one of them"),
    "control": (written(site="hall\x00"), "site holds control characters; remove them"),
    "direction": (written(site="\u202ehall"), "site holds control characters; remove them"),
    "long": (written(address="a" * (FIELD_CHARS_MAX + 1)), f"address has more than {FIELD_CHARS_MAX} characters"),
    "quotes": (
        written(site='"a"b'),
        "its quotes do not match; end each quoted text, and write a quote within it",
    ),
    "open-quote": (written(address='"x,y'), "its quotes do not match; end each quoted text"),
    "few": (b"203.0.113.0/28,idc", "2 fields where the first line names 16; put a text with commas in quotes"),
    "many": (written() + b",x", "17 fields where the first line names 16; put a text with commas in quotes"),
    "return": (written(customer="C\r2"), "a carriage return within it; end each record with a line end of LF or CRLF"),
    "gbk": (written(site="机房").decode().encode("gbk"), "not UTF-8; save the file as CSV in UTF-8"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_line_in_the_middle_is_told_and_the_others_are_kept(name: str, tmp_path: Path) -> None:
    line, complaint = BROKEN[name]
    good = written(prefix="198.51.100.0/24")
    rows, told = read(b"\n".join([HEADER, good, line, good]) + b"\n", tmp_path)
    assert len(told) == 1
    assert told[0].startswith(f"customers.csv:3: {complaint}")
    assert [row.line for row in rows if row.owner is not None] == [2, 4]
    # Its addresses are nobody's now, for all time, where they can be read.
    nobody = [(row.line, str(row.addresses)) for row in rows if row.owner is None]
    assert nobody == [(3, "203.0.113.0/28")]


WARNED = {
    "uscc": ({"uscc": "91999999MA0000007X"}, "the check character of uscc '91999999MA0000007X' is wrong", {}),
    "organisation": (
        {"uscc": "91999999MA0000001N"},
        "the ninth character of the organisation in uscc '91999999MA0000001N' is not its check (GB 11714); compare it",
        {},
    ),
    "no-uscc": ({"uscc": "none"}, "uscc 'NONE' is no credit code and is left out; correct it", {"uscc": ""}),
    "division": ({"division": "990000"}, "division '990000' is no division code and is left out", {"division": ""}),
    "position": ({"latitude": "north"}, "latitude 'north', longitude '110.0289' is no position", {"latitude": None}),
    "half": ({"longitude": ""}, "latitude '39.8174', longitude '' is no position", {"latitude": None}),
    "range": ({"latitude": "139"}, "latitude '139', longitude '110.0289' is no position", {"latitude": None}),
    "nan": ({"latitude": "nan"}, "latitude 'nan', longitude '110.0289' is no position", {"latitude": None}),
    # Where it seems to be there is only the Arctic Sea.
    "swapped": (
        {"latitude": "87.6168", "longitude": "43.8256"},
        "latitude '87.6168', longitude '43.8256' are swapped, it seems, and are left out; write each into its own",
        {"latitude": None, "longitude": None},
    ),
    "datum": ({"datum": "mars"}, "datum 'MARS' is none, taken as unknown; write one of", {"datum": Datum.UNKNOWN}),
}


@pytest.mark.parametrize("name", WARNED)
def test_a_field_that_a_line_can_do_without_is_told_and_the_line_kept(name: str, tmp_path: Path) -> None:
    changes, complaint, left = WARNED[name]
    rows, told = read(HEADER + b"\n" + written(**changes), tmp_path)
    assert len(told) == 1
    assert told[0].startswith(f"customers.csv:2: {complaint}")
    owner = rows[0].owner
    assert owner is not None
    assert {field: getattr(owner, field) for field in left} == left
    assert owner.site == FULL["site"]


REFUSED = {
    "empty": (b"", "customers.csv: an empty file; give it a header and records"),
    "comments": (b"# nothing\n\n", "customers.csv: an empty file; give it a header"),
    "no-prefix": (b"kind,customer\nidc,x\n", "customers.csv:1: no column 'prefix'; the first line names the columns"),
    "no-kind": (b"# list\nprefix,customer\n", "customers.csv:2: no column 'kind'; the first line names the columns"),
    "semicolons": (
        b"prefix;kind\n",
        "customers.csv:1: no column 'prefix'; the first line names the columns, with comm",
    ),
    "twice": (b"prefix,kind,kind\n", "customers.csv:1: two columns 'kind'; remove one"),
    "old-line-ends": (
        b"prefix,kind\r203.0.113.0/24,idc\r203.0.113.0/28,idc\r",
        "customers.csv:1: its lines end with a carriage return alone; save it with line ends of LF or CRLF",
    ),
    "old-line-ends-long": (
        b"prefix,kind\r" + b"203.0.113.0/24,idc\r" * 1000,
        "customers.csv:1: its lines end with a carriage return alone; save it with line ends of LF or CRLF",
    ),
    "utf-16": ("prefix,kind\n".encode("utf-16"), "customers.csv:1: UTF-16; save it as CSV in UTF-8"),
    "gbk": ("prefix,kind,地址\n".encode("gbk"), "customers.csv:1: not UTF-8; save it as CSV in UTF-8"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_without_a_sound_first_line_is_refused(name: str, tmp_path: Path) -> None:
    data, complaint = REFUSED[name]
    with pytest.raises(EnrichmentError) as caught:
        read(data, tmp_path)
    assert str(caught.value).replace(str(tmp_path) + "/", "").startswith(complaint)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(EnrichmentError, match="no such file or directory; correct the path"):
        list(CustomerFile(tmp_path / "none.csv", 480, Problems()).rows())
    with pytest.raises(EnrichmentError, match="is a directory; correct the path"):
        list(CustomerFile(tmp_path, 480, Problems()).rows())


def test_an_unknown_column_is_told_and_not_read(tmp_path: Path) -> None:
    rows, told = read(b"prefix,kind,adress,\n203.0.113.0/24,idc,somewhere,,,\n", tmp_path)
    assert told == [
        "customers.csv:1: unknown column 'adress' is not read; correct or remove it, see docs/attribution.md"
    ]
    assert rows[0].owner == Owner(kind=SubjectKind.IDC)


def test_a_line_without_an_end_costs_one_line_not_the_memory(tmp_path: Path) -> None:
    long = written(address="x" * (3 * LINE_BYTES_MAX))
    rows, told = read(b"\n".join([HEADER, long, written()]), tmp_path)
    assert told == ["customers.csv:2: longer than any line of customers; end each record with a line end"]
    assert [(row.line, str(row.addresses), row.owner is None) for row in rows] == [
        (2, "203.0.113.0/28", True),
        (3, "203.0.113.0/28", False),
    ]


def test_blanks_that_forms_and_spreadsheets_bring_are_blanks(tmp_path: Path) -> None:
    rows, told = read(b"\n".join([HEADER, written(address="演示路\u3000１号", enterprise="North\u00a0Ltd")]), tmp_path)
    assert told == []
    owner = rows[0].owner
    assert owner is not None and (owner.address, owner.enterprise) == ("演示路 １号", "North Ltd")


def test_a_quote_that_never_ends_swallows_one_line_only(tmp_path: Path) -> None:
    rows, told = read(b"\n".join([HEADER, b'203.0.113.9,"idc', written(), written()]), tmp_path)
    assert len(told) == 1
    assert [(row.line, row.owner is None) for row in rows] == [(2, True), (3, False), (4, False)]


FAMILY = Owner(kind=SubjectKind.HOUSEHOLD, address="road 1 flat 3", customer="C-1")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("columns", ["prefix,address,customer,kind", "address,kind,customer,prefix"])
def test_a_text_in_quotes_may_hold_line_ends(columns: str, newline: str, tmp_path: Path) -> None:
    fields = {"prefix": "203.0.113.7", "kind": "household", "customer": "C-1", "address": '"road 1 \nflat 3"'}
    record = ",".join(fields[name] for name in columns.split(","))
    rows, told = read(newline.join([columns, record, record, ""]).encode(), tmp_path)
    assert told == []
    assert [(row.line, str(row.addresses), row.owner) for row in rows] == [
        (2, "203.0.113.7", FAMILY),
        (4, "203.0.113.7", FAMILY),
    ]


def test_a_quote_that_another_record_closes_swallows_none(tmp_path: Path) -> None:
    lines = ["kind,prefix,address", 'idc,203.0.113.7,"road 1', 'household,203.0.113.8,road 2"', "idc,203.0.113.9,"]
    rows, told = read("\n".join(lines).encode(), tmp_path)
    assert len(told) == 1
    assert told[0].startswith("customers.csv:2: its quotes do not match")
    assert [(row.line, str(row.addresses)) for row in rows] == [
        (2, "203.0.113.7"),
        (3, "203.0.113.8"),
        (4, "203.0.113.9"),
    ]


def test_a_text_in_quotes_has_an_end(tmp_path: Path) -> None:
    text = '203.0.113.7,household,"' + "road\n" * LINES_PER_RECORD_MAX + '"'
    rows, told = read(f"prefix,kind,address\n{text}\n203.0.113.8,idc,\n".encode(), tmp_path)
    assert told[0].startswith("customers.csv:2: its quotes do not match")
    assert [(str(row.addresses), row.owner is None) for row in rows] == [("203.0.113.7", True), ("203.0.113.8", False)]


@pytest.mark.parametrize(
    "line",
    [
        "Demo Road 1, flat 3,C-1,,203.0.113.7,household",
        "Demo Road 1;C-1;;203.0.113.7;household",
        'Demo "Road" 1",C-1,203.0.113.7',
        "北京路, 3 号,C-1,,203.0.113.7,household".encode("gbk"),
    ],
)
def test_where_the_columns_are_shifted_the_addresses_are_nobodys_all(line: str | bytes, tmp_path: Path) -> None:
    data = line if isinstance(line, bytes) else line.encode()
    rows, told = read(b"address,customer,realm,prefix,kind\n" + data + b"\n", tmp_path)
    assert len(told) == 1
    assert [(str(row.addresses), row.owner) for row in rows] == [("203.0.113.7", None)]


def test_several_prefixes_in_one_cell_are_nobodys_each(tmp_path: Path) -> None:
    rows, told = read(b'prefix,kind\n"203.0.113.7, 203.0.113.9",household\n', tmp_path)
    assert told[0].startswith("customers.csv:2: '203.0.113.7, 203.0.113.9': no address, prefix or range")
    assert [(row.line, str(row.addresses), row.owner) for row in rows] == [
        (2, "203.0.113.7", None),
        (2, "203.0.113.9", None),
    ]


def test_a_line_whose_realm_cannot_be_read_counts_in_any(tmp_path: Path) -> None:
    rows, _ = read(b"prefix,kind,realm\n203.0.113.7,household,2O\n", tmp_path)
    assert [(row.realm, row.owner) for row in rows] == [(ANY_REALM, None)]


def test_the_first_line_is_csv_too_and_may_name_empty_columns(tmp_path: Path) -> None:
    rows, told = read(b'"name, full",prefix,"Kind",,\nx,203.0.113.7,idc\nx,203.0.113.8,idc,,\n', tmp_path)
    assert [str(row.addresses) for row in rows] == ["203.0.113.7", "203.0.113.8"]
    assert told == [
        "customers.csv:1: unknown column 'name, full' is not read; correct or remove it, see docs/attribution.md"
    ]


def test_values_are_told_in_their_own_script(tmp_path: Path) -> None:
    _, told = read("prefix,kind\n203.0.113.7,家庭\n".encode(), tmp_path)
    assert told == ["customers.csv:2: kind '家庭' is none; write one of enterprise, idc, household, unknown"]


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(b"\n".join([HEADER, written(), written()]))
    rows = CustomerFile(path, 480, Problems()).rows()
    next(rows)
    path.write_bytes(b"\n".join([HEADER, written()]))
    with pytest.raises(EnrichmentError, match=r"it changed while it was read; write a new file and rename it"):
        list(rows)


@given(st.lists(st.binary(max_size=60).filter(lambda line: b"\n" not in line), max_size=8), st.integers(0, 8))
def test_whatever_stands_in_a_line_the_good_ones_are_kept(lines: list[bytes], place: int) -> None:
    lines.insert(min(place, len(lines)), written())
    with tempfile.TemporaryDirectory() as folder:
        rows, _ = read(b"\n".join([HEADER, *lines]), Path(folder))
    assert [row.line for row in rows if row.owner is not None and row.owner.customer == "C-1"] == [
        lines.index(written()) + 2
    ]
