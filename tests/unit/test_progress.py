from __future__ import annotations

import io

from sensor.progress import ProgressBar

MB = 1_000_000


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_long_file_on_a_terminal_has_a_bar() -> None:
    stream = Terminal()
    bar = ProgressBar(stream)
    for done in range(0, 1000, 100):
        bar(done * MB, 1000 * MB)
    assert "50% of 1,000 MB" in stream.getvalue()
    bar.clear()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_standard_input_has_no_end_and_is_counted() -> None:
    stream = Terminal()
    ProgressBar(stream)(500 * MB, 0)
    assert "read 500 MB" in stream.getvalue()


def test_a_short_file_or_no_terminal_has_none() -> None:
    for stream in (Terminal(), io.StringIO()):
        bar = ProgressBar(stream)
        bar(10 * MB, (20 if stream.isatty() else 2000) * MB)
        bar.clear()
        assert stream.getvalue() == ""
