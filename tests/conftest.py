"""Options of the whole test suite."""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Final

import hypothesis
import pytest

# No test is timed: how busy the machine is decides no outcome.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

_HERE: Final = Path(__file__).parent
# Lines are counted that the tests of single units reach. The others go over the same lines thousands of times, or in
# processes of their own, and counting would double their time.
_COUNTED: Final = ("contracts", "unit")
_UNCOUNTED: Final = (
    *("unit/bench", "unit/corpus", "unit/lab", "unit/reference"),
    *("unit/enrichment/test_library.py", "unit/estimate/test_coverage.py", "unit/test_room.py"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the long tests too (make soak)")
    parser.addoption("--fuzz-seconds", type=float, default=4.0, help="how long tests/fuzz takes (make fuzz: 60)")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "soak: takes minutes; runs with --soak only")
    config.addinivalue_line("markers", "uncounted: the lines that it reaches are not counted")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if not _is_of(item, _COUNTED) or _is_of(item, _UNCOUNTED):
            item.add_marker(pytest.mark.uncounted)
    if config.getoption("--soak"):
        return
    for item in items:
        if "soak" in item.keywords and item.get_closest_marker("soak"):
            item.add_marker(pytest.mark.skip(reason="takes minutes; run it with: make soak"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Counts nothing in what is not counted. pytest-cov's own mark for that does so only without xdist: a worker counts
    twice, and when the one ends the other goes on.
    """
    if not item.get_closest_marker("uncounted"):
        return (yield)
    here, in_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(here)
        threading.settrace(in_threads)


def _is_of(item: pytest.Item, parts: tuple[str, ...]) -> bool:
    return any(item.path.is_relative_to(_HERE / part) for part in parts)
