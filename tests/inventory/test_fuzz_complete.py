"""Everything that reads what strangers wrote is fuzzed: each decoder, each example, each capture format."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sensor.wire import DIALECTS
from signatures import load
from tests.fuzz.seeds import FORMATS, SESSIONS, captures, conversations, near_misses
from tests.lab.near_misses import NEAR_MISSES

ROOT = Path(__file__).parents[2]
READER = ROOT / "native" / "capture" / "src"


def test_each_dialect_has_sessions_and_each_session_a_dialect() -> None:
    assert sorted(SESSIONS) == sorted(DIALECTS)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_sessions_of_a_dialect_are_of_it(dialect: str) -> None:
    assert [make().facts.dialect for make in SESSIONS[dialect]] == [dialect] * len(SESSIONS[dialect])
    assert SESSIONS[dialect]


def test_each_example_of_each_protocol_is_a_seed() -> None:
    seeds = {piece.data for conversation in conversations() for piece in conversation}
    for protocol in load().protocols:
        for example in (*protocol.matches, *protocol.no_matches):
            assert example.text.encode() in seeds, f"{protocol.path}:{example.line}"


def test_each_near_miss_is_a_seed() -> None:
    seeds = {tuple(piece.data for piece in conversation) for conversation in conversations()}
    assert len(near_misses()) == len(NEAR_MISSES)
    for talk in near_misses():
        assert tuple(saying.data for saying in talk.sayings()) in seeds


def test_each_stored_capture_is_a_seed() -> None:
    stored = {path.name for path in (ROOT / "pcaps").iterdir()} - {"MANIFEST.toml"}
    assert stored <= {capture.name for capture in captures()}


def test_each_capture_format_has_a_seed() -> None:
    """The first bytes of every format that the reader names are those of a seed."""
    magics = re.findall(r"0x(a1b2_\w{4}) => ", (READER / "pcap.rs").read_text(encoding="utf-8"))
    assert len(magics) == 3
    wanted = {bytes.fromhex(magic.replace("_", "")) for magic in magics}
    begun = {capture.load()[:4] for kind in FORMATS.values() for capture in kind}
    pcap = {magic for magic in begun if magic in wanted or magic[::-1] in wanted}
    assert {min(magic, magic[::-1]) for magic in pcap} == {min(magic, magic[::-1]) for magic in wanted}
    little_endian = {magic for magic in pcap if magic not in wanted}
    # The long records of old kernels are read in either order by what the other two are read by.
    assert len(little_endian) == 2
    compressions = re.findall(r"Some\(Compression::(\w+)\)", (READER / "magic.rs").read_text(encoding="utf-8"))
    assert {name.lower() for name in compressions} == {"gzip", "zstd", "xz", "bzip2"}
    assert begun - pcap == {b"\n\r\r\n", b"snoo", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd", b"\xfd7zX", b"BZh9"}
