"""Compares what a scan found with what a capture was made to hold: a figure for wrong findings is none."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

#: Dialect -> what is counted -> how often, as the mixer writes it.
Expected = dict[str, dict[str, int]]


def described_in(capture: Path) -> Path:
    """The file beside a capture that says what it holds."""
    return capture.with_name(f"{capture.name}.json")


def expected(capture: Path) -> Expected:
    """What the mixer says of a capture that it made."""
    described: dict[str, Expected] = json.loads(described_in(capture).read_text(encoding="utf-8"))
    return described["expected"]


def found(lines: Path) -> Expected:
    """The same counts of a file of findings, a JSON object a line; those below grade A are told too."""
    totals: dict[str, Counter[str]] = {}
    for line in lines.read_text(encoding="utf-8").splitlines():
        finding: dict[str, Any] = json.loads(line)
        shares: dict[str, int] = finding.get("shares") or {}
        total = totals.setdefault(str(finding["protocol"]["dialect"]), Counter())
        counts = {name: shares.get(name) or 0 for name in ("submitted", "accepted", "rejected")}
        total.update({"findings": 1, "jobs": finding.get("jobs") or 0, **counts})
        if finding["grade"] != "A":
            total["below_grade_a"] += 1
    return {dialect: dict(total) for dialect, total in totals.items()}


def compare(capture: Path, lines: Path) -> list[str]:
    """What differs between a capture's description and the findings in ``lines``."""
    return differences(expected(capture), found(lines))


def differences(wanted: Expected, got: Expected) -> list[str]:
    """One line for each count that differs."""
    lines = []
    for dialect in sorted(wanted.keys() | got.keys()):
        want, have = wanted.get(dialect, {}), got.get(dialect, {})
        for name in sorted(want.keys() | have.keys()):
            if want.get(name, 0) != have.get(name, 0):
                lines.append(f"{dialect}: {name} {have.get(name, 0)}, expected {want.get(name, 0)}")
    return lines
