"""The command line: options in, exit code out. No logic of detection; each error is one line that says what to do."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click

from sensor import __version__

if TYPE_CHECKING:
    from sensor.app import Outlet
    from sensor.config import Settings
    from sensor.sinks.base import Sink

# Wide enough for a row where no terminal says how wide it is.
_WIDTH_CHARS: Final = 160
_EXIT_USAGE: Final = 2
_VERSION_HELP: Final = "Show the version and how the engine was built."
_EXIT_INTERRUPTED: Final = 130
_CONFIG: Final = click.option(
    "--config", "config_path", type=click.Path(path_type=Path), help="Configuration file (TOML)."
)
_JSON: Final = click.option("--json", "as_json", is_flag=True, help="Write JSON, one value a line.")


class CommandError(Exception):
    """Ends the command: lines for standard error, and the exit code."""

    def __init__(self, code: int, *lines: str) -> None:
        super().__init__(code, lines)
        self.code = code
        self.lines = lines


def main() -> None:
    """The program ``minesensor``."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs one command; returns its exit code. Bad input never ends in a traceback."""
    from sensor.detect.proof import printable  # noqa: PLC0415

    try:
        code = group.main(args=arguments, prog_name="minesensor", standalone_mode=False)
        sys.stdout.flush()
    except CommandError as failure:
        for line in failure.lines:
            click.echo(f"minesensor: {printable(line)}", err=True)
        return failure.code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return _EXIT_USAGE
    except click.ClickException as error:
        usage = error.ctx.get_usage() if isinstance(error, click.UsageError) and error.ctx else "minesensor --help"
        message = printable(error.format_message()).rstrip(".")
        click.echo(f"minesensor: {message}; {usage.splitlines()[0]}", err=True)
        return _EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        return _EXIT_INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # The reader has enough; without standalone mode, a broken pipe is all that click exits for. What is still
        # buffered must not complain when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0


def _version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    """Version, and how the engine was built: a slow build must not pass unseen."""
    if not asked or context.resilient_parsing:
        return
    _app()
    from sensor.native import build_info  # noqa: PLC0415

    click.echo(f"minesensor {__version__}")
    for name, value in build_info().items():
        click.echo(f"engine {name}: {value}")
    context.exit(0)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help=_VERSION_HELP)
def group() -> None:
    """Finds cryptocurrency mining in network traffic."""


# ---------------------------------------------------------------- scan


@group.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@_JSON
@click.option("--updates", is_flag=True, help="With --json: every revision of a finding, not only its last state.")
@click.option("--sightings", is_flag=True, help="Also attempts, and listed names and endpoints.")
@click.option("--sessions", is_flag=True, help="In the table: a row for each session.")
@click.option("--findings", "findings_path", type=click.Path(path_type=Path), help="Append JSON lines to this file.")
@click.option("--own", multiple=True, metavar="PREFIX", help="A prefix of our network; may be repeated.")
@click.option("--since", metavar="TIME", help="Leave out packets before (RFC 3339 or seconds since 1970).")
@click.option("--until", metavar="TIME", help="Leave out packets from here on.")
@_CONFIG
def scan(paths: tuple[str, ...], config_path: Path | None, own: tuple[str, ...], **options: Any) -> int:
    """Find mining in capture files, folders of them, or standard input (-)."""
    from sensor import summary as summaries  # noqa: PLC0415
    from sensor.progress import ProgressBar  # noqa: PLC0415

    settings = _with_own(_settings(config_path), own)
    app = _app()
    order = app.ScanOrder(paths, _time("--since", options["since"]), _time("--until", options["until"]))
    bar = ProgressBar(sys.stderr)
    outlets = _outlets(settings, options)
    try:
        summary = app.scan(order, settings, outlets, bar)
        for outlet in outlets:
            outlet.sink.close()
    except app.EXPECTED as error:
        raise _failed(error) from None
    finally:
        bar.clear()
    text = "\n".join(["", *summaries.lines(summary)])
    click.echo(text, err=options["as_json"])
    code: int = app.exit_code(summary)
    for failure in summary.failures:
        click.echo(f"minesensor: {_failure_line(failure)}", err=True)
    return code


