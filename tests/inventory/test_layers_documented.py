# SPDX-License-Identifier: Apache-2.0
"""docs/layers.md names every tunnel that a finding may tell of, and every link type that is read."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/layers.md").read_text(encoding="utf-8")
LAYERS = ROOT / "native/fastpath/src/layers"


def test_every_kind_of_tunnel_is_documented() -> None:
    kinds = re.findall(r'^    \w+ = "([a-z0-9-]+)",$', (LAYERS / "tunnel.rs").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(kinds) > 30
    assert [kind for kind in kinds if f"`{kind}`" not in TEXT] == []


def test_every_link_type_that_is_read_is_documented() -> None:
    links = (ROOT / "native/capture/src/link.rs").read_text(encoding="utf-8")
    numbers = re.findall(r'^    \((\d+), "\w+", READ\),$', links, re.MULTILINE)
    assert len(numbers) > 30
    spans = [range(int(low), int(high) + 1) for low, high in re.findall(r"(\d+) to (\d+)", TEXT)]
    told = {int(number) for number in re.findall(r"\d+", TEXT)} | {number for span in spans for number in span}
    assert [number for number in numbers if int(number) not in told] == []
