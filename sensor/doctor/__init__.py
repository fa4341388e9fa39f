"""Is this installation fit to find mining, and would anybody hear of it? A check is one function and one line here."""

from __future__ import annotations

from typing import Final

from sensor.doctor.base import Check, Diagnosis, Status, Visit
from sensor.doctor.engine import engine
from sensor.doctor.exclusions import exclusions
from sensor.doctor.lists import lists
from sensor.doctor.machine import clock, disk
from sensor.doctor.owners import customers, geoip, privacy
from sensor.doctor.target import kafka, spool
from sensor.doctor.tools import tshark

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
    return [diagnosis for check in CHECKS.values() for diagnosis in check(visit)]
