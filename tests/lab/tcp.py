# SPDX-License-Identifier: Apache-2.0
"""Turns talks into TCP segments as a tap sees them, and does to segments what networks do (RFC 9293).

``segments`` makes a faultless connection: handshake, acknowledgements, end. Every transform takes a list
of segments and returns a new one; indexes count segments in it, and ``data_indexes`` finds those with
payload. A transform leaves IP identifications alone except where a host really sends again.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sensor.model import Endpoint
from tests.lab.dialogue import Ending, Speaker, Talk
from tests.lab.ip import Flag, Packet, Route, TcpFields, tcp_packet
from tests.lab.seeded import MS, SECOND

# Round trip from the tap to each end: the miner is near, the pool far. Answers in talks come later than both.
NEAR_RTT_NS = 1 * MS
FAR_RTT_NS = 12 * MS
SEQUENCE_SPACE = 1 << 32


@dataclass(frozen=True, slots=True)
class Segment:
    """One TCP segment. ``seq`` and ``ack`` are absolute, modulo 2^32."""

    ts_ns: int
    speaker: Speaker
    source: Endpoint
    target: Endpoint
    seq: int
    ack: int
    flags: Flag
    payload: bytes = b""
    options: bytes = b""
    ident: int = 0

    def packet(self) -> Packet:
        ttl = 63 if self.speaker is Speaker.CLIENT else 52
        route = Route(self.source, self.target, ttl, self.ident)
        fields = TcpFields(self.seq, self.ack, self.flags, options=self.options)
        return Packet(self.ts_ns, tcp_packet(route, fields, self.payload), self.speaker)


@dataclass(frozen=True)
class Wire:
    """How a connection runs: largest payload a segment and the first sequence numbers of both ends."""

    mss: int = 1460
    client_isn: int = 0x1A2B3C4D
    server_isn: int = 0x5E6F7081


def segments(talk: Talk, wire: Wire | None = None) -> list[Segment]:
    """The whole connection that carries a talk; sayings of one side at one instant share segments."""
    connection = _Connection(talk, wire or Wire())
    pieces = list(_pieces(talk))
    connection.open(pieces[0][0])
    for (ts_ns, speaker, data), following in zip(pieces, [*pieces[1:], None], strict=True):
        connection.send(ts_ns, speaker, data)
        ack_ns = ts_ns + (FAR_RTT_NS if speaker is Speaker.CLIENT else NEAR_RTT_NS)
        # The other side's own data, where it comes in time, carries the acknowledgement.
        if following is None or following[0] > ack_ns:
            connection.acknowledge(ack_ns, speaker.other)
    connection.close(pieces[-1][0] + SECOND)
    return connection.sent


def packets(sent: Iterable[Segment]) -> list[Packet]:
    return [segment.packet() for segment in sent]


def _pieces(talk: Talk) -> Iterator[tuple[int, Speaker, bytes]]:
    held: tuple[int, Speaker, bytes] | None = None
    for saying in talk.sayings():
        if held is not None and held[:2] == (saying.ts_ns, saying.speaker):
            held = (held[0], held[1], held[2] + saying.data)
            continue
        if held is not None:
            yield held
        held = (saying.ts_ns, saying.speaker, saying.data)
    if held is None:
        raise ValueError("a talk without a saying has no connection")
    yield held


class _Connection:
    """The state of both ends while a talk is sent."""

    def __init__(self, talk: Talk, wire: Wire) -> None:
        self.sent: list[Segment] = []
        self._ends = {Speaker.CLIENT: talk.client, Speaker.SERVER: talk.server}
        self._next = {Speaker.CLIENT: wire.client_isn, Speaker.SERVER: wire.server_isn}
        self._ident = {Speaker.CLIENT: wire.client_isn & 0xFFFF, Speaker.SERVER: wire.server_isn & 0xFFFF}
        self._mss = wire.mss
        self._ending = talk.ending

    def open(self, first_data_ns: int) -> None:
        start = first_data_ns - FAR_RTT_NS - 2 * NEAR_RTT_NS
        mss = struct.pack(">BBH", 2, 4, self._mss)
        self._put(start, Speaker.CLIENT, Flag.SYN, options=mss)
        self._put(start + FAR_RTT_NS, Speaker.SERVER, Flag.SYN | Flag.ACK, options=mss)
        self.acknowledge(start + FAR_RTT_NS + NEAR_RTT_NS, Speaker.CLIENT)

    def send(self, ts_ns: int, speaker: Speaker, data: bytes) -> None:
        for offset in range(0, len(data), self._mss):
            payload = data[offset : offset + self._mss]
            last = offset + self._mss >= len(data)
            flags = Flag.ACK | Flag.PSH if last else Flag.ACK
            self._put(ts_ns + offset // self._mss * 10_000, speaker, flags, payload)

    def acknowledge(self, ts_ns: int, speaker: Speaker) -> None:
        self._put(ts_ns, speaker, Flag.ACK)

    def close(self, ts_ns: int) -> None:
        if self._ending is Ending.RST:
            self._put(ts_ns, Speaker.CLIENT, Flag.RST | Flag.ACK)
        elif self._ending is Ending.FIN:
            self._put(ts_ns, Speaker.CLIENT, Flag.FIN | Flag.ACK)
            self._put(ts_ns + FAR_RTT_NS, Speaker.SERVER, Flag.FIN | Flag.ACK)
            self.acknowledge(ts_ns + FAR_RTT_NS + NEAR_RTT_NS, Speaker.CLIENT)

    def _put(self, ts_ns: int, speaker: Speaker, flags: Flag, payload: bytes = b"", options: bytes = b"") -> None:
        ack = self._next[speaker.other] if Flag.ACK in flags else 0
        seq, ident = self._next[speaker], self._ident[speaker]
        source, target = self._ends[speaker], self._ends[speaker.other]
        self.sent.append(Segment(ts_ns, speaker, source, target, seq, ack, flags, payload, options, ident))
        taken = len(payload) + (Flag.SYN in flags) + (Flag.FIN in flags)
        self._next[speaker] = (seq + taken) % SEQUENCE_SPACE
        self._ident[speaker] = (ident + 1) & 0xFFFF


# ---------------------------------------------------------------- what networks and taps do


def data_indexes(sent: Sequence[Segment], speaker: Speaker) -> list[int]:
    """The indexes of the segments in which this side sends payload."""
    return [index for index, segment in enumerate(sent) if segment.payload and segment.speaker is speaker]


def cut_at(sent: Sequence[Segment], speaker: Speaker, offset: int) -> list[Segment]:
    """Cut one side's stream at a byte offset: the segment that holds it becomes two."""
    start = 0
    for index in data_indexes(sent, speaker):
        segment = sent[index]
        inside = offset - start
        if 0 < inside < len(segment.payload):
            head = replace(segment, payload=segment.payload[:inside], flags=Flag.ACK)
            tail = replace(
                segment,
                ts_ns=segment.ts_ns + 1_000,
                seq=(segment.seq + inside) % SEQUENCE_SPACE,
                payload=segment.payload[inside:],
                ident=(segment.ident + 1) & 0xFFFF,
            )
            return [*sent[:index], head, tail, *sent[index + 1 :]]
        start += len(segment.payload)
    return list(sent)


