"""Builds plain Ethernet frames of TCP and UDP conversations, with right checksums, and writes captures.

It knows headers only (RFC 791, 8200, 9293, 768); what is said stands in ``dialogues`` and ``seeds``.
"""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from random import Random

Address = IPv4Address | IPv6Address

FIN: Final = 0x01
SYN: Final = 0x02
PSH: Final = 0x08
ACK: Final = 0x10

TCP: Final = 6
UDP: Final = 17
MTU: Final = 1500
# Locally administered, so that they can be nobody's.
_MACS: Final = bytes.fromhex("02000000000202000000000f")
_EPOCH_S: Final = 1_767_225_600  # 2026-01-01T00:00:00Z


class Socket(NamedTuple):
    ip: Address
    port: int


class Packet(NamedTuple):
    at_us: int  # since the conversation began
    frame: bytes


def _checksum(data: bytes) -> int:
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total >> 16) + (total & 0xFFFF)
    return ~total & 0xFFFF


def _ethernet(source: Address, target: Address, protocol: int, segment: bytes) -> bytes:
    if isinstance(source, IPv6Address):
        header = struct.pack("!IHBB", 0x6000_0000, len(segment), protocol, 61) + source.packed + target.packed
        return _MACS + b"\x86\xdd" + header + segment
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0x4000, 61, protocol, 0)
    header += source.packed + target.packed
    header = header[:10] + struct.pack("!H", _checksum(header)) + header[12:]
    return _MACS + b"\x08\x00" + header + segment


def _sealed(source: Address, target: Address, protocol: int, segment: bytes) -> bytes:
    """The frame of a segment whose checksum field is still zero."""
    pseudo = source.packed + target.packed + struct.pack("!II", len(segment), protocol)
    checksum = _checksum(pseudo + segment) or 0xFFFF
    at = 16 if protocol == TCP else 6
    return _ethernet(source, target, protocol, segment[:at] + struct.pack("!H", checksum) + segment[at + 2 :])


class Datagrams:
    """A UDP conversation."""

    def __init__(self, client: Socket, server: Socket) -> None:
        self.packets: list[Packet] = []
        self._ends = (client, server)
        self._now_us = 0

    def wait(self, us: int) -> None:
        self._now_us += us

    def send(self, data: bytes, *, from_client: bool) -> None:
        source, target = self._ends if from_client else self._ends[::-1]
        header = struct.pack("!HHHH", source.port, target.port, 8 + len(data), 0)
        self.packets.append(Packet(self._now_us, _sealed(source.ip, target.ip, UDP, header + data)))
        self._now_us += 15


class Stream:
    """A TCP connection: handshake, data both ways with delayed acknowledgements, FIN; with timestamps."""

    def __init__(self, client: Socket, server: Socket, rng: Random) -> None:
        self.packets: list[Packet] = []
        self._ends = (client, server)
        self._next = [0, 0]  # sequence numbers; the mixer adds random starts
        self._unacknowledged = [0, 0]  # segments that this end got and has not answered
        self._now_us = 0
        self._rtt_us = rng.randrange(2_000, 60_000)
        # Receivers with large receive offload acknowledge several segments at once.
        self._segments_per_ack = rng.choice((2, 6, 8, 12))
        self._mss = MTU - (60 if isinstance(client.ip, IPv6Address) else 40) - 12

    def wait(self, us: int) -> None:
        self._now_us += us

    def open(self) -> None:
        for end, flags in ((0, SYN), (1, SYN | ACK), (0, ACK)):
            self._segment(end, flags, b"")
            self._now_us += self._rtt_us // 2 if end == 1 or flags == SYN else 20

    def knock(self) -> None:
        """A SYN that gets no answer."""
        self._segment(0, SYN, b"")

    def send(self, data: bytes, *, from_client: bool) -> None:
        """One write of an application: full segments, the last one pushed; then half a round trip passes."""
        end, peer = (0, 1) if from_client else (1, 0)
        for at in range(0, len(data), self._mss):
            is_last = at + self._mss >= len(data)
            self._segment(end, ACK | PSH if is_last else ACK, data[at : at + self._mss])
            self._unacknowledged[peer] += 1
            self._now_us += 12
            if self._unacknowledged[peer] >= self._segments_per_ack:
                self._segment(peer, ACK, b"")
                self._now_us += 12
        self._now_us += self._rtt_us // 2

    def acknowledge(self) -> None:
        """Both ends acknowledge what they have not yet, as they do after some 40 ms of silence."""
        self._now_us += 40_000
        for end in (0, 1):
            if self._unacknowledged[end]:
                self._segment(end, ACK, b"")

    def close(self) -> None:
        for end, flags in ((0, FIN | ACK), (1, FIN | ACK), (0, ACK)):
            self._segment(end, flags, b"")
            self._now_us += self._rtt_us // 2

    def _segment(self, end: int, flags: int, data: bytes) -> None:
        source, target = self._ends if end == 0 else self._ends[::-1]
        seq, ack = self._next[end], self._next[1 - end] if flags & ACK else 0
        clock_ms = self._now_us // 1000
        options = struct.pack("!BBBBII", 1, 1, 8, 10, 1000 + clock_ms, 500 + clock_ms if flags & ACK else 0)
        if flags & SYN:
            # MSS, SACK permitted, the timestamps without their padding, a pad, window scale 7: 20 bytes.
            options = struct.pack("!BBHBB", 2, 4, self._mss + 12, 4, 2) + options[2:] + bytes((1, 3, 3, 7))
        offset = (20 + len(options)) // 4 << 12
        header = struct.pack("!HHIIHHHH", source.port, target.port, seq, ack, offset | flags, 502, 0, 0)
        frame = _sealed(source.ip, target.ip, TCP, header + options + data)
        self.packets.append(Packet(self._now_us, frame))
        self._next[end] += len(data) + bool(flags & SYN) + bool(flags & FIN)
        self._unacknowledged[end] = 0


def write_capture(path: Path, conversations: Iterable[list[Packet]]) -> int:
    """Writes conversation after conversation, each from the same moment on; returns the number of packets."""
    count = 0
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for packets in conversations:
            for packet in packets:
                seconds, micros = divmod(packet.at_us, 1_000_000)
                size = len(packet.frame)
                out.write(struct.pack("<IIII", _EPOCH_S + seconds, micros, size, size) + packet.frame)
            count += len(packets)
    return count
