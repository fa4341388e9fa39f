# SPDX-License-Identifier: Apache-2.0
"""Listed names where they are hard to see: answers of DNS over TCP."""

from __future__ import annotations

from functools import partial

from sensor.model import Endpoint, NameKind
from tests.lab import tcp
from tests.lab.background import Visit, tls
from tests.lab.cast import START_NS, miner
from tests.lab.dialogue import Speaker
from tests.lab.dns import Lookup, over_tcp
from tests.lab.files import pcap
from tests.lab.scene import Glimpse, Made, Scene
from tests.lab.seeded import SECOND

# Names on public pool lists: real names, invented addresses.
LISTED_NAME, LISTED_NAME_TLS = "pool.supportxmr.com", "ss.antpool.com"
RESOLVER = Endpoint("203.0.113.53", 53)


def names() -> Made:
    scene = Scene()
    _dns_over_tcp(scene)
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
