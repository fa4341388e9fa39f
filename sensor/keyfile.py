"""The file with the key of the pseudonyms. Only its owner may read it, and nothing here ever shows what is in it."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Final

from sensor.pseudonym import KEY_BYTES
from system.fault import words
from system.plain_file import open_plain

_MODE: Final = 0o600
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_FILE_BYTES_MAX: Final = 4096
_KEY: Final = re.compile(rf"[0-9a-f]{{{2 * KEY_BYTES}}}")
_NEW: Final = "make one with: minesensor privacy new-key FILE"


class KeyFileError(ValueError):
    """The key cannot be used. The text is one line: file: what is wrong; what to do."""


def new_key(path: Path) -> None:
    """Makes a key in a file of its own. Raises KeyFileError; a file that is there is never overwritten."""
    text = f"# Key of the pseudonyms of minesensor. Whoever has it can tell whom they stand for.\n{_random()}\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    except FileExistsError:
        raise KeyFileError(f"{path}: exists; choose another name, the old key is needed to reveal") from None
    except OSError as error:
        raise KeyFileError(f"{path}: {words(error)}; choose a file that can be written") from None
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            # The umask may have taken rights away, never given any.
            os.fchmod(file.fileno(), _MODE)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise KeyFileError(f"{path}: {words(error)}; make room or choose another place") from None


def read_key(path: Path) -> bytes:
    """The key in the file. Raises KeyFileError where it is none, or where others may read it."""
    try:
        with open_plain(path) as file:
            state = os.fstat(file.fileno())
            if state.st_mode & _OTHERS:
                mode = stat.S_IMODE(state.st_mode)
                raise KeyFileError(f"{path}: others may read it (mode {mode:04o}); run: chmod 600 {path}")
            data = file.read(_FILE_BYTES_MAX)
    except OSError as error:
        raise KeyFileError(f"{path}: {words(error)}; {_NEW}") from None
    lines = [line.strip() for line in data.decode("ascii", "replace").splitlines()]
    keys = [line for line in lines if line and not line.startswith("#")]
    if len(keys) != 1 or not _KEY.fullmatch(keys[0]):
        raise KeyFileError(f"{path}: holds no key; {_NEW}")
    return bytes.fromhex(keys[0])


def _random() -> str:
    import secrets  # noqa: PLC0415  (random numbers: a scan reads a key, and makes none)

    return secrets.token_hex(KEY_BYTES)
