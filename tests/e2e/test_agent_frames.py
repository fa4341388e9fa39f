# SPDX-License-Identifier: Apache-2.0
"""A BTCAgent: many rigs on one connection, their shares in binary frames among the lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import UNSET

from sensor.figures import EstimateFlag, RigsBasis
from sensor.finding import Finding
from tests.e2e.sensing import sense
from tests.lab import tcp
from tests.lab.cast import agent, asic
from tests.lab.dialects import btcagent_session, stratum_v1_session
from tests.lab.dialects.btcagent import unregister
from tests.lab.dialogue import Meaning, Saying, Session, Speaker
from tests.lab.files import pcap
from tests.lab.layers import FAMILIES
from tests.lab.scene import wire_of
from tests.lab.seeded import SECOND


def finding_of(session: Session, path: Path, speakers: frozenset[Speaker] = frozenset(Speaker)) -> Finding:
    sent = tcp.segments(session.dialogue, wire_of(session.dialogue))
    seen = [segment for segment in sent if segment.speaker in speakers]
    path.write_bytes(pcap(FAMILIES["ethernet"].frames(tcp.packets(seen))))
    (finding,) = sense(path).findings
    return finding


def test_each_share_counts_at_its_own_rigs_difficulty(tmp_path: Path) -> None:
    """Twelve rigs at three difficulties, doubled after a while: a farm of 1200 TH/s."""
    vardiff = ((0, 65_536.0), (200, 131_072.0))
    session = btcagent_session(agent(0, seconds=600, difficulties=vardiff))
    finding = finding_of(session, tmp_path / "farm.pcap")
    rigs, estimate = finding.rig_sessions, finding.estimate
    truth = session.truth()
    assert estimate.work * 2**32 / 4_294_967_296 == pytest.approx(truth.work_accepted * 0.99998, rel=1e-4)
    assert estimate.hashrate_hs.low < session.facts.hashrate_hs < estimate.hashrate_hs.high
    assert sum(rig.submitted for rig in rigs) == finding.shares.submitted == truth.submitted
    assert sum(rig.work for rig in rigs) * 2.0**32 == pytest.approx(estimate.work)
    assert {rig.difficulty for rig in rigs} == {131_072.0, 262_144.0, 524_288.0}
    assert (estimate.rigs.low, estimate.rigs.best, estimate.rigs.high) == (12, 12, 12)
    assert estimate.rigs.basis is RigsBasis.RIG_SESSIONS


def test_a_farm_that_began_at_a_difficulty_far_too_low_did_not_pause_since(tmp_path: Path) -> None:
    session = btcagent_session(agent(0, seconds=600, difficulties=((0, 4096.0), (40, 262_144.0))))
    found = finding_of(session, tmp_path / "farm.pcap").estimate
    assert found.hashrate_hs.low < session.facts.hashrate_hs < found.hashrate_hs.high
    assert EstimateFlag.PAUSED not in found.flags


def test_in_the_middle_of_a_farms_session_shares_are_counted_and_the_difficulty_is_not_known(tmp_path: Path) -> None:
    session = btcagent_session(agent(0, seconds=400))
    sent = tcp.segments(session.dialogue, wire_of(session.dialogue))
    path = tmp_path / "middle.pcap"
    path.write_bytes(pcap(FAMILIES["ethernet"].frames(tcp.packets(tcp.since(sent, sent[0].ts_ns + 200 * SECOND)))))
    (finding,) = sense(path).findings
    found = finding.estimate
    assert (finding.protocol.dialect, found.hashrate_hs) == ("btcagent", UNSET)
    assert EstimateFlag.DIFFICULTY_UNKNOWN in found.flags
    assert found.shares_counted == pytest.approx(finding.shares.submitted, abs=5)


def test_rigs_are_told_with_name_and_program_and_the_agent_as_their_proxy(tmp_path: Path) -> None:
    session = btcagent_session(agent(0, rigs=300, seconds=20))
    last = session.dialogue.sayings()[-1].ts_ns
    session.dialogue.say(Saying(last + 1_000_000, Speaker.CLIENT, unregister(7)))
    finding = finding_of(session, tmp_path / "farm.pcap")
    rigs, proxy = finding.rig_sessions, finding.protocol.proxied_by
    assert (len(rigs), finding.rig_sessions_count, finding.miner_identity.workers_count) == (256, 300, 300)
    assert (rigs[0].rig, rigs[0].worker, rigs[0].agent, rigs[0].is_open) == (8, "a1x2", rigs[3].agent, True)
    assert (proxy.kind, proxy.ip, proxy.port) == ("btcagent", finding.miner.ip, finding.miner.port)
    assert finding.messages_seen.agent_frames == 301 + 3 + finding.shares.submitted + finding.shares.accepted


def test_the_pools_side_alone_gives_the_hashrate(tmp_path: Path) -> None:
    session = btcagent_session(agent(0, seconds=600))
    finding = finding_of(session, tmp_path / "pool.pcap", frozenset({Speaker.SERVER}))
    hashrate = finding.estimate.hashrate_hs
    assert finding.protocol.dialect == "btcagent"
    assert hashrate.low < session.facts.hashrate_hs < hashrate.high
    assert {rig.submitted for rig in finding.rig_sessions} == {UNSET}
    assert len(finding.rig_sessions) == 12


def test_a_session_without_frames_has_no_rigs(tmp_path: Path) -> None:
    finding = finding_of(stratum_v1_session(asic(0)), tmp_path / "lines.pcap")
    assert finding.messages_seen.agent_frames is UNSET
    assert finding.rig_sessions is finding.rig_sessions_count is finding.protocol.proxied_by is UNSET
    assert finding.estimate is not UNSET


def test_frames_between_the_lines_of_plain_shares_are_read_too(tmp_path: Path) -> None:
    """Nothing but two frames says that it is an agent; both kinds of shares count."""
    session = stratum_v1_session(asic(0))
    shares = [saying for saying in session.dialogue.sayings() if Meaning.SUBMIT in saying.note.meanings]
    frame = bytes.fromhex("7f020f000701002a000000efbeadde")
    for share in shares[2:]:
        session.dialogue.say(Saying(share.ts_ns + 1_000_000, Speaker.CLIENT, frame))
    finding = finding_of(session, tmp_path / "both.pcap")
    assert finding.protocol.dialect == "btcagent"
    assert finding.messages_seen.agent_frames == len(shares) - 2
