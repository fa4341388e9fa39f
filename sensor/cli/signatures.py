"""``minesensor signatures``: what is on the lists, and why."""

from __future__ import annotations

from pathlib import Path

import click

from sensor.cli.base import CONFIG, JSON, print_row, signatures_of


@click.group()
def signatures() -> None:
    """What mining looks like: protocols and pool lists."""


@signatures.command("list")
@JSON
@CONFIG
def signatures_list(config_path: Path | None, *, as_json: bool) -> None:
    """The protocols and pool lists in use, with their sources' dates."""
    loaded = signatures_of(config_path)
    for protocol in loaded.protocols:
        print_row(
            {"what": "protocol", "name": protocol.name, "title": protocol.title, "anchors": len(protocol.anchors)},
            f"protocol  {protocol.name:<24} {protocol.title}, {len(protocol.anchors)} anchors",
            as_json=as_json,
        )
    for header in loaded.lists:
        as_of = str(header.as_of)
        print_row(
            {"what": "list", "name": header.name, "title": header.title, "rows": header.rows, "as_of": as_of},
            f"list      {header.name:<24} {header.title}, {header.rows} rows as of {as_of}",
            as_json=as_json,
        )


@signatures.command("check")
@click.argument("subject", required=False, metavar="[NAME|HOST|IP]")
@JSON
@CONFIG
def signatures_check(subject: str | None, config_path: Path | None, *, as_json: bool) -> None:
    """Is SUBJECT known, and why? Without one: are all signature files sound?"""
    loaded = signatures_of(config_path)
    if subject is None:
        counts = {"protocols": len(loaded.protocols), "lists": len(loaded.lists), "rows": len(loaded.entries)}
        text = f"sound: {counts['protocols']} protocols, {counts['lists']} lists, {counts['rows']} rows"
        print_row(counts, text, as_json=as_json)
        return
    matches = loaded.check(subject)
    for match in matches:
        row = {"subject": subject, "what": match.what, "listed": match.listed, "applies": match.applies}
        sources = ", ".join(f"{source.upstream} ({source.licence}, {source.date})" for source in match.sources)
        from_where = f"\n  {match.path}" + (f", from {sources}" if sources else "")
        print_row({**row, "why": match.why, "path": match.path}, match.why + from_where, as_json=as_json)
    if not matches:
        print_row({"subject": subject, "what": "unknown"}, f"{subject!a} is on no list", as_json=as_json)
