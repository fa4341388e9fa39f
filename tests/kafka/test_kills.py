# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the sensor and of the broker: nothing is lost, and no number goes missing unannounced."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kafka.kills import Killer, capture_of_sessions, held_to_the_undisturbed
from tests.kafka.site import Site


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return capture_of_sessions(tmp_path_factory.mktemp("sessions"), 300)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_arrives_after_kills_is_what_an_undisturbed_run_tells(seed: int, site: Site, capture: Path) -> None:
    Killer(site, capture, seed).disturb(3)
    assert held_to_the_undisturbed(site, capture) >= 1
