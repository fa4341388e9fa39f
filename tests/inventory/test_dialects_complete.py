"""A dialect is complete when it has a decoder, anchors, a page and tests; nothing stands on one list only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import signatures
from sensor.wire import DECODERS, DIALECTS
from sensor.wire.errands import ERRANDS
from sensor.wire.relatives import RELATIVES

ROOT = Path(__file__).parents[2]
MODULES = {
    **{decoder.dialect: decoder.__module__ for decoder in DECODERS},
    # The first of a dialect gives it its name.
    **{errand.dialect: type(errand).__module__ for errand in reversed(ERRANDS)},
    **{relative.dialect: type(relative).__module__ for relative in RELATIVES},
}
PROTOCOLS = {protocol.name: protocol for protocol in signatures.load().protocols}
SECTIONS = ("**On the wire.**", "**Confirmed by**")


def test_every_dialect_has_a_signature_and_every_signature_a_decoder() -> None:
    assert sorted(DIALECTS) == sorted(PROTOCOLS)


def test_no_dialect_stands_on_the_lists_twice() -> None:
    assert sorted(MODULES) == sorted(DIALECTS)


def test_every_page_belongs_to_a_dialect() -> None:
    pages = {page.stem for page in (ROOT / "docs/protocols").glob("*.md")} - {"README"}
    assert pages == set(DIALECTS)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_page_of_a_dialect_says_what_it_must(dialect: str) -> None:
    page = (ROOT / f"docs/protocols/{dialect}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {dialect}\n")
    for section in SECTIONS:
        assert section in page, f"docs/protocols/{dialect}.md lacks {section}"
    assert f"({dialect}.md)" in (ROOT / "docs/protocols/README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_dialect_has_matches_and_near_misses(dialect: str) -> None:
    protocol = PROTOCOLS[dialect]
    assert len(protocol.matches) >= 3
    assert len(protocol.no_matches) >= 3


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_dialect_has_a_test_file_of_its_own(dialect: str) -> None:
    module = MODULES[dialect].rpartition(".")[2]
    tests = ROOT / f"tests/unit/wire/test_{module}.py"
    assert tests.exists(), f"{tests.relative_to(ROOT)} is missing"
    assert len(re.findall(r"^def test_", tests.read_text(encoding="utf-8"), re.MULTILINE)) >= 6