def _outlets(settings: Settings, options: dict[str, Any]) -> list[Outlet]:
    from sensor.app import Outlet  # noqa: PLC0415
    from sensor.sinks.base import SinkError  # noqa: PLC0415
    from sensor.sinks.jsonl import JsonLines  # noqa: PLC0415

    updates = options["updates"] or settings.scan.updates
    sightings = options["sightings"] or settings.scan.sightings
    outlets = []
    if options["as_json"]:
        outlets.append(Outlet(JsonLines(_stdout(), "standard output", is_own=False), updates, sightings))
    else:
        outlets.append(Outlet(_table(by_session=options["sessions"]), updates=False, sightings=sightings))
    if options["findings_path"] is not None:
        try:
            sink = JsonLines.append_to(options["findings_path"])
        except SinkError as error:
            raise CommandError(_EXIT_USAGE, f"{error.where}: {error.what}; {error.remedy}") from None
        outlets.append(Outlet(sink, updates, sightings))
    return outlets


def _table(*, by_session: bool) -> Sink:
    from rich.console import Console  # noqa: PLC0415

    from sensor.sinks.table import TableSink  # noqa: PLC0415

    width = None if sys.stdout.isatty() else _WIDTH_CHARS
    console = Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False)
    return TableSink(console, by_session=by_session)


def _stdout() -> BinaryIO:
    return sys.stdout.buffer


# ---------------------------------------------------------------- signatures


@group.group()
def signatures() -> None:
    """What mining looks like: protocols and pool lists."""


@signatures.command("list")
@_JSON
@_CONFIG
def signatures_list(config_path: Path | None, *, as_json: bool) -> None:
    """The protocols and pool lists in use, with their sources' dates."""
    loaded = _signatures(config_path)
    for protocol in loaded.protocols:
        _row(
            {"what": "protocol", "name": protocol.name, "title": protocol.title, "anchors": len(protocol.anchors)},
            f"protocol  {protocol.name:<24} {protocol.title}, {len(protocol.anchors)} anchors",
            as_json=as_json,
        )
    for header in loaded.lists:
        as_of = str(header.as_of)
        _row(
            {"what": "list", "name": header.name, "title": header.title, "rows": header.rows, "as_of": as_of},
            f"list      {header.name:<24} {header.title}, {header.rows} rows as of {as_of}",
            as_json=as_json,
        )


@signatures.command("check")
@click.argument("subject", required=False, metavar="[NAME|HOST|IP]")
@_JSON
@_CONFIG
def signatures_check(subject: str | None, config_path: Path | None, *, as_json: bool) -> None:
    """Is SUBJECT known, and why? Without one: are all signature files sound?"""
    loaded = _signatures(config_path)
    if subject is None:
        counts = {"protocols": len(loaded.protocols), "lists": len(loaded.lists), "rows": len(loaded.entries)}
        text = f"sound: {counts['protocols']} protocols, {counts['lists']} lists, {counts['rows']} rows"
        _row(counts, text, as_json=as_json)
        return
    matches = loaded.check(subject)
    for match in matches:
        row = {"subject": subject, "what": match.what, "listed": match.listed, "applies": match.applies}
        sources = ", ".join(f"{source.upstream} ({source.licence}, {source.date})" for source in match.sources)
        from_where = f"\n  {match.path}" + (f", from {sources}" if sources else "")
        _row({**row, "why": match.why, "path": match.path}, match.why + from_where, as_json=as_json)
    if not matches:
        _row({"subject": subject, "what": "unknown"}, f"{subject!a} is on no list", as_json=as_json)


# ---------------------------------------------------------------- config


@group.group()
def config() -> None:
    """The configuration in force."""


@config.command("show")
@_JSON
@_CONFIG
def config_show(config_path: Path | None, *, as_json: bool) -> None:
    """All settings, also those that are defaults, as a configuration file."""
    import msgspec  # noqa: PLC0415

    from sensor.config import to_toml  # noqa: PLC0415

    settings = _settings(config_path)
    click.echo(msgspec.json.encode(settings).decode("utf-8") if as_json else to_toml(settings), nl=as_json)


