"""What the benchmark refuses to tell. The sensor is a small script here: it says what it is told to say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.report import Report
from bench.suite import Suite

Mixer = Callable[..., Path]

_FINDING = {"protocol": {"dialect": "stratum-v1"}, "grade": "A", "jobs": 1, "shares": {"submitted": 2, "accepted": 2}}


@pytest.fixture
def capture(mixer: Mixer, tmp_path: Path) -> Path:
    """Three sessions of two shares each."""
    return mixer(tmp_path / "sessions.pcap", "sessions", "--count", "3", "--messages", "2")


def _report(folder: Path, capture: Path, *, profile: str, findings: int) -> Report:
    lines = folder / "lines.jsonl"
    lines.write_text(f"{json.dumps(_FINDING)}\n" * findings, "utf-8")
    script = folder / "minesensor"
    script.write_text(f'#!/bin/sh\ntest "$1" = scan && exec cat {lines}\necho "engine profile: {profile}"\n', "utf-8")
    script.chmod(0o755)
    suite = Suite(str(script), 1, folder)
    suite.start()
    suite.ordinary([capture], is_mix=True)
    return suite.report


def test_a_release_build_that_finds_what_is_there_gets_its_figures(capture: Path, tmp_path: Path) -> None:
    report = _report(tmp_path, capture, profile="release", findings=3)
    assert report.problems == []
    assert report.findings == "as expected"
    assert "peak memory at the defaults" in {figure.name for figure in report.figures}


def test_no_ratio_is_told_for_a_debug_build(capture: Path, tmp_path: Path) -> None:
    report = _report(tmp_path, capture, profile="debug", findings=3)
    assert report.figures == []
    assert report.problems == ["minesensor is not a release build: no ratio is told"]


def test_no_ratio_is_told_when_a_finding_is_missing(capture: Path, tmp_path: Path) -> None:
    report = _report(tmp_path, capture, profile="release", findings=2)
    assert report.figures == []
    assert report.findings == "NOT as expected"
    assert "sessions.pcap: stratum-v1: findings 2, expected 3" in report.problems
