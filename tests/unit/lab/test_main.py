# SPDX-License-Identifier: Apache-2.0
"""``python -m tests.lab``: what it builds and what it answers to a typo."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab import __main__ as lab
from tests.lab import operator
from tests.lab.captures import CAPTURES


def test_an_unknown_capture_is_refused_with_the_names_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert lab.main(["build", "demo.pacp"]) == 2
    message = capsys.readouterr().err
    assert "'demo.pacp'" in message
    assert "demo.pcap" in message


def test_without_a_command_the_usage_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert lab.main([]) == 2
    assert capsys.readouterr().err.startswith("usage: ")


def test_building_one_capture_writes_it_and_the_whole_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "FOLDER", tmp_path / "pcaps")
    monkeypatch.setattr(operator, "FOLDER", tmp_path / "deploy" / "demo")
    assert lab.main(["build", "snap-length.pcap"]) == 0
    assert {path.name for path in (tmp_path / "pcaps").iterdir()} == {"snap-length.pcap", "MANIFEST.toml"}
    text = (tmp_path / "pcaps" / "MANIFEST.toml").read_text(encoding="utf-8")
    assert all(f'name = "{name}"' in text for name in CAPTURES)
    assert {path.name for path in operator.FOLDER.iterdir()} == set(operator.FILES)
