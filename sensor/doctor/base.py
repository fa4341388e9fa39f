"""What a check is: it looks at one thing and says how it is, never raises, and changes nothing."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Callable

import msgspec

from sensor.config import Settings


class Status(enum.StrEnum):
    """``warn``: it works, and somebody should know. ``fail``: something is not seen, not kept or not told."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Diagnosis(msgspec.Struct, frozen=True, omit_defaults=True):
    """``remedy`` is what to do; it is there unless all is well."""

    check: str
    status: Status
    what: str
    remedy: str = ""


class Visit(msgspec.Struct, frozen=True):
    """What the checks are given. ``now`` is the computer's clock in UTC."""

    settings: Settings
    now: datetime.datetime


Check = Callable[[Visit], list[Diagnosis]]


def well(check: str, what: str) -> list[Diagnosis]:
    return [Diagnosis(check, Status.OK, what)]


def warning(check: str, what: str, remedy: str) -> list[Diagnosis]:
    return [Diagnosis(check, Status.WARN, what, remedy)]


def failure(check: str, what: str, remedy: str) -> list[Diagnosis]:
    return [Diagnosis(check, Status.FAIL, what, remedy)]
