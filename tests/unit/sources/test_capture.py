from __future__ import annotations

import contextlib
import gzip
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensor.sources.capture import expand, is_capture


@pytest.mark.parametrize(
    "name",
    [
        "a.pcap",
        "a.PCAP",
        "a.pcapng",
        "a.cap",
        "a.dmp",
        "a.pcap.gz",
        "a.pcapng.zst",
        "a.cap.xz",
        "a.pcap.bz2",
        "x.y.cap",
        "solaris.snoop",
    ],
)
def test_capture_names_are_known_whatever_is_in_the_file(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"x")
    assert is_capture(tmp_path / name)


STRANGE = ["a", "pcap", "a.png", "a.gz", "a.pcap.txt", "a.pcap1", "x.trace", "x.pcap.gz3"]
PCAP = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")
PCAPNG = bytes.fromhex("0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000")


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize(
    "data",
    [PCAP, PCAPNG, bytes.fromhex("a1b23c4d"), bytes.fromhex("34cdb2a1"), b"snoop\0\0\0", gzip.compress(PCAP)],
    ids=["pcap", "pcapng", "big-endian, ns", "long records", "snoop", "gzip"],
)
def test_behind_another_name_the_first_bytes_tell(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    assert is_capture(tmp_path / name)


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize(
    "data",
    [b"", b"\xd4\xc3", b"\x89PNG\r\n", b"\x1f\x8b", gzip.compress(b"text"), gzip.compress(PCAP)[:12]],
    ids=["empty", "short", "image", "nothing of gzip", "gzip of text", "cut gzip"],
)
def test_other_files_are_passed_over(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    assert not is_capture(tmp_path / name)


def test_a_folder_is_searched_to_its_depth_and_sorted(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "d.pcap").mkdir()
    for name in ("c.pcap", "b/a.pcap.gz", "a.pcapng", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    inputs, errors = expand([str(tmp_path)])
    assert [str(Path(path).relative_to(tmp_path)) for path in inputs] == ["a.pcapng", "b/a.pcap.gz", "c.pcap"]
    assert errors == []


def test_a_folder_without_captures_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    inputs, errors = expand([str(tmp_path), "named.anything", "-"])
    assert inputs == ["named.anything", "-"]
    assert [error.path for error in errors] == [str(tmp_path)]


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """Nobody's rights, where we have root's, who may read everything."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65_534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_what_may_not_be_read_is_a_line_each_and_the_rest_is_found() -> None:
    with tempfile.TemporaryDirectory() as name:  # the folder above tmp_path is nobody else's
        folder = Path(name)
        for inside in ("a.pcap", "closed/b.pcap", "listed/b", "c"):
            (folder / inside).parent.mkdir(exist_ok=True)
            (folder / inside).write_bytes(PCAP)
        modes = {"closed": 0, "listed": 0o444, "c": 0}
        for inside, mode in {**modes, ".": 0o755}.items():
            (folder / inside).chmod(mode)
        with nobody():
            found, errors = expand([name])
            alone = expand([f"{name}/closed"])
        for inside in modes:
            (folder / inside).chmod(0o700)
    assert found == [f"{name}/a.pcap"]
    told = [(error.path, error.what) for error in errors]
    assert told == [(f"{name}/{inside}", "may not be read") for inside in ("c", "closed", "listed")]
    assert (alone[0], [error.what for error in alone[1]]) == ([], ["may not be read"])


def test_an_input_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(b"")
    assert expand([str(tmp_path), str(tmp_path / "a.pcap")])[0] == [str(tmp_path / "a.pcap")]


def test_two_ways_to_one_file_are_one_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.pcap").write_bytes(PCAP)
    (tmp_path / "link.pcap").symlink_to("a.pcap")
    monkeypatch.chdir(tmp_path)
    assert expand(["a.pcap", "./a.pcap", str(tmp_path / "a.pcap"), "link.pcap", "."])[0] == ["a.pcap"]
