# SPDX-License-Identifier: Apache-2.0
"""Listed names where they are hard to see: answers of DNS over TCP, requests to proxies, certificates."""

from __future__ import annotations

from functools import partial

from sensor.model import Endpoint, NameKind
from tests.lab import tcp
from tests.lab.background import Visit, tls
from tests.lab.cast import START_NS, miner
from tests.lab.certificate import certificate, tls12
from tests.lab.dialogue import Saying, Speaker, Talk
from tests.lab.dns import Lookup, over_tcp
from tests.lab.files import pcap
from tests.lab.scene import Glimpse, Made, Scene
from tests.lab.seeded import SECOND, Seeded

# Names on public pool lists: real names, invented addresses.
LISTED_NAME, LISTED_NAME_TLS = "pool.supportxmr.com", "ss.antpool.com"
RESOLVER = Endpoint("203.0.113.53", 53)
PROXY = Endpoint("198.51.100.80", 1080)
# What a client and a proxy say before the tunnel is open, in turns; the last target is not listed.
_NAME = LISTED_NAME.encode()
REQUESTS: dict[str, tuple[bytes, ...]] = {
    "http_connect": (
        b"CONNECT %s:3333 HTTP/1.1\r\nHost: %s:3333\r\n\r\n" % (_NAME, _NAME),
        b"HTTP/1.1 200 Connection established\r\n\r\n",
    ),
    "socks4": (
        b"\4\1\x0d\x05\0\0\0\1rig\0%s\0" % _NAME,
        b"\0\x5a\0\0\0\0\0\0",
    ),
    "socks5": (
        b"\5\2\0\2",
        b"\5\2",
        b"\1\3rig\4pass",
        b"\1\0",
        b"\5\1\0\3%c%s\x0d\x05" % (len(_NAME), _NAME),
        b"\5\0\0\1\0\0\0\0\0\0",
    ),
    "elsewhere": (
        b"CONNECT www.example.net:443 HTTP/1.1\r\nHost: %s\r\n\r\n" % _NAME,
        b"HTTP/1.1 200 OK\r\n\r\n",
    ),
}


def names() -> Made:
    scene = Scene()
    _dns_over_tcp(scene)
    for number, asked in enumerate(REQUESTS.values()):
        _proxied(scene, miner(10 + number), asked)
    _certificates(scene)
    return scene.made(pcap(scene.frames()))


def _dns_over_tcp(scene: Scene) -> None:
    """Two questions at once; the answers share a segment, are cut within the second."""
    client = miner(0)
    asked = (Lookup("www.example.net", ("203.0.113.10",)), Lookup(LISTED_NAME, ("203.0.113.20", "203.0.113.21")))
    talk = over_tcp(client, RESOLVER.ip, START_NS, asked)
    within_the_answer = len(talk.stream(Speaker.SERVER)) - 9
    scene.talk(talk, partial(tcp.cut_at, speaker=Speaker.SERVER, offset=within_the_answer))
    scene.glimpses.append(Glimpse(NameKind.DNS, client, RESOLVER, LISTED_NAME))
    learned = Endpoint("203.0.113.20", 443)
    again = Endpoint(client.ip, client.port + 1)
    scene.talk(tls(Visit(again, learned, START_NS + 5 * SECOND, 1), "cdn.example.net"))
    scene.glimpses.append(Glimpse(NameKind.LEARNED, again, learned, LISTED_NAME))


def _certificates(scene: Scene) -> None:
    """TLS 1.2: a listed name whose certificate is longer than a segment; and an address that was learned for one pool
    and shows another's certificate.
    """
    names = (LISTED_NAME_TLS, *(f"server{number}.example.net" for number in range(60)))
    visit = Visit(miner(20), Endpoint("203.0.113.30", 443), START_NS + 40 * SECOND, 40)
    scene.talk(tls12(visit, LISTED_NAME_TLS, certificate("Example", names, Seeded(41))))
    scene.glimpses.append(Glimpse(NameKind.SNI, visit.client, visit.server, LISTED_NAME_TLS))
    other = Visit(miner(21), Endpoint("203.0.113.20", 443), START_NS + 50 * SECOND, 42)
    shown = certificate(LISTED_NAME_TLS, ("localhost",), Seeded(43))
    scene.talk(tls12(other, "cdn.example.net", shown), partial(tcp.cut_at, speaker=Speaker.CLIENT, offset=100))
    scene.glimpses.append(Glimpse(NameKind.LEARNED, other.client, other.server, LISTED_NAME))
    scene.glimpses.append(Glimpse(NameKind.CERTIFICATE, other.client, other.server, LISTED_NAME_TLS))


def _proxied(scene: Scene, client: Endpoint, asked: tuple[bytes, ...]) -> None:
    """A proxy is asked for a pool, or for a site, and what follows cannot be read."""
    talk = Talk(client, PROXY)
    for number, words in enumerate(asked):
        talk.say(Saying(START_NS + (10 + number) * SECOND, (Speaker.CLIENT, Speaker.SERVER)[number % 2], words))
    talk.ask(START_NS + 20 * SECOND, b"\x17\x03\x03\x00\x20" + Seeded(client.port).bytes(32))
    scene.talk(talk)
    if b"www.example.net" not in asked[0]:
        scene.glimpses.append(Glimpse(NameKind.PROXIED, client, PROXY, LISTED_NAME))
