"""The program ``minesensor``, also as ``python -m sensor``. It loads the command line and knows nothing of it."""

from __future__ import annotations

import gc

from sensor.limits import COLLECTOR_ALLOCATIONS_MAX


def main() -> None:
    # Before anything large is imported: what is made at the start lives to the end, and looking for garbage in it is
    # a tenth of the start.
    gc.set_threshold(COLLECTOR_ALLOCATIONS_MAX)
    from sensor.cli import main as command_line  # noqa: PLC0415

    command_line()


if __name__ == "__main__":
    main()
