"""The one writer: takes what waits in the spool, gives it to a publisher, and deletes what is safe there.

All patience is here: attempts that fail are repeated with waits that double, a message that is never taken is dropped
and announced, and no more is on its way at once than a window holds. It knows no Kafka and no SQLite.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from sensor.failure import RejectedError, UnavailableError
from sensor.limits import (
    IDLE_SECONDS_MAX,
    IN_FLIGHT_BYTES_MAX,
    IN_FLIGHT_MESSAGES_MAX,
    RETRY_SECONDS_MAX,
    RETRY_SECONDS_MIN,
    SEND_GATHER_SECONDS,
)
from sensor.sinks.base import Publisher, Record


class Outgoing(Record, Protocol):
    @property
    def message_id(self) -> int: ...


class Outbox(Protocol):
    """What the writer needs of the spool. All of it may raise UnavailableError."""

    def waiting(self, messages_max: int, bytes_max: int) -> Sequence[Outgoing]: ...
    def acknowledge(self, last_id: int) -> None: ...
    def reject(self, message_id: int) -> None: ...
    def announce(self) -> int: ...
    def close(self) -> None: ...


class Lock(Protocol):
    """Held by one publisher at a time."""

    def acquire(self) -> None: ...
    def release(self) -> None: ...


class Writer:
    """Runs in one thread; ``wake``, ``finish`` and ``halt`` may be called from others.

    ``open_outbox`` is called in the thread that runs, since a database connection belongs to one thread.
    """

    def __init__(self, open_outbox: Callable[[], Outbox], lock: Lock, connect: Callable[[], Publisher]) -> None:
        self._open_outbox = open_outbox
        self._outbox: Outbox | None = None
        self._lock = lock
        self._connect = connect
        self._publisher: Publisher | None = None
        self._woken = threading.Event()
        self._hurried = threading.Event()  # no more is to come
        self._deadline: float | None = None
        self._halted = threading.Event()
        self._wait_seconds = 0.0
        self._safe_id: int | None = None
        self.sent = 0
        self.rejected = 0
        self.problem: UnavailableError | None = None

    def wake(self) -> None:
        """Something was put into the spool."""
        self._woken.set()

    def finish(self, patience_seconds: float = 0.0) -> None:
        """No more is to come: end when the spool is empty, or when an attempt fails and patience is over."""
        self._deadline = time.monotonic() + patience_seconds
        self._hurried.set()
        self._woken.set()

    def halt(self) -> None:
        """End now. What is not acknowledged stays in the spool."""
        self._halted.set()
        publisher = self._publisher
        if publisher is not None:
            publisher.abort()
        self._hurried.set()
        self._woken.set()

    def run(self) -> None:
        """Until ``finish`` or ``halt``."""
        try:
            while not self._halted.is_set():
                # What comes from here on is seen by this round, or wakes the next one.
                self._woken.clear()
                is_last = self._deadline is not None
                if self._round():
                    continue
                if self._patience() <= 0 if self.problem else is_last:
                    break
                if self.problem:
                    # What comes in the meantime waits with the rest; only the end is worth an attempt out of turn.
                    until = self._hurried if self._deadline is None else self._halted
                    until.wait(min(self._wait_seconds, self._patience()))
                elif self._woken.wait(IDLE_SECONDS_MAX):
                    # Others follow: to send them together takes less of the interpreter, which the scan waits for.
                    self._hurried.wait(SEND_GATHER_SECONDS)
        finally:
            self._disconnect()
            if self._outbox is not None:
                self._outbox.close()
            self._lock.release()

    # ------------------------------------------------------------ inside

    def _round(self) -> bool:
        """One window. False where there is nothing to do, or nothing that can be done now."""
        try:
            self._lock.acquire()
            outbox = self._outbox = self._outbox or self._open_outbox()
            self._acknowledge(outbox)
            records = outbox.waiting(IN_FLIGHT_MESSAGES_MAX, IN_FLIGHT_BYTES_MAX)
            # Gaps are told last, so that those that grow together are one, and only where messages get through.
            is_done = self._send(outbox, records) if records else outbox.announce() > 0
        except UnavailableError as problem:
            self._disconnect()
            self._failed(problem)
            return False
        self.problem = None
        self._wait_seconds = 0.0
        return is_done

    def _send(self, outbox: Outbox, records: Sequence[Outgoing]) -> bool:
        if self._publisher is None:
            self._publisher = self._connect()
        try:
            acknowledged = self._publisher.publish(records)
        except RejectedError:
            self._disconnect()
            outbox.reject(records[0].message_id)
            self.rejected += 1
            return True
        if acknowledged < len(records):
            self._disconnect()
        self._safe_id = records[acknowledged - 1].message_id
        self.sent += acknowledged
        self._acknowledge(outbox)
        return True

    def _acknowledge(self, outbox: Outbox) -> None:
        """Where the spool cannot be written now, what is safe is not sent again, but deleted later."""
        if self._safe_id is not None:
            outbox.acknowledge(self._safe_id)
            self._safe_id = None

    def _patience(self) -> float:
        """Seconds for which attempts may go on; without an end while more may come."""
        return math.inf if self._deadline is None else self._deadline - time.monotonic()

    def _failed(self, problem: UnavailableError) -> None:
        self.problem = problem
        doubled = min(max(self._wait_seconds * 2, RETRY_SECONDS_MIN), RETRY_SECONDS_MAX)
        # Sensors that lost the same broker must not come back all at once.
        self._wait_seconds = doubled * random.uniform(0.8, 1.2)  # noqa: S311  (no secret)

    def _disconnect(self) -> None:
        if self._publisher is not None:
            self._publisher.close()
            self._publisher = None
