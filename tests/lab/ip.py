# SPDX-License-Identifier: Apache-2.0
"""IPv4, IPv6, TCP and UDP headers with right lengths and checksums (RFC 791, 8200, 9293, 768).

Written by hand with ``struct`` because bulk traffic needs speed; odd layers are ``layers``' work.
"""

from __future__ import annotations

import enum
import ipaddress
import struct
from dataclasses import dataclass
from functools import lru_cache

from sensor.model import Endpoint
from tests.lab.dialogue import Speaker

TCP, UDP = 6, 17


class Flag(enum.IntFlag):
    FIN = 0x01
    SYN = 0x02
    RST = 0x04
    PSH = 0x08
    ACK = 0x10


@dataclass(frozen=True, slots=True)
class Packet:
    """An IP packet on its way. ``speaker``: the end of the innermost conversation that sent it."""

    ts_ns: int
    data: bytes
    speaker: Speaker = Speaker.CLIENT


@dataclass(frozen=True, slots=True)
class Route:
    """From whom to whom an IP packet goes, with the fields that hops change."""

    source: Endpoint
    target: Endpoint
    ttl: int = 64
    ident: int = 0


@dataclass(frozen=True, slots=True)
class TcpFields:
    seq: int
    ack: int
    flags: Flag
    window: int = 64240
    options: bytes = b""


def tcp_packet(route: Route, fields: TcpFields, payload: bytes) -> bytes:
    """An IP packet (version by its addresses) with one TCP segment."""
    offset_words = 5 + len(fields.options) // 4
    header = struct.pack(
        ">HHIIBBHHH",
        route.source.port,
        route.target.port,
        fields.seq & 0xFFFFFFFF,
        fields.ack & 0xFFFFFFFF,
        offset_words << 4,
        int(fields.flags),
        fields.window,
        0,
        0,
    )
    segment = header + fields.options + payload
    checksum = _checksum(_pseudo(route, TCP, len(segment)) + segment)
    return ip_packet(route, TCP, segment[:16] + struct.pack(">H", checksum) + segment[18:])


def udp_packet(route: Route, payload: bytes) -> bytes:
    """An IP packet with one UDP datagram."""
    header = struct.pack(">HHHH", route.source.port, route.target.port, 8 + len(payload), 0)
    # A checksum of 0 means "none" to UDP, so it is sent as its other form.
    checksum = _checksum(_pseudo(route, UDP, len(header) + len(payload)) + header + payload) or 0xFFFF
    return ip_packet(route, UDP, header[:6] + struct.pack(">H", checksum) + payload)


def ip_packet(route: Route, protocol: int, body: bytes) -> bytes:
    """An IP packet, its version by its addresses, that carries what is given."""
    source, target = _packed(route.source.ip), _packed(route.target.ip)
    if len(source) == 16:
        return struct.pack(">IHBB", 0x60000000, len(body), protocol, route.ttl) + source + target + body
    dont_fragment = 0x4000
    head = struct.pack(
        ">BBHHHBBH", 0x45, 0, 20 + len(body), route.ident & 0xFFFF, dont_fragment, route.ttl, protocol, 0
    )
    header = head + source + target
    return header[:10] + struct.pack(">H", _checksum(header)) + header[12:] + body


def _pseudo(route: Route, protocol: int, length: int) -> bytes:
    source, target = _packed(route.source.ip), _packed(route.target.ip)
    if len(source) == 16:
        return source + target + struct.pack(">II", length, protocol)
    return source + target + struct.pack(">HH", protocol, length)


@lru_cache(maxsize=4096)
def _packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


def _checksum(data: bytes) -> int:
    """The internet checksum (RFC 1071): a number modulo 65535 is its end-around-carry sum."""
    if len(data) % 2:
        data += b"\0"
    total = int.from_bytes(data, "big") % 0xFFFF
    # A sum of all-ones folds to 0 here; only all-zero data truly sums to 0, and headers never are.
    return 0xFFFF - (total or 0xFFFF)
