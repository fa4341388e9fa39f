"""``minesensor privacy``: the key of the pseudonyms, and the log of those who asked whom they stand for."""

from __future__ import annotations

from pathlib import Path

import click

from sensor.cli.base import EXIT_DAMAGED, EXIT_USAGE, JSON, CommandError, print_row


@click.group()
def privacy() -> None:
    """The key of the pseudonyms, and the log of reveals."""


@privacy.command("new-key")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@JSON
def privacy_new_key(path: Path, *, as_json: bool) -> None:
    """Make a key in FILE, which only you may read. A file that is there is left alone.

    Keep a copy where only those are who may reveal: without the key nobody can tell whom a pseudonym stands for.
    """
    from sensor.keyfile import KeyFileError, new_key, read_key  # noqa: PLC0415
    from sensor.pseudonym import Pseudonyms  # noqa: PLC0415

    try:
        new_key(path)
        key_id = Pseudonyms(read_key(path)).key_id
    except KeyFileError as error:
        raise CommandError(EXIT_USAGE, str(error)) from None
    text = f"{path}: key {key_id}; name it with --key-file, or as key_file in [privacy]"
    print_row({"file": str(path), "key_id": key_id}, text, as_json=as_json)


@privacy.command("check-log")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@JSON
def privacy_check_log(path: Path, *, as_json: bool) -> None:
    """Is the log of reveals whole? Shows each entry, and the hash of the last one to compare with the case file."""
    import msgspec  # noqa: PLC0415

    from sensor.access_log import AccessLog, AccessLogError  # noqa: PLC0415

    try:
        entries = AccessLog(path).entries()
    except AccessLogError as error:
        raise CommandError(EXIT_DAMAGED, str(error)) from None
    for entry in entries:
        asked = entry.asked
        text = f"{entry.number:>6} {asked.at} {asked.who} {asked.outcome} {asked.subject}: {asked.reason}"
        print_row(msgspec.to_builtins(entry), text, as_json=as_json)
    if not as_json:
        end = entries[-1].hash if entries else "none"
        click.echo(f"whole: {len(entries)} entries, the last with hash {end}")
