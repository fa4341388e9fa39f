# SPDX-License-Identifier: Apache-2.0
"""Whatever a network does to a dialogue, what is found in it is what its truth says of the part that is left.

Through a capture file, the engine and the pipeline. Nothing here is recorded: each outcome is counted from the
dialogue and from what was taken away of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.sensing import sense
from tests.e2e.stated import found, true
from tests.e2e.variants import (
    SHORT,
    Dialect,
    Maker,
    Segments,
    Variant,
    beginning,
    first_of,
    holds,
    in_tunnels,
    in_version,
    losing,
    offsets_of,
    single,
    swaps,
    tunnels,
)
from tests.lab import cast, dialects, tcp
from tests.lab.dialogue import Meaning, Speaker, Tunnel, View
from tests.lab.family import FRAGMENT_BYTES, Family, Hop, ethernet
from tests.lab.files import LinkType, PcapFormat, pcap
from tests.lab.ip import Flag
from tests.lab.layers import FAMILIES
from tests.lab.scene import wire_of
from tests.lab.seeded import SECOND

MAKERS: dict[str, Maker] = {
    "stratum-v1": (dialects.stratum_v1_session, cast.asic(0, difficulties=((0, 65_536.0),), **SHORT)),
    "btcagent": (dialects.btcagent_session, cast.agent(0, hashrate_hs=300e12, **SHORT)),
    "ethproxy": (dialects.ethproxy_session, cast.gpu(0, hashrate_hs=1.6e9, **SHORT)),
    "cryptonote": (dialects.cryptonote_session, cast.cpu(0, hashrate_hs=24e3, **SHORT)),
    "equihash-stratum": (dialects.equihash_session, cast.equihash(0, hashrate_hs=2400.0, **SHORT)),
    "kawpow": (dialects.kawpow_session, cast.kawpow(0, hashrate_hs=400e6, **SHORT)),
    "kaspa": (dialects.kaspa_session, cast.kaspa(0, hashrate_hs=24e12, **SHORT)),
}
# Of the same reader as the last two: what happens to their bytes is the same, what is understood of them is not.
RELATIVES: dict[str, Maker] = {
    "ethereumstratum-1": (dialects.ethereumstratum_1_session, cast.nicehash(0, hashrate_hs=1.6e9, **SHORT)),
    "ethereumstratum-2": (dialects.ethereumstratum_2_session, cast.ethash(0, hashrate_hs=1.6e9, **SHORT)),
    "ethash-stratum": (dialects.ethash_stratum_session, cast.ethash(0, hashrate_hs=1.6e9, **SHORT)),
    "autolykos": (dialects.autolykos_session, cast.ergo(0, hashrate_hs=2e9, **SHORT)),
    "autolykos, factor": (dialects.autolykos_factor_session, cast.ergo(1, hashrate_hs=2e9, **SHORT)),
    "octopus": (dialects.octopus_session, cast.conflux(0, hashrate_hs=1.2e9, **SHORT)),
    "nervos": (dialects.nervos_session, cast.nervos(0, hashrate_hs=48e12, **SHORT)),
}
DIALECTS = {name: Dialect(name, make(script)) for name, (make, script) in MAKERS.items()}
ALL = DIALECTS | {name: Dialect(name, make(script)) for name, (make, script) in RELATIVES.items()}
EACH = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=list(DIALECTS))
EVERY = pytest.mark.parametrize("dialect", ALL.values(), ids=list(ALL))
SIDES = {"miner": Speaker.CLIENT, "pool": Speaker.SERVER}


def data_of(dialect: Dialect) -> list[int]:
    """The indexes of all segments with payload."""
    return [index for index, segment in enumerate(dialect.segments) if segment.payload]


# ---------------------------------------------------------------- nothing is lost, so nothing differs


@EVERY
def test_a_whole_session_is_found_as_it_is(dialect: Dialect, tmp_path: Path) -> None:
    holds(dialect, iter([Variant("whole", list)]), tmp_path)


@EACH
@pytest.mark.parametrize("said", ["first message", "submit", "job"])
def test_a_message_may_be_cut_anywhere(dialect: Dialect, said: str, tmp_path: Path) -> None:
    session = dialect.session
    index = {"first message": 0, "submit": first_of(session, Meaning.SUBMIT), "job": first_of(session, Meaning.JOB)}[
        said
    ]
    speaker = session.dialogue.sayings()[index].speaker
    offsets = offsets_of(session, speaker, index)
    # A solution and a job are long hex: every position at their ends, every seventh in the middle.
    chosen = [
        at for at in offsets if at % 7 == 0 or min(at - offsets[0], offsets[-1] - at) < 300 - 200 * (said == "job")
    ]
    cuts = (Variant(f"{said} cut at {at}", lambda sent, at=at: tcp.cut_at(sent, speaker, at)) for at in chosen)
    holds(dialect, cuts, tmp_path)


@EVERY
def test_any_two_neighbours_may_be_swapped(dialect: Dialect, tmp_path: Path) -> None:
    holds(dialect, swaps(dialect), tmp_path)


@EACH
def test_any_packet_may_come_twice(dialect: Dialect, tmp_path: Path) -> None:
    count = len(dialect.segments)
    holds(
        dialect,
        (Variant(f"{at} twice", lambda sent, at=at: tcp.duplicate(sent, at)) for at in range(count)),
        tmp_path,
    )


@EACH
def test_any_data_may_be_sent_again(dialect: Dialect, tmp_path: Path) -> None:
    holds(
        dialect,
        (Variant(f"{at} again", lambda sent, at=at: tcp.retransmit(sent, at)) for at in data_of(dialect)),
        tmp_path,
    )


@EACH
def test_bytes_that_came_first_win_over_others_in_their_place(dialect: Dialect, tmp_path: Path) -> None:
    def variants() -> Iterator[Variant]:
        for at in data_of(dialect):
            yield Variant(f"{at} overwritten", lambda sent, at=at: tcp.overwrite(sent, at))
        for speaker in Speaker:
            # There must be something before it to lie upon.
            for at in tcp.data_indexes(dialect.segments, speaker)[1:]:
                yield Variant(f"{at} overlaps", lambda sent, at=at: tcp.overlap(sent, at, shift=20))

    holds(dialect, variants(), tmp_path)


@EACH
def test_a_pause_may_be_probed(dialect: Dialect, tmp_path: Path) -> None:
    holds(
        dialect,
        (Variant(f"probe after {at}", lambda sent, at=at: tcp.keepalives(sent, at)) for at in data_of(dialect)),
        tmp_path,
    )


@EACH
@pytest.mark.parametrize("side", SIDES)
def test_sequence_numbers_may_wrap_anywhere(dialect: Dialect, side: str, tmp_path: Path) -> None:
    speaker = SIDES[side]
    length = len(dialect.session.dialogue.stream(speaker))
    offsets = [0, *range(1, length, 97), length]
    holds(
        dialect,
        (Variant(f"wrap at {at}", lambda sent, at=at: tcp.sequence_wrap(sent, speaker, at)) for at in offsets),
        tmp_path,
    )


@EVERY
def test_bytes_may_come_one_by_one(dialect: Dialect, tmp_path: Path) -> None:
    holds(dialect, iter([Variant("byte by byte", single)]), tmp_path)


# ---------------------------------------------------------------- something is lost, and of a known size


@EVERY
def test_any_segment_may_be_lost(dialect: Dialect, tmp_path: Path) -> None:
    holds(dialect, (losing(dialect, at) for at in range(len(dialect.segments))), tmp_path)


@EVERY
def test_the_capture_may_begin_anywhere(dialect: Dialect, tmp_path: Path) -> None:
    last_data = data_of(dialect)[-2]
    holds(dialect, (beginning(dialect, at) for at in range(1, last_data + 1)), tmp_path)


@EVERY
@pytest.mark.parametrize("side", SIDES)
def test_one_direction_may_be_all_there_is(dialect: Dialect, side: str, tmp_path: Path) -> None:
    speaker = SIDES[side]
    view = View(frozenset({speaker}))
    holds(dialect, iter([Variant(f"only the {side}", lambda sent: tcp.one_way(sent, speaker), view)]), tmp_path)


# ---------------------------------------------------------------- how it is carried


# Link types are no tunnels; each is a capture of its own.
OTHER_LINKS = [family for family in FAMILIES.values() if family.linktype is not LinkType.ETHERNET]
ETHERNET_BYTES = 14
FRAGMENTS = {4: FAMILIES["fragments"], 6: FAMILIES["fragments-ipv6"]}


@pytest.mark.parametrize("version", [4, 6])
def test_a_tunnel_may_carry_one_side_or_fragments(version: int, tmp_path: Path) -> None:
    """And be cut into fragments itself."""
    variants = (variant for number, family in enumerate(tunnels(version)) for variant in carried(family, number))
    holds(of_version("stratum-v1", version), variants, tmp_path)


@EVERY
@pytest.mark.parametrize("version", [4, 6])
def test_any_tunnel_may_carry_a_session(dialect: Dialect, version: int, tmp_path: Path) -> None:
    holds(of_version(dialect.name, version), in_tunnels(version), tmp_path)


@pytest.mark.parametrize("family", OTHER_LINKS, ids=[family.name for family in OTHER_LINKS])
def test_any_link_may_carry_a_session(family: Family, tmp_path: Path) -> None:
    session = of_version("stratum-v1", 6 if family.ipv6 else 4).session
    sent = tcp.segments(session.dialogue, wire_of(session.dialogue))
    path = tmp_path / "link.pcap"
    path.write_bytes(pcap(family.frames(tcp.packets(sent)), PcapFormat(linktype=family.linktype)))
    assert [found(finding) for finding in sense(path).findings] == [true(session.truth())]


def carried(family: Family, number: int) -> Iterator[Variant]:
    yield Variant(family.name, list, family=family)
    for side, speaker in SIDES.items():
        # Of a side that is not seen the tunnel is not either.
        tunnel = Tunnel(family.tunnel.to_server, ()) if side == "miner" else Tunnel((), family.tunnel.to_client)
        change = partial(tcp.one_way, speaker=speaker)
        view = View(frozenset({speaker}))
        yield Variant(f"{family.name}, only the {side}", change, view, family=replace(family, tunnel=tunnel))
    if family.name.startswith(("fragments", "ip")):
        return
    yield Variant(f"{family.name}, in fragments", list, family=in_fragments(family, number))
    if is_outside_ipv4(family):
        yield Variant(f"{family.name}, itself in fragments", list, family=itself_in_fragments(family, number))


def is_outside_ipv4(family: Family) -> bool:
    """Whether the outermost header behind Ethernet is IPv4, and not that of the session."""
    packet = bytes.fromhex("60" if family.ipv6 else "45") + bytes(19)
    (data,) = family.wrap(Hop(packet, outgoing=True, number=1))
    return data[12:ETHERNET_BYTES] == b"\x08\x00" and data[ETHERNET_BYTES:] != packet


def in_fragments(family: Family, number: int) -> Family:
    """The same with what it carries in fragments, whose numbers are those of no other family."""
    pieces = FRAGMENTS[6 if family.ipv6 else 4]
    first = 1_000 * (number + 1)

    def wrap(hop: Hop) -> list[bytes]:
        cut = pieces.wrap(replace(hop, number=first + hop.number))
        return [data for piece in cut for data in family.wrap(replace(hop, data=piece[ETHERNET_BYTES:]))]

    return replace(family, wrap=wrap)


def itself_in_fragments(family: Family, number: int) -> Family:
    """The same with the tunnel's own IPv4 packets in fragments."""
    first = 1_000 * (number + 1) + 500

    def wrap(hop: Hop) -> list[bytes]:
        whole = [replace(hop, data=data[ETHERNET_BYTES:], number=first + hop.number) for data in family.wrap(hop)]
        return [piece for outer in whole for piece in FRAGMENTS[4].wrap(outer)]

    return replace(family, wrap=wrap)


