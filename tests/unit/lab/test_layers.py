# SPDX-License-Identifier: Apache-2.0
"""Each family wraps as its labels say: tshark names the layers and reads the same numbers."""

from __future__ import annotations

import subprocess
from functools import cache

import pytest

from sensor.model import Endpoint
from tests.lab import tshark
from tests.lab.dialogue import Speaker
from tests.lab.family import Family
from tests.lab.files import Frame, Interface, Section, pcapng
from tests.lab.ip import Flag, Packet, Route, TcpFields, tcp_packet
from tests.lab.layers import FAMILIES

NUMBERS = {
    "vlan": "vlan.id",
    "qinq": "ieee8021ad.id",
    "mpls": "mpls.label",
    "pppoe": "pppoe.session_id",
    "gre": "gre.key",
    "vxlan": "vxlan.vni",
    "gtpu": "gtp.teid",
    "pptp": "gre.key.call_id",
    "erspan": "erspan.spanid",
    "geneve": "geneve.vni",
    "nsh": "nsh.spi",
    "l2tp": "l2tp.session",
    "l2tp-3": "l2tp.sid",
    "lisp": "lisp-data.iid",
    "pbb": "ieee8021ah.isid",
    "isl": "isl.vlan_id",
}
# How tshark names the layers from the link to TCP; a stack of labels is one layer to it.
STACKS = {
    "ethernet": "eth:ip:tcp",
    "ethernet-ipv6": "eth:ipv6:tcp",
    "vlan": "eth:vlan:ip:tcp",
    "qinq": "eth:ieee8021ad:vlan:ip:tcp",
    "mpls": "eth:mpls:ip:tcp",
    "pppoe": "eth:pppoes:ppp:ip:tcp",
    "pppoe-ipv6": "eth:pppoes:ppp:ipv6:tcp",
    "gre": "eth:ip:gre:ip:tcp",
    "gre-keyed-bridge": "eth:ip:gre:eth:ip:tcp",
    "vxlan": "eth:ip:udp:vxlan:eth:ip:tcp",
    "gtpu": "eth:ip:udp:gtp:ip:tcp",
    "gtpu-session": "eth:ip:udp:gtp:ip:tcp",
    "ipip": "eth:ip:ip:tcp",
    "6in4": "eth:ip:ipv6:tcp",
    "4in6": "eth:ipv6:ip:tcp",
    "6in6": "eth:ipv6:ipv6:tcp",
    "nested": "eth:vlan:mpls:ip:gre:ip:udp:vxlan:eth:pppoes:ppp:ip:tcp",
    "ip-options": "eth:ip:tcp",
    "ipv6-extensions": "eth:ipv6:ipv6.hopopts:ipv6.routing:ipv6.dstopts:tcp",
    "fragments": "eth:ip:tcp",
    "fragments-ipv6": "eth:ipv6:tcp",
    "cooked-v1": "sll:ip:tcp",
    "cooked-v2": "sll:ip:tcp",
    "null": "null:ip:tcp",
    "null-ipv6": "null:ipv6:tcp",
    "loop": "null:ip:tcp",
    "raw": "raw:ip:tcp",
    "raw-ipv6": "raw:ipv6:tcp",
    "pptp": "eth:ip:gre:ppp:ip:tcp",
    "eoip": "eth:ip:gre:eth:ip:tcp",
    "wccp": "eth:ip:gre:ip:tcp",
    "erspan-2": "eth:ip:gre:erspan:eth:ip:tcp",
    "erspan-3": "eth:ip:gre:erspan:eth:ip:tcp",
    "aruba": "eth:ip:gre:wlan:llc:ip:tcp",
    "etherip": "eth:ip:etherip:eth:ip:tcp",
    "mpls-in-ip": "eth:ip:mpls:ip:tcp",
    "mpls-in-udp": "eth:ip:udp:mpls:ip:tcp",
    "vxlan-8472": "eth:ip:udp:vxlan:eth:ip:tcp",
    "gre-in-udp": "eth:ip:udp:gre:ip:tcp",
    "ayiya": "eth:ip:udp:ayiya:ipv6:tcp",
    "geneve": "eth:ip:udp:geneve:eth:ip:tcp",
    "vxlan-gpe-nsh": "eth:ip:udp:nsh:eth:ip:tcp",
    "l2tp": "eth:ip:udp:l2tp:ppp:ip:tcp",
    "l2tp-3": "eth:ip:l2tp:ip:tcp",
    "teredo": "eth:ip:udp:teredo:ipv6:tcp",
    "lisp": "eth:ip:udp:lisp-data:ip:tcp",
    "tzsp": "eth:ip:udp:tzsp:eth:ip:tcp",
    "capwap": "eth:ip:udp:capwap.data:wlan:llc:ip:tcp",
    "pbb": "eth:ieee8021ah:ip:tcp",
    "pseudowire": "eth:mpls:pwethheuristic:pwethcw:eth:ip:tcp",
    "pseudowire-bare": "eth:mpls:eth:ip:tcp",
    "isl": "eth:eth:ip:tcp",
    "vntag": "eth:vntag:ip:tcp",
    "etag": "eth:etag:ip:tcp",
    "fabricpath": "eth:cfp:eth:ip:tcp",
    "trill": "eth:trill:eth:ip:tcp",
    "cisco-metadata": "eth:cmd:ip:tcp",
    "macsec": "eth:macsec:ip:tcp",
    "arista": "eth:avsp:ip:tcp",
    "ppp": "ppp:ip:tcp",
    "ppp-ipv6": "ppp:ipv6:tcp",
    "hdlc": "chdlc:ip:tcp",
    "frame-relay": "fr:ip:tcp",
    "wlan": "wlan:llc:ip:tcp",
    "radiotap": "radiotap:wlan_radio:wlan:llc:ip:tcp",
    "ppi": "ppi:wlan_radio:wlan:llc:ip:tcp",
    "nflog": "nflog:ip:tcp",
    "ipv4": "ip:tcp",
    "ipv6": "ipv6:tcp",
    "juniper": "juniper:eth:ip:tcp",
    "erf": "erf:eth:ip:tcp",
    "fddi": "fddi:llc:ip:tcp",
    "pflog": "pflog:ip:tcp",
}
# What an end of a tunnel knows by its configuration, tshark has to be told.
TOLD = (
    *("-d", "udp.port==8472,vxlan"),
    *("-d", "mpls.label==16021,pwethnocw", "-d", "mpls.label==16022,pwethnocw"),
    *("-o", "l2tp.cookie_size:8 Byte Cookie", "-o", "l2tp.l2_specific:None", "-d", "l2tp.pw_type==0,eth"),
)
EVERY = pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))
# Debian's tshark does not know the link types of distributed switches.
READABLE = pytest.mark.parametrize("family", [FAMILIES[name] for name in STACKS], ids=list(STACKS))
needs_tshark = pytest.mark.skipif(not tshark.PRESENT, reason="tshark, the independent reader, is not installed")


