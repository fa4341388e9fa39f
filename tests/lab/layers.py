# SPDX-License-Identifier: GPL-2.0-only
"""Wraps IP packets into link layers and tunnels, as they stand at an operator's or a data centre's edge.

A ``Family`` is one way to carry a talk. It knows packets, not what they say. Every field is set here: what
scapy would fill in from the machine it runs on must not reach a capture.
GPL-2.0-only because it uses scapy; it is a tool of the tests and no part of what is installed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from scapy.contrib.gtp import GTP_U_Header, GTPPDUSessionContainer
from scapy.contrib.mpls import MPLS
from scapy.layers.inet import IP, UDP, IPOption_NOP, IPOption_RR
from scapy.layers.inet6 import (
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrSegmentRouting,
    PadN,
    fragment6,
)
from scapy.layers.l2 import GRE, CookedLinux, CookedLinuxV2, Dot1AD, Dot1Q, Ether, Loopback
from scapy.layers.ppp import PPPoE
from scapy.layers.vxlan import VXLAN
from scapy.packet import Packet as Layer
from scapy.packet import Raw

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


# ---------------------------------------------------------------- building blocks


def _ether(hop: Hop, kind: int) -> Layer:
    source, target = (NEAR_MAC, FAR_MAC) if hop.outgoing else (FAR_MAC, NEAR_MAC)
    return Ether(src=source, dst=target, type=kind)


def _outer_ip(hop: Hop, protocol: int) -> Layer:
    source, target = (NEAR_IP, FAR_IP) if hop.outgoing else (FAR_IP, NEAR_IP)
    return _ether(hop, ETHER_IPV4) / IP(src=source, dst=target, proto=protocol, id=hop.number, ttl=60)


def _outer_ip6(hop: Hop, protocol: int) -> Layer:
    source, target = (NEAR_IP6, FAR_IP6) if hop.outgoing else (FAR_IP6, NEAR_IP6)
    return _ether(hop, ETHER_IPV6) / IPv6(src=source, dst=target, nh=protocol, hlim=60)


def _outer_udp(hop: Hop, port: int) -> Layer:
    return _outer_ip(hop, 17) / UDP(sport=49152 + hop.number % 1000, dport=port)


def _one(packet: Layer) -> list[bytes]:
    return [bytes(packet)]


def _inner_ethernet(hop: Hop) -> Layer:
    return _ether(hop, hop.ethertype) / Raw(hop.data)


# ---------------------------------------------------------------- links


def _vlan(hop: Hop) -> list[bytes]:
    return _one(_ether(hop, 0x8100) / Dot1Q(vlan=100, type=hop.ethertype) / Raw(hop.data))


def _qinq(hop: Hop) -> list[bytes]:
    tags = Dot1AD(vlan=300, type=0x8100) / Dot1Q(vlan=100, type=hop.ethertype)
    return _one(_ether(hop, 0x88A8) / tags / Raw(hop.data))


def _mpls(hop: Hop) -> list[bytes]:
    # Labels belong to a direction: each end of a path gives its own.
    outer = MPLS(label=hop.either(16001, 16002), s=0, ttl=62)
    inner = MPLS(label=hop.either(24001, 24002), s=1, ttl=62)
    return _one(_ether(hop, 0x8847) / outer / inner / Raw(hop.data))


def _pppoe(hop: Hop) -> list[bytes]:
    # The PPP protocol: two bytes on PPPoE, never the one-byte form.
    body = (0x0021 if hop.ethertype == ETHER_IPV4 else 0x0057).to_bytes(2, "big")
    session = PPPoE(version=1, type=1, code=0, sessionid=0x1234, len=len(body) + len(hop.data))
    return _one(_ether(hop, 0x8864) / session / Raw(body + hop.data))


def _cooked_v1(hop: Hop) -> list[bytes]:
    address = bytes.fromhex(NEAR_MAC.replace(":", "")) + b"\0\0"
    kind = hop.either(4, 0)
    return _one(CookedLinux(pkttype=kind, lladdrtype=1, lladdrlen=6, src=address, proto=hop.ethertype) / Raw(hop.data))


def _cooked_v2(hop: Hop) -> list[bytes]:
    address = bytes.fromhex(NEAR_MAC.replace(":", "")) + b"\0\0"
    link = CookedLinuxV2(
        proto=hop.ethertype,
        reserved=0,
        ifindex=2,
        lladdrtype=1,
        pkttype=hop.either(4, 0),
        lladdrlen=6,
        src=address,
    )
    return _one(link / Raw(hop.data))


def _null(hop: Hop) -> list[bytes]:
    return _one(Loopback(type=2 if hop.ethertype == ETHER_IPV4 else 24) / Raw(hop.data))


def _loop(hop: Hop) -> list[bytes]:
    return [(2 if hop.ethertype == ETHER_IPV4 else 24).to_bytes(4, "big") + hop.data]


def _bare(hop: Hop) -> list[bytes]:
    return [hop.data]


# ---------------------------------------------------------------- tunnels


def _gre(hop: Hop) -> list[bytes]:
    return _one(_outer_ip(hop, 47) / GRE(proto=hop.ethertype) / Raw(hop.data))


def _gre_keyed(hop: Hop) -> list[bytes]:
    """Transparent Ethernet bridging with key, sequence number and checksum: every optional field."""
    header = GRE(
        proto=0x6558,
        chksum_present=1,
        key_present=1,
        seqnum_present=1,
        key=hop.either(7001, 7002),
        sequence_number=hop.number,
    )
    return _one(_outer_ip(hop, 47) / header / Raw(bytes(_inner_ethernet(hop))))


def _vxlan(hop: Hop) -> list[bytes]:
    return _one(_outer_udp(hop, 4789) / VXLAN(flags="Instance", vni=5001) / _inner_ethernet(hop))


def _gtpu(hop: Hop) -> list[bytes]:
    header = GTP_U_Header(gtp_type=255, teid=hop.either(0x1001, 0x2002), length=len(hop.data))
    return _one(_outer_udp(hop, 2152) / header / Raw(hop.data))


def _gtpu_session(hop: Hop) -> list[bytes]:
    """As on the N3 interface of 5G: the PDU session container as extension header."""
    container = GTPPDUSessionContainer(type=hop.either(1, 0), QFI=1)
    length = 4 + len(bytes(container)) + len(hop.data)
    header = GTP_U_Header(
        gtp_type=255, teid=hop.either(0x1003, 0x2004), E=1, next_ex=0x85, seq=0, npdu=0, length=length
    )
    return _one(_outer_udp(hop, 2152) / header / container / Raw(hop.data))


def _ip_in_ip(hop: Hop) -> list[bytes]:
    return _one(_outer_ip(hop, hop.ip_protocol) / Raw(hop.data))


def _ip_in_ip6(hop: Hop) -> list[bytes]:
    return _one(_outer_ip6(hop, hop.ip_protocol) / Raw(hop.data))


def _nested(hop: Hop) -> list[bytes]:
    """A subscriber line over an operator's core: VLAN, MPLS, GRE, VXLAN, and PPPoE on the inner Ethernet."""
    inner = Hop(_pppoe(hop)[0], hop.outgoing, hop.number)
    vxlan = IP(src=NEAR_IP, dst=FAR_IP, id=hop.number, ttl=60, proto=17)
    vxlan = vxlan / UDP(sport=50000, dport=4789) / VXLAN(flags="Instance", vni=5002) / Raw(inner.data)
    core = IP(src=NEAR_IP, dst=FAR_IP, id=hop.number, ttl=60, proto=47) / GRE(proto=ETHER_IPV4) / vxlan
    tags = Dot1Q(vlan=100, type=0x8847) / MPLS(label=16001, s=1, ttl=62)
    return _one(_ether(hop, 0x8100) / tags / core)


