"""The program ``minesensor``, also as ``python -m sensor``. It loads the command line and knows nothing of it."""

from __future__ import annotations

import gc
import signal

from sensor.limits import COLLECTOR_ALLOCATIONS_MAX


def main() -> None:
    # Ctrl-C ends it without a word as long as nobody hears it: Python would show where it stands.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Before anything large is imported: what is made at the start lives to the end, and looking for garbage in it is
    # a tenth of the start.
    gc.set_threshold(COLLECTOR_ALLOCATIONS_MAX)
    from sensor.cli import main as command_line  # noqa: PLC0415

    command_line()


if __name__ == "__main__":
    main()
