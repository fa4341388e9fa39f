"""What all commands share: options, how a command ends early, settings and signatures as the user named them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from sensor.config import Settings


class _FileName(click.types.StringParamType):
    """A file's name. An empty one is a variable of the shell that is not set, and would mean: no file."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not value:
            self.fail("is empty; name a file", param, ctx)
        return super().convert(value, param, ctx)


class Number(click.IntRange):
    """As click's, in words that people use."""

    name = "number"


FILE: Final = _FileName()
EXIT_DONE: Final = 0
EXIT_DAMAGED: Final = 1
EXIT_USAGE: Final = 2
EXIT_UNREADABLE: Final = 3
EXIT_INTERRUPTED: Final = 130
CONFIG: Final = click.option(
    "--config", "config_path", type=click.Path(path_type=Path), help="Configuration file (TOML)."
)
JSON: Final = click.option("--json", "as_json", is_flag=True, help="Write JSON, one value a line.")


class CommandError(Exception):
    """Ends the command: lines for standard error, and the exit code."""

    def __init__(self, code: int, *lines: str) -> None:
        super().__init__(code, lines)
        self.code = code
        self.lines = lines


def load_app() -> Any:
    """The application; only now is the compiled engine needed."""
    try:
        from sensor import app  # noqa: PLC0415
    except ImportError as error:
        what = f"the fast path does not load: {error}; build it with 'make', or install again"
        raise CommandError(EXIT_DAMAGED, what) from None
    return app


def settings_of(path: Path | None) -> Settings:
    from sensor.config import ConfigError, load  # noqa: PLC0415

    try:
        return load(path)
    except ConfigError as error:
        raise CommandError(EXIT_USAGE, str(error)) from None


def signatures_of(config_path: Path | None) -> Any:
    from signatures import PACKAGED, SignatureError, load  # noqa: PLC0415

    settings = settings_of(config_path)
    try:
        return load(settings.signature_folders(PACKAGED))
    except SignatureError as error:
        raise CommandError(EXIT_USAGE, str(error)) from None


def say(line: str, *, err: bool = False) -> None:
    """Prints a line of ours. Names in it, of files or in lists, may be of any script; nothing moves the terminal."""
    from sensor.detect.proof import readable  # noqa: PLC0415

    stream = sys.stderr if err else sys.stdout
    click.echo(readable(line, getattr(stream, "encoding", None) or "utf-8"), err=err)


def complain(line: str) -> None:
    """One line on standard error, which says who complains."""
    say(f"minesensor: {line}", err=True)


def failure_line(failure: Any) -> str:
    return f"{failure.path!r}: {failure.what}; {failure.remedy}"


def waiting_line(delivered: Any) -> str:
    """What waits in the spool, why, and how it gets on."""
    count = f"{delivered.waiting:,} message{'s' * (delivered.waiting != 1)}"
    if delivered.problem:
        return f"{delivered.problem}; {count} wait in the spool for 'minesensor spool flush'"
    return f"{count} wait in the spool; send them with 'minesensor spool flush'"


def print_row(values: dict[str, Any], text: str, *, as_json: bool) -> None:
    import msgspec  # noqa: PLC0415

    from sensor.plain_json import plain  # noqa: PLC0415

    if as_json:
        click.echo(plain(msgspec.json.encode(values)).decode("utf-8"))
    else:
        for line in text.split("\n"):
            say(line)
