"""``minesensor signatures``: what is on the lists and in the tables, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sensor.cli.base import CONFIG, EXIT_USAGE, JSON, CommandError, print_row, signatures_of


@click.group()
def signatures() -> None:
    """What mining looks like: protocols, pool lists, and the equipment that mines."""


@signatures.command("list")
@JSON
@CONFIG
def signatures_list(config_path: Path | None, *, as_json: bool) -> None:
    """The protocols, pool lists and tables of equipment in use, with the dates of the lists."""
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
    for name, rows, of_what in loaded.equipment.tables():
        print_row(
            {"what": "table", "name": name, "rows": rows},
            f"table     {name:<24} {rows} {of_what}",
            as_json=as_json,
        )


@signatures.command("check")
@click.argument("subject", required=False, metavar="[NAME|HOST|IP]")
@JSON
@CONFIG
def signatures_check(subject: str | None, config_path: Path | None, *, as_json: bool) -> None:
    """Is SUBJECT known, and why? Without one: are all signature files sound?

    SUBJECT is a protocol, a list, an algorithm, a machine, a host or an address.
    """
    if subject is not None and not subject.strip():
        raise CommandError(EXIT_USAGE, "SUBJECT is empty; name a protocol, a list, a machine, a host or an address")
    loaded = signatures_of(config_path)
    if subject is None:
        _check_equipment(loaded.equipment)
        counts = {"protocols": len(loaded.protocols), "lists": len(loaded.lists), "rows": len(loaded.entries)}
        counts["machines"] = len(loaded.equipment.machines)
        text = (
            f"sound: {counts['protocols']} protocols, {counts['lists']} lists, {counts['rows']} rows, "
            f"{counts['machines']} machines"
        )
        print_row(counts, text, as_json=as_json)
        return
    matches = loaded.check(subject)
    for match in matches:
        row = {"subject": subject, "what": match.what, "listed": match.listed, "applies": match.applies}
        row["sources"] = [
            {"upstream": source.upstream, "licence": source.licence, "date": str(source.date)}
            for source in match.sources
        ]
        sources = ", ".join(f"{source.upstream} ({source.licence}, {source.date})" for source in match.sources)
        from_where = match.path + (f", from {sources}" if sources else "")
        text = f"{match.why}\n  {from_where}" if from_where else match.why
        print_row({**row, "why": match.why, "path": match.path}, text, as_json=as_json)
    if not matches:
        print_row({"subject": subject, "what": "unknown"}, f"{subject!r} is on no list", as_json=as_json)


def _check_equipment(equipment: Any) -> None:
    from signatures import SignatureError  # noqa: PLC0415
    from signatures.equipment_file import check_equipment  # noqa: PLC0415

    try:
        check_equipment(equipment)
    except SignatureError as error:
        raise CommandError(EXIT_USAGE, str(error)) from None
