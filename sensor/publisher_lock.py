"""One publisher at a time: two that empty the same spool would send each message twice.

A lock of the kernel on a file beside the spool: it is gone when its holder is, however that ends.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

from sensor.failure import UnavailableError
from system.fault import words

_PID_BYTES_MAX: Final = 16


class PublisherLock:
    """Not held until ``acquire`` says so."""

    def __init__(self, spool: Path) -> None:
        self._path = spool.with_name(spool.name + ".lock")
        self._file: int | None = None

    def acquire(self) -> None:
        """Raises UnavailableError where another program holds it. To acquire again what is held does nothing."""
        if self._file is not None:
            return
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            where = repr(str(self._path))
            raise UnavailableError(where, words(error), "give this user the right to write it") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(file, _PID_BYTES_MAX, 0).decode("ascii", "replace").strip() or "?"
            os.close(file)
            what = f"process {holder} is sending what waits in it"
            raise UnavailableError(f"spool {str(self._spool())!r}", what, "let it finish, or end it") from None
        os.ftruncate(file, 0)
        os.pwrite(file, b"%d\n" % os.getpid(), 0)
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _spool(self) -> Path:
        return self._path.with_name(self._path.name.removesuffix(".lock"))
