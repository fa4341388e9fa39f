# SPDX-License-Identifier: Apache-2.0
"""Random values that are the same on every machine for one seed.

Only ``random()`` and ``getrandbits()`` of the standard generator are used: their sequences are fixed by
the language reference's promise of reproducibility, while helpers such as ``shuffle`` may change between
versions. Times are whole microseconds, so that a capture of either resolution carries them exactly.
"""

from __future__ import annotations

import math
import random
from typing import Final, TypeVar

US: Final = 1_000
MS: Final = 1_000_000
SECOND: Final = 1_000_000_000
BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

T = TypeVar("T")


class Seeded:
    """A source of invented values: hex, words of an alphabet, waits."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def bytes(self, count: int) -> bytes:
        return self._random.getrandbits(8 * count).to_bytes(count, "big") if count else b""

    def hex(self, byte_count: int) -> str:
        return self.bytes(byte_count).hex()

    def below(self, bound: int) -> int:
        """An integer in [0, bound)."""
        return int(self._random.random() * bound)

    def word(self, alphabet: str, count: int) -> str:
        return "".join(alphabet[self.below(len(alphabet))] for _ in range(count))

    def one_of(self, choices: tuple[T, ...]) -> T:
        return choices[self.below(len(choices))]

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def wait_ns(self, low_ms: float, high_ms: float) -> int:
        """A wait between two bounds in milliseconds."""
        return round((low_ms + (high_ms - low_ms) * self._random.random()) * 1000) * US

    def arrival_ns(self, per_second: float) -> int:
        """The wait until the next event of a Poisson process; rounded so far that no libm can differ."""
        return round(-math.log(1.0 - self._random.random()) / per_second * 10_000) * 100 * US
