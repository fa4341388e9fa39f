# SPDX-License-Identifier: Apache-2.0
"""A session behind a proxy is found whatever the proxy says first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.sensing import sense
from tests.e2e.stated import found, true
from tests.lab import tcp
from tests.lab.cast import asic
from tests.lab.dialects import stratum_v1_session
from tests.lab.dialogue import Saying, Speaker
from tests.lab.files import pcap
from tests.lab.layers import FAMILIES
from tests.lab.scene import wire_of
from tests.lab.seeded import MS

CONNECT = b"CONNECT pool.example.org:3333 HTTP/1.1\r\nHost: pool.example.org:3333\r\n\r\n"
REFUSED_ONCE = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
PREFACES = {
    "connect, 200 OK": (CONNECT, b"HTTP/1.1 200 OK\r\n\r\n"),
    "connect, Established": (CONNECT, b"HTTP/1.1 200 Connection Established\r\nProxy-Agent: x\r\n\r\n"),
    "connect, established": (CONNECT, b"HTTP/1.0 200 Connection established\r\n\r\n"),
    "connect, asked twice": (CONNECT, REFUSED_ONCE, CONNECT, b"HTTP/1.1 200 OK\r\n\r\n"),
    "socks5": (b"\5\1\0", b"\5\0", b"\5\1\0\1\xcb\x00\x71\x05\x0d\x05", b"\5\0\0\1\0\0\0\0\0\0"),
}


@pytest.mark.parametrize("preface", PREFACES.values(), ids=list(PREFACES))
def test_a_session_behind_a_proxy_is_found_whole(preface: tuple[bytes, ...], tmp_path: Path) -> None:
    session = stratum_v1_session(asic(0))
    talk = session.dialogue
    start_ns = talk.sayings()[0].ts_ns - 1000 * MS
    for number, words in enumerate(preface):
        speaker = (Speaker.CLIENT, Speaker.SERVER)[number % 2]
        talk.say(Saying(start_ns + number * 30 * MS, speaker, words))
    path = tmp_path / "proxied.pcap"
    path.write_bytes(pcap(FAMILIES["ethernet"].frames(tcp.packets(tcp.segments(talk, wire_of(talk))))))
    assert [found(finding) for finding in sense(path).findings] == [true(session.truth())]
