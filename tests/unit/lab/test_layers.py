# SPDX-License-Identifier: Apache-2.0
"""Each family wraps as its labels say: tshark names the layers and reads the same numbers."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sensor.model import Endpoint
from tests.lab import tshark
from tests.lab.dialogue import Speaker
from tests.lab.files import PcapFormat, pcap
from tests.lab.ip import Flag, Packet, Route, TcpFields, tcp_packet
from tests.lab.layers import FAMILIES, Family

NUMBERS = {
    "vlan": "vlan.id",
    "qinq": "ieee8021ad.id",
    "mpls": "mpls.label",
    "pppoe": "pppoe.session_id",
    "gre": "gre.key",
    "vxlan": "vxlan.vni",
    "gtpu": "gtp.teid",
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
}
EVERY = pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))
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


def rows(family: Family, folder: Path) -> list[list[str]]:
    path = folder / "two.pcap"
    path.write_bytes(pcap(family.frames(packets(family)), PcapFormat(linktype=family.linktype)))
    fields = [part for name in ("frame.protocols", *NUMBERS.values()) for part in ("-e", name)]
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "aggregator=|", *fields]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [row.split("\t") for row in done.stdout.splitlines()]


@EVERY
@needs_tshark
def test_tshark_reads_the_layers_and_numbers_that_the_labels_say(family: Family, tmp_path: Path) -> None:
    two = rows(family, tmp_path)
    assert len(two) == 2
    for (stack, *numbers), labels in zip(two, (family.tunnel.to_server, family.tunnel.to_client), strict=True):
        assert stack.replace("ethertype:", "") == STACKS[family.name]
        read = {
            f"{kind}:{int(number, 0)}"
            for kind, cell in zip(NUMBERS, numbers, strict=True)
            for number in cell.split("|")
            if number
        }
        assert read == {label for label in labels if ":" in label}


@EVERY
def test_the_wrapped_packet_ends_with_the_bytes_it_carries(family: Family) -> None:
    payload = bytes(range(200))
    for frame in family.frames(packets(family, payload)):
        assert frame.data.endswith(payload)


def test_a_large_packet_becomes_fragments_and_some_come_last_piece_first() -> None:
    for name in ("fragments", "fragments-ipv6"):
        family = FAMILIES[name]
        large = packets(family, bytes(1_300)) * 2
        frames = list(family.frames(large))
        assert len(frames) == 3 * len(large)
        lengths = [len(frame.data) for frame in frames]
        assert lengths[6] < lengths[7]
        assert lengths[0] > lengths[2]
