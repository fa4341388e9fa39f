# SPDX-License-Identifier: Apache-2.0
"""A BTCAgent: many rigs on one connection, their shares in binary frames among the lines."""

from __future__ import annotations

from pathlib import Path

from msgspec import UNSET

from tests.e2e.sensing import sense
from tests.lab import tcp
from tests.lab.cast import asic
from tests.lab.dialects import stratum_v1_session
from tests.lab.dialogue import Meaning, Saying, Speaker
from tests.lab.files import pcap
from tests.lab.layers import FAMILIES
from tests.lab.scene import wire_of

REGISTER = bytes.fromhex("7f011b00010063676d696e65722f342e31302e3000726967303100")
SUBMIT = bytes.fromhex("7f020f000701002a000000efbeadde")


def test_frames_are_counted_in_the_finding_which_then_has_no_estimate(tmp_path: Path) -> None:
    """Few shares are lines here; an estimate of them would be one of a part of the rigs."""
    session = stratum_v1_session(asic(0))
    shares = [saying for saying in session.dialogue.sayings() if Meaning.SUBMIT in saying.note.meanings]
    for number, share in enumerate(shares):
        frames = SUBMIT * 3 if number else REGISTER
        session.dialogue.say(Saying(share.ts_ns + 1_000_000, Speaker.CLIENT, frames))
    sent = tcp.segments(session.dialogue, wire_of(session.dialogue))
    path = tmp_path / "agent.pcap"
    path.write_bytes(pcap(FAMILIES["ethernet"].frames(tcp.packets(sent))))
    (finding,) = sense(path).findings
    assert finding.messages_seen.agent_frames == 1 + 3 * (len(shares) - 1)
    assert finding.shares.submitted == len(shares)
    assert finding.estimate is UNSET


def test_a_session_without_frames_does_not_speak_of_them(tmp_path: Path) -> None:
    session = stratum_v1_session(asic(0))
    sent = tcp.segments(session.dialogue, wire_of(session.dialogue))
    path = tmp_path / "lines.pcap"
    path.write_bytes(pcap(FAMILIES["ethernet"].frames(tcp.packets(sent))))
    (finding,) = sense(path).findings
    assert finding.messages_seen.agent_frames is UNSET
    assert finding.estimate is not UNSET
