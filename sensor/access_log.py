"""The log of reveals: who asked for whom, when and why. Each entry holds the hash of the one before.

A change, a gap or another order is noticed whenever the log is read; that its end was cut off is not, so the hash of
the last entry belongs in the file of the case (docs/privacy.md). Nobody revealed stands in it.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from sensor.limits import ACCESS_LOG_BYTES_MAX
from system.fault import words

_MODE: Final = 0o600
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_FIRST: Final = "0" * 64
_KEEP: Final = "keep it as it is for the audit, and name a new one as [privacy] reveal_log"


class AccessLogError(ValueError):
    """The log cannot be used, so nothing is revealed. The text is one line: file[:line]: what is wrong; what to do."""


class Asked(msgspec.Struct, frozen=True):
    """One reveal. ``outcome`` is what came of it, never whom it was."""

    at: str
    who: str
    reason: str
    subject: str
    finding_id: str
    outcome: str


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the log: ``hash`` is SHA-256 over the line without it."""

    number: int
    asked: Asked
    before: str
    hash: str = ""


class AccessLog:
    """One file, which only its owner may read. One who writes at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, asked: Asked) -> Entry:
        """Checks the whole log and adds an entry that is on the disk when this returns. Raises AccessLogError."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, _MODE)
            with os.fdopen(descriptor, "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                last = None
                for last in self._entries(file):  # noqa: B007
                    pass
                entry = _sealed(Entry(last.number + 1 if last else 1, asked, last.hash if last else _FIRST))
                _add(descriptor, msgspec.json.encode(entry) + b"\n")
        except OSError as error:
            raise AccessLogError(f"{self._path}: {words(error)}; a reveal must be logged, make it writable") from None
        return entry

    def entries(self) -> list[Entry]:
        """All entries, checked. Raises AccessLogError where the chain is broken or the file cannot be read."""
        try:
            with self._path.open("rb") as file:
                return list(self._entries(file))
        except OSError as error:
            raise AccessLogError(f"{self._path}: {words(error)}; correct the path or its rights") from None

    def _entries(self, file: BinaryIO) -> Iterator[Entry]:
        state = os.fstat(file.fileno())
        if state.st_mode & _OTHERS_WRITE:
            raise AccessLogError(f"{self._path}: others may write it; run: chmod 600 {self._path}")
        if state.st_size > ACCESS_LOG_BYTES_MAX:
            raise AccessLogError(f"{self._path}: larger than {ACCESS_LOG_BYTES_MAX >> 20} MiB; {_KEEP}")
        before = _FIRST
        for number, line in enumerate(file, 1):
            where = f"{self._path}:{number}"
            try:
                entry = msgspec.json.decode(line, type=Entry)
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise AccessLogError(f"{where}: no entry of this log, it was changed; {_KEEP}") from None
            if not line.endswith(b"\n"):
                raise AccessLogError(f"{where}: the line is cut short, it was changed; {_KEEP}")
            if entry != _sealed(entry) or entry.before != before or entry.number != number:
                raise AccessLogError(f"{where}: does not follow from what is before it, it was changed; {_KEEP}")
            before = entry.hash
            yield entry


def _add(descriptor: int, line: bytes) -> None:
    """The whole line and onto the disk, or nothing: half a line would look like a log that was changed."""
    size = os.fstat(descriptor).st_size
    try:
        if os.write(descriptor, line) == len(line):
            os.fsync(descriptor)
            return
    except OSError:
        os.ftruncate(descriptor, size)
        raise
    os.ftruncate(descriptor, size)
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _sealed(entry: Entry) -> Entry:
    bare = msgspec.structs.replace(entry, hash="")
    return msgspec.structs.replace(bare, hash=hashlib.sha256(msgspec.json.encode(bare)).hexdigest())
