"""What a sink is: it takes what leaves the sensor, in order, and is closed once.

Local sinks (a file, the terminal, the spool) are written to directly. What is remote is fed from the spool by the one
writer (writer.py) and is a ``Publisher``. Neither has a retry loop: both say UnavailableError or RejectedError.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from sensor.failure import RejectedError, SinkError, UnavailableError

if TYPE_CHECKING:
    from sensor.envelope import Header
    from sensor.message import Message

__all__ = ["Publisher", "Record", "RejectedError", "Sink", "SinkError", "UnavailableError"]


class Sink(Protocol):
    """Raises SinkError where its target fails; BrokenPipeError where a reader went away."""

    def write(self, message: Message) -> None: ...

    def tick(self) -> None:
        """Called often, also where nothing is found: a sink that gathers may hand on what has waited long enough."""

    def close(self) -> None:
        """What was written is with the target when it returns."""


class Record(Protocol):
    """A message as it lies in the spool."""

    @property
    def topic(self) -> str: ...
    @property
    def seq(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def headers(self) -> tuple[Header, ...]: ...
    @property
    def value(self) -> bytes: ...
    @property
    def spool_id(self) -> str: ...


class Publisher(Protocol):
    """A remote target. ``publish`` returns how many records, from the first on, are safe there: at least one."""

    def publish(self, records: Sequence[Record]) -> int: ...
    def abort(self) -> None: ...
    def close(self) -> None: ...
