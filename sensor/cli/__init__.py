"""The command line: options in, exit code out. No logic of detection; each error is one line that says what to do.

A command is one file here and one line in ``COMMANDS``.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from typing import Final

import click

from sensor import __version__
from sensor.cli.base import EXIT_DAMAGED, EXIT_INTERRUPTED, EXIT_USAGE, CommandError, complain, load_app
from sensor.interruption import INTERRUPTIONS

_STDERR: Final = 2
_VERSION_HELP: Final = "Show the version and how the engine was built."


def main() -> None:
    """The program ``minesensor``."""
    if sys.stderr is None:
        _open_stderr()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, _asked_to_end)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as a shell's background job has it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    code = run(sys.argv[1:])
    for number in INTERRUPTIONS:
        # All is done, and the interpreter would hear it while it ends.
        signal.signal(number, signal.SIG_IGN)
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Runs one command; returns its exit code. Bad input never ends in a traceback."""
    if sys.stdout is None:
        click.echo("minesensor: standard output is closed; give it somewhere to go, such as /dev/null", err=True)
        return EXIT_USAGE
    try:
        code = group.main(args=arguments, prog_name="minesensor", standalone_mode=False)
        _flush()
    except (CommandError, click.ClickException, click.Abort, KeyboardInterrupt, OSError, SystemExit) as error:
        return _ended_early(error)
    return code if isinstance(code, int) else 0


def _asked_to_end(number: int, _frame: object) -> None:
    """As an interruption by the user, so that what was found is told; ``timeout`` asks twice within a moment."""
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _ended_early(error: BaseException) -> int:
    """Says in a line why a command did not come to its end; its exit code."""
    from system.fault import words  # noqa: PLC0415

    code, lines = 0, list[str]()
    if isinstance(error, CommandError):
        code, lines = error.code, [*error.lines]
    elif isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        code = EXIT_USAGE
    elif isinstance(error, click.ClickException):
        usage = error.ctx.get_usage() if isinstance(error, click.UsageError) and error.ctx else "minesensor --help"
        code, lines = EXIT_USAGE, [f"{error.format_message().rstrip('.')}; {usage.splitlines()[0]}"]
    elif isinstance(error, (click.Abort, KeyboardInterrupt)):
        code = EXIT_INTERRUPTED
    elif isinstance(error, OSError) and error.filename is not None:
        # What fails by its name is a file; what is open already, such as standard output, fails without one.
        code, lines = EXIT_DAMAGED, [f"{os.fsdecode(error.filename)!r}: {words(error)}; check it and who may use it"]
    else:
        # Every file that is written has a handler of its own, so this is standard output: its reader has enough (click
        # exits for nothing else without standalone mode), or there is no room.
        _drop_stdout()
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            code, lines = EXIT_DAMAGED, [f"standard output: {words(error)}; make room or choose another target"]
    for line in lines:
        complain(line)
    return code


def _open_stderr() -> None:
    """Standard error was closed: its words go nowhere, and no file that is opened later takes its descriptor."""
    descriptor = os.open(os.devnull, os.O_WRONLY)
    if descriptor != _STDERR:
        os.dup2(descriptor, _STDERR)
        os.close(descriptor)
    sys.stderr = open(_STDERR, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115


def _flush() -> None:
    """A reader that has enough takes nothing from what the command has to say of the rest."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_stdout()


def _drop_stdout() -> None:
    """What is still buffered must not complain when the interpreter ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    """Version, and how the engine was built: a slow build must not pass unseen."""
    if not asked or context.resilient_parsing:
        return
    load_app()
    from sensor.native import build_info  # noqa: PLC0415

    click.echo(f"minesensor {__version__}")
    for name, value in build_info().items():
        click.echo(f"engine {name}: {value}")
    context.exit(0)


COMMANDS: Final = (
    "scan",
    "explain",
    "spool",
    "topics",
    "signatures",
    "enrichment",
    "privacy",
    "config",
    "schema",
    "doctor",
    "selftest",
)


class Commands(click.Group):
    """Knows the names of commands, and loads one when it is asked for: a run needs but one."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.commands:
            return None
        command: click.Command = getattr(import_module(f"sensor.cli.{cmd_name}"), cmd_name)
        return command


@click.group(
    cls=Commands,
    commands=[click.Command(name) for name in COMMANDS],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help=_VERSION_HELP)
def group() -> None:
    """Finds cryptocurrency mining in network traffic."""
