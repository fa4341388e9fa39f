"""The way out of one scan: its spool, the sink in front of it and, where asked for, the thread that empties it.

Put together here so that ``app`` needs to know neither SQLite nor Kafka.
"""

from __future__ import annotations

import contextlib
import importlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

import msgspec

from sensor.config import Settings
from sensor.crossing import WAIT_SECONDS, start_deaf
from sensor.failure import DeliveryError, SinkError
from sensor.metrics import Outgoing
from sensor.publisher_lock import PublisherLock
from sensor.secret_file import SecretError, read_secret
from sensor.sinks.kafka import KafkaPublisher
from sensor.sinks.kafka_client import KafkaAccess
from sensor.sinks.spooled import SpoolSink
from sensor.sinks.writer import Writer
from sensor.spool import Load, Spool
from sensor.summary import Delivered

# How long a publisher that is told to end now may take: its last look at the broker, and closing.
_HALT_SECONDS_MAX: Final = 5.0


def kafka_access(settings: Settings) -> KafkaAccess:
    """Raises DeliveryError where no broker is set or the password cannot be read."""
    kafka = settings.kafka
    if not kafka.bootstrap:
        raise DeliveryError("no broker is set; set bootstrap in [kafka] of the configuration")
    password = ""
    if kafka.is_authenticated:
        try:
            password = read_secret(Path(kafka.password_file))
        except SecretError as error:
            raise DeliveryError(f"[kafka] password_file {kafka.password_file!r}: {error}") from None
    return KafkaAccess(kafka, password)


def emptying(settings: Settings, access: KafkaAccess) -> Writer:
    """What empties the spool of the settings into Kafka, once it runs."""
    path, bytes_max = settings.spool.file(), settings.spool.bytes_max
    return Writer(lambda: Spool(path, bytes_max), PublisherLock(path), lambda: KafkaPublisher(access))


def flush(settings: Settings, patience_seconds: float) -> Delivered:
    """Empties the spool of the settings in this thread, until it is empty or an attempt fails and patience is over."""
    writer = emptying(settings, kafka_access(settings))
    writer.finish(patience_seconds)
    writer.run()
    spool = Spool(settings.spool.file(), settings.spool.bytes_max)
    try:
        return _report(spool, writer)
    finally:
        spool.close()


def _report(spool: Spool, writer: Writer) -> Delivered:
    waiting = spool.count()
    problem = str(writer.problem) if writer.problem is not None and waiting else ""
    return Delivered(sent=writer.sent, rejected=writer.rejected, waiting=waiting, problem=problem)


def _outgoing(load: Load, bytes_max: int, thread: WriterThread | None) -> Outgoing:
    return Outgoing(
        waiting=load.messages,
        waiting_bytes=load.bytes,
        bytes_max=bytes_max,
        dropped=load.dropped,
        sent=thread.writer.sent if thread else 0,
        is_stuck=thread is not None and thread.writer.problem is not None,
    )


class WriterThread(threading.Thread):
    """A writer in a thread of its own. What ends it early is raised by ``end``."""

    def __init__(self, writer: Writer) -> None:
        super().__init__(name="writer", daemon=True)
        self.writer = writer
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self.writer.run()
        except Exception as error:  # noqa: BLE001  (the root of the thread: raised where it is ended)
            self._error = error

    def end(self, seconds_max: float, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Lets it empty the spool for as long as it gets on and somebody waits; then ends it, whatever it does."""
        self.writer.finish()
        until = time.monotonic() + seconds_max
        while self.is_alive() and goes_on() and (left := until - time.monotonic()) > 0:
            self.join(min(left, WAIT_SECONDS))
        if self.is_alive():
            self.writer.halt()
            self.join(_HALT_SECONDS_MAX)
        if self._error is not None:
            raise self._error


class Delivery:
    """The spool of one scan, open until ``finish``; leaving the ``with`` without it gives up what is on its way."""

    def __init__(self, settings: Settings, *, to_kafka: bool) -> None:
        if not settings.privacy.key_file:
            raise DeliveryError(
                "Kafka needs a key that names subjects without naming them; make one with 'minesensor privacy new-key "
                "FILE' and name it with --key-file or as key_file in [privacy]"
            )
        self._seconds_max = settings.kafka.finish_seconds_max
        self._bytes_max = settings.spool.bytes_max
        access = kafka_access(settings) if to_kafka else None
        if access:
            # Before the first packet, as a part of the start; later it would take the interpreter from the scan.
            importlib.import_module("kafka")
        self._spool = Spool(settings.spool.file(), settings.spool.bytes_max)
        self._thread = WriterThread(emptying(settings, access)) if access else None
        self.sink = SpoolSink(self._spool, self._thread.writer.wake if self._thread else lambda: None)
        self._is_open = True
        self._outgoing: Outgoing | None = None
        self._is_closed = False

    def __enter__(self) -> Self:
        if self._thread:
            start_deaf(self._thread)
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_open:
            self._end(0.0)

    def finish(self, goes_on: Callable[[], bool] = lambda: True) -> Delivered:
        """All that was written is in the spool, and in Kafka as far as that can be had in ``finish_seconds_max``, or
        until ``goes_on`` says no.
        """
        return self._end(self._seconds_max, goes_on)

    def outgoing(self) -> Outgoing | None:
        """What waits and what went, now; once the spool is closed, as it was then. Raises UnavailableError before."""
        if not self._is_closed:
            self._outgoing = _outgoing(self._spool.load(), self._bytes_max, self._thread)
        return self._outgoing

    def _end(self, seconds_max: float, goes_on: Callable[[], bool] = lambda: True) -> Delivered:
        self._is_open = False
        try:
            try:
                self.sink.close()
            finally:
                if self._thread:
                    self._thread.end(seconds_max, goes_on)
            if self._thread:
                delivered = _report(self._spool, self._thread.writer)
            else:
                delivered = Delivered(sent=0, rejected=0, waiting=self._spool.count())
            dropped = {rank.name: count for rank, count in sorted(self.sink.dropped.items())}
            return msgspec.structs.replace(delivered, dropped=dropped)
        finally:
            # Figures for the eye: where the disk has just failed, those of the last look must do.
            with contextlib.suppress(SinkError):
                self.outgoing()
            self._is_closed = True
            self._spool.close()
