"""How a place, a target among them, or a process of ours fails. Each is one line for people."""

from __future__ import annotations


class PlaceError(Exception):
    """Something is wrong with a file or an address: (where, what, remedy). The world failed, not the sensor."""

    def __init__(self, where: str, what: str, remedy: str) -> None:
        super().__init__(where, what, remedy)
        self.where = where
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.remedy}"


class SinkError(PlaceError):
    """A target cannot take more."""


class UnavailableError(SinkError):
    """It takes nothing now: the same message may be taken later, as it is."""


class RejectedError(SinkError):
    """It will never take this message; the next one it may."""


class WorkerError(Exception):
    """A process of a scan ended before its work was done. The text is one line: what is wrong; what to do."""


class DeliveryError(ValueError):
    """The settings do not allow to deliver. The text is one line: what is wrong; what to do."""
