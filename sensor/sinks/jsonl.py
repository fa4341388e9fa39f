"""JSON lines: one finding or sighting a line, UTF-8, in the order they were told; what is not printable is escaped."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import BinaryIO

import msgspec

from sensor.failure import UnavailableError
from sensor.message import Message
from sensor.plain_json import plain
from system.fault import words


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
        """Opens ``path`` for appending. Raises UnavailableError where it cannot be written."""
        try:
            return cls(path.open("ab"), str(path), is_own=True)
        except OSError as error:
            raise UnavailableError(str(path), words(error), "choose a file that can be written") from error

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
