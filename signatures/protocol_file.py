"""One file of protocols/: a dialect's name, the anchors that make a flow its candidate, and examples."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from signatures.document import Document, Section, quoted
from signatures.schema import (
    ANCHOR_BYTES_MAX,
    ANCHOR_BYTES_MIN,
    ANCHOR_DEPTH_BYTES_MAX,
    DESCRIPTION_CHARS_MAX,
    Anchor,
    AnchorSide,
    Carrier,
    Example,
    Protocol,
)

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,40}")
_EXAMPLE_CHARS_MAX: Final = 8192


def read_protocol(path: Path, shown: str) -> Protocol:
    """The protocol a file describes; raises SignatureError naming file and line."""
    document = Document(path, shown)
    head = Section(document, document.root)
    name = head.text("name")
    if not _NAME.fullmatch(name):
        head.fail("name", f"name {quoted(name)} must be lower-case letters, digits and '-'; rename it")
    if name != path.stem:
        head.fail("name", f"name {quoted(name)} differs from the file's; call the file {name}.toml")
    protocol = Protocol(
        name=name,
        title=head.text("title"),
        description=head.text("description", DESCRIPTION_CHARS_MAX, lines=True).replace("\n", " "),
        documents=head.texts("documents"),
        anchors=_anchors(head, name),
        matches=tuple(_example(section, may_hit=False) for section in head.tables("match")),
        no_matches=tuple(_example(section, may_hit=True) for section in head.tables("no_match")),
        path=shown,
    )
    head.close()
    return protocol


def _anchors(head: Section, name: str) -> tuple[Anchor, ...]:
    anchors: dict[bytes, Anchor] = {}
    carrier = head.choice("carrier", Carrier) if head.has("carrier") else Carrier.LINES
    for section in head.tables("anchor"):
        anchor = _anchor(section, name, carrier)
        if anchor.pattern in anchors:
            section.fail("pattern", f"anchor {quoted(anchor.pattern.decode())} stands here twice; remove one")
        anchors[anchor.pattern] = anchor
    if not anchors:
        head.document.fail(1, "no anchor; add at least one [[anchor]]")
    return tuple(anchors.values())


def _anchor(section: Section, name: str, carrier: Carrier) -> Anchor:
    text = section.raw("pattern")
    if not (text.isascii() and text.isprintable()):
        section.fail("pattern", f"anchor {quoted(text)} must be printable ASCII; correct it")
    if not ANCHOR_BYTES_MIN <= len(text) <= ANCHOR_BYTES_MAX:
        remedy = f"use {ANCHOR_BYTES_MIN} to {ANCHOR_BYTES_MAX}"
        section.fail("pattern", f"anchor {quoted(text)} has {len(text)} bytes; {remedy}")
    anchor = Anchor(
        pattern=text.encode("ascii"),
        depth=section.number("depth", 0, ANCHOR_DEPTH_BYTES_MAX),
        protocols=(name,),
        side=section.choice("side", AnchorSide),
        carrier=carrier,
    )
    section.close()
    return anchor


def _example(section: Section, *, may_hit: bool) -> Example:
    side = section.choice("side", AnchorSide)
    if side is AnchorSide.ANY:
        section.fail("side", "an example is sent by one side; write miner or pool")
    text = section.raw("text")
    if not 0 < len(text) <= _EXAMPLE_CHARS_MAX:
        section.fail("text", f"an example has 1 to {_EXAMPLE_CHARS_MAX} characters; correct it")
    example = Example(
        side=side,
        text=text,
        line=section.line_of("text"),
        candidate_only=section.flag("candidate_only") if may_hit else False,
    )
    section.close()
    return example