def reorder(sent: Sequence[Segment], index: int) -> list[Segment]:
    """Swap a data segment with the next data segment of its side; the times stay where they were."""
    speaker = sent[index].speaker
    other = next((i for i in data_indexes(sent, speaker) if i > index), None)
    if other is None:
        return list(sent)
    result = list(sent)
    result[index] = replace(sent[other], ts_ns=sent[index].ts_ns)
    result[other] = replace(sent[index], ts_ns=sent[other].ts_ns)
    return result


def duplicate(sent: Sequence[Segment], index: int) -> list[Segment]:
    """The very same packet twice, as a mirror of both directions of a port gives it."""
    copy = replace(sent[index], ts_ns=sent[index].ts_ns + 2_000)
    return [*sent[: index + 1], copy, *sent[index + 1 :]]


def retransmit(sent: Sequence[Segment], index: int) -> list[Segment]:
    """The sender's timer runs out too early: the same bytes 300 ms later, in a new IP packet."""
    again = replace(sent[index], ts_ns=sent[index].ts_ns + 300 * MS, ident=sent[index].ident ^ 0x4000)
    return _merged(sent, [again])


def overwrite(sent: Sequence[Segment], index: int, filler: int = 0x23) -> list[Segment]:
    """After a segment, the same sequence numbers with other bytes: who keeps the first, keeps the truth."""
    forged = bytes([filler]) * len(sent[index].payload)
    again = replace(sent[index], ts_ns=sent[index].ts_ns + 3_000, payload=forged, ident=0x7777)
    return [*sent[: index + 1], again, *sent[index + 1 :]]


