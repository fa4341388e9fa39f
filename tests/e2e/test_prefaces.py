# SPDX-License-Identifier: Apache-2.0
"""A session behind a proxy is found whatever the proxy says first."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest
from msgspec import UNSET

from sensor.finding import ProxiedBy, ReasonCode
from tests.e2e.sensing import sense
from tests.e2e.stated import found, true
from tests.lab import tcp
from tests.lab.cast import agent, asic, cpu, equihash, gpu, kaspa
from tests.lab.dialects import (
    btcagent_session,
    cryptonote_session,
    equihash_session,
    ethproxy_session,
    kaspa_session,
    stratum_v1_session,
)
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
    "socks5, a name": (b"\5\1\0", b"\5\0", b"\5\1\0\3\x10pool.example.org\x0d\x05", b"\5\0\0\1\0\0\0\0\0\0"),
    "socks4": (b"\4\1\x0d\x05\xcb\x00\x71\x05\0", b"\0\x5a\0\0\0\0\0\0"),
    "socks4a": (b"\4\1\x0d\x05\0\0\0\1me\0pool.example.org\0", b"\0\x5a\0\0\0\0\0\0"),
}
VIA = {"connect": "http_connect"}


@pytest.mark.parametrize("name", PREFACES)
def test_a_session_behind_a_proxy_is_found_whole_and_says_so(name: str, tmp_path: Path) -> None:
    session = stratum_v1_session(asic(0))
    talk = session.dialogue
    start_ns = talk.sayings()[0].ts_ns - 1000 * MS
    for number, words in enumerate(PREFACES[name]):
        speaker = (Speaker.CLIENT, Speaker.SERVER)[number % 2]
        talk.say(Saying(start_ns + number * 30 * MS, speaker, words))
    path = tmp_path / "proxied.pcap"
    path.write_bytes(pcap(FAMILIES["ethernet"].frames(tcp.packets(tcp.segments(talk, wire_of(talk))))))
    (finding,) = sense(path).findings
    assert found(finding) == true(session.truth())
    how = name.split(",", maxsplit=1)[0].removesuffix("a")
    via = VIA.get(how, how)
    assert finding.protocol.proxied_by == ProxiedBy(via, talk.server.ip, talk.server.port)
    (reason,) = [reason for reason in finding.reasons if reason.code is ReasonCode.PROXIED]
    host = "pool.example.org" if b"pool.example.org" in b"".join(PREFACES[name]) else "203.0.113.5"
    assert reason.params == {"via": via, "host": host, "port": 3333}


@pytest.mark.parametrize("count", [2, 40])
def test_a_miner_that_bluffs_before_it_mines_is_found(count: int, tmp_path: Path) -> None:
    """Few words of a pool's hide nothing; many, whatever was said before the first answers."""
    session = stratum_v1_session(asic(0))
    talk = session.dialogue
    start_ns = talk.sayings()[0].ts_ns
    for number in range(count):
        when = start_ns + (number - count // 2) * MS
        talk.say(Saying(when, Speaker.CLIENT, b'{"id":null,"method":"mining.set_difficulty","params":[8]}\n'))
    path = tmp_path / "bluff.pcap"
    path.write_bytes(pcap(FAMILIES["ethernet"].frames(tcp.packets(tcp.segments(talk, wire_of(talk))))))
    (finding,) = sense(path).findings
    expected = session.truth()
    assert (finding.grade, finding.stage, finding.jobs) == ("A", "working", expected.jobs)
    assert finding.shares.submitted == expected.submitted
    if count == 2:
        assert found(finding) == true(expected)


GET = b"GET / HTTP/1.1\r\nHost: pool.example.org\r\n\r\n"
POST = b'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\n\r\n{"method":"x"}'
BANNER = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 20\r\n\r\nmining server online"
EXCHANGES = {
    "refused": (GET, b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "a page in two segments": (GET, BANNER[:-20], BANNER[-20:]),
    "several": (GET, BANNER, POST, BANNER, GET, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    "a document in JSON": (POST, b'HTTP/1.1 200 OK\r\n\r\n{"result":null}'),
}


SESSIONS = {
    "stratum-v1": stratum_v1_session(asic(0)),
    "cryptonote": cryptonote_session(cpu(0)),
    "ethproxy": ethproxy_session(gpu(0)),
    "equihash-stratum": equihash_session(equihash(0)),
    "btcagent": btcagent_session(agent(0)),
    "kaspa": kaspa_session(kaspa(0)),
}


@pytest.mark.parametrize("dialect", SESSIONS)
@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_session_behind_an_exchange_of_http_is_found_whole(exchange: str, dialect: str, tmp_path: Path) -> None:
    session = deepcopy(SESSIONS[dialect])
    talk = session.dialogue
    start_ns = talk.sayings()[0].ts_ns - 1000 * MS
    for number, words in enumerate(EXCHANGES[exchange]):
        speaker = Speaker.CLIENT if words.startswith((b"GET", b"POST")) else Speaker.SERVER
        talk.say(Saying(start_ns + number * 30 * MS, speaker, words))
    path = tmp_path / "behind.pcap"
    path.write_bytes(pcap(FAMILIES["ethernet"].frames(tcp.packets(tcp.segments(talk, wire_of(talk))))))
    (finding,) = sense(path).findings
    assert found(finding) == true(session.truth())


def test_a_session_to_a_pool_has_no_proxy(tmp_path: Path) -> None:
    talk = stratum_v1_session(asic(0)).dialogue
    path = tmp_path / "straight.pcap"
    path.write_bytes(pcap(FAMILIES["ethernet"].frames(tcp.packets(tcp.segments(talk, wire_of(talk))))))
    (finding,) = sense(path).findings
    assert finding.protocol.proxied_by is UNSET
    assert ReasonCode.PROXIED not in [reason.code for reason in finding.reasons]
