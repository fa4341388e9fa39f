from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest

from sensor.finding import Finding
from sensor.message import Message
from sensor.pipeline import Pipeline, PipelineSettings
from sensor.sinks.base import SinkError
from sensor.sinks.jsonl import JsonLines
from tests.scripted import ScriptedDialogue, SmallCatalogue, opened, said


def a_finding(login: str = "acct.rig") -> Finding:
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), ScriptedDialogue)
    return pipeline.feed([opened(), said(f"C login:{login}", at=1), said("S ok job", at=2)]).findings[0]


def test_each_finding_is_one_line_that_reads_back() -> None:
    stream = io.BytesIO()
    sink = JsonLines(stream, "standard output", is_own=False)
    sink.write(Message("", a_finding()))
    sink.write(Message("", a_finding("a\u202eb\x01")))
    lines = stream.getvalue().split(b"\n")
    assert len(lines) == 3
    assert lines[2] == b""
    assert b"a\\u202eb\\u0001" in lines[1]
    assert msgspec.json.decode(lines[0], type=Finding) == a_finding()


def test_a_stream_that_is_not_its_own_stays_open() -> None:
    stream = io.BytesIO()
    JsonLines(stream, "standard output", is_own=False).close()
    assert not stream.closed


def test_a_file_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    for _ in range(2):
        sink = JsonLines.append_to(path)
        sink.write(Message("", a_finding()))
        sink.close()
    assert path.read_bytes().count(b"\n") == 2


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="no such file"):
        JsonLines.append_to(tmp_path / "none" / "out.jsonl")


def test_a_full_disk_is_told_with_its_name() -> None:
    with Path("/dev/full").open("wb") as stream:
        sink = JsonLines(stream, "out.jsonl", is_own=True)
        with pytest.raises(SinkError, match="no space left"):
            sink.write(Message("", a_finding()))
        stream.raw.close()


def test_a_file_that_holds_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "capture.pcap"
    path.write_bytes(b"\xd4\xc3\xb2\xa1\x02\x00")
    with pytest.raises(SinkError, match="holds no JSON lines; name a new file"):
        JsonLines.append_to(path)
    assert path.read_bytes() == b"\xd4\xc3\xb2\xa1\x02\x00"


def test_a_line_that_was_cut_short_costs_itself_only(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(b'{"kind":"finding","find')
    sink = JsonLines.append_to(path)
    sink.write(Message("", a_finding()))
    sink.close()
    cut, whole = path.read_bytes().splitlines()
    assert cut == b'{"kind":"finding","find'
    assert msgspec.json.decode(whole, type=Finding) == a_finding()
