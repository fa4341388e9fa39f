# SPDX-License-Identifier: Apache-2.0
"""Files of attribution as users have them: what is wrong is one clear line, the good rows count, no finding is lost."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.commandline import ROOT, complaint, run
from tests.lab.mmdb import asn, city, write_mmdb

DEMO = ROOT / "pcaps" / "demo.pcap"
FINDINGS = 16
FARM, RACK = "198.51.100.200", "192.0.2.110"
HEADER = "prefix,kind,customer,site\n"
GOOD = f"{HEADER}{FARM},enterprise,farm,Hall 4\n192.0.2.0/24,idc,rack,Hall 5\n"
CITIES = {f"{FARM}/32": city("CN", "NM", "Ordos")}


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "privacy.key"
    assert run("privacy", "new-key", path).returncode == 0
    return path


def scan(folder: Path, *options: str | Path) -> subprocess.CompletedProcess[bytes]:
    return run("scan", "--json", *options, DEMO, cwd=folder)


def sites(result: subprocess.CompletedProcess[bytes]) -> dict[str, str]:
    """Site, or the reason for none, by address."""
    found = {}
    for line in result.stdout.splitlines():
        row = json.loads(line)
        found[row["miner"].get("ip", "hidden")] = row["attribution"].get("site", row["attribution"].get("reason"))
    return found


# ---------------------------------------------------------------- files that cannot be used at all


def mmdb(folder: Path) -> bytes:
    return write_mmdb(folder / "sound", CITIES, "GeoLite2-City").read_bytes()


REFUSED: dict[str, tuple[str, Callable[[Path], bytes], str, str]] = {
    "broken mmdb": ("--city", lambda _: b"\x00" * 5000, "no MaxMind DB file, or cut short", "get it again"),
    "half-written mmdb": ("--city", lambda folder: mmdb(folder)[:600], "no MaxMind DB file, or cut", "get it again"),
    "mmdb without its last byte": ("--city", lambda folder: mmdb(folder)[:-1], "no MaxMind DB file", "get it again"),
    "empty mmdb": ("--asn", lambda _: b"", "an empty file", "get it again"),
    "wrong mmdb type": ("--asn", mmdb, "a database of type 'GeoLite2-City', not for asn", "give the right file"),
    "missing column": ("--customers", lambda _: b"prefix,site\n", ":1: no column 'kind'", "names the columns"),
    "wrong encoding": ("--customers", lambda _: GOOD.encode("utf-16"), ":1: UTF-16", "save it as CSV in UTF-8"),
    "wrong encoding of the header": (
        "--customers",
        lambda _: "prefix,kind,\u5730".encode("gbk"),
        ":1: not UTF-8",
        "save",
    ),
    "no records": ("--customers", lambda _: HEADER.encode(), ": no records", "give it a line"),
    "only broken records": ("--customers", lambda _: f"{HEADER}x,idc,,\n".encode(), ":2: 'x': no address", "write it"),
    "an mmdb as customers": ("--customers", mmdb, ":1: ", "; "),
    "customers as an mmdb": ("--city", lambda _: GOOD.encode(), "no MaxMind DB file", "get it again"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_used_is_one_line_and_code_2(name: str, tmp_path: Path, key: Path) -> None:
    option, make, what, remedy = REFUSED[name]
    (tmp_path / "offered").write_bytes(make(tmp_path))
    result = scan(tmp_path, option, "offered", "--key-file", key)
    line = complaint(result)
    assert (result.returncode, result.stdout) == (2, b"")
    assert line.startswith("minesensor: offered:")
    assert what in line
    assert remedy in line


@pytest.mark.parametrize("option", ["--customers", "--city", "--asn"])
def test_a_file_that_is_not_there_is_one_line_and_code_2(option: str, tmp_path: Path, key: Path) -> None:
    result = scan(tmp_path, option, "none", "--key-file", key)
    expected = "minesensor: none: no such file or directory; correct the path or its rights"
    assert (result.returncode, complaint(result)) == (2, expected)


@pytest.mark.parametrize("option", ["--customers", "--city", "--asn", "--config"])
def test_a_pipe_is_not_waited_for_and_is_one_line_and_code_2(option: str, tmp_path: Path, key: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    result = scan(tmp_path, option, "pipe", "--key-file", key)
    assert result.returncode == 2
    assert complaint(result).startswith("minesensor: pipe: not a regular file; correct the path")


def test_customers_without_a_key_are_a_mistake_that_names_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text(GOOD)
    result = scan(tmp_path, "--customers", "customers.csv")
    assert (result.returncode, result.stdout) == (2, b"")
    assert "make one with 'minesensor privacy new-key FILE'" in complaint(result)


KEYS = {
    "not there": (lambda path: None, "no such file or directory", "minesensor privacy new-key FILE"),
    "readable": (lambda path: (path.write_text("ab" * 32), path.chmod(0o644)), "(mode 0644)", "chmod 600 my.key"),
    "no key": (lambda path: (path.write_text("secret"), path.chmod(0o600)), "holds no key", "new-key FILE"),
}


@pytest.mark.parametrize("name", KEYS)
def test_a_key_that_cannot_be_used_is_one_line_and_code_2(name: str, tmp_path: Path) -> None:
    make, what, remedy = KEYS[name]
    make(tmp_path / "my.key")
    result = scan(tmp_path, "--key-file", "my.key")
    line = complaint(result)
    assert (result.returncode, result.stdout) == (2, b"")
    assert line.startswith("minesensor: my.key: ")
    assert what in line
    assert remedy in line
    assert "secret" not in line


# ---------------------------------------------------------------- lines that cannot be taken

LINES = {
    "a broken line in the middle": (b'203.0.113.9,"idc\n', ":3: its quotes do not match"),
    "another encoding in one line": ("203.0.113.9,idc,\u673a,\n".encode("gbk"), ":3: not UTF-8"),
    "no prefix": (b"head office,idc,,\n", ":3: 'head office': no address, prefix or range"),
    "too few fields": (b"203.0.113.9,idc\n", ":3: 2 fields where the first line names 4"),
    "no kind": (b"203.0.113.9,,x,\n", ":3: kind '' is none"),
    "control characters": (b"203.0.113.9,idc,\x1b[2J,\n", ":3: customer holds control characters"),
    "a line without end": (b"203.0.113.9,idc," + b"x" * 40_000 + b",\n", ":3: longer than any line"),
}


@pytest.mark.parametrize("name", LINES)
def test_a_line_that_cannot_be_taken_is_told_and_all_else_counts(name: str, tmp_path: Path, key: Path) -> None:
    line, what = LINES[name]
    head, first, second = GOOD.encode().splitlines(keepends=True)
    (tmp_path / "customers.csv").write_bytes(head + first + line + second)
    result = scan(tmp_path, "--customers", "customers.csv", "--key-file", key)
    assert complaint(result).startswith(f"minesensor: 'customers.csv{what[:2]}': ")
    assert what[4:] in complaint(result)
    assert (result.returncode, result.stdout.count(b"\n")) == (1, FINDINGS)
    assert (sites(result)[FARM], sites(result)[RACK]) == ("Hall 4", "Hall 5")


def test_an_impossible_interval_is_told_and_its_addresses_are_nobodys(tmp_path: Path, key: Path) -> None:
    (tmp_path / "customers.csv").write_text(
        "prefix,kind,site,valid_from,valid_to\n"
        f"{FARM},enterprise,Hall 4,2026-03-09,2026-03-01\n192.0.2.0/24,idc,Hall 5,,\n"
    )
    result = scan(tmp_path, "--customers", "customers.csv", "--key-file", key)
    assert complaint(result) == ("minesensor: 'customers.csv:2': valid_to is not after valid_from; correct one of them")
    assert result.returncode == 1
    assert sites(result)[RACK] == "Hall 5"
    assert FARM not in sites(result)


def test_many_broken_lines_are_told_as_a_few_and_a_number(tmp_path: Path, key: Path) -> None:
    broken = "".join(f"203.0.113.{number},firm,,\n" for number in range(200))
    (tmp_path / "customers.csv").write_text(GOOD + broken)
    result = scan(tmp_path, "--customers", "customers.csv", "--key-file", key)
    said = result.stderr.decode()
    assert said.count("\nminesensor: ") == 10
    assert "records    200 not taken: see minesensor enrichment check" in said
    checked = run("enrichment", "check", "--json", "--customers", "customers.csv", cwd=tmp_path)
    rows = [json.loads(line) for line in checked.stdout.splitlines()]
    assert (checked.returncode, sum(row["what"] == "problem" for row in rows)) == (1, 200)


def test_overlapping_prefixes_are_told_by_the_check_and_never_guessed(tmp_path: Path, key: Path) -> None:
    (tmp_path / "customers.csv").write_text(
        f"{HEADER}{FARM},enterprise,one,Hall 4\n{FARM}/32,enterprise,two,Hall 6\n"
        "198.51.100.0/24,enterprise,wide,Hall 1\n"
        "192.0.2.0-192.0.2.119,idc,a,Hall 5\n192.0.2.115-192.0.2.255,idc,b,Hall 7\n"
    )
    checked = run("enrichment", "check", "--customers", "customers.csv", cwd=tmp_path)
    said = checked.stdout.decode().splitlines()
    assert checked.returncode == 0
    warnings = [line for line in said if line.startswith("warning ")]
    assert warnings == [
        "warning   customers.csv:3: gives 198.51.100.200 to a second owner at the same time as customers.csv:2; "
        "end one where the other begins",
        "warning   customers.csv:6: 192.0.2.115-192.0.2.255 overlaps 192.0.2.0-192.0.2.119 of customers.csv:5; "
        "end one where the other begins",
    ]
    assert any("1 ranges within wider ones, which they go before" in line for line in said)
    result = scan(tmp_path, "--customers", "customers.csv", "--key-file", key)
    assert result.returncode == 0
    assert FARM not in sites(result)
    assert b'"reason":"conflict"' in result.stdout
    assert sites(result)[RACK] == "Hall 5"
    assert sites(result)["198.51.100.23"] == "Hall 1"


# ---------------------------------------------------------------- what is looked up


def test_a_lookup_says_whose_it_is_and_what_was_asked(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text(f"{HEADER}{FARM},enterprise,farm,\u6f14\u793a\u5927\u53a6\n")
    write_mmdb(tmp_path / "city.mmdb", CITIES, "GeoLite2-City")
    write_mmdb(tmp_path / "asn.mmdb", {f"{FARM}/32": asn(64500, "Example")}, "GeoLite2-ASN")
    files = ("--customers", "customers.csv", "--city", "city.mmdb", "--asn", "asn.mmdb")
    found = run("enrichment", "lookup", FARM, "--at", "2026-03-02T08:00:00Z", "--json", *files, cwd=tmp_path)
    row = json.loads(found.stdout)
    assert found.returncode == 0
    assert (row["ip"], row["site"], row["level"]) == (FARM, "\u6f14\u793a\u5927\u53a6", "site")
    assert [hop["source"] for hop in row["hops"]] == ["customers", "city", "asn"]
    words = run("enrichment", "lookup", FARM, *files, cwd=tmp_path).stdout.decode()
    assert "site               \u6f14\u793a\u5927\u53a6" in words
    nobody = run("enrichment", "lookup", "203.0.113.1", *files, cwd=tmp_path)
    assert (nobody.returncode, b"reason             no_record" in nobody.stdout) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["lookup", "office", "--city", "x"], "'office' is no address; write one like 203.0.113.7 or 2001:db8::7"),
        (["lookup", FARM], "no files are named; give --customers, --city or --asn, or a --config with them"),
        (["check"], "no files are named; give --customers, --city or --asn, or a --config with them"),
        (["lookup", FARM, "--at", "noon", "--city", "x"], "--at: 'noon' is no time"),
        (["check", "--city", "none"], "none: no such file or directory; correct the path or its rights"),
    ],
)
def test_a_mistake_of_the_user_is_one_line_and_code_2(arguments: list[str], line: str, tmp_path: Path) -> None:
    result = run("enrichment", *arguments, cwd=tmp_path)
    assert (result.returncode, complaint(result)[: len(line) + 12]) == (2, f"minesensor: {line}")
