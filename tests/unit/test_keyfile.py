from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sensor.keyfile import KeyFileError, new_key, read_key


def test_a_new_key_is_random_and_for_its_owner_only(tmp_path: Path) -> None:
    keys = []
    mask = os.umask(0)
    try:
        for name in ("a", "b"):
            new_key(tmp_path / name)
            keys.append(read_key(tmp_path / name))
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    finally:
        os.umask(mask)
    assert len(set(keys)) == 2
    assert all(len(key) == 32 for key in keys)


def complaint(path: Path) -> str:
    with pytest.raises(KeyFileError) as caught:
        read_key(path)
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o620, 0o601])
def test_a_key_that_others_may_read_is_refused(mode: int, tmp_path: Path) -> None:
    new_key(tmp_path / "key")
    (tmp_path / "key").chmod(mode)
    assert complaint(tmp_path / "key") == f"others may read it (mode {mode:04o}); run: chmod 600 {tmp_path / 'key'}"
    (tmp_path / "key").chmod(0o400)
    assert len(read_key(tmp_path / "key")) == 32


@pytest.mark.parametrize("text", ["", "# only words\n", "ab" * 31, "AB" * 32, "zz" * 32, f"{'ab' * 32}\n{'cd' * 32}\n"])
def test_what_is_no_key_is_refused_and_not_shown(text: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.touch(0o600)
    path.write_text(text)
    assert complaint(path) == "holds no key; make one with: minesensor privacy new-key FILE"


def test_a_key_may_be_written_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.touch(0o600)
    path.write_text(f"# made elsewhere\n\n  {'0f' * 32}  \n")
    assert read_key(path) == bytes([15] * 32)


def test_what_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    assert complaint(tmp_path / "none").startswith("no such file or directory; make one with")
    assert complaint(tmp_path).startswith("is a directory; make one with")


def test_a_key_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    new_key(tmp_path / "key")
    before = read_key(tmp_path / "key")
    with pytest.raises(KeyFileError, match=r"exists; choose another name, the old key is needed to reveal"):
        new_key(tmp_path / "key")
    assert read_key(tmp_path / "key") == before
    with pytest.raises(KeyFileError, match="no such file or directory; choose a file that can be written"):
        new_key(tmp_path / "none" / "key")
