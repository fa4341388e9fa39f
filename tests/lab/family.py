# SPDX-License-Identifier: Apache-2.0
"""What a way to carry packets is: a ``Family``. It knows packets, not what they say.

``layers``, ``overlays`` and ``links`` hold the families there are; every field is set there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.lab.dialogue import Speaker, Tunnel
from tests.lab.files import Frame, LinkType
from tests.lab.ip import Packet

# Locally administered addresses: no maker's number.
NEAR_MAC, FAR_MAC = "02:00:5e:10:00:01", "02:00:5e:10:00:02"
NEAR_IP, FAR_IP = "192.0.2.254", "203.0.113.254"
NEAR_IP6, FAR_IP6 = "2001:db8:fe::1", "2001:db8:fe::2"
ETHER_IPV4, ETHER_IPV6 = 0x0800, 0x86DD
FRAGMENT_BYTES = 552  # fits a 576-byte path with room, a multiple of 8


@dataclass(frozen=True)
class Hop:
    """One packet to be wrapped: outgoing or not, and a number that serves as the outer IP identification."""

    data: bytes
    outgoing: bool
    number: int

    def either(self, outgoing: int, incoming: int) -> int:
        """A field that differs by direction."""
        return outgoing if self.outgoing else incoming

    @property
    def ethertype(self) -> int:
        return ETHER_IPV4 if self.data[0] >> 4 == 4 else ETHER_IPV6

    @property
    def ip_protocol(self) -> int:
        """The protocol number that says "this packet" inside another."""
        return 4 if self.data[0] >> 4 == 4 else 41


Wrap = Callable[[Hop], list[bytes]]


@dataclass(frozen=True)
class Family:
    """One way to carry IP packets, with what a finding says of it."""

    name: str
    wrap: Wrap
    tunnel: Tunnel = field(default=Tunnel())
    linktype: LinkType = LinkType.ETHERNET
    ipv6: bool = False  # needs a talk between IPv6 addresses

    def frames(self, packets: list[Packet], interface: int = 0) -> Iterator[Frame]:
        """The frames of a talk; pieces of one packet follow each other by 5 µs."""
        for number, packet in enumerate(packets):
            hop = Hop(packet.data, packet.speaker is Speaker.CLIENT, number + 1)
            for delay, data in enumerate(self.wrap(hop)):
                yield Frame(packet.ts_ns + 5_000 * delay, data, interface=interface)


def ethernet(data: bytes, *, outgoing: bool = True) -> bytes:
    """The plain case, as for all traffic without a family: no scapy, because there is much of it."""
    near, far = (bytes.fromhex(mac.replace(":", "")) for mac in (NEAR_MAC, FAR_MAC))
    kind = ETHER_IPV4 if data[0] >> 4 == 4 else ETHER_IPV6
    return (far + near if outgoing else near + far) + kind.to_bytes(2, "big") + data


def both(*labels: str) -> Tunnel:
    """The same encapsulation both ways."""
    return Tunnel(labels, labels)
