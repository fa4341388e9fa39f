# SPDX-License-Identifier: Apache-2.0
"""Segments carry the talk whatever befalls them, and each transform does just what it says."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab import tcp, tshark
from tests.lab.cast import asic
from tests.lab.dialects import stratum_v1_session
from tests.lab.dialogue import Ending, Speaker
from tests.lab.files import Frame, LinkType, PcapFormat, pcap
from tests.lab.ip import Flag
from tests.lab.seeded import SECOND

TALK = stratum_v1_session(asic(0, seconds=60)).dialogue
SENT = tcp.segments(TALK, tcp.Wire(mss=536))
CLIENT, SERVER = Speaker.CLIENT, Speaker.SERVER
needs_tshark = pytest.mark.skipif(not tshark.PRESENT, reason="tshark, the independent reader, is not installed")


def payload(sent: list[tcp.Segment], speaker: Speaker) -> bytes:
    """What a reader gets that trusts sequence numbers and keeps the byte that came first."""
    first = next(segment for segment in SENT if segment.speaker is speaker)
    kept: dict[int, int] = {}
    for segment in sent:
        if segment.speaker is speaker:
            for offset, byte in enumerate(segment.payload):
                kept.setdefault((segment.seq + offset - first.seq - 1) % tcp.SEQUENCE_SPACE, byte)
    return bytes(kept[offset] for offset in sorted(kept))


def read(sent: list[tcp.Segment], folder: Path) -> tshark.Reading:
    path = folder / "talk.pcap"
    frames = [Frame(packet.ts_ns, packet.data) for packet in tcp.packets(sent)]
    path.write_bytes(pcap(frames, PcapFormat(linktype=LinkType.RAW)))
    return tshark.read(path, follow=1)


def test_a_connection_opens_ends_and_keeps_to_its_segment_size() -> None:
    assert [segment.flags for segment in SENT[:3]] == [Flag.SYN, Flag.SYN | Flag.ACK, Flag.ACK]
    assert Flag.FIN in SENT[-3].flags
    assert Flag.FIN in SENT[-2].flags
    assert max(len(segment.payload) for segment in SENT) == 536
    assert [segment.ts_ns for segment in SENT] == sorted(segment.ts_ns for segment in SENT)


def test_an_open_ending_has_no_farewell_and_a_reset_one_packet() -> None:
    endings = {
        ending: tcp.segments(stratum_v1_session(asic(0, seconds=60, ending=ending)).dialogue)
        for ending in (Ending.OPEN, Ending.RST)
    }
    assert all(not segment.flags & (Flag.FIN | Flag.RST) for segment in endings[Ending.OPEN])
    assert [Flag.RST in segment.flags for segment in endings[Ending.RST]].count(True) == 1


def test_every_cut_position_keeps_the_stream() -> None:
    stream = TALK.stream(CLIENT)
    for offset in range(1, 400):
        cut = tcp.cut_at(SENT, CLIENT, offset)
        assert payload(cut, CLIENT) == stream
        ends = []
        total = 0
        for index in tcp.data_indexes(cut, CLIENT):
            total += len(cut[index].payload)
            ends.append(total)
        assert offset in ends


Transform = Callable[[list[tcp.Segment]], list[tcp.Segment]]
# What leaves the bytes as they are, and what tshark calls it.
HARMLESS: dict[str, tuple[Transform, set[str]]] = {
    "reorder": (
        lambda sent: tcp.reorder(sent, tcp.data_indexes(sent, SERVER)[3]),
        {"out_of_order", "lost_segment"},
    ),
    "duplicate": (lambda sent: tcp.duplicate(sent, tcp.data_indexes(sent, CLIENT)[2]), {"retransmission"}),
    "retransmit": (lambda sent: tcp.retransmit(sent, tcp.data_indexes(sent, CLIENT)[2]), {"retransmission"}),
    "keepalives": (lambda sent: tcp.keepalives(sent, quiet(sent)), {"keep_alive"}),
    "wrap of the client": (lambda sent: tcp.sequence_wrap(sent, CLIENT, 100), set()),
    "wrap of the server": (lambda sent: tcp.sequence_wrap(sent, SERVER, 1_000), set()),
    "cut": (lambda sent: tcp.cut_at(sent, SERVER, 777), set()),
}


def quiet(sent: list[tcp.Segment]) -> int:
    """A data segment of the client after which it is silent for long."""
    mine = tcp.data_indexes(sent, CLIENT)
    return next(a for a, b in itertools.pairwise(mine) if sent[b].ts_ns - sent[a].ts_ns > 12 * SECOND)


@needs_tshark
@pytest.mark.parametrize("name", HARMLESS)
def test_tshark_still_reads_the_talk_and_names_the_trouble(name: str, tmp_path: Path) -> None:
    transform, troubles = HARMLESS[name]
    reading = read(transform(SENT), tmp_path)
    (streams,) = reading.streams.values()
    assert streams == [(TALK.stream(CLIENT), TALK.stream(SERVER))]
    prefix = "tcp.analysis."
    seen = {field.removeprefix(prefix) for field in reading.values if field.startswith(prefix) and reading.seen(field)}
    assert seen - {"flags"} == troubles


def test_a_wrap_passes_two_to_the_32nd_where_asked() -> None:
    wrapped = tcp.sequence_wrap(SENT, CLIENT, 100)
    sequence = [segment.seq for segment in wrapped if segment.speaker is CLIENT]
    assert sequence[0] == tcp.SEQUENCE_SPACE - 101
    assert min(sequence) < 1_000


def test_overwriting_and_overlapping_put_other_bytes_over_known_ones() -> None:
    index = tcp.data_indexes(SENT, CLIENT)[2]
    for forged in (tcp.overwrite(SENT, index), tcp.overlap(SENT, index, shift=20)):
        assert payload(forged, CLIENT) == TALK.stream(CLIENT)
        assert sum(len(segment.payload) for segment in forged) > sum(len(segment.payload) for segment in SENT)
        assert any(b"####" in segment.payload for segment in forged)


def test_a_lost_segment_takes_its_bytes_and_no_others() -> None:
    index = tcp.data_indexes(SENT, SERVER)[2]
    lost = tcp.lose(SENT, index)
    assert len(payload(lost, SERVER)) == len(TALK.stream(SERVER)) - len(SENT[index].payload)
    assert payload(lost, CLIENT) == TALK.stream(CLIENT)


def test_cutting_the_head_leaves_the_tail_and_one_way_one_side() -> None:
    assert tcp.head_cut(SENT, 5) == SENT[5:]
    assert tcp.since(SENT, SENT[5].ts_ns) == SENT[5:]
    assert {segment.speaker for segment in tcp.one_way(SENT, SERVER)} == {SERVER}
    assert payload(tcp.one_way(SENT, SERVER), SERVER) == TALK.stream(SERVER)


@needs_tshark
def test_a_reused_port_is_a_new_connection_to_tshark(tmp_path: Path) -> None:
    later = stratum_v1_session(asic(0, seconds=60, start_ns=SENT[-1].ts_ns + 60 * SECOND, seed=5)).dialogue
    both = tcp.port_reuse(SENT, tcp.segments(later, tcp.Wire(client_isn=99, server_isn=98)))
    assert read(both, tmp_path).seen("tcp.analysis.reused_ports")


def test_a_clock_set_back_changes_times_only() -> None:
    moved = tcp.time_backwards(SENT, 10)
    assert moved[10].ts_ns < moved[9].ts_ns
    assert [segment.payload for segment in moved] == [segment.payload for segment in SENT]
