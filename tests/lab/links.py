# SPDX-License-Identifier: Apache-2.0
"""Links that are not Ethernet: serial lines, wireless networks, and what hosts and routers write when they capture."""

from __future__ import annotations

from tests.lab.family import ETHER_IPV4, Family, Hop, ethernet
from tests.lab.files import LinkType
from tests.lab.overlays import SNAP_IPV4, WLAN_DATA

PPP_IPV4, PPP_IPV6 = 0x0021, 0x0057
NLPID_IPV4, NLPID_IPV6 = 0xCC, 0x8E
AF_INET = 2


def _ppp(hop: Hop) -> bytes:
    kind = PPP_IPV4 if hop.ethertype == ETHER_IPV4 else PPP_IPV6
    return b"\xff\x03" + kind.to_bytes(2) + hop.data


def _hdlc(hop: Hop) -> bytes:
    return b"\x0f\x00" + hop.ethertype.to_bytes(2) + hop.data


def _frame_relay(hop: Hop) -> bytes:
    kind = NLPID_IPV4 if hop.ethertype == ETHER_IPV4 else NLPID_IPV6
    return bytes([0x18, 0x41, 0x03, kind]) + hop.data


def _wlan(hop: Hop) -> bytes:
    return WLAN_DATA + SNAP_IPV4 + hop.data


def _radiotap(hop: Hop) -> bytes:
    """A time and flags; the header of the frame is filled up to a multiple of four bytes, and they say so."""
    return bytes.fromhex("0000 1100 03000000 1122334455667788 20") + WLAN_DATA + bytes(2) + SNAP_IPV4 + hop.data


def _ppi(hop: Hop) -> bytes:
    return bytes.fromhex("0000 0800 69000000") + _wlan(hop)


def _nflog(hop: Hop) -> bytes:
    head = bytes([AF_INET, 0, 0, 42]) + bytes.fromhex("0800 0100 08000300 0500 0a00 00 000000")
    return head + (4 + len(hop.data)).to_bytes(2, "little") + b"\x09\0" + hop.data


def _juniper(hop: Hop) -> bytes:
    return b"MGC\x80\x00\x06" + bytes(6) + ethernet(hop.data, outgoing=hop.outgoing)


def _erf(hop: Hop) -> bytes:
    """An Ethernet frame with its check sequence, behind one extension."""
    frame = ethernet(hop.data, outgoing=hop.outgoing) + bytes(4)
    head = hop.number.to_bytes(8, "little") + bytes([0x82, 0x04]) + (26 + len(frame)).to_bytes(2)
    return head + bytes(2) + len(frame).to_bytes(2) + bytes.fromhex("0300000000000000 0000") + frame


def _fddi(hop: Hop) -> bytes:
    return bytes.fromhex("50 02005e100002 02005e100001") + SNAP_IPV4 + hop.data


def _pflog(hop: Hop) -> bytes:
    """61 bytes, filled up to 64."""
    return bytes([61, AF_INET, 0, 0]) + b"em0".ljust(60, b"\0") + hop.data


def _edsa(hop: Hop) -> bytes:
    frame = ethernet(hop.data, outgoing=hop.outgoing)
    return frame[:12] + bytes.fromhex("dada 0000 c0000001") + frame[12:]


LINKS = (
    Family("ppp", lambda hop: [_ppp(hop)], linktype=LinkType.PPP),
    Family("ppp-ipv6", lambda hop: [_ppp(hop)], linktype=LinkType.PPP, ipv6=True),
    Family("hdlc", lambda hop: [_hdlc(hop)], linktype=LinkType.C_HDLC),
    Family("frame-relay", lambda hop: [_frame_relay(hop)], linktype=LinkType.FRELAY),
    Family("wlan", lambda hop: [_wlan(hop)], linktype=LinkType.IEEE802_11),
    Family("radiotap", lambda hop: [_radiotap(hop)], linktype=LinkType.IEEE802_11_RADIOTAP),
    Family("ppi", lambda hop: [_ppi(hop)], linktype=LinkType.PPI),
    Family("nflog", lambda hop: [_nflog(hop)], linktype=LinkType.NFLOG),
    Family("ipv4", lambda hop: [hop.data], linktype=LinkType.IPV4),
    Family("ipv6", lambda hop: [hop.data], linktype=LinkType.IPV6, ipv6=True),
    Family("juniper", lambda hop: [_juniper(hop)], linktype=LinkType.JUNIPER_ETHER),
    Family("edsa", lambda hop: [_edsa(hop)], linktype=LinkType.DSA_TAG_EDSA),
)
# Seldom met: a test carries sessions over them without storing it.
SELDOM = (
    Family("erf", lambda hop: [_erf(hop)], linktype=LinkType.ERF),
    Family("fddi", lambda hop: [_fddi(hop)], linktype=LinkType.FDDI),
    Family("pflog", lambda hop: [_pflog(hop)], linktype=LinkType.PFLOG),
)
