from __future__ import annotations

from sensor.selftest import CASES, Result, run_cases


def test_the_installed_engine_finds_what_is_in_the_capture_and_nothing_else() -> None:
    results = run_cases()
    assert len(results) == len(CASES)
    assert [result for result in results if not result.ok] == []


def test_a_result_that_differs_is_not_ok() -> None:
    assert not Result("x", "nothing", "stratum-v1 working A 1").ok
