"""``minesensor doctor``: is this installation fit, and what is to be done where it is not?"""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from sensor.cli.base import CONFIG, JSON, print_row, settings_of


@click.command()
@JSON
@CONFIG
def doctor(config_path: Path | None, *, as_json: bool) -> int:
    """Look at the engine, the lists, the clock and all that is configured; say what to do.

    Each check is ok, warn or fail. The exit code is 0 where none fails, else 1.
    """
    import msgspec  # noqa: PLC0415

    from sensor.doctor import Status, Visit, examine  # noqa: PLC0415

    found = examine(Visit(settings_of(config_path), datetime.datetime.now(tz=datetime.UTC)))
    for diagnosis in found:
        text = f"{diagnosis.status:<5} {diagnosis.check:<10} {diagnosis.what}"
        if diagnosis.remedy:
            text += f"\n{'':16} -> {diagnosis.remedy}"
        print_row(msgspec.to_builtins(diagnosis), text, as_json=as_json)
    return int(any(diagnosis.status is Status.FAIL for diagnosis in found))
