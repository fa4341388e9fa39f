"""``minesensor selftest``: does the installed engine find what it should?"""

from __future__ import annotations

import click

from sensor.cli.base import JSON, load_app, print_row


@click.command()
@JSON
def selftest(*, as_json: bool) -> int:
    """Replay a small capture through the installed engine: does it find what is in it?"""
    from sensor.selftest import run_cases  # noqa: PLC0415

    load_app()
    results = run_cases()
    passed = sum(result.ok for result in results)
    for result in results:
        if as_json or not result.ok:
            row = {"case": result.case, "ok": result.ok, "expected": result.expected, "found": result.found}
            text = f"failed: {result.case}: expected {result.expected}, found {result.found}"
            print_row(row, text, as_json=as_json)
    if not as_json:
        click.echo(f"{passed}/{len(results)} passed")
    return 0 if passed == len(results) else 1
