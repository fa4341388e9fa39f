"""The way out: is there a spool that can take what is found, and a Kafka that takes it from there?"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from sensor.config import Settings
from sensor.doctor.base import Diagnosis, Visit, failure, warning, well
from sensor.failure import DeliveryError, SinkError
from sensor.spool import Spool, Status
from sensor.targets import SpoolSettings

_SPOOL: Final = "spool"
_KAFKA: Final = "kafka"
_FLUSH: Final = "minesensor spool flush"
_MIB: Final = 1024 * 1024
# From here on it is time to look why nothing is taken out.
_FULL_SHARE: Final = 0.8


def spool(visit: Visit) -> list[Diagnosis]:
    """Looks only: a spool that is not there yet is not made."""
    settings = visit.settings.spool
    path = settings.place()
    folder = path.parent
    if not path.exists():
        return _place(path, folder, visit.settings)
    for place in (path, folder):
        if not os.access(place, os.W_OK):
            return failure(_SPOOL, f"{str(place)!r} cannot be written", "give this user the right, or name another")
    try:
        opened = Spool(path, settings.bytes_max)
        try:
            status = opened.status()
        finally:
            opened.close()
    except SinkError as error:
        return failure(_SPOOL, f"{error.where}: {error.what}", error.remedy)
    return spool_diagnosis(settings, status, free_bytes=shutil.disk_usage(folder).free)


def spool_diagnosis(settings: SpoolSettings, status: Status, *, free_bytes: int) -> list[Diagnosis]:
    """What is to be said of a spool with this in it, and so much room on its disk."""
    shown = f"{str(settings.place())!r}: {status.messages:,} messages wait, {_mib(status.bytes)} of "
    shown += _mib(settings.bytes_max)
    if dropped := sum(row.messages for row in status.dropped):
        shown += f"; {dropped:,} were dropped since it was made"
    if status.bytes > _FULL_SHARE * settings.bytes_max:
        return warning(_SPOOL, f"{shown}: nearly full, then the lowest grade is dropped", f"see kafka, then {_FLUSH}")
    if free_bytes < settings.bytes_max - status.bytes:
        what = f"{shown}, and its disk has {_mib(free_bytes)} left"
        return warning(_SPOOL, what, "make room, or set a smaller bytes_max in [spool]")
    if status.messages:
        return warning(_SPOOL, shown, _FLUSH)
    return well(_SPOOL, shown)


def _place(path: Path, folder: Path, settings: Settings) -> list[Diagnosis]:
    """Of a spool that is not there yet."""
    shown = f"{str(path)!r} is made when something is delivered"
    if folder.is_dir():
        if os.access(folder, os.W_OK):
            return well(_SPOOL, shown)
        return failure(_SPOOL, f"{str(folder)!r} cannot be written", "give this user the right, or name another")
    if not settings.spool.path:
        # The folder is made with it, if the one that is there allows that.
        there = next(parent for parent in folder.parents if parent.is_dir())
        if os.access(there, os.W_OK):
            return well(_SPOOL, shown)
        say = failure if settings.kafka.bootstrap else warning
        return say(_SPOOL, f"{shown}, but {str(there)!r} cannot be written", "name a file in [spool] path")
    return failure(_SPOOL, f"{str(folder)!r}: no such folder", "make it, or correct path in [spool]")


def kafka(visit: Visit) -> list[Diagnosis]:
    """Asks the brokers as a publisher would: address, TLS, login, topics."""
    settings = visit.settings
    if not settings.kafka.bootstrap:
        return well(_KAFKA, "not configured: findings stay on this machine")
    from sensor.delivery import kafka_access  # noqa: PLC0415
    from sensor.sinks.kafka_topics import look_at_topics  # noqa: PLC0415

    found: list[Diagnosis] = []
    try:
        access = kafka_access(settings)
        for topic, report in look_at_topics(access, settings.topics):
            if report is None:
                found += failure(_KAFKA, f"the topic {topic} is missing", "minesensor topics create")
            elif report.differences:
                what = f"{topic}: {', '.join(report.differences)}"
                found += warning(_KAFKA, what, "change it on the broker, or [topics] in the configuration")
    except DeliveryError as error:
        what, _, remedy = str(error).rpartition("; ")
        return failure(_KAFKA, what, remedy)
    except SinkError as error:
        return failure(_KAFKA, f"{error.where}: {error.what}", error.remedy)
    return found or well(_KAFKA, f"{access.where} takes us, and all topics are as they should be")


def _mib(count: int) -> str:
    return f"{count / _MIB:,.1f} MiB"
