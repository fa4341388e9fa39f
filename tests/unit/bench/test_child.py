from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.child import ChildError, Usage, median, run, run_all

ROOT = Path(__file__).parents[3]
# Works until its own clock of CPU time says so: what was measured is at least that, however busy the machine.
BUSY_S = 0.2
BUSY = f"import time\nwhile time.process_time() < {BUSY_S}: pass"


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def _measured(code: str, output: Path) -> Usage:
    """What ``run`` says of ``code``, asked in a small process: a child's peak begins with that of its parent."""
    script = (
        f"from bench.child import run; from pathlib import Path; print(run({_python(code)!r}, Path({str(output)!r})))"
    )
    answer = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=ROOT).stdout
    figures = dict(part.split("=") for part in answer.strip().removeprefix("Usage(").removesuffix(")").split(", "))
    return Usage(float(figures["wall_s"]), float(figures["cpu_s"]), int(figures["peak_kib"]))


def test_time_and_memory_are_those_of_the_child_alone(tmp_path: Path) -> None:
    small = _measured("print('hello')", tmp_path / "out")
    large = _measured(f"block = b'x' * (200 << 20)\n{BUSY}", tmp_path / "other")
    assert (tmp_path / "out").read_text() == "hello\n"
    assert large.peak_kib > small.peak_kib + 150 * 1024
    assert small.cpu_s > 0
    assert large.cpu_s >= BUSY_S


def test_a_child_that_fails_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(ChildError, match=r"ended with 3: no such thing$"):
        run(_python("import sys; print('first\\nno such thing', file=sys.stderr); sys.exit(3)"), tmp_path / "out")


def test_runs_one_after_the_other_add_up_in_time_not_in_memory(tmp_path: Path) -> None:
    busy = _python(f"block = b'x' * (100 << 20)\n{BUSY}")
    once, thrice = run(busy, tmp_path / "out"), run_all([busy] * 3, tmp_path / "out")
    assert thrice.cpu_s >= 3 * BUSY_S
    assert thrice.wall_s >= 3 * BUSY_S
    assert thrice.peak_kib < 1.5 * once.peak_kib


def test_medians_are_taken_of_each_figure_for_itself() -> None:
    usages = [Usage(1.0, 9.0, 30), Usage(2.0, 8.0, 10), Usage(9.0, 1.0, 20)]
    assert median(usages) == Usage(2.0, 8.0, 20)
