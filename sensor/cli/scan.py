"""``minesensor scan``: captures in, a table or JSON lines out."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click

from sensor.cli.base import (
    CONFIG,
    EXIT_DAMAGED,
    EXIT_DONE,
    EXIT_INTERRUPTED,
    EXIT_UNREADABLE,
    EXIT_USAGE,
    FILE,
    JSON,
    CommandError,
    Number,
    complain,
    failure_line,
    load_app,
    say,
    settings_of,
    waiting_line,
)
from sensor.limits import JOBS_MAX

if TYPE_CHECKING:
    from sensor.app import Outlet, Way
    from sensor.config import Settings
    from sensor.exposition import Exposition
    from sensor.sinks.base import Sink
    from sensor.summary import Summary

# Wide enough for a row with all that may be known of it, where no terminal says how wide it is.
_WIDTH_CHARS: Final = 200
_BLIND: Final = (
    "no protocols and no pool lists, so nothing can be found; set packaged = true or name folders in [signatures]"
)


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@JSON
@click.option("--updates", is_flag=True, help="With --json or --findings: all revisions, not only the last states.")
@click.option("--sightings", is_flag=True, help="Also attempts, and listed names and endpoints.")
@click.option("--sessions", is_flag=True, help="In the table: a row for each session.")
@click.option("--findings", "findings_path", type=click.Path(path_type=Path), help="Append JSON lines to this file.")
@click.option("--own", multiple=True, metavar="PREFIX", help="A prefix of our network; may be repeated.")
@click.option("--customers", multiple=True, type=FILE, help="Whose our addresses are (CSV); may be repeated.")
@click.option("--city", type=FILE, help="Where addresses are (GeoIP city database, MMDB).")
@click.option("--asn", type=FILE, help="Who announces addresses (ASN database, MMDB).")
@click.option("--key-file", type=FILE, help="The key of the pseudonyms of households (minesensor privacy).")
@click.option("--since", metavar="TIME", help="Leave out packets before (RFC 3339 or seconds since 1970).")
@click.option("--until", metavar="TIME", help="Leave out packets from here on.")
@click.option("--health", is_flag=True, help="With --json or --findings: at the end, what could be seen.")
@click.option("--kafka", is_flag=True, help="Also deliver to Kafka ([kafka] and [spool] of the configuration).")
@click.option("--spool", is_flag=True, help="Also put into the spool; 'minesensor spool flush' delivers it.")
@click.option(
    "--jobs",
    type=Number(1, JOBS_MAX),
    default=1,
    metavar="N",
    help="Use so many processors for files: the same findings, sooner where they are large.",
)
@click.option("--metrics-file", type=click.Path(path_type=Path), help="Write metrics for Prometheus to this file.")
@click.option("--metrics-port", type=Number(1, 65_535), help="Serve metrics on this port while it runs.")
@CONFIG
def scan(paths: tuple[str, ...], config_path: Path | None, own: tuple[str, ...], **options: Any) -> int:
    """Find mining in capture files, folders of them, or standard input (-).

    \b
    minesensor scan capture.pcap               who mines: a table and a summary
    minesensor scan --json FOLDER > out.jsonl  for programs: one finding a line
    tcpdump -w - | minesensor scan -           what comes, until Ctrl-C

    The exit code is 0 where all was done; 1 where an input was damaged, a target failed or something waits in the
    spool; 2 for a mistake in usage or configuration; 3 where nothing could be read; 130 after an interruption (Ctrl-C,
    SIGTERM, SIGHUP), which tells what was found so far. Findings do not change it.
    """
    from sensor import summary as summaries  # noqa: PLC0415
    from sensor.progress import ProgressBar  # noqa: PLC0415

    if "" in paths:
        raise CommandError(EXIT_USAGE, "a PATH is empty; name a capture file, a folder, or - for standard input")
    settings = _with_files(_with_own(settings_of(config_path), own), options)
    app = load_app()
    order = app.ScanOrder(paths, *_window(options["since"], options["until"]), _way(options), options["jobs"])
    bar = ProgressBar(sys.stderr)
    # The file of metrics is written first: findings for the same file meet it there, and are refused.
    meter = _meter(settings, options["metrics_file"], options["metrics_port"])
    try:
        outlets = _outlets(settings, options)
        summary = app.scan(order, settings, outlets, bar, meter)
        for outlet in outlets:
            # A reader that has enough keeps nobody from the others, nor from what is said below.
            with contextlib.suppress(BrokenPipeError):
                outlet.sink.close()
    except app.EXPECTED as error:
        raise _failed(error) from None
    finally:
        bar.clear()
        if meter:
            meter.close()
    with contextlib.suppress(BrokenPipeError):
        for line in ["", *summaries.lines(summary)]:
            say(line, err=options["as_json"])
    for failure in [*summary.failures, *summary.damages(), *summary.records]:
        complain(failure_line(failure))
    for broken in summary.broken:
        complain(str(broken))
    if summary.is_blind:
        complain(_BLIND)
    if summary.delivered and summary.delivered.waiting and not summary.broken:
        complain(waiting_line(summary.delivered))
    return exit_code(summary)


def _way(options: dict[str, Any]) -> Way:
    from sensor.app import Way  # noqa: PLC0415

    if options["kafka"]:
        return Way.KAFKA
    return Way.SPOOL if options["spool"] else Way.NOWHERE


def _outlets(settings: Settings, options: dict[str, Any]) -> list[Outlet]:
    from sensor.app import Outlet  # noqa: PLC0415
    from sensor.sinks.base import SinkError  # noqa: PLC0415
    from sensor.sinks.jsonl import JsonLines  # noqa: PLC0415

    updates = options["updates"] or settings.scan.updates
    sightings = options["sightings"] or settings.scan.sightings
    health = options["health"]
    outlets = []
    if options["as_json"]:
        outlets.append(Outlet(JsonLines(_stdout(), "standard output", is_own=False), updates, sightings, health))
    else:
        outlets.append(Outlet(_table(by_session=options["sessions"]), updates=False, sightings=sightings))
    if options["findings_path"] is not None:
        try:
            sink = JsonLines.append_to(options["findings_path"])
        except SinkError as error:
            raise CommandError(EXIT_USAGE, str(error)) from None
        outlets.append(Outlet(sink, updates, sightings, health))
    return outlets


def _meter(settings: Settings, path: Path | None, port: int | None) -> Exposition | None:
    """What shows the metrics, or None where nobody asked for them."""
    wanted = settings.metrics
    if path is None and wanted.file:
        path = Path(wanted.file)
    port = port or wanted.port
    if path is None and not port:
        return None
    from sensor.exposition import Exposition  # noqa: PLC0415
    from sensor.metrics import MetricsError  # noqa: PLC0415

    meter = Exposition()
    try:
        if port:
            meter.serve_on(wanted.address, port)
        if path is not None:
            meter.write_to(path)
    except MetricsError as error:
        meter.close()
        raise CommandError(EXIT_USAGE, str(error)) from None
    return meter


def _table(*, by_session: bool) -> Sink:
    from rich.console import Console  # noqa: PLC0415

    from sensor.sinks.table import TableSink  # noqa: PLC0415

    width = None if sys.stdout.isatty() else _WIDTH_CHARS
    console = Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False)
    return TableSink(console, by_session=by_session)


def _stdout() -> BinaryIO:
    return sys.stdout.buffer


def _with_own(settings: Settings, own: tuple[str, ...]) -> Settings:
    import msgspec  # noqa: PLC0415

    from sensor.config import prefix_problem  # noqa: PLC0415

    for prefix in own:
        problem = prefix_problem(prefix)
        if problem:
            raise CommandError(EXIT_USAGE, f"--own: {problem}")
    return msgspec.structs.replace(settings, own=own) if own else settings


def _with_files(settings: Settings, options: dict[str, Any]) -> Settings:
    """The files of the command line in the place of those of the configuration."""
    from msgspec.structs import replace  # noqa: PLC0415

    files = {name: options[name] for name in ("customers", "city", "asn") if options[name]}
    if files:
        settings = replace(settings, enrichment=replace(settings.enrichment, **files))
    if options["key_file"]:
        settings = replace(settings, privacy=replace(settings.privacy, key_file=options["key_file"]))
    return settings


def _window(since: str | None, until: str | None) -> tuple[int | None, int | None]:
    since_ns, until_ns = _time("--since", since), _time("--until", until)
    if since_ns is not None and until_ns is not None and since_ns >= until_ns:
        raise CommandError(EXIT_USAGE, "--until: not later than --since, so no packet can be between; swap them")
    return since_ns, until_ns


def _time(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    from sensor.timestamp import parse_time  # noqa: PLC0415

    try:
        return parse_time(text)
    except ValueError as error:
        raise CommandError(EXIT_USAGE, f"{option}: {text!r} is {error}") from None


def _failed(error: Exception) -> CommandError:
    """One of ``app.EXPECTED`` in words."""
    from sensor import app  # noqa: PLC0415
    from sensor.failure import PlaceError, WorkerError  # noqa: PLC0415

    if isinstance(error, app.UnreadableError):
        return CommandError(EXIT_UNREADABLE, *(failure_line(failure) for failure in error.failures))
    is_of_world = isinstance(error, (PlaceError, WorkerError))
    return CommandError(EXIT_DAMAGED if is_of_world else EXIT_USAGE, str(error))


def exit_code(summary: Summary) -> int:
    """Findings do not change it."""
    if summary.is_interrupted:
        return EXIT_INTERRUPTED
    if summary.is_unreadable:
        return EXIT_UNREADABLE
    delivered = summary.delivered
    is_lacking = delivered is not None and bool(delivered.waiting or delivered.dropped)
    return EXIT_DAMAGED if summary.is_damaged or summary.records or summary.broken or is_lacking else EXIT_DONE
