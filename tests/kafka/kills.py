# SPDX-License-Identifier: Apache-2.0
"""SIGKILL for the sensor and the broker at seeded moments; what arrives is held to what an undisturbed run tells."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bench.captures import build_mixer
from tests.kafka.site import Site, Undisturbed, held_to_the_contract

_WAIT_SECONDS_MAX = 60
# A scan of the captures below takes about so long, on a machine that does nothing else.
_SCAN_SECONDS = 1.5


def capture_of_sessions(folder: Path, sessions: int) -> Path:
    """Three messages a session, and one record of health."""
    capture = folder / "sessions.pcap"
    words = ["--count", str(sessions), "--messages", "20", "--out", str(capture)]
    subprocess.run([build_mixer(), "sessions", *words], check=True, capture_output=True)
    return capture


class Killer:
    """Disturbs scans of one capture at one site."""

    def __init__(self, site: Site, capture: Path, seed: int) -> None:
        self._site = site
        self._capture = capture
        self._random = random.Random(seed)

    def disturb(self, kills: int) -> None:
        """So many kills, of all kinds in turn, in an order of the seed; afterwards all is up and nothing waits."""
        kinds: list[Callable[[], None]] = [self._kill_sensor, self._kill_broker, self._kill_between_safe_and_deleted]
        for number in range(kills):
            if number % len(kinds) == 0:
                self._random.shuffle(kinds)
            kinds[number % len(kinds)]()
        assert self._site.scan(self._capture).code in (0, 1)
        self._site.flush()

    def _kill_sensor(self) -> None:
        """Anywhere: before the first message, in a commit, between sending and deletion, after the last."""
        with self._site.scanning(self._capture) as process:
            time.sleep(self._random.uniform(0.3, 0.6 + _SCAN_SECONDS))
            process.kill()
            process.communicate()

    def _kill_broker(self) -> None:
        """While a scan delivers to it; the scan goes on without."""
        with self._site.scanning(self._capture) as process:
            _wait(lambda: self._site.waiting() > 0 or process.poll() is not None)
            time.sleep(self._random.uniform(0, _SCAN_SECONDS))
            self._site.broker.kill()
            process.communicate()
        assert process.returncode in (0, 1)
        self._site.broker.start()

    def _kill_between_safe_and_deleted(self) -> None:
        """The broker has messages, and the spool cannot delete them because it is locked: they must come again."""
        before = self._site.arrived()
        with self._site.scanning(self._capture) as process:
            _wait(lambda: self._site.waiting() > 0)
            with closing(
                sqlite3.connect(self._site.spool_path, timeout=_WAIT_SECONDS_MAX, isolation_level=None)
            ) as lock:
                _wait(lambda: _locked_with_messages(lock))
                _wait(lambda: self._site.arrived() > before)
                process.kill()
                process.communicate()
                lock.execute("ROLLBACK")


def _locked_with_messages(lock: sqlite3.Connection) -> bool:
    lock.execute("BEGIN IMMEDIATE")
    if lock.execute("SELECT count(*) FROM message").fetchone()[0]:
        return True
    lock.execute("ROLLBACK")
    return False


def _wait(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + _WAIT_SECONDS_MAX
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.02)


def held_to_the_undisturbed(site: Site, capture: Path) -> int:
    """Everything is there that a run without kills tells; returns how many messages came more than once."""
    ledger, expected = site.ledger(), Undisturbed(site, capture)
    held_to_the_contract(ledger)
    different = {event for event, value in expected.events.items() if ledger.events.get(event) != value}
    assert not different, sorted(different)[:5]
    assert (ledger.events, ledger.findings) == (expected.events, expected.findings)
    return ledger.redelivered()
