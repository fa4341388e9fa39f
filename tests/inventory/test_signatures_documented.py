"""docs/signatures.md names every protocol, list, key and word that a signature file may hold."""

from __future__ import annotations

import pytest

from signatures.loader import PACKAGED, load
from signatures.schema import AnchorSide, Confidence, PoolKind, Status, Strength

TEXT = (PACKAGED.parent / "docs" / "signatures.md").read_text(encoding="utf-8")
WORDS = [
    *(protocol.name for protocol in load().protocols),
    *(pool_list.name for pool_list in load().lists),
    *(path.name for path in (PACKAGED / "benign").glob("*.toml")),
    *AnchorSide,
    *Confidence,
    *PoolKind,
    *Status,
    *Strength,
    *(
        "name",
        "title",
        "description",
        "documents",
        "[[anchor]]",
        "[[match]]",
        "[[no_match]]",
        "pattern",
        "side",
    ),
    *(
        "depth",
        "text",
        "kind",
        "strength",
        "as_of",
        "allow_private",
        "[[source]]",
        "tag",
        "upstream",
        "licence",
    ),
    *("date", "[[group]]", "status", "confidence", "rows"),
]


@pytest.mark.parametrize("word", WORDS)
def test_word_is_documented(word: str) -> None:
    assert f"`{word}`" in TEXT


def test_the_list_shown_in_the_document_loads(tmp_path) -> None:
    lines = TEXT[TEXT.index('    name = "campus"') :].split("\n\n", 1)[0].splitlines()
    path = tmp_path / "pools" / "campus.toml"
    path.parent.mkdir()
    path.write_text("\n".join(line.removeprefix("    ") for line in lines), encoding="utf-8")
    assert load([tmp_path]).names == (("pool.example.com", False, (3333,), 0),)
