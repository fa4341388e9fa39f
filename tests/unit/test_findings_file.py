from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sensor.findings_file import FindingsError, find
from sensor.limits import FINDING_LINE_BYTES_MAX
from tests.kept import scanned

SIGHTING = b'{"kind":"sighting","sighting_id":"00"}\n'


@pytest.fixture(scope="module")
def findings() -> list[dict[str, Any]]:
    """Every revision of every finding of the demonstration."""
    messages = scanned("demo.pcap")[0].messages
    rows = [json.loads(msgspec.json.encode(message.body)) for message in messages]
    return [row for row in rows if row["kind"] == "finding"]


def written(path: Path, *rows: dict[str, Any] | bytes) -> Path:
    path.write_bytes(b"".join(row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows))
    return path


def test_the_highest_revision_is_found_by_the_beginning_of_its_id(
    findings: list[dict[str, Any]], tmp_path: Path
) -> None:
    path = written(tmp_path / "out.jsonl", SIGHTING, *findings, b"\n")
    for finding_id in {row["finding_id"] for row in findings}:
        found = find(path, finding_id[:8])
        own = [row for row in findings if row["finding_id"] == finding_id]
        assert found.finding.finding_id == finding_id
        assert (found.finding.revision, found.revisions) == (max(row["revision"] for row in own), len(own))
        assert json.loads(path.read_bytes().splitlines()[found.line - 1])["revision"] == found.finding.revision


def test_of_two_scans_the_later_counts(findings: list[dict[str, Any]], tmp_path: Path) -> None:
    first, second = findings[0], findings[0] | {"sensor_id": "other"}
    found = find(written(tmp_path / "out.jsonl", first, second), first["finding_id"])
    assert (found.finding.sensor_id, found.line) == ("other", 2)


def test_a_broken_line_costs_itself_only(findings: list[dict[str, Any]], tmp_path: Path) -> None:
    long = b'"' + b"x" * (2 * FINDING_LINE_BYTES_MAX) + b'"\n'
    row = findings[0]
    found = find(
        written(tmp_path / "out.jsonl", b"{half\n", b"\xff\n", b"[" * 9999 + b"\n", long, row), row["finding_id"]
    )
    assert (found.line, found.broken_count, found.broken_first) == (5, 4, 1)


def test_a_field_of_a_later_version_is_passed_over(findings: list[dict[str, Any]], tmp_path: Path) -> None:
    row = findings[0] | {"schema_version": 2, "mood": "good"}
    assert find(written(tmp_path / "out.jsonl", row), row["finding_id"]).finding.schema_version == 2


def refused(path: Path, prefix: str) -> str:
    with pytest.raises(FindingsError) as caught:
        find(path, prefix)
    assert caught.value.remedy
    return f"{caught.value.where}: {caught.value.what}"


def test_an_unknown_id_is_told(findings: list[dict[str, Any]], tmp_path: Path) -> None:
    path = written(tmp_path / "out.jsonl", findings[0])
    assert refused(path, "f" * 32) == f"{path}: no finding whose id begins with {'f' * 32}"
    broken = written(tmp_path / "broken.jsonl", findings[0], b"{\n", b"{\n")
    assert refused(broken, "f" * 32).endswith(", and 2 broken lines, line 2 the first")


def test_an_ambiguous_beginning_is_told_with_some_ids(findings: list[dict[str, Any]], tmp_path: Path) -> None:
    rows = [findings[0] | {"finding_id": f"ab{number:030x}"} for number in range(9)]
    path = written(tmp_path / "out.jsonl", *rows[:2])
    ids = f"{rows[0]['finding_id']}, {rows[1]['finding_id']}"
    assert refused(path, "ab") == f"{path}: several findings begin with ab: {ids}"
    assert refused(written(path, *rows), "ab").endswith(f"{rows[2]['finding_id']} and more")


@pytest.mark.parametrize("prefix", ["", "xyz", "ABC", "../x", "0" * 31 + "\x1b"])
def test_what_is_no_id_is_told(prefix: str, tmp_path: Path) -> None:
    assert refused(tmp_path, prefix) == f"{prefix!a}: no finding id"


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path / "none", "ab") == f"{tmp_path / 'none'}: no such file or directory"
    assert refused(tmp_path, "ab") == f"{tmp_path}: is a directory"


def test_a_finding_that_this_version_does_not_know_is_told_with_its_line(
    findings: list[dict[str, Any]], tmp_path: Path
) -> None:
    row = findings[0] | {"stage": "dreaming"}
    path = written(tmp_path / "out.jsonl", SIGHTING, row)
    assert refused(path, row["finding_id"]).startswith(f"{path}:2: no finding as this version knows it: ")
