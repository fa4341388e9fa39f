# SPDX-License-Identifier: Apache-2.0
"""Times that are wrong, and directions whose clocks differ: what is found stays what is true."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.sensing import sense
from tests.e2e.stated import found, true
from tests.lab import tcp
from tests.lab.cast import asic
from tests.lab.dialects import stratum_v1_session
from tests.lab.dialogue import Session, Speaker
from tests.lab.files import Frame, pcap
from tests.lab.layers import FAMILIES
from tests.lab.scene import wire_of
from tests.lab.seeded import MS, SECOND

# The last second that a pcap file can name.
END_OF_TIME_NS = 0xFFFF_FFFF * SECOND


def frames_of(session: Session) -> list[Frame]:
    talk = session.dialogue
    return list(FAMILIES["ethernet"].frames(tcp.packets(tcp.segments(talk, wire_of(talk)))))


@pytest.mark.parametrize("place", ["first", "early", "late", "last"])
def test_one_wrong_time_ends_no_session(place: str, tmp_path: Path) -> None:
    session = stratum_v1_session(asic(0))
    frames = frames_of(session)
    number = {"first": 0, "early": 12, "late": len(frames) - 5, "last": len(frames) - 1}[place]
    frames[number] = replace(frames[number], ts_ns=END_OF_TIME_NS)
    path = tmp_path / "wrong.pcap"
    path.write_bytes(pcap(frames))
    seen = sense(path)
    assert [found(finding) for finding in seen.findings] == [true(session.truth())]
    assert seen.findings[0].last_seen < "2027"
    assert [report.problems for report in seen.inputs] == [{"time_ahead": 1}]


@pytest.mark.parametrize(("skew_ms", "pace"), [(-50, 100.0), (-1000, 1.5), (-4000, 1.5), (50, 100.0), (3000, 1.5)])
def test_a_file_a_direction_may_have_clocks_that_differ(skew_ms: int, pace: float, tmp_path: Path) -> None:
    """One file of what the miner sends, one of what the pool sends; the pool's clock is ``skew_ms`` ahead."""
    # Difficulty 65536 at this rate makes ``pace`` shares a second.
    session = stratum_v1_session(asic(0, hashrate_hs=pace * 65_536 * 2**32, difficulties=((0, 65_536.0),), seconds=60))
    talk = session.dialogue
    sent = tcp.segments(talk, wire_of(talk))
    paths = []
    for speaker, skew_ns in ((Speaker.CLIENT, 0), (Speaker.SERVER, skew_ms * MS)):
        path = tmp_path / f"{speaker.name}.pcap"
        moved = [replace(one, ts_ns=one.ts_ns + skew_ns) for one in tcp.one_way(sent, speaker)]
        path.write_bytes(pcap(FAMILIES["ethernet"].frames(tcp.packets(moved))))
        paths.append(path)
    seen = sense(*paths)
    assert [found(finding) for finding in seen.findings] == [true(session.truth())]
    assert seen.counters["drop_gap_bytes"] == 0
