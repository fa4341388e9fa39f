from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.child import ChildError, Usage, median, run, run_all


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_time_and_memory_are_those_of_the_child_alone(tmp_path: Path) -> None:
    small = run(_python("print('hello')"), tmp_path / "out")
    large = run(_python("block = b'x' * (200 << 20); sum(range(3_000_000))"), tmp_path / "other")
    assert (tmp_path / "out").read_text() == "hello\n"
    assert large.peak_kib > small.peak_kib + 150 * 1024
    assert large.cpu_s > small.cpu_s > 0
    assert run(_python(""), tmp_path / "out").peak_kib < large.peak_kib


def test_a_child_that_fails_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(ChildError, match=r"ended with 3: no such thing$"):
        run(_python("import sys; print('first\\nno such thing', file=sys.stderr); sys.exit(3)"), tmp_path / "out")


def test_runs_one_after_the_other_add_up_in_time_not_in_memory(tmp_path: Path) -> None:
    busy = _python("block = b'x' * (100 << 20); sum(range(3_000_000))")
    once, thrice = run(busy, tmp_path / "out"), run_all([busy] * 3, tmp_path / "out")
    assert thrice.cpu_s > 1.5 * once.cpu_s
    assert thrice.peak_kib < 1.5 * once.peak_kib


def test_medians_are_taken_of_each_figure_for_itself() -> None:
    usages = [Usage(1.0, 9.0, 30), Usage(2.0, 8.0, 10), Usage(9.0, 1.0, 20)]
    assert median(usages) == Usage(2.0, 8.0, 20)