# ---------------------------------------------------------------- IP itself


def _ip_options(hop: Hop) -> list[bytes]:
    packet = IP(hop.data)
    packet.options = [IPOption_RR(length=11, pointer=4, routers=["0.0.0.0", "0.0.0.0"]), IPOption_NOP()]
    del packet.ihl, packet.len, packet.chksum
    return _one(_ether(hop, ETHER_IPV4) / packet)


def _ip6_extensions(hop: Hop) -> list[bytes]:
    packet = IPv6(hop.data)
    chain = IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\0\0\0\0")])
    chain = chain / IPv6ExtHdrSegmentRouting(addresses=[packet.dst], segleft=0, lastentry=0)
    chain = chain / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 12)])
    chain.lastlayer().nh = packet.nh
    header = IPv6(src=packet.src, dst=packet.dst, hlim=packet.hlim)
    return _one(_ether(hop, ETHER_IPV6) / header / chain / Raw(bytes(packet.payload)))


def _fragments(hop: Hop) -> list[bytes]:
    packet = IP(hop.data)
    packet.flags = 0
    packet.id = hop.number
    del packet.chksum
    cut = packet.fragment(FRAGMENT_BYTES)  # type: ignore[no-untyped-call]
    pieces = [bytes(_ether(hop, ETHER_IPV4) / piece) for piece in cut]
    return _some_backwards(hop, pieces)


