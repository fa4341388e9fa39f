# SPDX-License-Identifier: Apache-2.0
"""Puts conversations together into one stretch of captured time, and keeps what is true of them."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

from sensor.model import Endpoint, NameKind
from tests.lab import tcp
from tests.lab.dialogue import Meaning, Session, Talk, Truth, View
from tests.lab.dns import Lookup, lookup
from tests.lab.family import Family
from tests.lab.files import Frame
from tests.lab.ip import Packet
from tests.lab.layers import FAMILIES

Change = Callable[[list[tcp.Segment]], list[tcp.Segment]]


@dataclass(frozen=True)
class Glimpse:
    """A listed name or endpoint that shows up outside of any mining session that can be read: a sighting."""

    kind: NameKind
    client: Endpoint
    server: Endpoint
    name: str


@dataclass(frozen=True)
class Made:
    """A capture file with what is true of it.

    Findings are the truths of grade A and B, sightings all else. ``whole``: the conversations of which
    every byte is in the file, in order and once.
    """

    data: bytes
    truths: tuple[Truth, ...] = ()
    glimpses: tuple[Glimpse, ...] = ()
    whole: tuple[Talk, ...] = ()


class Scene:
    """Collects frames, truths and glimpses.

    Conversations are faultless, on Ethernet, unless told otherwise.
    """

    def __init__(self) -> None:
        self.truths: list[Truth] = []
        self.glimpses: list[Glimpse] = []
        self._whole: list[Talk] = []
        self._frames: list[Frame] = []

    def mine(
        self,
        session: Session,
        change: Change | None = None,
        view: View | None = None,
        family: Family | None = None,
    ) -> None:
        """Add a mining session, what befell its segments, and the view of it that is left."""
        family = family or FAMILIES["ethernet"]
        self.truths.append(session.tunnelled(family.tunnel).truth(view))
        self.talk(session.dialogue, change, family)

    def talk(self, talk: Talk, change: Change | None = None, family: Family | None = None) -> None:
        """Add a conversation that is not mining."""
        if change is None:
            self._whole.append(talk)
        sent = tcp.segments(talk, wire_of(talk))
        self.add(tcp.packets(change(sent) if change else sent), family)

    def add(self, packets: list[Packet], family: Family | None = None, interface: int = 0) -> None:
        self._frames += (family or FAMILIES["ethernet"]).frames(packets, interface)

    def look_up(self, client: Endpoint, ts_ns: int, asked: Lookup, resolver: str = "203.0.113.53") -> None:
        """Add a DNS lookup of an ordinary name."""
        self.add(lookup(client, resolver, ts_ns, asked))

    def look_up_pool(self, client: Endpoint, ts_ns: int, asked: Lookup) -> None:
        """Add a DNS lookup of a listed name."""
        self.look_up(client, ts_ns, asked)
        self.glimpses.append(Glimpse(NameKind.DNS, client, Endpoint("203.0.113.53", 53), asked.name))

    def frames(self) -> list[Frame]:
        """All frames in the order they were captured: that of time."""
        return sorted(self._frames, key=lambda frame: frame.ts_ns)

    def made(self, data: bytes) -> Made:
        return Made(data, tuple(self.truths), tuple(self.glimpses), tuple(self._whole))


def wire_of(talk: Talk) -> tcp.Wire:
    """First sequence numbers that differ by connection and are the same in every build."""
    name = f"{talk.client.ip} {talk.client.port} {talk.server.ip} {talk.server.port} {talk.sayings()[0].ts_ns}"
    mss = 1440 if ":" in talk.client.ip else 1460
    return tcp.Wire(mss, zlib.crc32(name.encode()), zlib.crc32(name.encode() + b" back"))


def losing(session: Session, meaning: Meaning, number: int) -> tuple[Change, View]:
    """Lose the ``number``-th saying with just this meaning: the change of segments, and the view left."""
    sayings = session.dialogue.sayings()
    index = [i for i, saying in enumerate(sayings) if saying.note.meanings == (meaning,)][number]
    lost = sayings[index]

    def change(sent: list[tcp.Segment]) -> list[tcp.Segment]:
        place = next(i for i, s in enumerate(sent) if s.payload == lost.data and s.ts_ns == lost.ts_ns)
        return tcp.lose(sent, place)

    return change, View(lost=frozenset({index}))
