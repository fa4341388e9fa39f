# SPDX-License-Identifier: Apache-2.0
"""Tunnels over another network, and the tags and headers of mirror ports: written byte by byte."""

from __future__ import annotations

import struct
from collections.abc import Callable

from sensor.model import Endpoint
from tests.lab.dialogue import Tunnel
from tests.lab.family import FAR_IP, FAR_MAC, NEAR_IP, NEAR_MAC, Family, Hop, both, ethernet
from tests.lab.ip import Route, ip_packet, udp_packet

GRE, ETHERIP, L2TP, MPLS_IN_IP = 47, 97, 115, 137
PPP_IPV4 = b"\xff\x03\x00\x21"
CONTROL_WORD = bytes(4)
# To an access point: data with quality of service, number 7.
WLAN_DATA = bytes.fromhex("8801 2c00 02005e100003 02005e100001 02005e100002 7000 0000")
SNAP_IPV4 = bytes.fromhex("aaaa03 000000 0800")


def _route(hop: Hop, source_port: int = 0, target_port: int = 0) -> Route:
    source, target = (NEAR_IP, FAR_IP) if hop.outgoing else (FAR_IP, NEAR_IP)
    return Route(Endpoint(source, source_port), Endpoint(target, target_port), ttl=60, ident=hop.number)


def _typed(hop: Hop, kind: int, body: bytes) -> list[bytes]:
    """An Ethernet frame of a type that is not IP's."""
    near, far = (bytes.fromhex(mac.replace(":", "")) for mac in (NEAR_MAC, FAR_MAC))
    return [(far + near if hop.outgoing else near + far) + kind.to_bytes(2) + body]


def _inner(hop: Hop) -> bytes:
    return ethernet(hop.data, outgoing=hop.outgoing)


def _in_ip(protocol: int, body: Callable[[Hop], bytes]) -> Callable[[Hop], list[bytes]]:
    return lambda hop: [ethernet(ip_packet(_route(hop), protocol, body(hop)), outgoing=hop.outgoing)]


def _in_udp(port: int, body: Callable[[Hop], bytes]) -> Callable[[Hop], list[bytes]]:
    """Each end sends from a port of its own choice to the tunnel's."""
    return lambda hop: [
        ethernet(udp_packet(_route(hop, 49152 + hop.number % 1000, port), body(hop)), outgoing=hop.outgoing)
    ]


def _in_frame(kind: int, body: Callable[[Hop], bytes]) -> Callable[[Hop], list[bytes]]:
    return lambda hop: _typed(hop, kind, body(hop))


# ---------------------------------------------------------------- GRE's relatives


def _pptp(hop: Hop) -> bytes:
    body = PPP_IPV4 + hop.data
    return struct.pack(">HHHHII", 0x3081, 0x880B, len(body), hop.either(11, 22), hop.number, hop.number) + body


def _eoip(hop: Hop) -> bytes:
    body = _inner(hop)
    return struct.pack(">HHH", 0x2001, 0x6400, len(body)) + (77).to_bytes(2, "little") + body


def _wccp(hop: Hop) -> bytes:
    return bytes.fromhex("0000 883e 05590048") + hop.data


def _erspan_2(hop: Hop) -> bytes:
    return struct.pack(">HHIHHI", 0x1000, 0x88BE, hop.number, 0x1003, hop.either(6, 7), 0) + _inner(hop)


def _erspan_3(hop: Hop) -> bytes:
    head = struct.pack(">HHIHHIHH", 0x1000, 0x22EB, hop.number, 0x2003, hop.either(6, 7), 0, 0, 1)
    return head + bytes(8) + _inner(hop)


def _aruba(hop: Hop) -> bytes:
    return bytes.fromhex("0000 8200") + WLAN_DATA + SNAP_IPV4 + hop.data


# ---------------------------------------------------------------- over UDP and IP


def _vxlan(hop: Hop) -> bytes:
    return bytes.fromhex("08000000 00138b 00") + _inner(hop)


def _gre_in_udp(hop: Hop) -> bytes:
    return bytes.fromhex("2000 0800") + hop.either(7003, 7004).to_bytes(4) + hop.data


def _ayiya(hop: Hop) -> bytes:
    """An identity of 16 bytes, a signature of 20."""
    return bytes.fromhex("4152 11 29") + hop.number.to_bytes(4) + bytes(36) + hop.data


def _geneve(hop: Hop) -> bytes:
    return bytes.fromhex("02 40 6558 001389 00 0102800100000007") + _inner(hop)


def _vxlan_gpe_nsh(hop: Hop) -> bytes:
    return bytes.fromhex("0c 0000 04 00138a 00  0fc2 02 03 000102 ff") + _inner(hop)


def _l2tp(hop: Hop) -> bytes:
    body = PPP_IPV4 + hop.data
    return struct.pack(">HHHHHH", 0x4802, 12 + len(body), hop.either(1, 2), hop.either(31, 32), hop.number, 0) + body


def _l2tp_3(hop: Hop) -> bytes:
    return hop.either(4001, 4002).to_bytes(4) + bytes.fromhex("1122334455667788") + _inner(hop)


def _teredo(hop: Hop) -> bytes:
    return bytes.fromhex("0000 f227 bd56 8efe") + hop.data


def _labels(hop: Hop) -> bytes:
    return (hop.either(16011, 16012) << 12 | 0x13F).to_bytes(4) + hop.data


def _tzsp(hop: Hop) -> bytes:
    return bytes.fromhex("01 00 0001 0a 01 2b 01") + _inner(hop)


def _capwap(hop: Hop) -> bytes:
    wlan = WLAN_DATA + SNAP_IPV4 + hop.data
    # The first two bytes the other way round, as most controllers have them.
    return bytes.fromhex("00 10 03 00 00000000") + wlan[1::-1] + wlan[2:]


