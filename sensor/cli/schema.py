"""``minesensor schema``: what a message looks like, for programs that read it."""

from __future__ import annotations

import click

from sensor.cli.base import EXIT_USAGE, JSON, CommandError


@click.command()
@click.argument("name", required=False, metavar="[NAME]")
@JSON
def schema(name: str | None, *, as_json: bool) -> None:
    """The JSON Schema (2020-12) of the message NAME; without one, the names.

    The same schemas stand in docs/schema/. With --json a schema is one line.
    """
    import msgspec  # noqa: PLC0415

    from sensor import schema as schemas  # noqa: PLC0415

    if name is None:
        for known, message in schemas.SCHEMAS.items():
            row = {"name": known, "id": schemas.identifier(known), "what": (message.__doc__ or "").partition("\n")[0]}
            click.echo(msgspec.json.encode(row).decode("utf-8") if as_json else f"{known:<10} {row['what']}")
        return
    if name not in schemas.SCHEMAS:
        raise CommandError(EXIT_USAGE, f"no message is called {name!r}; choose one of {', '.join(schemas.SCHEMAS)}")
    made = schemas.schema_of(name)
    click.echo(msgspec.json.encode(made) if as_json else schemas.encode(made), nl=as_json)
