"""JSON lines: one finding or sighting a line, UTF-8, in the order they were told; what is not printable is escaped."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from sensor.failure import UnavailableError
from sensor.message import Message
from sensor.plain_json import plain
from system.fault import words

_OBJECT: Final = b"{"
_NEWLINE: Final = b"\n"


class JsonLines:
    """Writes to a stream that stays open, or to a file of its own.

    A line is written and flushed whole, so that a reader or an interruption never meets half of one.
    """

    def __init__(self, stream: BinaryIO, name: str, *, is_own: bool) -> None:
        self._stream = stream
        self._name = name
        self._is_own = is_own
        self._is_broken = False
        self._encoder = msgspec.json.Encoder()

    @classmethod
    def append_to(cls, path: Path) -> JsonLines:
        """Opens ``path`` for appending. Raises UnavailableError where it cannot be written, or holds something else:
        a capture, named here by mistake, must not be spoilt.
        """
        try:
            stream = path.open("ab")
            first, last = _ends(path)
            if first not in (b"", _OBJECT):
                stream.close()
                raise UnavailableError(str(path), "holds no JSON lines", "name a new file, or one with findings")
            if last not in (b"", _NEWLINE):
                # What a full disk cut short must cost itself only.
                stream.write(_NEWLINE)
                stream.flush()
        except OSError as error:
            raise UnavailableError(str(path), words(error), "choose a file that can be written") from error
        return cls(stream, str(path), is_own=True)

    def write(self, message: Message) -> None:
        try:
            self._stream.write(plain(self._encoder.encode(message.body)) + b"\n")
            self._stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            self._is_broken = True
            raise UnavailableError(self._name, words(error), "make room or choose another target") from error

    def tick(self) -> None:
        """Each line has left already."""

    def close(self) -> None:
        if self._is_own:
            # What could not be written before still cannot, and that was told.
            with contextlib.suppress(*[OSError] * self._is_broken):
                self._stream.close()


def _ends(path: Path) -> tuple[bytes, bytes]:
    """The first and the last byte of what is there; nothing where it is no file, is empty or may not be read."""
    if not path.is_file():
        return b"", b""
    try:
        with path.open("rb") as file:
            first = file.read(1)
            file.seek(-len(first), os.SEEK_END)
            return first, file.read(1)
    except PermissionError:
        return b"", b""
