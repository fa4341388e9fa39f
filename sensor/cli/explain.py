"""``minesensor explain``: why we say so, from the bytes to the verdict, in words."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sensor.cli.base import (
    CONFIG,
    EXIT_DAMAGED,
    EXIT_USAGE,
    FILE,
    JSON,
    CommandError,
    load_app,
    print_row,
    settings_of,
)

if TYPE_CHECKING:
    from sensor.config import Settings
    from sensor.explain import Statement
    from sensor.finding import Finding
    from sensor.reveal import Revealed


@click.command()
@click.argument("finding_id", metavar="FINDING_ID")
@click.option(
    "--findings",
    "findings_path",
    required=True,
    type=click.Path(path_type=Path),
    help="The JSON lines that hold the finding, as 'scan --findings' writes them.",
)
@click.option(
    "--capture",
    type=click.Path(path_type=Path),
    help="The capture it came from: tshark, where installed, is asked for its own view of the connection.",
)
@click.option("--lang", "language", type=click.Choice(["en", "zh"]), default="en", help="The language of the words.")
@click.option("--reveal", "is_asked", is_flag=True, help="Tell whom the finding hides. Needs the key and a reason.")
@click.option("--reason", metavar="TEXT", help="Why, such as the number of the case; it is logged.")
@click.option("--key-file", type=FILE, help="The key of the pseudonyms.")
@click.option("--reveal-log", type=FILE, help="The log of reveals.")
@click.option("--customers", multiple=True, type=FILE, help="Customers (CSV), where names are looked for.")
@JSON
@CONFIG
def explain(
    finding_id: str, findings_path: Path, capture: Path | None, config_path: Path | None, language: str, **options: Any
) -> int:
    """Say in words why FINDING_ID was found, how much it is, and whose.

    The first letters of the id are enough where they are the only ones of their kind.
    """
    as_json = options["as_json"]
    from sensor import explain as explaining  # noqa: PLC0415
    from sensor.findings_file import FindingsError, find  # noqa: PLC0415

    if capture is not None and not os.path.isfile(capture):  # noqa: PTH113  (that of pathlib may raise)
        what = "not a file" if os.path.exists(capture) else "no such file"  # noqa: PTH110
        raise CommandError(EXIT_USAGE, f"{capture}: {what}; correct the path given with --capture")
    try:
        found = find(findings_path, finding_id)
    except FindingsError as error:
        raise CommandError(EXIT_USAGE, str(error)) from None
    settings = _settings(config_path, options)
    answers = _revealed(found.finding, settings, options["reason"], capture) if options["is_asked"] else None
    statements = explaining.explain(found, capture, answers)
    if as_json:
        for statement in statements:
            _print_json(statement, language)
    else:
        _print_text(statements, language)
    if found.broken_count:
        count = f"{found.broken_count} broken lines, this one the first" if found.broken_count > 1 else "a broken line"
        line = f"{findings_path}:{found.broken_first}: {count}; passed over: copy the file again"
        raise CommandError(EXIT_DAMAGED, line)
    is_unread = any(statement.code is explaining.Say.TSHARK_UNREADABLE for statement in statements)
    return EXIT_DAMAGED if is_unread else 0


def _settings(config_path: Path | None, options: dict[str, Any]) -> Settings:
    """Those of the file, with what the options say in their place."""
    from msgspec.structs import replace  # noqa: PLC0415

    settings = settings_of(config_path)
    named = {name: options[name] for name in ("key_file", "reveal_log") if options[name] is not None}
    privacy = replace(settings.privacy, **named)
    customers = options["customers"] or settings.enrichment.customers
    return replace(settings, privacy=privacy, enrichment=replace(settings.enrichment, customers=customers))


def _revealed(finding: Finding, settings: Settings, reason: str | None, capture: Path | None) -> list[Revealed]:
    import datetime  # noqa: PLC0415

    app = load_app()
    from sensor.access_log import AccessLogError  # noqa: PLC0415
    from sensor.disclosure import disclose  # noqa: PLC0415
    from sensor.reveal import RevealError  # noqa: PLC0415

    now = datetime.datetime.now(tz=datetime.UTC)
    try:
        return disclose(finding, settings, reason or "", capture, now)
    except app.UnreadableError as error:
        failure = error.failures[0]
        raise CommandError(EXIT_USAGE, f"{failure.path!r}: {failure.what}; {failure.remedy}") from None
    except (RevealError, *app.EXPECTED) as error:
        raise CommandError(EXIT_USAGE, str(error)) from None
    except AccessLogError as error:
        raise CommandError(EXIT_DAMAGED, str(error)) from None


def _print_json(statement: Statement, language: str) -> None:
    import msgspec  # noqa: PLC0415

    from sensor.explain import text  # noqa: PLC0415

    row = {name: value for name, value in msgspec.to_builtins(statement).items() if value}
    print_row({**row, "text": text(statement, language)}, "", as_json=True)


def _print_text(statements: list[Statement], language: str) -> None:
    from sensor.explain import SIDES, heading, text  # noqa: PLC0415

    # A terminal that cannot show a sign gets its number instead of an error.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    section, proof = None, ""
    for statement in statements:
        if statement.section is not section:
            click.echo(("" if section is None else "\n") + heading(statement.section, language))
            section = statement.section
        when = f"{statement.at}  {SIDES[language][statement.side]:<6}" if statement.at else ""
        click.echo(f"  {when}{text(statement, language)}")
        # One message may be the proof of several reasons.
        if statement.proof and statement.proof != proof:
            click.echo(f"      {statement.proof}")
        proof = statement.proof or proof
