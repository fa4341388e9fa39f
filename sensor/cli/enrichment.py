"""``minesensor enrichment``: the files that say whose an address is: are they sound, and what do they say?"""

from __future__ import annotations

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
    Number,
    load_app,
    print_row,
    say,
    settings_of,
)

if TYPE_CHECKING:
    from enrichment import Library
    from sensor.config import Settings

_FILES = (
    click.option("--customers", multiple=True, type=FILE, help="Customers (CSV); may be repeated."),
    click.option("--city", type=FILE, help="GeoIP city database (MMDB)."),
    click.option("--asn", type=FILE, help="Database of autonomous systems (MMDB)."),
)


def _files(command: Any) -> Any:
    """The options that name files, in the place of those of the configuration."""
    for option in reversed(_FILES):
        command = option(command)
    return command


@click.group()
def enrichment() -> None:
    """Whose an address is: customers, GeoIP, autonomous systems."""


@enrichment.command("check")
@JSON
@_files
@CONFIG
def enrichment_check(config_path: Path | None, *, as_json: bool, **files: Any) -> int:
    """Are the files sound? Tells each line that is not, what overlaps, and the version of each file.

    The exit code is 1 where a line could not be taken.
    """
    import msgspec  # noqa: PLC0415

    library = _library(config_path, files)
    for version in library.edition.versions:
        row = {"what": "file", **msgspec.to_builtins(version)}
        print_row(row, _version_line(row), as_json=as_json)
    for source in library.edition.sources:
        counts = {"source": source.name, **source.counts()}
        text = ", ".join(f"{count:,} {name}" for name, count in source.counts().items())
        if source.counts():
            print_row({"what": "counts", **counts}, f"counts    {source.name}: {text}", as_json=as_json)
    for problem in library.problems():
        row = {"where": problem.where, "problem": problem.what, "remedy": problem.remedy, "is_lost": problem.is_lost}
        word = "lost" if problem.is_lost else "warning"
        print_row({"what": "problem", **row}, f"{word:<9} {problem}", as_json=as_json)
    more = library.problems_count() - len(library.problems())
    if more:
        print_row({"what": "more", "problems": more}, f"and {more:,} more", as_json=as_json)
    return EXIT_DAMAGED if library.lost_count() else 0


@enrichment.command("lookup")
@click.argument("ip", metavar="IP")
@click.option("--at", "at", metavar="TIME", help="When (RFC 3339 or seconds since 1970); now, if not given.")
@click.option("--realm", type=Number(0, 65_535), default=0, help="The realm of the address.")
@JSON
@_files
@CONFIG
def enrichment_lookup(
    ip: str, at: str | None, realm: int, config_path: Path | None, *, as_json: bool, **files: Any
) -> int:
    """Whose is IP, and what does each file say of it? The exit code is 1 where nobody is known."""
    import msgspec  # noqa: PLC0415

    from enrichment.addresses import normalise  # noqa: PLC0415
    from enrichment.model import Interval, Subject  # noqa: PLC0415
    from sensor.attribution import Attributor  # noqa: PLC0415
    from sensor.direction import OwnPrefixes  # noqa: PLC0415

    if normalise(ip) is None:
        raise CommandError(EXIT_USAGE, f"{ip!r} is no address; write one like 203.0.113.7 or 2001:db8::7")
    moment = _moment(at)
    library = _library(config_path, files)
    found = Attributor(OwnPrefixes(()), library.edition).address(Subject(realm, ip), Interval(moment, moment))
    row = {"ip": ip, "realm": realm, **msgspec.to_builtins(found)}
    if as_json:
        print_row(row, "", as_json=True)
    else:
        _print(_lines(row))
    return 0 if "reason" not in row else EXIT_DAMAGED


def _library(config_path: Path | None, files: dict[str, Any]) -> Library:
    from enrichment import EnrichmentError  # noqa: PLC0415

    settings = _settings(config_path, files)
    if not (settings.enrichment.customers or settings.enrichment.city or settings.enrichment.asn):
        raise CommandError(EXIT_USAGE, "no files are named; give --customers, --city or --asn, or a --config with them")
    app = load_app()
    try:
        library: Library = app.library_of(settings)
    except EnrichmentError as error:
        raise CommandError(EXIT_USAGE, str(error)) from None
    return library


def _settings(config_path: Path | None, files: dict[str, Any]) -> Settings:
    from msgspec.structs import replace  # noqa: PLC0415

    settings = settings_of(config_path)
    named = {name: value for name, value in files.items() if value}
    return replace(settings, enrichment=replace(settings.enrichment, **named))


def _moment(at: str | None) -> int:
    import time  # noqa: PLC0415

    from sensor.timestamp import parse_time  # noqa: PLC0415

    if at is None:
        return time.time_ns()
    try:
        return parse_time(at)
    except ValueError as error:
        raise CommandError(EXIT_USAGE, f"--at: {at!r} is {error}") from None


def _version_line(version: dict[str, Any]) -> str:
    from sensor.times import NS_PER_SECOND, rfc3339  # noqa: PLC0415

    built = version["build_epoch"]
    shown = "" if built is None else f", built {rfc3339(built * NS_PER_SECOND)[:10]}"
    return f"file      {version['source']}: {version['file']}, sha256 {version['sha256']}{shown}"


def _lines(row: dict[str, Any]) -> list[str]:
    """A line for each thing that is known, the hops and files below."""
    lines = []
    for name, value in row.items():
        if isinstance(value, (list, tuple)):
            lines += [f"{name:<18} {_words(part)}" for part in value]
        else:
            lines.append(f"{name:<18} {_words(value)}")
    return lines


def _print(lines: list[str]) -> None:
    for line in lines:
        say(line)


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    return str(value)
