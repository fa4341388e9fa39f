"""Kafka away for long, and many kills: nothing is lost, and memory stays where it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from sensor.limits import IN_FLIGHT_BYTES_MAX
from tests.e2e.commandline import ROOT, environment
from tests.kafka.kills import Killer, capture_of_sessions, held_to_the_undisturbed
from tests.kafka.site import Site
from tests.soak.peak import peak_kib

# What the client library and its compression take, beside what a sensor has anyway.
_CLIENT_KIB_MAX = 64 * 1024


@pytest.mark.soak
def test_twenty_kills_lose_nothing(site: Site, tmp_path: Path) -> None:
    capture = capture_of_sessions(tmp_path, 1500)
    Killer(site, capture, seed=20).disturb(20)
    assert held_to_the_undisturbed(site, capture) >= 1


class Filled(NamedTuple):
    resident_kib: list[int]
    waiting: int


def fill(site: Site, count: int) -> Filled:
    command = [sys.executable, "-m", "tests.soak.filling", str(site.config), str(count)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True)
    *marks, waiting = map(int, done.stdout.split())
    return Filled(marks, waiting)


def flush_kib(site: Site) -> int:
    """Empties the spool; returns the most memory that took."""
    return peak_kib("spool", "flush", "--config", site.config)


@pytest.mark.soak
def test_200_000_findings_that_wait_take_no_memory(site: Site) -> None:
    count = 200_000
    site.broker.kill()
    filled = fill(site, count)
    assert filled.waiting == count
    # Behind the first mark it waited until Kafka was found to be away: all that the library takes is
    # taken. A tenth of what waits would be ten times what may be on its way.
    assert filled.resident_kib[-1] <= filled.resident_kib[1] + IN_FLIGHT_BYTES_MAX // 1024, filled.resident_kib
    site.broker.start()
    assert flush_kib(site) <= filled.resident_kib[-1] + _CLIENT_KIB_MAX
    ledger = site.ledger()
    assert (len(ledger.events), ledger.missing(), ledger.redelivered()) == (count, {}, 0)
