# SPDX-License-Identifier: Apache-2.0
"""Where golden messages come from: everything that the program tells of the shipped captures, for several operators."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from sensor.spool import Spool
from tests.e2e.commandline import ROOT, run
from tests.messages import envelope

_FILES = ROOT / "deploy" / "demo"
# To the third operator everybody is a household, also who runs a pool.
_HOUSEHOLDS = "prefix,kind,division\n0.0.0.0/0,household,150602\n::/0,household,150602\n"
_EXCLUSION = '[[exclusions]]\nowner = "noc"\nreason = "known"\nexpires = 2099-01-01\nrule = "ethproxy"\n'
_ALL = ("scan", "--json", "--updates", "--sightings", "--health")


def messages() -> Iterator[bytes]:
    """JSON lines of every kind: of each capture, by who knows his customers, his prefixes, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "privacy.key"
        run("privacy", "new-key", key)
        known = ("--customers", _FILES / "customers.csv", "--city", _FILES / "city.mmdb", "--asn", _FILES / "asn.mmdb")
        households = Path(folder) / "households.csv"
        households.write_text(_HOUSEHOLDS)
        excluding = Path(folder) / "sensor.toml"
        excluding.write_text(_EXCLUSION)
        operators: tuple[tuple[str | Path, ...], ...] = (
            (*known, "--key-file", key),
            ("--customers", households, "--key-file", key),
            ("--own", "198.51.100.0/24"),
            ("--own", "203.0.113.0/24"),
            ("--config", excluding),
            (),
        )
        for options in operators:
            for path in sorted((ROOT / "pcaps").glob("*.pcap*")):
                yield from run(*_ALL, *options, path).stdout.splitlines()
        yield from _announcements(Path(folder))


def _announcements(folder: Path) -> Iterator[bytes]:
    """What a spool says of messages that will not come."""
    spool = Spool(folder / "spool.sqlite", 64 * 1024)
    try:
        spool.add([envelope(number) for number in range(200)])
        spool.reject(spool.waiting(1, 1)[0].message_id)
        spool.drop(None, None)
        spool.announce()
        yield from (row.value for row in spool.waiting(100, 1 << 20))
    finally:
        spool.close()
