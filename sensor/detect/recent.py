"""Keys that were met lately, in memory that is as large when it is full as it ever gets.

A dictionary in which the oldest gives way keeps the places of those that left, until it grows once more, long after it
was full. Two sets do not: the younger one fills, then the older one goes and it takes its place.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Recent(Generic[T]):
    """At most ``keys_max`` keys, and of those met last at least half as many."""

    __slots__ = ("_half", "_old", "_young", "forgotten_count")

    def __init__(self, keys_max: int) -> None:
        self._half = max(1, keys_max // 2)
        self._young: set[T] = set()
        self._old: set[T] = set()
        self.forgotten_count = 0

    def __contains__(self, key: T) -> bool:
        return key in self._young or key in self._old

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def meet(self, key: T) -> None:
        """``key`` is met: it is kept for as long as any."""
        if key in self._young:
            return
        self._old.discard(key)
        self._young.add(key)
        if len(self._young) >= self._half:
            self.forgotten_count += len(self._old)
            self._old, self._young = self._young, set()