@config.command("check")
@_JSON
@_CONFIG
def config_check(config_path: Path | None, *, as_json: bool) -> None:
    """Is the configuration sound, and do its signatures load?"""
    loaded = _signatures(config_path)
    shown = "defaults" if config_path is None else str(config_path)
    row = {"config": shown, "ok": True, "rows": len(loaded.entries)}
    _row(row, f"{shown}: sound, {len(loaded.entries)} rows of signatures", as_json=as_json)


# ---------------------------------------------------------------- selftest


@group.command()
@_JSON
def selftest(*, as_json: bool) -> int:
    """Replay a small capture through the installed engine: does it find what is in it?"""
    from sensor.selftest import run_cases  # noqa: PLC0415

    _app()
    results = run_cases()
    passed = sum(result.ok for result in results)
    for result in results:
        if as_json or not result.ok:
            row = {"case": result.case, "ok": result.ok, "expected": result.expected, "found": result.found}
            text = f"failed: {result.case}: expected {result.expected}, found {result.found}"
            _row(row, text, as_json=as_json)
    if not as_json:
        click.echo(f"{passed}/{len(results)} passed")
    return 0 if passed == len(results) else 1


# ---------------------------------------------------------------- shared


def _app() -> Any:
    """The application; only now is the compiled engine needed."""
    try:
        from sensor import app  # noqa: PLC0415
    except ImportError as error:
        raise CommandError(1, f"the fast path does not load: {error}; build it with 'make', or install again") from None
    return app


def _settings(path: Path | None) -> Settings:
    from sensor.config import ConfigError, load  # noqa: PLC0415

    try:
        return load(path)
    except ConfigError as error:
        raise CommandError(_EXIT_USAGE, str(error)) from None


def _with_own(settings: Settings, own: tuple[str, ...]) -> Settings:
    import msgspec  # noqa: PLC0415

    from sensor.config import prefix_problem  # noqa: PLC0415

    for prefix in own:
        problem = prefix_problem(prefix)
        if problem:
            raise CommandError(_EXIT_USAGE, f"--own: {problem}")
    return msgspec.structs.replace(settings, own=own) if own else settings


def _time(option: str, text: str | None) -> int | None:
    from sensor.timestamp import parse_time  # noqa: PLC0415

    if text is None:
        return None
    try:
        return parse_time(text)
    except ValueError as error:
        raise CommandError(_EXIT_USAGE, f"{option}: {text!a} is {error}") from None


def _signatures(config_path: Path | None) -> Any:
    from signatures import PACKAGED, SignatureError, load  # noqa: PLC0415

    settings = _settings(config_path)
    try:
        return load(settings.signature_folders(PACKAGED))
    except SignatureError as error:
        raise CommandError(_EXIT_USAGE, str(error)) from None


def _failed(error: Exception) -> CommandError:
    """One of ``app.EXPECTED`` in words."""
    from sensor import app  # noqa: PLC0415
    from sensor.sinks.base import SinkError  # noqa: PLC0415

    if isinstance(error, app.UnreadableError):
        return CommandError(app.EXIT_UNREADABLE, *(_failure_line(failure) for failure in error.failures))
    if isinstance(error, SinkError):
        return CommandError(app.EXIT_DAMAGED, f"{error.where}: {error.what}; {error.remedy}")
    return CommandError(app.EXIT_USAGE, str(error))


def _failure_line(failure: Any) -> str:
    from sensor.detect.proof import printable  # noqa: PLC0415

    return printable(f"{failure.path!a}: {failure.what}; {failure.remedy}")


def _row(values: dict[str, Any], text: str, *, as_json: bool) -> None:
    import msgspec  # noqa: PLC0415

    from sensor.detect.proof import printable  # noqa: PLC0415

    if as_json:
        click.echo(msgspec.json.encode(values).decode("utf-8"))
    else:
        click.echo("\n".join(printable(line) for line in text.split("\n")))


if __name__ == "__main__":
    main()
