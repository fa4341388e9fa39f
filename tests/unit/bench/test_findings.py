from __future__ import annotations

import json
from pathlib import Path

from bench.findings import differences, found


def _finding(dialect: str, grade: str, **shares: int) -> str:
    return json.dumps({"protocol": {"dialect": dialect}, "grade": grade, "jobs": 2, "shares": shares}) + "\n"


def test_findings_are_summed_by_dialect_and_absent_counts_are_nothing(tmp_path: Path) -> None:
    lines = tmp_path / "out.jsonl"
    lines.write_text(
        _finding("ethproxy", "A", submitted=3, accepted=2, rejected=1) + _finding("ethproxy", "B"), "utf-8"
    )
    counts = {"findings": 2, "jobs": 4, "submitted": 3, "accepted": 2, "rejected": 1, "below_grade_a": 1}
    assert found(lines) == {"ethproxy": counts}


def test_a_missing_an_extra_and_a_wrong_count_are_each_told() -> None:
    wanted = {"a": {"findings": 2, "jobs": 5}, "b": {"findings": 1}}
    got = {"a": {"findings": 2, "jobs": 4}, "c": {"findings": 7}}
    assert differences(wanted, got) == [
        "a: jobs 4, expected 5",
        "b: findings 0, expected 1",
        "c: findings 7, expected 0",
    ]
    assert differences(wanted, wanted) == []
