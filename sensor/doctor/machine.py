"""The computer: is its clock right, and is there room where we write?"""

from __future__ import annotations

import ctypes
import datetime
import shutil
import tempfile
from pathlib import Path
from typing import Final

from sensor.doctor.base import Diagnosis, Visit, failure, warning, well
from sensor.limits import DISK_FREE_BYTES_MIN
from signatures import PACKAGED, SignatureError, load
from system.fault import words

_CLOCK: Final = "clock"
_DISK: Final = "disk"
# adjtimex(2): the state in which the kernel knows of no synchronisation, and more room than any struct timex takes.
_TIME_ERROR: Final = 5
_TIMEX_BYTES: Final = 512
_MIB: Final = 1024 * 1024


def clock(visit: Visit) -> list[Diagnosis]:
    """Findings carry the time of packets, so that a wrong clock here matters most where packets are stamped here."""
    try:
        newest = max((header.as_of for header in load(visit.settings.signature_folders(PACKAGED)).lists), default=None)
    except SignatureError:
        newest = None  # the lists have a check of their own
    return clock_diagnosis(visit.now, newest, is_synchronised=_is_synchronised())


def clock_diagnosis(
    now: datetime.datetime, newest_list: datetime.date | None, *, is_synchronised: bool | None
) -> list[Diagnosis]:
    """What is to be said of a clock that shows ``now``; ``is_synchronised`` None: the system does not tell."""
    shown = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    if newest_list is not None and now.date() < newest_list:
        return failure(_CLOCK, f"{shown} is before the pool lists were made ({newest_list})", "set the clock")
    if is_synchronised is None:
        return well(_CLOCK, f"{shown}; this system does not say whether it is synchronised")
    if not is_synchronised:
        return warning(_CLOCK, f"{shown}, and not synchronised", "run chrony or another NTP client on this machine")
    return well(_CLOCK, f"{shown}, synchronised")


def _is_synchronised() -> bool | None:
    """What the kernel says; asking needs no privilege and changes nothing (modes is 0)."""
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    if adjtimex is None:
        return None
    state: int = adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return None if state < 0 else state != _TIME_ERROR


def disk(visit: Visit) -> list[Diagnosis]:
    """Room in every folder that a scan writes to."""
    return [diagnosis for folder in _folders(visit) for diagnosis in disk_diagnosis(folder)]


def disk_diagnosis(folder: Path) -> list[Diagnosis]:
    try:
        free_bytes = shutil.disk_usage(folder).free
    except OSError as error:
        what = f"{str(folder)!r}: {words(error)}"
        return failure(_DISK, what, "make the folder, or correct its path in the configuration")
    shown = f"{str(folder)!r}: {free_bytes // _MIB:,} MiB free"
    if free_bytes < DISK_FREE_BYTES_MIN:
        return warning(_DISK, shown, f"make room: at least {DISK_FREE_BYTES_MIN // _MIB:,} MiB")
    return well(_DISK, shown)


def _folders(visit: Visit) -> list[Path]:
    """The spool's folder has a check of its own."""
    folders = [Path(tempfile.gettempdir())]
    if visit.settings.metrics.file:
        folders.append(Path(visit.settings.metrics.file).parent)
    return list(dict.fromkeys(folders))
