"""The finding that both READMEs explain is the one that the demonstration finds, value by value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sensor.cli import run
from tests.lab.operator import FOLDER

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", "README.zh-CN.md"]
# A name and a plain value; what is shortened with an ellipsis is no plain value.
PAIR = re.compile(r'"(\w+)": ("[^"…\\]*"|-?\d[\d.]*|true|false)')


def pairs_of(page: str) -> list[tuple[str, Any]]:
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [(name, json.loads(value)) for block in blocks for name, value in PAIR.findall(block)]


def members(value: Any) -> Iterator[tuple[str, Any]]:
    """Every name and plain value in a JSON value, times without their trailing zeros."""
    for name, member in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(member, (dict, list)):
            yield from members(member)
        elif isinstance(member, str) and member.endswith("0Z"):
            yield str(name), member.removesuffix("Z").rstrip("0") + "Z"
        else:
            yield str(name), member


@pytest.fixture
def explained(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    key = tmp_path / "key"
    assert run(["privacy", "new-key", str(key)]) == 0
    records = [f"--customers={FOLDER / 'customers.csv'}", f"--city={FOLDER / 'city.mmdb'}"]
    records += [f"--asn={FOLDER / 'asn.mmdb'}", f"--key-file={key}"]
    capfd.readouterr()
    assert run(["scan", "--json", *records, str(ROOT / "pcaps" / "demo.pcap")]) == 0
    found = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    (wanted,) = [value for name, value in pairs_of(PAGES[0]) if name == "finding_id"]
    (finding,) = [row for row in found if row["finding_id"] == wanted]
    return dict(finding)


def test_both_pages_explain_the_same_finding() -> None:
    assert pairs_of(PAGES[0]) == pairs_of(PAGES[1])


def test_every_value_explained_is_the_finding_s_own(explained: dict[str, Any]) -> None:
    true = set(members(explained))
    told = pairs_of(PAGES[0])
    assert len(told) > 40
    assert [pair for pair in told if pair not in true] == []
