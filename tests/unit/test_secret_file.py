from __future__ import annotations

from pathlib import Path

import pytest

from sensor.limits import SECRET_BYTES_MAX
from sensor.secret_file import SecretError, read_secret


def written(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("content", [b"a secret", b"a secret\n", b"a secret\r\n", b"a secret\nand a note\n"])
def test_the_first_line_is_the_secret(content: bytes, tmp_path: Path) -> None:
    assert read_secret(written(tmp_path / "file", content)) == "a secret"


def test_blanks_are_part_of_it(tmp_path: Path) -> None:
    assert read_secret(written(tmp_path / "file", b" a \xe4\xb8\xad\n")) == " a \u4e2d"


@pytest.mark.parametrize(
    ("content", "mode", "what"),
    [
        (b"a", 0o640, "others may read it; say: chmod 600 "),
        (b"a", 0o602, "others may read it; say: chmod 600 "),
        (b"", 0o600, "no secret; write it into the first line"),
        (b" \nb", 0o600, "no secret"),
        (b"\xff", 0o600, "not UTF-8; save the file as UTF-8"),
        (b"a" * (SECRET_BYTES_MAX + 1), 0o600, "no secret"),
    ],
)
def test_what_is_no_secret_is_refused(content: bytes, mode: int, what: str, tmp_path: Path) -> None:
    with pytest.raises(SecretError, match=what):
        read_secret(written(tmp_path / "file", content, mode))


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="no such file or directory; correct its path"):
        read_secret(tmp_path / "none")
