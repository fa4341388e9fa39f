# SPDX-License-Identifier: Apache-2.0
"""A mirror that shows every packet twice doubles nothing: no share, no finding, no sighting."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sensor.app import signatures_of
from sensor.config import Realm, Settings
from sensor.native import build_plan
from tests.e2e import sensing
from tests.e2e.stated import found, true
from tests.lab import tcp
from tests.lab.cast import asic
from tests.lab.dialects import stratum_v1_session
from tests.lab.files import Frame, pcap
from tests.lab.layers import FAMILIES
from tests.lab.scene import wire_of
from tests.lab.script import Odds
from tests.lab.seeded import US

SESSION = stratum_v1_session(asic(0, seconds=60, job_seconds=20, odds=Odds(low=0.1, duplicate=0.1)))
VLAN = 100  # of the family "vlan"


def copied(*families: str) -> list[Frame]:
    """The session in each family, the copies 200 µs behind each other."""
    sent = tcp.packets(tcp.segments(SESSION.dialogue, wire_of(SESSION.dialogue)))
    frames = [
        replace(frame, ts_ns=frame.ts_ns + 200 * US * number)
        for number, name in enumerate(families)
        for frame in FAMILIES[name].frames(sent)
    ]
    return sorted(frames, key=lambda frame: frame.ts_ns)


@pytest.mark.parametrize("families", [("ethernet", "ethernet"), ("ethernet", "vlan"), ("vlan", "ethernet", "vlan")])
@pytest.mark.parametrize("has_realms", [False, True])
def test_what_is_shown_twice_is_counted_once(
    families: tuple[str, ...], has_realms: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(realms=(Realm(realm=7, outer_vlan=VLAN),) if has_realms else ())
    signatures = signatures_of(settings)
    plan = build_plan(signatures, realms=settings.realm_rows(), caps=settings.caps())
    monkeypatch.setattr(sensing, "_parts", lambda: (settings, signatures, plan))
    path = tmp_path / "twice.pcap"
    path.write_bytes(pcap(copied(*families)))
    seen = sensing.sense(path)
    (finding,) = seen.findings
    assert replace(found(finding), tunnel=SESSION.tunnel) == true(SESSION.truth())
    assert seen.sightings == []
    assert seen.counters["mirrored_segments"] > 0
