from __future__ import annotations

import os
from pathlib import Path

import pytest

from sensor.config import ConfigError, load
from sensor.keyfile import KeyFileError, read_key
from sensor.secret_file import SecretError, read_secret
from signatures import SignatureError
from signatures.document import read_text
from system.plain_file import open_plain


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """One that nobody will ever write to."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_a_pipe_or_a_device_is_not_waited_for(pipe: Path) -> None:
    for path in (pipe, Path("/dev/zero"), Path("/dev/null")):
        with pytest.raises(OSError, match=r"not a regular file"):
            open_plain(path)
    with pytest.raises(IsADirectoryError):
        open_plain(pipe.parent)


def test_a_file_is_read_also_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("file")
    with open_plain(tmp_path / "link") as file:
        assert file.read() == b"abc"


def test_what_is_configured_and_is_no_file_is_one_line(pipe: Path) -> None:
    with pytest.raises(ConfigError, match=r"^.*pipe: not a regular file; correct the path given with --config$"):
        load(pipe)
    with pytest.raises(KeyFileError, match=r"^.*pipe: not a regular file; make one with"):
        read_key(pipe)
    with pytest.raises(SecretError, match=r"^not a regular file; correct its path$"):
        read_secret(pipe)
    with pytest.raises(SignatureError, match=r"^x:1: cannot be read: not a regular file; check path and rights$"):
        read_text(pipe, "x")
