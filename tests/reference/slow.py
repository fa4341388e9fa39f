# SPDX-License-Identifier: Apache-2.0
"""Flows and in-order payload of a capture by dpkt: Ethernet, 802.1Q, IPv4 and IPv6, TCP and UDP, and nothing else.

Shares no code with the engine, keeps everything in memory, and puts nothing in order before a capture's end.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import dpkt
import msgspec

from tests.corpus.payload import Direction, Said, Stitcher

DIFFERENCES: Final = Path(__file__).with_name("differences.toml")
_SEQUENCE_SPACE: Final = 1 << 32
_MAPPED: Final = bytes(10) + b"\xff\xff"
# The first block of a pcapng section, in either order of bytes.
_SECTION: Final = b"\n\r\r\n"
# What carries packets of its own, by EtherType, IP protocol and UDP port: not taken apart here.
_CARRYING_TYPES: Final = frozenset(
    {
        0x0800,
        0x86DD,
        0x88E5,
        0x8100,
        0x88A8,
        0x9100,
        0x8847,
        0x8848,
        0x8863,
        0x8864,
        0x88E7,
        0x894F,
        0x88BE,
        0x22EB,
        0x8926,
    }
)
_CARRYING_PROTOCOLS: Final = frozenset({4, 41, 47, 51, 55, 94, 97, 98, 108, 115, 137})
_CARRYING_PORTS: Final = frozenset(
    {1701, 2152, 3544, 4341, 4500, 4754, 4789, 4790, 5247, 6081, 6635, 8472, 37008, 51820, 19523}
)
_EXTENSIONS: Final = frozenset({0, 43, 44, 51, 60, 135, 139, 140})


class NotCoveredError(Exception):
    """The capture holds something that is not taken apart here; the text says what."""


class Slow(msgspec.Struct):
    """What a capture holds: connections, pairs of ends that send UDP, and what was said in TCP by direction."""

    tcp_flows: int
    udp_flows: int
    said: dict[Direction, Said]


class _Connection:
    """One TCP connection: its number, and of each end where its payload begins and the last sequence number."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.begins: dict[str, int] = {}
        self.near: dict[str, int] = {}

    def unwrapped(self, sender: str, sequence: int) -> int:
        """The sequence number as a number that does not turn over, near the one before."""
        near = self.near.get(sender, sequence)
        ahead = (sequence - near + _SEQUENCE_SPACE // 2) % _SEQUENCE_SPACE - _SEQUENCE_SPACE // 2
        self.near[sender] = near + ahead
        return near + ahead


class _Reader:
    def __init__(self) -> None:
        self.connections: dict[frozenset[str], _Connection] = {}
        self.tcp_flows = 0
        self.udp: set[frozenset[str]] = set()
        self.stitcher = Stitcher()

    def take(self, frame: bytes) -> None:
        packet = _packet(frame)
        if packet is None:
            return
        ip, transport = packet
        sender, receiver = _end(ip.src, transport.sport), _end(ip.dst, transport.dport)
        if isinstance(transport, dpkt.udp.UDP):
            self.udp.add(frozenset((sender, receiver)))
        else:
            self._segment((sender, receiver), transport)

    def _segment(self, direction: Direction, segment: dpkt.tcp.TCP) -> None:
        sender, _ = direction
        ends = frozenset(direction)
        is_syn, is_answer = segment.flags & dpkt.tcp.TH_SYN != 0, segment.flags & dpkt.tcp.TH_ACK != 0
        begins = (segment.seq + 1) % _SEQUENCE_SPACE
        connection = self.connections.get(ends)
        if connection is None or (is_syn and not is_answer and connection.begins.get(sender, begins) != begins):
            connection = self.connections[ends] = _Connection(self.tcp_flows)
            self.tcp_flows += 1
        if is_syn:
            connection.near[sender] = connection.begins[sender] = begins
        data, start = bytes(segment.data), connection.unwrapped(sender, begins if is_syn else segment.seq)
        first = connection.begins.get(sender)
        if first is not None and start == first - 1 and len(data) == 1:
            return  # a keep-alive before the first byte
        if data:
            self.stitcher.take((connection.number, direction), start, data)


def read(path: Path) -> Slow:
    """Raises NotCoveredError."""
    reader = _Reader()
    for frame in _frames(path):
        reader.take(frame)
    return Slow(reader.tcp_flows, len(reader.udp), reader.stitcher.directions())


def _frames(path: Path) -> Iterator[bytes]:
    if _has_parts(path.read_bytes()):
        raise NotCoveredError("several sections or interfaces, or packets without a time")
    with path.open("rb") as file:
        try:
            source = dpkt.pcap.UniversalReader(file)
        except (ValueError, dpkt.Error) as error:
            raise NotCoveredError("the file's format") from error
        if source.datalink() != dpkt.pcap.DLT_EN10MB:
            raise NotCoveredError("the link type")
        try:
            yield from (frame for _, frame in source)
        except (ValueError, dpkt.Error) as error:
            raise NotCoveredError("damage of the file") from error


def _end(address: bytes, port: int) -> str:
    """IPv4 that is written as IPv6 is IPv4 (RFC 4291 section 2.5.5.2)."""
    address = address.removeprefix(_MAPPED)
    family = socket.AF_INET if len(address) == 4 else socket.AF_INET6
    return f"{socket.inet_ntop(family, address)} {port}"


def _has_parts(data: bytes) -> bool:
    """Whether it is a pcapng file of which dpkt would mistake a part: it reads one section of one interface, and no
    simple packet blocks.
    """
    kinds: list[bytes] = []
    order: Literal["big", "little"] = "little" if data[8:12] == b"\x4d\x3c\x2b\x1a" else "big"
    at = 0 if data[:4] == _SECTION else len(data)
    while at + 8 <= len(data):
        kinds.append(data[at : at + 4])
        at += max(12, int.from_bytes(data[at + 4 : at + 8], order))
    interface, simple = (number.to_bytes(4, order) for number in (1, 3))
    return kinds.count(_SECTION) > 1 or kinds.count(interface) > 1 or simple in kinds


def _packet(frame: bytes) -> tuple[dpkt.ip.IP | dpkt.ip6.IP6, dpkt.tcp.TCP | dpkt.udp.UDP] | None:
    """The packet in a frame; None where there is none of TCP or UDP."""
    try:
        ethernet = dpkt.ethernet.Ethernet(frame)
    except dpkt.Error:
        return None
    ip = ethernet.data
    if not isinstance(ip, (dpkt.ip.IP, dpkt.ip6.IP6)):
        kind = ip.type if isinstance(ip, dpkt.llc.LLC) and ip.is_snap else ethernet.type
        if kind in _CARRYING_TYPES:
            raise NotCoveredError("frames that carry packets otherwise")
        return None
    if isinstance(ip, dpkt.ip.IP):
        if ip.mf or ip.offset:
            raise NotCoveredError("fragments")
        protocol = ip.p
    else:
        if ip.nxt in _EXTENSIONS:
            raise NotCoveredError("extension headers")
        protocol = ip.nxt
    if protocol in _CARRYING_PROTOCOLS:
        raise NotCoveredError("tunnels over IP")
    transport = ip.data
    if isinstance(transport, dpkt.udp.UDP) and {transport.sport, transport.dport} & _CARRYING_PORTS:
        raise NotCoveredError("tunnels over UDP")
    return (ip, transport) if isinstance(transport, (dpkt.tcp.TCP, dpkt.udp.UDP)) else None


def differs(slow: Slow, flows: tuple[int, int], said: dict[Direction, Said]) -> str:
    """In what the engine (``flows`` of TCP and UDP, and what was ``said``) differs from the slow one; "" in nothing."""
    parts = [
        f"{name} {our} (slow: {their})"
        for name, our, their in zip(("tcp_flows", "udp_flows"), flows, (slow.tcp_flows, slow.udp_flows), strict=True)
        if our != their
    ]
    nothing = Said(0, "")
    wrong = [one for one in sorted(slow.said.keys() | said.keys()) if slow.said.get(one) != said.get(one)]
    for one in wrong[:3]:
        sizes = said.get(one, nothing).size, slow.said.get(one, nothing).size
        parts.append(f"{one[0]} > {one[1]} said {sizes[0]} bytes (slow: {sizes[1]})")
    if len(wrong) > 3:
        parts.append(f"and {len(wrong) - 3} others")
    return "; ".join(parts)