def _fragments_6(hop: Hop) -> list[bytes]:
    packet = IPv6(hop.data)
    if len(hop.data) <= FRAGMENT_BYTES:
        return _one(_ether(hop, ETHER_IPV6) / packet)
    whole = IPv6(src=packet.src, dst=packet.dst, hlim=packet.hlim)
    whole = whole / IPv6ExtHdrFragment(id=hop.number, nh=packet.nh) / Raw(bytes(packet.payload))
    cut = fragment6(whole, FRAGMENT_BYTES)  # type: ignore[no-untyped-call]
    return _some_backwards(hop, [bytes(_ether(hop, ETHER_IPV6) / piece) for piece in cut])


def _some_backwards(hop: Hop, pieces: list[bytes]) -> list[bytes]:
    """Networks keep the order of fragments mostly, not always: every third packet comes last piece first."""
    return pieces[::-1] if hop.number % 3 == 0 else pieces


# ---------------------------------------------------------------- the table


def _both(*labels: str) -> Tunnel:
    return Tunnel(labels, labels)


MPLS_PATHS = Tunnel(("mpls:16001", "mpls:24001"), ("mpls:16002", "mpls:24002"))
NESTED_PATH = _both("vlan:100", "mpls:16001", "gre", "vxlan:5002", "pppoe:4660")

FAMILIES = {
    family.name: family
    for family in itertools.chain(
        (
            Family("ethernet", lambda hop: [ethernet(hop.data, outgoing=hop.outgoing)]),
            Family("ethernet-ipv6", lambda hop: [ethernet(hop.data, outgoing=hop.outgoing)], ipv6=True),
            Family("vlan", _vlan, _both("vlan:100")),
            Family("qinq", _qinq, _both("qinq:300", "vlan:100")),
            Family("mpls", _mpls, MPLS_PATHS),
            Family("pppoe", _pppoe, _both("pppoe:4660")),
            Family("pppoe-ipv6", _pppoe, _both("pppoe:4660"), ipv6=True),
            Family("gre", _gre, _both("gre")),
            Family("gre-keyed-bridge", _gre_keyed, Tunnel(("gre:7001",), ("gre:7002",))),
            Family("vxlan", _vxlan, _both("vxlan:5001")),
            Family("gtpu", _gtpu, Tunnel((f"gtpu:{0x1001}",), (f"gtpu:{0x2002}",))),
            Family("gtpu-session", _gtpu_session, Tunnel((f"gtpu:{0x1003}",), (f"gtpu:{0x2004}",))),
            Family("ipip", _ip_in_ip, _both("ipip")),
            Family("6in4", _ip_in_ip, _both("6in4"), ipv6=True),
            Family("4in6", _ip_in_ip6, _both("4in6")),
            Family("6in6", _ip_in_ip6, _both("6in6"), ipv6=True),
            Family("nested", _nested, NESTED_PATH),
            Family("ip-options", _ip_options),
            Family("ipv6-extensions", _ip6_extensions, ipv6=True),
            Family("fragments", _fragments),
            Family("fragments-ipv6", _fragments_6, ipv6=True),
        ),
        (
            Family("cooked-v1", _cooked_v1, linktype=LinkType.LINUX_SLL),
            Family("cooked-v2", _cooked_v2, linktype=LinkType.LINUX_SLL2),
            Family("null", _null, linktype=LinkType.NULL),
            Family("null-ipv6", _null, linktype=LinkType.NULL, ipv6=True),
            Family("loop", _loop, linktype=LinkType.LOOP),
            Family("raw", _bare, linktype=LinkType.RAW),
            Family("raw-ipv6", _bare, linktype=LinkType.RAW, ipv6=True),
        ),
    )
}
