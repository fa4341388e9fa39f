"""What all processes of a scan heed when they speak to one another."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Final

from sensor.interruption import INTERRUPTIONS

# How long another process is waited for before there may be something else to do, such as to show the progress.
WAIT_SECONDS: Final = 0.25


@contextlib.contextmanager
def undisturbed(signals: frozenset[signal.Signals] = INTERRUPTIONS) -> Iterator[None]:
    """While a message crosses these signals wait: half a message would be taken for another. They wait as long as no
    other thread hears them: ``start_deaf`` starts such.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        # It raises what came until now, and blocks nevertheless.
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start_deaf(thread: threading.Thread) -> None:
    """Starts a thread that hears no interruption, nor do those that it starts. Python would handle it in the first
    thread at once, whatever that is about.
    """
    with undisturbed():
        thread.start()
