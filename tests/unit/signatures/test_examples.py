"""The examples of every protocol file are tests: each stands here under its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from signatures.examples import contradictions, hits
from signatures.loader import PACKAGED, load
from signatures.protocol_file import read_protocol
from signatures.schema import Anchor, AnchorSide, Carrier, Example, Protocol

PROTOCOLS = [read_protocol(path, path.name) for path in sorted((PACKAGED / "protocols").glob("*.toml"))]
ALL_ANCHORS = load().anchors


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda p: p.name)
def test_examples_agree_with_the_anchors(protocol: Protocol) -> None:
    assert contradictions(protocol) == []


@pytest.mark.parametrize(
    ("example", "carrier"),
    [
        pytest.param(e, p.anchors[0].carrier, id=f"{p.path}:{e.line}")
        for p in PROTOCOLS
        for e in p.no_matches
        if not e.candidate_only
    ],
)
def test_no_match_is_hit_by_no_anchor_of_its_carrier(example: Example, carrier: Carrier) -> None:
    same = [anchor for anchor in ALL_ANCHORS if anchor.carrier is carrier]
    assert [a.pattern for a in same if hits(a, AnchorSide.ANY, example.text.encode())] == []


ANCHOR = Anchor(b"mining.notify", 4, ("p",), AnchorSide.POOL)


@pytest.mark.parametrize(
    ("side", "text", "expected"),
    [
        (AnchorSide.POOL, b"....mining.notify", True),
        (AnchorSide.POOL, b".....mining.notify", False),
        (AnchorSide.MINER, b"mining.notify", False),
        (AnchorSide.POOL, b"mining.notif", False),
    ],
    ids=["at-the-depth", "one-beyond-the-depth", "other-side", "cut-short"],
)
def test_an_anchor_hits_its_own_side_up_to_its_depth(side: AnchorSide, text: bytes, expected: bool) -> None:
    assert hits(ANCHOR, side, text) is expected


BAD = """
name = "bad"
title = "t"
description = "d"
documents = ["x"]
[[anchor]]
pattern = "mining.x"
side = "miner"
depth = 0
[[match]]
side = "miner"
text = "something else"
[[no_match]]
side = "miner"
text = "mining.x"
[[no_match]]
side = "miner"
text = "nothing"
candidate_only = true
"""


def test_each_kind_of_contradiction_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(BAD)
    assert contradictions(read_protocol(path, "bad.toml")) == [
        "bad.toml:12: no anchor of this side is in the match; add one or correct the example",
        "bad.toml:15: an anchor hits the no_match; choose a better one or set candidate_only",
        "bad.toml:18: candidate_only is set, but no anchor hits; remove candidate_only",
        "bad.toml:1: fewer than 3 match examples from the miner; add some",
        "bad.toml:1: fewer than 3 no_match examples; add some",
    ]
