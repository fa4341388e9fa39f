"""One line on the terminal that says how far a long scan is. Silent where nobody watches."""

from __future__ import annotations

from typing import Final, TextIO

# Shorter inputs are done before anybody reads the line.
_BYTES_MIN: Final = 64 * 1024 * 1024
# A new line every so many bytes: some ten a second.
_STEP_BYTES: Final = 16 * 1024 * 1024
_BAR_CHARS: Final = 30


class ProgressBar:
    """Call it with bytes read and bytes in all; it draws on ``stream`` where that is a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_shown = stream.isatty()
        self._next_bytes = 0
        self._is_drawn = False

    def __call__(self, done_bytes: int, all_bytes: int) -> None:
        if not self._is_shown or done_bytes < self._next_bytes or 0 < all_bytes < _BYTES_MIN:
            return
        if not all_bytes and done_bytes < _BYTES_MIN:
            return
        self._next_bytes = done_bytes + _STEP_BYTES
        self._is_drawn = True
        self._stream.write(f"\r{_text(done_bytes, all_bytes)}\x1b[K")
        self._stream.flush()

    def clear(self) -> None:
        """Takes the line away."""
        if self._is_drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._is_drawn = False


def _text(done_bytes: int, all_bytes: int) -> str:
    if not all_bytes:
        return f"read {done_bytes / 1e6:,.0f} MB"
    share = min(1.0, done_bytes / all_bytes)
    filled = round(share * _BAR_CHARS)
    return f"[{'#' * filled}{'.' * (_BAR_CHARS - filled)}] {share:4.0%} of {all_bytes / 1e6:,.0f} MB"
