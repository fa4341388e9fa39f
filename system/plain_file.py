"""Files are read whole and again when they are replaced, so that pipes and devices will not do: a pipe would be waited
for, and a device may have no end.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_plain(path: Path) -> BinaryIO:
    """A file to be read. Raises OSError, also where it is no regular file."""
    return open(path, "rb", opener=_opened)


def _opened(path: str, flags: int) -> int:
    # Without waiting for somebody who would write.
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # of a folder the caller says what it is
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", path)
    return descriptor
