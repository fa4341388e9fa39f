"""The ``[[source]]`` tables of a list: where its rows come from, under which licence, as of which day."""

from __future__ import annotations

import re
from typing import Final

from signatures.document import Section, quoted
from signatures.schema import Source

_TAG: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,23}")


def read_sources(head: Section) -> tuple[Source, ...]:
    """At least one source; tags are unique. Raises SignatureError."""
    sources: dict[str, Source] = {}
    for section in head.tables("source"):
        source = Source(
            tag=section.text("tag"),
            upstream=section.text("upstream"),
            licence=section.text("licence"),
            date=section.date("date"),
        )
        if not _TAG.fullmatch(source.tag):
            what = f"tag {quoted(source.tag)} must be lower-case letters, digits and '-'"
            section.fail("tag", f"{what}; rename it")
        if source.tag in sources:
            section.fail("tag", f"tag {quoted(source.tag)} is used twice; rename one")
        section.close()
        sources[source.tag] = source
    if not sources:
        head.document.fail(1, "no source; add a [[source]] with tag, upstream, licence and date")
    return tuple(sources.values())
