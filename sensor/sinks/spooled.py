"""The sink in front of the spool: messages become envelopes, and share a commit with their neighbours.

A commit waits for the disk, so messages are gathered: until there are enough of them, or the first has waited long
enough. What was gathered and not committed is lost with the process; the same scan finds it again.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from sensor.crossing import undisturbed
from sensor.envelope import Envelope, Rank, envelope_of
from sensor.limits import SPOOL_BATCH_MESSAGES_MAX, SPOOL_BATCH_SECONDS_MAX
from sensor.message import Message


class Kept(Protocol):
    """What became of a batch. ``dropped``: what had to give way, by rank."""

    @property
    def dropped(self) -> Mapping[Rank, int]: ...


class Store(Protocol):
    """Where envelopes are kept: all of a batch, or none."""

    def add(self, envelopes: Sequence[Envelope]) -> Kept: ...


class SpoolSink:
    """``committed`` is called after each commit: there is something to send. ``dropped``: all that had to give way."""

    def __init__(self, store: Store, committed: Callable[[], None] = lambda: None) -> None:
        self._store = store
        self._committed = committed
        self._gathered: list[Envelope] = []
        self._since = 0.0
        self.dropped: Counter[Rank] = Counter()

    def write(self, message: Message) -> None:
        if not self._gathered:
            self._since = time.monotonic()
        self._gathered.append(envelope_of(message))
        if len(self._gathered) >= SPOOL_BATCH_MESSAGES_MAX:
            self._commit()
        else:
            self.tick()

    def tick(self) -> None:
        if self._gathered and time.monotonic() - self._since >= SPOOL_BATCH_SECONDS_MAX:
            self._commit()

    def close(self) -> None:
        if self._gathered:
            self._commit()

    def _commit(self) -> None:
        # What an interruption takes back would be lost, and was told elsewhere.
        with undisturbed():
            gathered, self._gathered = self._gathered, []
            self.dropped.update(self._store.add(gathered).dropped)
        self._committed()