@pytest.mark.parametrize("version", [4, 6])
def test_what_is_signed_and_not_encrypted_is_read(version: int, tmp_path: Path) -> None:
    """An authentication header (RFC 4302) between IP and TCP."""

    def signed(hop: Hop) -> list[bytes]:
        header, protocol, length = (20, 9, 2) if version == 4 else (40, 6, 4)
        ip = bytearray(hop.data[:header])
        signature = bytes([ip[protocol], 4, 0, 0, *hop.number.to_bytes(4), *hop.number.to_bytes(4), *range(12)])
        ip[protocol] = 51
        ip[length : length + 2] = (int.from_bytes(ip[length : length + 2]) + len(signature)).to_bytes(2)
        return [ethernet(bytes(ip) + signature + hop.data[header:], outgoing=hop.outgoing)]

    holds(of_version("stratum-v1", version), iter([Variant("signed", list, family=Family("signed", signed))]), tmp_path)


@pytest.mark.parametrize("version", FRAGMENTS)
@pytest.mark.parametrize("name", MAKERS)
def test_packets_may_come_in_fragments(name: str, version: int, tmp_path: Path) -> None:
    """In order, and every third packet with its last piece first."""
    family = FRAGMENTS[version]
    dialect = of_version(name, version)
    if name in {"stratum-v1", "equihash-stratum"}:
        assert max(len(segment.payload) for segment in dialect.segments) > FRAGMENT_BYTES
    holds(dialect, iter([Variant(family.name, list, family=family)]), tmp_path)


