"""``minesensor config``: the settings in force, and whether they are sound."""

from __future__ import annotations

from pathlib import Path

import click

from sensor.cli.base import CONFIG, JSON, print_row, settings_of, signatures_of


@click.group()
def config() -> None:
    """The configuration in force."""


@config.command("show")
@JSON
@CONFIG
def config_show(config_path: Path | None, *, as_json: bool) -> None:
    """All settings, also those that are defaults, as a configuration file."""
    import msgspec  # noqa: PLC0415

    from sensor.config import to_toml  # noqa: PLC0415

    settings = settings_of(config_path)
    click.echo(msgspec.json.encode(settings).decode("utf-8") if as_json else to_toml(settings), nl=as_json)


@config.command("check")
@JSON
@CONFIG
def config_check(config_path: Path | None, *, as_json: bool) -> None:
    """Is the configuration sound, and do its signatures load?"""
    loaded = signatures_of(config_path)
    shown = "defaults" if config_path is None else str(config_path)
    row = {"config": shown, "ok": True, "rows": len(loaded.entries)}
    print_row(row, f"{shown}: sound, {len(loaded.entries)} rows of signatures", as_json=as_json)
