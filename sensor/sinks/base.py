"""What a sink is: it takes what leaves the sensor, in order, and is closed once."""

from __future__ import annotations

from typing import Protocol

from sensor.message import Message


class SinkError(Exception):
    """A sink cannot take more: (where, what, remedy). The world failed, not the sensor."""

    def __init__(self, where: str, what: str, remedy: str) -> None:
        super().__init__(where, what, remedy)
        self.where = where
        self.what = what
        self.remedy = remedy


class Sink(Protocol):
    """Raises SinkError where its target fails; BrokenPipeError where a reader went away."""

    def write(self, message: Message) -> None: ...
    def close(self) -> None: ...
