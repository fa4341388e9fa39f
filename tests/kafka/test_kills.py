# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the sensor and of the broker: nothing is lost, and no number goes missing unannounced."""

from __future__ import annotations

from pathlib import Path

from tests.kafka.kills import Killer, capture_of_sessions, held_to_the_undisturbed
from tests.kafka.site import Site


def test_what_arrives_after_kills_is_what_an_undisturbed_run_tells(site: Site, tmp_path: Path) -> None:
    """One kill of each kind; ``make soak`` has twenty."""
    capture = capture_of_sessions(tmp_path, 300)
    Killer(site, capture, seed=1).disturb(3)
    assert held_to_the_undisturbed(site, capture) >= 1
