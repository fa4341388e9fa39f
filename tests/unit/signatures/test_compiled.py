"""The copy of the packaged signatures says what their files say, or is not used."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from signatures import SignatureError, Watched, load, watched
from signatures.compiled import COMPILED, compiled, copy_of
from signatures.schema import PACKAGED

FIELDS = [name for name in Watched.__struct_fields__ if name != "equipment"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of signatures with its copy."""
    for kind in ("benign", "hardware", "pools", "protocols"):
        shutil.copytree(PACKAGED / kind, tmp_path / kind)
    for name in ("agents.csv", "algorithms.csv"):
        shutil.copy(PACKAGED / name, tmp_path / name)
    (tmp_path / COMPILED).write_bytes(compiled(tmp_path))
    return tmp_path


def test_the_shipped_copy_is_of_the_shipped_files() -> None:
    assert (PACKAGED / COMPILED).read_bytes() == compiled(PACKAGED), "signatures have changed; run: make signatures"


@pytest.mark.parametrize("folders", [None, [PACKAGED]])
def test_a_scan_gets_what_the_files_say(folders: list[Path] | None) -> None:
    loaded, copied = load(), watched(folders)
    assert [getattr(copied, name) for name in FIELDS] == [getattr(loaded, name) for name in FIELDS]
    assert type(copied) is Watched
    one, other = loaded.equipment, copied.equipment
    assert (one.algorithms, one.machines, one.agents.rules) == (other.algorithms, other.machines, other.agents.rules)


def test_a_copy_is_used_while_nothing_has_changed(folder: Path) -> None:
    copied, loaded = copy_of(folder), load([folder])
    assert copied is not None
    assert (copied.anchors, copied.entries) == (loaded.anchors, loaded.entries)


def _touch_a_byte(folder: Path) -> None:
    path = folder / "pools" / "endpoints.toml"
    path.write_bytes(path.read_bytes().replace(b"MIT", b"MIt", 1))


def _swap_two_files(folder: Path) -> None:
    one, other = folder / "pools" / "relays.toml", folder / "pools" / "historic.toml"
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


CHANGES: dict[str, Callable[[Path], object]] = {
    "a byte": _touch_a_byte,
    "two files swapped": _swap_two_files,
    "a list more": lambda folder: (folder / "pools" / "mine.toml").write_text("name = 'mine'\n"),
    "a list less": lambda folder: (folder / "pools" / "relays.toml").unlink(),
    "a benign name less": lambda folder: (folder / "benign" / "popular.toml").unlink(),
    "a dialect renamed": lambda folder: (folder / "protocols/ethproxy.toml").rename(folder / "protocols/x.toml"),
    "a machine more": lambda folder: (folder / "hardware/x.csv").write_text(""),
    "no agents": lambda folder: (folder / "agents.csv").unlink(),
    "no copy": lambda folder: (folder / COMPILED).unlink(),
    "half a copy": lambda folder: (folder / COMPILED).write_bytes((folder / COMPILED).read_bytes()[:1000]),
    "nonsense": lambda folder: (folder / COMPILED).write_bytes(b"\xff" * 64),
    "an empty copy": lambda folder: (folder / COMPILED).write_bytes(b""),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_copy_of_other_files_is_none(folder: Path, change: str) -> None:
    CHANGES[change](folder)
    assert copy_of(folder) is None


def test_other_folders_are_read_from_their_files(tmp_path: Path) -> None:
    (tmp_path / "pools").mkdir()
    assert watched([tmp_path]).entries == ()
    (tmp_path / "pools" / "mine.toml").write_text("name = 'mine'\n", encoding="utf-8")
    with pytest.raises(SignatureError, match=r"mine\.toml"):
        watched([PACKAGED, tmp_path])