# ---------------------------------------------------------------- in frames


def _pbb(hop: Hop) -> bytes:
    return (70_001).to_bytes(4) + _inner(hop)


def _pseudowire(hop: Hop) -> bytes:
    return (hop.either(16001, 16002) << 12 | 0x13F).to_bytes(4) + CONTROL_WORD + _inner(hop)


def _pseudowire_bare(hop: Hop) -> bytes:
    return (hop.either(16021, 16022) << 12 | 0x13F).to_bytes(4) + _inner(hop)


def _vntag(hop: Hop) -> bytes:
    return bytes.fromhex("0000 0033") + hop.ethertype.to_bytes(2) + hop.data


def _metadata(hop: Hop) -> bytes:
    return bytes.fromhex("01 01 0001 0005") + hop.ethertype.to_bytes(2) + hop.data


def _macsec(hop: Hop) -> bytes:
    """Signed, not encrypted."""
    tag = bytes([0x20, 0]) + hop.number.to_bytes(4) + bytes.fromhex("0200000000010001")
    return tag + hop.ethertype.to_bytes(2) + hop.data + bytes(16)


def _isl(hop: Hop) -> list[bytes]:
    """Like an 802.3 frame to a group; a check sequence behind the frame in it."""
    inner = _inner(hop) + bytes(4)
    head = bytes.fromhex("01000c000000") + bytes.fromhex(NEAR_MAC.replace(":", "")) + (12 + len(inner)).to_bytes(2)
    return [head + bytes.fromhex("aaaa03 02005e 00c8 0000 0000") + inner]


def _etag(hop: Hop) -> bytes:
    return bytes.fromhex("e000 0001 0000") + hop.ethertype.to_bytes(2) + hop.data


def _fabricpath(hop: Hop) -> bytes:
    return bytes.fromhex("0001") + _inner(hop)


def _trill(hop: Hop) -> bytes:
    return bytes.fromhex("0007 0001 0002") + _inner(hop)


def _arista(hop: Hop) -> bytes:
    return bytes.fromhex("0001 0010 1122334455667788") + hop.ethertype.to_bytes(2) + hop.data


OVERLAYS = (
    Family("pptp", _in_ip(GRE, _pptp), Tunnel(("pptp:11",), ("pptp:22",))),
    Family("eoip", _in_ip(GRE, _eoip), both("eoip:77")),
    Family("wccp", _in_ip(GRE, _wccp), both("gre", "wccp")),
    Family("erspan-2", _in_ip(GRE, _erspan_2), Tunnel(("gre", "erspan:6"), ("gre", "erspan:7"))),
    Family("erspan-3", _in_ip(GRE, _erspan_3), Tunnel(("gre", "erspan:6"), ("gre", "erspan:7"))),
    Family("aruba", _in_ip(GRE, _aruba), both("gre")),
    Family("etherip", _in_ip(ETHERIP, lambda hop: b"\x30\0" + _inner(hop)), both("etherip")),
    Family("mpls-in-ip", _in_ip(MPLS_IN_IP, _labels), Tunnel(("mpls:16011",), ("mpls:16012",))),
    Family("mpls-in-udp", _in_udp(6635, _labels), Tunnel(("mpls:16011",), ("mpls:16012",))),
    Family("vxlan-8472", _in_udp(8472, _vxlan), both("vxlan:5003")),
    Family("gre-in-udp", _in_udp(4754, _gre_in_udp), Tunnel(("gre:7003",), ("gre:7004",))),
    Family("ayiya", _in_udp(5072, _ayiya), both("ayiya"), ipv6=True),
    Family("geneve", _in_udp(6081, _geneve), both("geneve:5001")),
    Family("vxlan-gpe-nsh", _in_udp(4790, _vxlan_gpe_nsh), both("vxlan-gpe:5002", "nsh:258")),
    Family("l2tp", _in_udp(1701, _l2tp), Tunnel(("l2tp:31",), ("l2tp:32",))),
    Family("l2tp-3", _in_ip(L2TP, _l2tp_3), Tunnel(("l2tp:4001",), ("l2tp:4002",))),
    Family("teredo", _in_udp(3544, _teredo), both("teredo"), ipv6=True),
    Family("lisp", _in_udp(4341, lambda hop: bytes.fromhex("c8 000001 000102 01") + hop.data), both("lisp:258")),
    Family("tzsp", _in_udp(37008, _tzsp), both("tzsp")),
    Family("capwap", _in_udp(5247, _capwap), both("capwap")),
    Family("pbb", _in_frame(0x88E7, _pbb), both("pbb:70001")),
    Family(
        "pseudowire", _in_frame(0x8847, _pseudowire), Tunnel(("mpls:16001", "pseudowire"), ("mpls:16002", "pseudowire"))
    ),
    Family(
        "pseudowire-bare",
        _in_frame(0x8847, _pseudowire_bare),
        Tunnel(("mpls:16021", "pseudowire"), ("mpls:16022", "pseudowire")),
    ),
    Family("isl", _isl, both("isl:100")),
    Family("vntag", _in_frame(0x8926, _vntag), both("vntag")),
    Family("etag", _in_frame(0x893F, _etag), both("etag")),
    Family("fabricpath", _in_frame(0x8903, _fabricpath), both("fabricpath")),
    Family("trill", _in_frame(0x22F3, _trill), both("trill")),
    Family("cisco-metadata", _in_frame(0x8909, _metadata), both("cisco-metadata")),
    Family("macsec", _in_frame(0x88E5, _macsec), both("macsec")),
    Family("arista", _in_frame(0xD28B, _arista), both("arista")),
)
