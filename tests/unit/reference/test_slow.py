# SPDX-License-Identifier: Apache-2.0
"""The engine against the slow one: crafted captures, and traffic that nobody thought of."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import signatures
from sensor.model import Endpoint
from sensor.native import Plan
from tests.corpus import accounting, differences
from tests.lab import tcp
from tests.lab.captures import CAPTURES
from tests.lab.dialogue import Ending, Saying, Speaker, Talk
from tests.lab.files import Frame, LinkType, PcapFormat, pcap
from tests.lab.ip import Route, udp_packet
from tests.lab.layers import FAMILIES
from tests.lab.seeded import MS, SECOND
from tests.reference import slow

FOLDER = Path(__file__).parents[3] / "pcaps"
START_NS = 1_700_000_000 * SECOND
# What is not taken apart of the lab's own captures; all others are equal.
NOT_COVERED = {
    "format.pcap.gz": "the file's format",
    "format.pcap.zst": "the file's format",
    "format-sections.pcapng": "several sections or interfaces, or packets without a time",
    "link-types.pcapng": "several sections or interfaces, or packets without a time",
    "tunnels.pcap": "frames that carry packets otherwise",
}


@cache
def plan() -> Plan:
    return accounting.audit_plan(signatures.load())


def difference(path: Path) -> str:
    """In what the two differ; "" in nothing."""
    ours = accounting.ours(plan(), path)
    return slow.differs(slow.read(path), (ours.count.tcp_flows, ours.count.udp_flows), ours.said)


@pytest.mark.parametrize("name", sorted(CAPTURES))
def test_flows_and_payload_of_the_crafted_captures_are_those_of_the_slow_engine(name: str) -> None:
    try:
        assert difference(FOLDER / name) == ""
    except slow.NotCoveredError as error:
        assert NOT_COVERED.get(name, "another format, link or tunnel of this name") == str(error)
    else:
        assert name not in NOT_COVERED


def test_most_crafted_captures_are_covered() -> None:
    covered = 0
    for name in CAPTURES:
        with suppress(slow.NotCoveredError):
            covered += bool(slow.read(FOLDER / name).said)
    assert covered >= 18


# ---------------------------------------------------------------- traffic that nobody thought of


Change = Callable[[list[tcp.Segment]], list[tcp.Segment]]
SAYINGS = st.lists(st.tuples(st.sampled_from(Speaker), st.binary(min_size=1, max_size=400)), min_size=1, max_size=12)


def at_data(transform: Callable[[list[tcp.Segment], int], list[tcp.Segment]], number: int) -> Change:
    """What a network does to one of the segments that carry data."""

    def change(sent: list[tcp.Segment]) -> list[tcp.Segment]:
        places = [index for index, segment in enumerate(sent) if segment.payload]
        return transform(sent, places[number % len(places)]) if places else sent

    return change


CHANGES = st.lists(
    st.builds(
        at_data,
        st.sampled_from([tcp.reorder, tcp.duplicate, tcp.retransmit, tcp.lose, tcp.overwrite]),
        st.integers(0, 50),
    ),
    max_size=6,
)


@st.composite
def connections(draw: st.DrawFn) -> list[tcp.Segment]:
    """A connection between few ends, so that ports are used again, and what befell it."""
    number = draw(st.integers(0, 3))
    suffix = draw(st.sampled_from(["192.0.2.{}", "2001:db8::{}"]))
    talk = Talk(
        Endpoint(suffix.format(10 + number % 2), 50_000 + number // 2),
        Endpoint(suffix.format(99), draw(st.sampled_from([80, 3333]))),
        draw(st.sampled_from(Ending)),
    )
    now = START_NS + draw(st.integers(0, 20)) * 100 * SECOND
    for speaker, data in draw(SAYINGS):
        now += 50 * MS
        talk.say(Saying(now, speaker, data))
    isn = st.integers(0, tcp.SEQUENCE_SPACE - 1)
    sent = tcp.segments(talk, tcp.Wire(draw(st.sampled_from([20, 100, 1460])), draw(isn), draw(isn)))
    for change in draw(CHANGES):
        sent = change(sent)
    return sent


@st.composite
def traffic(draw: st.DrawFn) -> bytes:
    """Connections one after another or beside each other, datagrams between them, with and without a VLAN tag."""
    frames: list[Frame] = []
    begun: set[tuple[object, int]] = set()
    for sent in draw(st.lists(connections(), min_size=1, max_size=5)):
        # Two connections of the same ends follow each other; at one time they could not be told apart.
        place = (frozenset((sent[0].source, sent[0].target)), sent[0].ts_ns // (100 * SECOND))
        if place not in begun:
            begun.add(place)
            frames += FAMILIES[draw(st.sampled_from(["ethernet", "vlan"]))].frames(tcp.packets(sent))
    for data in draw(st.lists(st.binary(max_size=60), max_size=4)):
        route = Route(Endpoint("192.0.2.7", 40_000 + len(data)), Endpoint("203.0.113.7", 9999))
        frames.append(Frame(START_NS, b"\2" * 12 + b"\x08\0" + udp_packet(route, data)))
    return pcap(sorted(frames, key=lambda frame: frame.ts_ns))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(traffic())
def test_flows_and_payload_of_any_traffic_are_those_of_the_slow_engine(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "traffic.pcap"
    path.write_bytes(data)
    assert difference(path) == ""


# ---------------------------------------------------------------- what it says of itself


def test_what_it_does_not_take_apart_it_says(tmp_path: Path) -> None:
    path = tmp_path / "raw.pcap"
    path.write_bytes(pcap([Frame(START_NS, b"\x45")], PcapFormat(linktype=LinkType.RAW)))
    with pytest.raises(slow.NotCoveredError, match="the link type"):
        slow.read(path)


def test_the_difference_names_flows_and_directions() -> None:
    said = {("a 1", "b 2"): slow.Said(3, "x"), ("b 2", "a 1"): slow.Said(4, "y")}
    shown = slow.differs(slow.Slow(2, 1, said), (1, 1), {("a 1", "b 2"): slow.Said(3, "z")})
    assert shown == "tcp_flows 1 (slow: 2); a 1 > b 2 said 3 bytes (slow: 3); b 2 > a 1 said 0 bytes (slow: 4)"


def test_each_known_difference_has_a_reason() -> None:
    known = differences.Known(slow.DIFFERENCES)
    assert known.files()
    assert all(known.reason(file, shown) for file, shown in known.files().items())
