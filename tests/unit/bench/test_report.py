from __future__ import annotations

import json

import pytest

from bench.child import Usage
from bench.report import MARKDOWN, PLAIN, Budget, Figure, Report, Run, number


@pytest.fixture
def report() -> Report:
    report = Report({"cpu": "made up"}, repeats=5)
    report.runs.append(Run("scan", Usage(0.5, 0.25, 2048), packets=1_000_000, size_bytes=125_000_000))
    report.figures.append(Figure("faster", 6.9, "", Budget(7, at_least=True)))
    report.figures.append(Figure("memory", 20.0, "KiB", Budget(20)))
    return report


def test_a_budget_is_met_on_its_own_side_and_at_its_limit() -> None:
    assert Budget(7, at_least=True).is_met(7)
    assert not Budget(7, at_least=True).is_met(6.99)
    assert Budget(7).is_met(7)
    assert not Budget(7).is_met(7.01)


def test_figures_stand_beside_their_budgets(report: Report) -> None:
    text = report.text(MARKDOWN)
    assert "| scan |       2 M |   2.00 |  0.500 | 0.250 |        2 |" in text
    assert "| faster |      6.9 |      ≥ 7 | MISSED |" in text
    assert "| memory |   20 KiB | ≤ 20 KiB |    met |" in text


def test_every_row_of_a_table_is_as_wide_as_its_head(report: Report) -> None:
    for style in (MARKDOWN, PLAIN):
        tables = [
            block.splitlines() for block in report.text(style).split("\n\n") if "scan" in block or "faster" in block
        ]
        assert len(tables) == 2
        assert all(len({len(line) for line in table}) == 1 for table in tables)


def test_problems_and_what_was_left_out_are_told(report: Report) -> None:
    report.problems.append("mix.pcap: ethproxy: findings 1, expected 2")
    report.left_out.append("ndpiReader -q: ndpiReader is not installed")
    for style in (MARKDOWN, PLAIN):
        assert "PROBLEM: mix.pcap: ethproxy: findings 1, expected 2" in report.text(style)
        assert "left out: ndpiReader -q: ndpiReader is not installed" in report.text(style)


def test_raw_figures_are_json_with_names(report: Report) -> None:
    raw = json.loads(report.raw())
    assert raw["runs"][0]["usage"] == {"wall_s": 0.5, "cpu_s": 0.25, "peak_kib": 2048}
    assert raw["figures"][0]["budget"] == {"limit": 7, "at_least": True}


def test_numbers_have_three_digits_and_a_letter() -> None:
    assert [number(value) for value in (0.12345, 12.345, 1234.5, 7_654_321)] == ["0.123", "12.3", "1.23 k", "7.65 M"]