def packets(family: Family, payload: bytes = b"") -> list[Packet]:
    """One packet of each direction."""
    near, far = ("2001:db8::1", "2001:db8::2") if family.ipv6 else ("192.0.2.1", "203.0.113.1")
    client, server = Endpoint(near, 50_000), Endpoint(far, 3333)
    fields = TcpFields(1, 1, Flag.ACK)
    return [
        Packet(0, tcp_packet(Route(client, server), fields, payload), Speaker.CLIENT),
        Packet(1_000_000, tcp_packet(Route(server, client), fields, payload), Speaker.SERVER),
    ]


@cache
def rows() -> dict[str, list[list[str]]]:
    """Layers and numbers of the two packets of each family, as tshark reads them: all in one capture, in one run."""
    interfaces = [Interface(FAMILIES[name].linktype, name) for name in STACKS]
    frames = [frame for number, name in enumerate(STACKS) for frame in two(FAMILIES[name], number)]
    fields = [part for name in ("frame.protocols", *NUMBERS.values()) for part in ("-e", name)]
    command = ["tshark", "-n", "-r", "-", "-T", "fields", "-E", "aggregator=|", *fields, *TOLD]
    done = subprocess.run(command, input=pcapng([Section(interfaces, frames)]), capture_output=True, check=True)
    lines = [line.split("\t") for line in done.stdout.decode().splitlines()]
    return {name: lines[2 * number : 2 * number + 2] for number, name in enumerate(STACKS)}


def two(family: Family, interface: int) -> list[Frame]:
    return list(family.frames(packets(family), interface))


@READABLE
@needs_tshark
def test_tshark_reads_the_layers_and_numbers_that_the_labels_say(family: Family) -> None:
    for (stack, *numbers), labels in zip(
        rows()[family.name], (family.tunnel.to_server, family.tunnel.to_client), strict=True
    ):
        assert stack.replace("ethertype:", "") == STACKS[family.name]
        read = {
            label_of(kind, int(number, 0))
            for kind, cell in zip(NUMBERS, numbers, strict=True)
            for number in cell.split("|")
            if number
        }
        # VXLAN-GPE has the numbers of VXLAN.
        assert read == {label.replace("-gpe", "") for label in labels if ":" in label}


def label_of(kind: str, number: int) -> str:
    """The label that a number of tshark's stands for; to it, the length and number of EoIP are a key of GRE."""
    if kind == "gre" and number >> 16:
        return f"eoip:{int.from_bytes((number & 0xFFFF).to_bytes(2), 'little')}"
    return f"{kind.removesuffix('-3')}:{number}"


@EVERY
def test_the_wrapped_packet_holds_the_bytes_it_carries(family: Family) -> None:
    payload = bytes(range(200))
    for frame in family.frames(packets(family, payload)):
        assert payload in frame.data


def test_a_large_packet_becomes_fragments_and_some_come_last_piece_first() -> None:
    for name in ("fragments", "fragments-ipv6"):
        family = FAMILIES[name]
        large = packets(family, bytes(1_300)) * 2
        frames = list(family.frames(large))
        assert len(frames) == 3 * len(large)
        lengths = [len(frame.data) for frame in frames]
        assert lengths[6] < lengths[7]
        assert lengths[0] > lengths[2]
