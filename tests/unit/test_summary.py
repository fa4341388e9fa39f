from __future__ import annotations

import msgspec

from sensor.model import InputReport
from sensor.summary import Summary, lines

SMALL = Summary(
    inputs=[InputReport("a\x1b.pcap", "pcap", 3, 300, None, None, {"truncated_tail": 1})],
    failures=[],
    packets=1_234_567,
    wire_bytes=1_500_000_000,
    flows_tcp=8,
    flows_udp=1,
    flows_tcp_one_way=2,
    packets_cut=7,
    payload_bytes_cut=1_800,
    undecoded={"snap_cut": 4},
    drops={"gap_bytes": 5},
    mirrored={"segments": 11},
    messages_odd={"not_json": 6},
    list_age_days=9,
    findings=1,
    sightings=0,
    seconds=2.0,
    is_interrupted=False,
)


def test_each_thing_an_operator_must_know_is_said() -> None:
    text = "\n".join(lines(SMALL))
    for words in (
        "1,234,567 in 1.5 GB",
        "8 TCP (25 % one-way), 1 UDP",
        "7 packets by 1.8 kB of TCP payload",
        "snap_cut 4",
        "gap_bytes 5",
        "not_json 6",
        "twice      segments 11",
        "9 days",
        "1 finding, 0 sightings",
        "2.000 s, 6.00 Gbit/s",
        "truncated_tail 1",
    ):
        assert words in text


def test_a_path_is_escaped() -> None:
    assert "\x1b" not in "\n".join(lines(SMALL))


def test_nothing_is_said_as_nothing() -> None:
    empty = msgspec.structs.replace(
        SMALL, packets_cut=0, undecoded={}, drops={}, flows_tcp=0, seconds=0.0, is_interrupted=True
    )
    text = "\n".join(lines(empty))
    assert "undecoded  nothing" in text
    assert "cut short" not in text
    assert "none one-way" in text
    assert "interrupted" in text
