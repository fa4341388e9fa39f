# SPDX-License-Identifier: Apache-2.0
"""Writes capture files: pcap (both byte orders, µs and ns) and pcapng (sections, interfaces, time options).

Implements draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng. Knows nothing of what a frame is.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.lab.seeded import SECOND, US

SNAPLEN = 262_144


class LinkType(enum.IntEnum):
    NULL = 0
    ETHERNET = 1
    PPP = 9
    FDDI = 10
    RAW = 101
    C_HDLC = 104
    IEEE802_11 = 105
    FRELAY = 107
    LOOP = 108
    LINUX_SLL = 113
    PFLOG = 117
    IEEE802_11_RADIOTAP = 127
    USER0 = 147  # private use: no reader of ours knows it
    JUNIPER_ETHER = 178
    PPI = 192
    ERF = 197
    IPV4 = 228
    IPV6 = 229
    NFLOG = 239
    LINUX_SLL2 = 276
    DSA_TAG_EDSA = 285


@dataclass(frozen=True, slots=True)
class Frame:
    """One captured frame. ``wire_bytes``: its length on the wire, where the capture holds less."""

    ts_ns: int
    data: bytes
    wire_bytes: int | None = None
    interface: int = 0

    def cut(self, snaplen: int) -> Frame:
        return Frame(self.ts_ns, self.data[:snaplen], self.wire_bytes or len(self.data), self.interface)


@dataclass(frozen=True)
class PcapFormat:
    """The choices a pcap file leaves."""

    linktype: int = LinkType.ETHERNET
    order: str = "<"  # "<" little-endian, ">" big-endian
    nanoseconds: bool = False
    snaplen: int = SNAPLEN


def pcap(frames: Iterable[Frame], form: PcapFormat | None = None) -> bytes:
    """A classic capture file. Frames are cut to the snap length."""
    form = form or PcapFormat()
    magic, unit = (0xA1B23C4D, 1) if form.nanoseconds else (0xA1B2C3D4, US)
    parts = [struct.pack(form.order + "IHHiIII", magic, 2, 4, 0, 0, form.snaplen, form.linktype)]
    for frame in frames:
        data = frame.data[: form.snaplen]
        length = frame.wire_bytes or len(frame.data)
        seconds, rest = divmod(frame.ts_ns, SECOND)
        parts += [struct.pack(form.order + "IIII", seconds, rest // unit, len(data), length), data]
    return b"".join(parts)


@dataclass(frozen=True)
class Interface:
    """An interface of a pcapng section.

    ``resolution``: the if_tsresol byte (6: µs, 9: ns, 0x80 | n: 2^-n s); absent: the option is left away,
    which means µs. ``offset_seconds``: if_tsoffset, added by the reader to every time.
    """

    linktype: int = LinkType.ETHERNET
    name: str = "tap0"
    resolution: int | None = None
    offset_seconds: int = 0
    snaplen: int = SNAPLEN

    def ticks(self, ts_ns: int) -> int:
        relative = ts_ns - self.offset_seconds * SECOND
        resolution = 6 if self.resolution is None else self.resolution
        per_second = 1 << (resolution & 0x7F) if resolution & 0x80 else 10**resolution
        return relative * per_second // SECOND


@dataclass(frozen=True)
class Section:
    interfaces: Sequence[Interface]
    frames: Sequence[Frame]
    order: str = "<"


def pcapng(sections: Iterable[Section]) -> bytes:
    """A file of one or more sections, each in its own byte order."""
    parts: list[bytes] = []
    for section in sections:
        order = section.order
        parts.append(_block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)))
        parts += [_interface_block(order, interface) for interface in section.interfaces]
        for frame in section.frames:
            ticks = section.interfaces[frame.interface].ticks(frame.ts_ns)
            length = frame.wire_bytes or len(frame.data)
            head = (frame.interface, ticks >> 32, ticks & 0xFFFFFFFF, len(frame.data), length)
            parts.append(_block(order, 6, struct.pack(order + "IIIII", *head) + _padded(frame.data)))
    return b"".join(parts)


def _interface_block(order: str, interface: Interface) -> bytes:
    body = struct.pack(order + "HHI", interface.linktype, 0, interface.snaplen)
    body += _option(order, 2, interface.name.encode())
    if interface.resolution is not None:
        body += _option(order, 9, bytes([interface.resolution]))
    if interface.offset_seconds:
        body += _option(order, 14, struct.pack(order + "q", interface.offset_seconds))
    return _block(order, 1, body + _option(order, 0, b""))


def _option(order: str, code: int, value: bytes) -> bytes:
    return struct.pack(order + "HH", code, len(value)) + _padded(value)


def _block(order: str, kind: int, body: bytes) -> bytes:
    total = len(body) + 12
    return struct.pack(order + "II", kind, total) + body + struct.pack(order + "I", total)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
