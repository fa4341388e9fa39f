# SPDX-License-Identifier: Apache-2.0
"""The stored captures are what the lab builds, and an independent reader finds in them what was meant."""

from __future__ import annotations

import ipaddress
import tomllib
from functools import cache
from pathlib import Path

import pytest

from sensor.model import Endpoint
from tests.lab import tshark
from tests.lab.captures import CAPTURES, Capture
from tests.lab.dialogue import Speaker
from tests.lab.manifest import manifest

FOLDER = Path(__file__).parents[3] / "pcaps"
DOCUMENTATION = [
    ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]
# What each capture is meant to show of TCP's troubles; all others show none.
TROUBLES = {
    "network-faults.pcap": {
        "tcp.analysis.lost_segment",
        "tcp.analysis.out_of_order",
        "tcp.analysis.retransmission",
        "tcp.analysis.keep_alive",
        "tcp.analysis.reused_ports",
    },
    # A SYN that nobody answers is sent again.
    "sightings.pcap": {"tcp.analysis.retransmission"},
}
EVERY = pytest.mark.parametrize("capture", CAPTURES.values(), ids=list(CAPTURES))
needs_tshark = pytest.mark.skipif(not tshark.PRESENT, reason="tshark, the independent reader, is not installed")


@cache
def reading(capture: Capture) -> tshark.Reading:
    made = capture.made
    follow = len(made.whole) + len(made.truths) + len(made.glimpses) if made.whole else 0
    return tshark.read(FOLDER / capture.name, follow=follow)


@EVERY
def test_a_rebuilt_capture_is_the_stored_one_byte_for_byte(capture: Capture) -> None:
    assert capture.build() == (FOLDER / capture.name).read_bytes()


def test_the_manifest_is_the_one_that_a_build_writes() -> None:
    assert (FOLDER / "MANIFEST.toml").read_text(encoding="utf-8") == manifest(CAPTURES.values())


def test_every_file_has_an_entry_and_every_entry_a_file() -> None:
    entries = tomllib.loads((FOLDER / "MANIFEST.toml").read_text(encoding="utf-8"))["capture"]
    files = {path.name for path in FOLDER.iterdir()} - {"MANIFEST.toml"}
    assert {entry["name"] for entry in entries} == files == set(CAPTURES)


def test_the_captures_stay_small() -> None:
    assert (FOLDER / "demo.pcap").stat().st_size < 1_500_000
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 3_200_000


@EVERY
def test_truths_count_each_share_once(capture: Capture) -> None:
    for truth in capture.truths:
        if truth.submitted is not None and truth.accepted is not None:
            assert truth.rejected is not None
            assert truth.unanswered is not None
            assert truth.unanswered >= 0
            assert truth.submitted == truth.accepted + truth.rejected + truth.unanswered


@EVERY
def test_sessions_have_ends_of_their_own_but_for_the_reused_port(capture: Capture) -> None:
    ends = [(truth.miner, truth.pool) for truth in capture.truths]
    assert len(ends) - len(set(ends)) == (capture.name == "network-faults.pcap")


@EVERY
@needs_tshark
def test_tshark_finds_nothing_malformed_and_no_wrong_checksum(capture: Capture) -> None:
    assert reading(capture).packets > 0
    assert reading(capture).seen("_ws.malformed") == set()
    for name in ("ip.checksum.status", "tcp.checksum.status", "udp.checksum.status"):
        assert tshark.BAD_CHECKSUM not in reading(capture).seen(name), name


@EVERY
@needs_tshark
def test_tshark_sees_the_troubles_of_tcp_that_are_meant(capture: Capture) -> None:
    names = [name for name in tshark.FIELDS if name.startswith(("tcp.analysis.", "tcp.segment."))]
    seen = {name for name in names if reading(capture).seen(name)} - {"tcp.analysis.flags"}
    assert seen == TROUBLES.get(capture.name, set())


@EVERY
@needs_tshark
def test_all_addresses_are_of_the_documentation_ranges(capture: Capture) -> None:
    for text in reading(capture).seen("ip.addr") | reading(capture).seen("ipv6.addr"):
        address = ipaddress.ip_address(text)
        assert any(address in network for network in DOCUMENTATION if network.version == address.version), text


@EVERY
@needs_tshark
def test_tshark_reassembles_the_bytes_of_each_whole_conversation(capture: Capture) -> None:
    streams = reading(capture).streams
    for talk in capture.made.whole:
        sides = (talk.stream(Speaker.CLIENT), talk.stream(Speaker.SERVER))
        assert sides in streams[_text(talk.client), _text(talk.server)]


@needs_tshark
@pytest.mark.parametrize("name", ["sightings.pcap", "names.pcap"])
def test_names_in_the_sightings_are_read_from_the_packets(name: str) -> None:
    seen = reading(CAPTURES[name])
    names = seen.seen("dns.qry.name") | seen.seen("tls.handshake.extensions_server_name")
    assert {glimpse.name for glimpse in CAPTURES[name].glimpses} - {""} <= names


def _text(end: Endpoint) -> str:
    return f"[{end.ip}]:{end.port}" if ":" in end.ip else f"{end.ip}:{end.port}"
