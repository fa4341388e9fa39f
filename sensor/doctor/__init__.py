"""Is this installation fit to find mining, and would anybody hear of it? A check is one function and one line here."""

from __future__ import annotations

import os
from typing import Final

from sensor.doctor.base import Check, Diagnosis, Status, Visit, failure
from sensor.doctor.engine import engine
from sensor.doctor.exclusions import exclusions
from sensor.doctor.lists import lists
from sensor.doctor.machine import clock, disk
from sensor.doctor.owners import customers, geoip, privacy
from sensor.doctor.target import kafka, spool
from sensor.doctor.tools import tshark
from system.fault import words

__all__ = ["CHECKS", "Diagnosis", "Status", "Visit", "examine"]

CHECKS: Final[dict[str, Check]] = {
    "engine": engine,
    "lists": lists,
    "customers": customers,
    "geoip": geoip,
    "privacy": privacy,
    "exclusions": exclusions,
    "spool": spool,
    "kafka": kafka,
    "clock": clock,
    "disk": disk,
    "tshark": tshark,
}


def examine(visit: Visit) -> list[Diagnosis]:
    """All checks, in order; each says at least one thing."""
    return [diagnosis for name, check in CHECKS.items() for diagnosis in _checked(name, check, visit)]


def _checked(name: str, check: Check, visit: Visit) -> list[Diagnosis]:
    """What a check says; a folder above a file that may not be entered is the failure of this check alone."""
    try:
        return check(visit)
    except OSError as error:
        where = "" if error.filename is None else f"{os.fsdecode(error.filename)!r}: "
        return failure(name, f"{where}{words(error)}", "check it and who may use it")
