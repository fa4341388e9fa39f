# SPDX-License-Identifier: GPL-2.0-only
"""Wraps IP packets into link layers and tunnels, as they stand at an operator's or a data centre's edge.

``FAMILIES`` is the one list of the ways to carry a talk. Every field is set: what scapy would fill in from the
machine it runs on must not reach a capture.
GPL-2.0-only because it uses scapy; it is a tool of the tests and no part of what is installed.
"""

from __future__ import annotations

import itertools

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

from tests.lab.dialogue import Tunnel
from tests.lab.family import (
    ETHER_IPV4,
    ETHER_IPV6,
    FAR_IP,
    FAR_IP6,
    FAR_MAC,
    FRAGMENT_BYTES,
    NEAR_IP,
    NEAR_IP6,
    NEAR_MAC,
    Family,
    Hop,
    both,
    ethernet,
)
from tests.lab.files import LinkType
from tests.lab.links import LINKS, SELDOM
from tests.lab.overlays import OVERLAYS

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


MPLS_PATHS = Tunnel(("mpls:16001", "mpls:24001"), ("mpls:16002", "mpls:24002"))
NESTED_PATH = both("vlan:100", "mpls:16001", "gre", "vxlan:5002", "pppoe:4660")

FAMILIES = {
    family.name: family
    for family in itertools.chain(
        (
            Family("ethernet", lambda hop: [ethernet(hop.data, outgoing=hop.outgoing)]),
            Family("ethernet-ipv6", lambda hop: [ethernet(hop.data, outgoing=hop.outgoing)], ipv6=True),
            Family("vlan", _vlan, both("vlan:100")),
            Family("qinq", _qinq, both("qinq:300", "vlan:100")),
            Family("mpls", _mpls, MPLS_PATHS),
            Family("pppoe", _pppoe, both("pppoe:4660")),
            Family("pppoe-ipv6", _pppoe, both("pppoe:4660"), ipv6=True),
            Family("gre", _gre, both("gre")),
            Family("gre-keyed-bridge", _gre_keyed, Tunnel(("gre:7001",), ("gre:7002",))),
            Family("vxlan", _vxlan, both("vxlan:5001")),
            Family("gtpu", _gtpu, Tunnel((f"gtpu:{0x1001}",), (f"gtpu:{0x2002}",))),
            Family("gtpu-session", _gtpu_session, Tunnel((f"gtpu:{0x1003}",), (f"gtpu:{0x2004}",))),
            Family("ipip", _ip_in_ip, both("ipip")),
            Family("6in4", _ip_in_ip, both("6in4"), ipv6=True),
            Family("4in6", _ip_in_ip6, both("4in6")),
            Family("6in6", _ip_in_ip6, both("6in6"), ipv6=True),
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
        OVERLAYS,
        LINKS,
        SELDOM,
    )
}