def of_version(name: str, version: int) -> Dialect:
    return in_version(name, (MAKERS | RELATIVES)[name], version)


@EACH
def test_a_port_used_again_is_a_session_of_its_own(dialect: Dialect, tmp_path: Path) -> None:
    """The first of the two is still open when a SYN from the same port begins the second."""
    session = dialect.session
    pause = session.dialogue.sayings()[-1].ts_ns - session.dialogue.sayings()[0].ts_ns + 30 * SECOND
    first = [segment for segment in dialect.segments if not segment.flags & Flag.FIN]
    second = [
        replace(
            segment, ts_ns=segment.ts_ns + pause, seq=(segment.seq + 77_777) % tcp.SEQUENCE_SPACE, ack=moved(segment)
        )
        for segment in dialect.segments
    ]
    path = tmp_path / "reused.pcap"
    path.write_bytes(pcap(FAMILIES["ethernet"].frames(tcp.packets(tcp.port_reuse(first, second)))))
    stated = [found(finding) for finding in sense(path).findings]
    whole = true(session.truth())
    assert stated == [replace(whole, ending="port_reused"), whole]


@EACH
def test_a_port_used_again_after_the_end_needs_no_syn_to_be_seen(dialect: Dialect, tmp_path: Path) -> None:
    session = dialect.session
    sayings = session.dialogue.sayings()
    pause = sayings[-1].ts_ns - sayings[0].ts_ns + 5 * SECOND
    second = [
        replace(one, ts_ns=one.ts_ns + pause, seq=(one.seq - 777_777) % tcp.SEQUENCE_SPACE, ack=one.ack - 777_777)
        for one in dialect.segments[2:]
    ]
    path = tmp_path / "reused.pcap"
    path.write_bytes(pcap(FAMILIES["ethernet"].frames(tcp.packets([*dialect.segments, *second]))))
    whole = true(session.truth())
    assert [found(finding) for finding in sense(path).findings] == [whole, whole]


@EACH
def test_a_stray_syn_may_come_anywhere(dialect: Dialect, tmp_path: Path) -> None:
    def strayed(sent: Segments, at: int) -> Segments:
        before = sent[at]
        flags = Flag.SYN | Flag.ACK if at % 3 == 0 else Flag.SYN
        seq = (before.seq + 1_000_003 * at + 70_000) % tcp.SEQUENCE_SPACE
        stray = replace(before, ts_ns=before.ts_ns + 1_000, seq=seq, ack=12_345, flags=flags, payload=b"")
        return [*sent[: at + 1], stray, *sent[at + 1 :]]

    last = len(dialect.segments) - 4
    holds(
        dialect,
        (Variant(f"behind {at}", lambda sent, at=at: strayed(sent, at)) for at in range(4, last)),
        tmp_path,
    )


def moved(segment: tcp.Segment) -> int:
    return (segment.ack + 77_777) % tcp.SEQUENCE_SPACE if Flag.ACK in segment.flags else 0
