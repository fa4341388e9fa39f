"""How a program hears that it is to end: it looks between two steps, so that nothing it has in hand is lost."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from typing import Final

from sensor.limits import REPEATED_SECONDS_MAX

# By the user, whoever manages services, or a connection that is lost.
INTERRUPTIONS: Final = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


class Interruption:
    """Of what goes on step by step. The first is noted; whoever asks again is not made to wait."""

    def __init__(self) -> None:
        self.is_asked = False
        self.is_urgent = False  # asked again
        self._asked_at = 0.0

    def goes_on(self) -> bool:
        return not self.is_asked

    @contextlib.contextmanager
    def heard(self) -> Iterator[None]:
        """Here interruptions are heard this way, by the first thread; no other hears any. What is ignored stays so."""
        former = {}
        if threading.current_thread() is threading.main_thread():
            handlers = {number: signal.getsignal(number) for number in INTERRUPTIONS}
            former = {number: handler for number, handler in handlers.items() if callable(handler)}
        try:
            for number in former:
                signal.signal(number, self.hear)
            yield
        finally:
            for number, handler in former.items():
                if signal.getsignal(number) == self.hear:
                    signal.signal(number, handler)

    def hear(self, number: int, _frame: object) -> None:
        """Raises KeyboardInterrupt where it was asked before, and not a moment ago."""
        if self.is_asked:
            if time.monotonic() - self._asked_at < REPEATED_SECONDS_MAX:
                return
            self.is_urgent = True
            raise KeyboardInterrupt
        self.is_asked = True
        self._asked_at = time.monotonic()
        if number != signal.SIGINT:
            signal.signal(number, signal.SIG_IGN)