def overlap(sent: Sequence[Segment], index: int, shift: int, filler: int = 0x23) -> list[Segment]:
    """A segment begins ``shift`` bytes early, with other bytes than those that its side sent there before."""
    segment = sent[index]
    forged = bytes([filler]) * shift
    seq = (segment.seq - shift) % SEQUENCE_SPACE
    return [*sent[:index], replace(segment, seq=seq, payload=forged + segment.payload), *sent[index + 1 :]]


def lose(sent: Sequence[Segment], index: int) -> list[Segment]:
    """The tap did not see one segment; the receiver did."""
    return [*sent[:index], *sent[index + 1 :]]


def head_cut(sent: Sequence[Segment], count: int) -> list[Segment]:
    """The tap starts after ``count`` segments."""
    return list(sent[count:])


def since(sent: Sequence[Segment], ts_ns: int) -> list[Segment]:
    """The tap starts at a time."""
    return [segment for segment in sent if segment.ts_ns >= ts_ns]


def one_way(sent: Sequence[Segment], speaker: Speaker) -> list[Segment]:
    """The tap sees what one side sends: the other direction takes another path."""
    return [segment for segment in sent if segment.speaker is speaker]


def keepalives(sent: Sequence[Segment], index: int) -> list[Segment]:
    """Ten seconds after a segment its sender probes with the byte before its next, and is answered."""
    last = sent[index]
    seq = (last.seq + len(last.payload) - 1) % SEQUENCE_SPACE
    probe = replace(
        last,
        ts_ns=last.ts_ns + 10 * SECOND,
        seq=seq,
        ack=_acknowledged(sent, last.ts_ns + 10 * SECOND, last.speaker),
        flags=Flag.ACK,
        payload=b"\0",
    )
    answer = replace(
        last,
        ts_ns=probe.ts_ns + FAR_RTT_NS,
        speaker=last.speaker.other,
        source=last.target,
        target=last.source,
        seq=probe.ack,
        ack=(seq + 1) % SEQUENCE_SPACE,
        flags=Flag.ACK,
        payload=b"",
    )
    return _merged(sent, [probe, answer])


def port_reuse(first: Sequence[Segment], second: Sequence[Segment]) -> list[Segment]:
    """Two connections over the same addresses and ports, one after the other."""
    return _merged(first, second)


def sequence_wrap(sent: Sequence[Segment], speaker: Speaker, offset: int) -> list[Segment]:
    """Move one side's sequence numbers so that they pass 2^32 after ``offset`` bytes of its payload."""
    first = next(segment for segment in sent if segment.speaker is speaker and Flag.SYN in segment.flags)
    move = -(first.seq + 1 + offset)

    def moved(segment: Segment) -> Segment:
        if segment.speaker is speaker:
            return replace(segment, seq=(segment.seq + move) % SEQUENCE_SPACE)
        return replace(segment, ack=(segment.ack + move) % SEQUENCE_SPACE)

    # A first SYN acknowledges nothing, so its field stays 0.
    return [moved(segment) if Flag.ACK in segment.flags or segment.speaker is speaker else segment for segment in sent]


def time_backwards(sent: Sequence[Segment], index: int, back_ns: int = 2 * SECOND) -> list[Segment]:
    """From a segment on, the tap's clock stands earlier: the order on the wire stays, the times step back."""
    return [*sent[:index], *(replace(segment, ts_ns=segment.ts_ns - back_ns) for segment in sent[index:])]


def _acknowledged(sent: Sequence[Segment], ts_ns: int, speaker: Speaker) -> int:
    """What a side has acknowledged by a time."""
    return next(s.ack for s in reversed(sent) if s.speaker is speaker and s.ts_ns <= ts_ns)


def _merged(first: Sequence[Segment], second: Sequence[Segment]) -> list[Segment]:
    return sorted([*first, *second], key=lambda segment: segment.ts_ns)
