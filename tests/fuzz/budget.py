# SPDX-License-Identifier: Apache-2.0
"""How long to fuzz: at least so many cases, and until the time is up."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# From here on a run is one of ``make fuzz``, not of ``make test``.
LONG_SECONDS = 60
SEEDS = st.integers(0, 1 << 32)


@dataclass(frozen=True)
class Budget:
    """``seconds`` are those of the whole of tests/fuzz on one core; each test takes its share."""

    seconds: float

    @property
    def is_long(self) -> bool:
        return self.seconds >= LONG_SECONDS

    def numbers(self, least: int, least_long: int, share: float) -> Iterator[int]:
        """0, 1, 2 and so on: as many as there must be, then more until the share of the time is over."""
        end = time.monotonic() + self.seconds * share
        enough = least_long if self.is_long else least
        for number in itertools.count():
            if number >= enough and time.monotonic() >= end:
                return
            yield number

    def examples(self, most: int) -> int:
        """How many examples hypothesis tries: a twentieth where they are the same ones each time."""
        return most if self.is_long else most // 20


def tried(budget: Budget, most: int, test: Callable[..., None]) -> None:
    """Runs a property over as many examples as there is time for: the same ones each time, unless there is much."""
    settings(
        max_examples=budget.examples(most),
        derandomize=not budget.is_long,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )(test)()
