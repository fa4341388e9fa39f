"""Memory that sessions share for what only few of them need: long lines, many names, many requests without an answer.

Each session has a purse. What a session needs at least is its own and not asked for; what is beyond is taken from the
room, and when that is empty the session goes without, and it is counted which part. So a flood of sessions that all
want much takes no more than the room holds, and the others keep what they need.
"""

from __future__ import annotations

import enum
from typing import Final

from sensor.limits import PURSE_BYTES_MAX, ROOM_BYTES_MAX

_WIDE_CHAR_BYTES: Final = 4
_TEXT_BYTES: Final = 76


class Want(enum.StrEnum):
    """What memory is wanted for."""

    LINES = "lines"  # of which the end has not come
    REQUESTS = "requests"  # that wait for their answer
    MESSAGES = "messages"  # read before it was clear which dialect they are
    JOBS = "jobs"
    NAMES = "names"  # of logins and workers
    RIGS = "rigs"  # behind an agent


class Room:
    """The memory in all. ``refused_counts`` says how often nothing was left, by want; ``peak_bytes`` is the most that
    was used or asked for.
    """

    __slots__ = ("bytes_max", "peak_bytes", "refused_counts", "used_bytes")

    def __init__(self, bytes_max: int = ROOM_BYTES_MAX) -> None:
        self.bytes_max = bytes_max
        self.used_bytes = 0
        self.peak_bytes = 0
        self.refused_counts = dict.fromkeys(Want, 0)

    def take(self, size: int, want: Want) -> bool:
        used_bytes = self.used_bytes + size
        self.peak_bytes = max(self.peak_bytes, used_bytes)
        if used_bytes > self.bytes_max:
            self.refuse(want)
            return False
        self.used_bytes = used_bytes
        return True

    def refuse(self, want: Want) -> None:
        self.refused_counts[want] += 1

    def give(self, size: int) -> None:
        self.used_bytes -= size


class Purse:
    """One session's part of the room. It has to be closed when the session ends."""

    __slots__ = ("_of", "taken_bytes")

    def __init__(self, of: Room | Purse | None = None) -> None:
        self._of = of or Room()
        self.taken_bytes = 0

    def part(self) -> Purse:
        """A purse in this one, for what may end before the session does."""
        return Purse(self)

    def take(self, size: int, want: Want) -> bool:
        """Whether there are ``size`` bytes left, which are then this session's."""
        if self.taken_bytes + size > PURSE_BYTES_MAX:
            self._of.refuse(want)
            return False
        if not self._of.take(size, want):
            return False
        self.taken_bytes += size
        return True

    def give(self, size: int) -> None:
        """``size`` bytes that were taken are not needed any more."""
        self._of.give(size)
        self.taken_bytes -= size

    def refuse(self, want: Want) -> None:
        self._of.refuse(want)

    def close(self) -> None:
        if self.taken_bytes:
            self.give(self.taken_bytes)


def text_bytes(text: str) -> int:
    """What ``text`` takes at most: one wide character makes all of them wide."""
    return _TEXT_BYTES + len(text) * (1 if text.isascii() else _WIDE_CHAR_BYTES)
