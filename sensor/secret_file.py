"""A secret in a file of its own: never in the configuration, the environment or the command line, which others see."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sensor.limits import SECRET_BYTES_MAX
from system.fault import words
from system.plain_file import open_plain


class SecretError(ValueError):
    """The text is one line: what is wrong with the file; what to do."""


def read_secret(path: Path) -> str:
    """The first line of ``path``, which nobody but its owner may read. Raises SecretError."""
    try:
        with open_plain(path) as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(SECRET_BYTES_MAX + 1)
    except OSError as error:
        raise SecretError(f"{words(error)}; correct its path") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SecretError(f"others may read it; say: chmod 600 {path}")
    lines = data.split(b"\n")
    if len(data) > SECRET_BYTES_MAX or not lines[0].strip():
        raise SecretError("no secret; write it into the first line")
    try:
        return lines[0].rstrip(b"\r").decode("utf-8")
    except UnicodeDecodeError:
        raise SecretError("not UTF-8; save the file as UTF-8") from None
