from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

import signatures
from tests.corpus import accounting
from tests.corpus.accounting import Count, Ours
from tests.corpus.wireshark import Dissected, Record, Wireshark
from tests.lab.__main__ import FOLDER
from tests.lab.captures import CAPTURES

MINER, POOL = "192.0.2.10 50000", "203.0.113.5 3333"
EQUAL = Count(7, 100, 2, 1)
Intervals = Sequence[tuple[int, int]]
# Of these the lab's own layers and formats say that engine and dissectors agree.
AGREED = [
    "demo.pcap",
    "stratum-v1.pcap",
    "equihash.pcap",
    "mid-stream.pcap",
    "one-way-pool.pcap",
    "snap-length.pcap",
    "network-faults.pcap",
    "format-be-us.pcap",
    "near-misses.pcap",
]


def tcp(path: str = "eth:ip:tcp", number: int = 0, sender: str = MINER, intervals: Intervals = ()) -> Record:
    return Record(path, number, sender, POOL, 1, list(intervals))


def udp(path: str = "eth:ip:udp:data", sender: str = MINER, receiver: str = POOL) -> Record:
    return Record(path, -1, sender, receiver, 1, [])


def theirs(*records: Record) -> Count:
    return accounting.theirs(Dissected(len(records), list(records)))


# ---------------------------------------------------------------- the dissectors' count


def test_both_sides_of_a_stream_are_one_flow() -> None:
    count = theirs(tcp(intervals=((0, 10),)), tcp(sender=POOL, intervals=((0, 5),)))
    assert count == Count(2, 15, 1, 0)


def test_a_byte_seen_in_two_tunnels_counts_once() -> None:
    count = theirs(tcp("eth:vlan:ip:tcp", intervals=((0, 10),)), tcp("eth:ip:udp:gtp:ip:tcp", intervals=((5, 20),)))
    assert count == Count(2, 20, 1, 0)


def test_two_streams_with_one_sequence_space_count_apart() -> None:
    assert theirs(tcp(intervals=((0, 10),)), tcp(number=1, intervals=((0, 10),))) == Count(2, 20, 2, 0)


def test_a_udp_flow_is_a_pair_of_ends_in_either_direction() -> None:
    assert theirs(udp(), udp(sender=POOL, receiver=MINER), udp("eth:ip:udp:rtp:amr")).udp_flows == 1
    assert theirs(udp(), udp(receiver="203.0.113.5 3334")).udp_flows == 2


@pytest.mark.parametrize(
    ("path", "flows"),
    [("eth:ip:udp:gtp:ip", 0), ("eth:ip:udp:vxlan:eth", 0), ("eth:ip:udp:gtp:gtpv2", 1), ("eth:ip:udp:gtp", 1)],
)
def test_the_outside_of_a_tunnel_that_we_open_is_no_flow(path: str, flows: int) -> None:
    assert theirs(udp(path)).udp_flows == flows


# ---------------------------------------------------------------- what differs, and why


@pytest.mark.parametrize("field", Count.__struct_fields__)
def test_each_field_that_differs_is_shown_with_both_counts(field: str) -> None:
    other = msgspec.structs.replace(EQUAL, **{field: 3})
    assert accounting.differs(EQUAL, EQUAL) == ""
    assert accounting.differs(EQUAL, other) == f"{field} {getattr(EQUAL, field)} (dissectors: 3)"


def test_all_fields_that_differ_are_shown() -> None:
    assert (
        accounting.differs(EQUAL, Count(1, 2, 2, 1)) == "packets 7 (dissectors: 1); payload_bytes 100 (dissectors: 2)"
    )


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({}, ""),
        ({"error": "not a capture"}, "not a format of ours"),
        ({"problems": {"lost_sync": 1, "bad_length": 2}}, "damaged file: bad_length, lost_sync"),
        ({"problems": {"time_backwards": 1, "bad_time": 1, "no_time": 1}}, ""),
        ({"losses": {"undecoded_tcp_bad": 1}}, "counted by the engine: undecoded_tcp_bad"),
        ({"losses": {"fate_unknown_link": 1}}, "link types that are not read"),
    ],
)
def test_a_cause_is_what_the_engine_told_of(changes: dict[str, object], cause: str) -> None:
    our = msgspec.structs.replace(Ours(EQUAL), **changes)
    assert accounting.cause(our, Dissected(1, [tcp()])) == cause


def test_layers_that_are_not_read_are_a_cause_by_name() -> None:
    strange = Dissected(1, [tcp("eth:ipv6:ipcomp:tcp"), tcp("eth:ip:udp:ayiya:ipv6:tcp")])
    assert accounting.cause(Ours(EQUAL), strange) == "layers that are not read: ayiya, ipcomp"


def test_a_file_that_the_dissectors_cannot_read_is_a_cause() -> None:
    assert accounting.cause(Ours(EQUAL), Dissected(0, [], "crashed")) == "the dissectors cannot read it"


# ---------------------------------------------------------------- the engine's count


def test_a_file_that_is_no_capture_counts_nothing(tmp_path) -> None:
    path = tmp_path / "text"
    path.write_text("no capture at all", encoding="utf-8")
    ours = accounting.ours(accounting.audit_plan(signatures.load()), path)
    assert ours.count == Count(0, 0, 0, 0)
    assert ours.error


@pytest.mark.skipif(not Wireshark.is_present(), reason="sharkd comes with tshark: not installed")
def test_engine_and_dissectors_count_the_same_in_crafted_captures(tmp_path) -> None:
    plan, wireshark = accounting.audit_plan(signatures.load()), Wireshark(tmp_path)
    differing = {
        name: shown
        for name in AGREED
        if (
            shown := accounting.differs(
                accounting.ours(plan, FOLDER / name).count, accounting.theirs(wireshark.dissect(FOLDER / name))
            )
        )
    }
    wireshark.close()
    assert set(CAPTURES) >= set(AGREED)
    assert differing == {}
