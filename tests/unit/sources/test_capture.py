from __future__ import annotations

from pathlib import Path

import pytest

from sensor.sources.capture import expand, is_capture


@pytest.mark.parametrize(
    "name", ["a.pcap", "a.PCAP", "a.pcapng", "a.cap", "a.dmp", "a.pcap.gz", "a.pcapng.zst", "x.y.cap"]
)
def test_capture_names_are_known(name: str) -> None:
    assert is_capture(name)


@pytest.mark.parametrize("name", ["a", "pcap", "a.png", "a.gz", "a.pcap.txt", "a.pcap.xz"])
def test_other_names_are_not(name: str) -> None:
    assert not is_capture(name)


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


def test_an_input_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(b"")
    assert expand([str(tmp_path), str(tmp_path / "a.pcap")])[0] == [str(tmp_path / "a.pcap")]
