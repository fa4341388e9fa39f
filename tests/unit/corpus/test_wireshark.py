from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpus import wireshark
from tests.corpus.wireshark import Reader, Record, Wireshark, add_interval, missing_bytes, transport_stack
from tests.lab.__main__ import FOLDER

needs_wireshark = pytest.mark.skipif(not Wireshark.is_present(), reason="sharkd comes with tshark: not installed")


def frame(path: str = "eth:ethertype:ip:tcp", **fields: object) -> dict[str, str]:
    """A segment of ten bytes from sequence number 100 on, whole in its frame, unless told otherwise."""
    told = {
        "frame.protocols": path,
        "frame.encap_type": "Ethernet",
        "frame.len": 64,
        "frame.cap_len": 64,
        "ip.src": "192.0.2.10",
        "ip.dst": "203.0.113.5",
        "ip.len": 50,
        "ipv6.src": "",
        "ipv6.dst": "",
        "ipv6.plen": "",
        "tcp.stream": 0,
        "tcp.srcport": 50_000,
        "tcp.dstport": 3333,
        "tcp.seq_raw": 100,
        "tcp.hdr_len": 20,
        "tcp.len": 10,
        "tcp.flags.syn": 0,
        "udp.srcport": "",
        "udp.dstport": "",
    }
    changes = {name.replace("__", "."): value for name, value in fields.items()}
    assert told.keys() >= changes.keys()
    return {name: str(value) for name, value in (told | changes).items()}


def udp(path: str = "eth:ethertype:ip:udp:data", ports: str = "53", **fields: object) -> dict[str, str]:
    """A datagram; ``ports`` of each UDP header, to 5 more."""
    to = ",".join(str(int(port) + 5) for port in ports.split(","))
    absent = dict.fromkeys(("tcp__stream", "tcp__srcport", "tcp__dstport", "tcp__hdr_len", "tcp__len"), "")
    return frame(path, udp__srcport=ports, udp__dstport=to, **absent, **fields)


def read(*frames: dict[str, str]) -> tuple[int, list[Record]]:
    reader = Reader()
    for one in frames:
        reader.take(one)
    return reader.packets, reader.records()


def payload(*frames: dict[str, str]) -> int:
    return sum(end - start for record in read(*frames)[1] for start, end in record.intervals)


# ---------------------------------------------------------------- payload


def test_a_segment_is_a_record_with_its_ends_and_its_bytes() -> None:
    assert read(frame()) == (
        1,
        [Record("eth:ethertype:ip:tcp", 0, "192.0.2.10 50000", "203.0.113.5 3333", 1, [(100, 110)])],
    )


def test_each_byte_of_a_sequence_space_counts_once() -> None:
    assert payload(frame(), frame(), frame(tcp__seq_raw=105), frame(tcp__seq_raw=90)) == 25
    assert payload(frame(), frame(tcp__seq_raw=200)) == 20
    assert payload(frame(), frame(tcp__stream=1)) == 20


def test_the_sequence_number_turns_over() -> None:
    assert payload(frame(tcp__seq_raw=2**32 - 5), frame(tcp__seq_raw=5), frame(tcp__seq_raw=2**32 - 1)) == 20


def test_a_syn_takes_a_sequence_number_before_its_payload() -> None:
    assert payload(frame(tcp__flags__syn=1), frame(tcp__seq_raw=101)) == 10


def test_what_tcp_carries_is_payload_whatever_it_looks_like() -> None:
    (record,) = read(frame("eth:ethertype:ip:tcp:socks:ip:udp:dns"))[1]
    assert record.path == "eth:ethertype:ip:tcp"


def test_bytes_that_the_snap_length_cut_are_no_payload() -> None:
    assert payload(frame(frame__cap_len=60)) == 6
    assert payload(frame(frame__cap_len=50)) == 0


def test_a_check_sequence_that_was_left_out_is_no_payload() -> None:
    assert payload(frame(frame__len=68)) == 10


def test_padding_that_the_snap_length_cut_is_no_payload() -> None:
    short = frame(ip__len=41, tcp__len=1, frame__len=64, frame__cap_len=55)
    assert payload(short) == 1


@pytest.mark.parametrize(
    ("path", "fields", "missing"),
    [
        ("eth:ethertype:vlan:ethertype:ip:tcp", {"frame__cap_len": 64}, 4),
        ("eth:ethertype:pppoes:ppp:ip:tcp", {"frame__len": 72, "frame__cap_len": 72}, 0),
        ("sll:ethertype:ip:tcp", {"frame__len": 66, "frame__cap_len": 64}, 2),
        ("raw:ipv6:tcp", {"ip__len": "", "ipv6__plen": 30, "frame__len": 70, "frame__cap_len": 60}, 10),
        # Offload: no header tells, so the frame does.
        ("eth:ethertype:ip:tcp", {"ip__len": 0, "frame__len": 90, "frame__cap_len": 64}, 26),
        # Layers of unknown size before the header.
        ("fr:ip:tcp", {"frame__len": 90, "frame__cap_len": 64}, 26),
        # A header that claims more than was on the wire is not believed.
        ("eth:ethertype:ip:tcp", {"ip__len": 1500}, 0),
    ],
)
def test_missing_bytes_are_those_of_the_datagram(path: str, fields: dict[str, object], missing: int) -> None:
    on_wire = {"frame__len": 68} if path.startswith("eth:ethertype:vlan") else {}
    one = frame(path, **{**on_wire, **fields})
    assert missing_bytes(one, path.split(":")) == missing


@pytest.mark.parametrize(
    "fields",
    [
        {"tcp__hdr_len": 12},  # shorter than a header can be
        {"tcp__hdr_len": 28, "tcp__len": ""},  # longer than what is left
        {"tcp__stream": ""},
        {"tcp__srcport": ""},
    ],
)
def test_what_is_no_segment_is_not_counted(fields: dict[str, object]) -> None:
    assert read(frame(**fields)) == (1, [])


def test_a_segment_that_is_cut_behind_its_header_is_a_flow_without_payload() -> None:
    (record,) = read(frame(tcp__len="", frame__cap_len=54))[1]
    assert record.intervals == []


# ---------------------------------------------------------------- layers


def test_a_block_that_holds_no_packet_is_none() -> None:
    assert read(frame("data", frame__encap_type="")) == (0, [])


def test_the_innermost_ends_are_those_of_the_flow() -> None:
    nested = udp(
        "eth:ethertype:ip:udp:gtp:ipv6:udp:dns",
        ports="2152,53",
        ip__src="10.0.0.1",
        ip__dst="10.0.0.2",
        ipv6__src="2001:db8::1",
        ipv6__dst="2001:db8::2",
    )
    (record,) = read(nested)[1]
    assert (record.sender, record.receiver) == ("2001:db8::1 53", "2001:db8::2 58")
    twice = frame("eth:ethertype:ip:gre:ip:tcp", ip__src="10.0.0.1,192.0.2.10", ip__dst="10.0.0.2,203.0.113.5")
    assert read(twice)[1][0].sender == "192.0.2.10 50000"


@pytest.mark.parametrize("quoting", ["icmp", "icmpv6", "sflow"])
def test_what_is_quoted_is_no_packet(quoting: str) -> None:
    assert transport_stack(["eth", "ip", quoting, "ip", "tcp"]) is None
    assert transport_stack(["eth", "ip", "udp", quoting, "ip", "tcp"]) == ["eth", "ip", "udp"]


def test_a_packet_without_a_transport_has_no_record() -> None:
    assert read(frame("eth:ethertype:arp")) == (1, [])


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20))))
def test_intervals_hold_what_a_set_of_bytes_would(pieces: list[tuple[int, int]]) -> None:
    intervals: list[tuple[int, int]] = []
    held: set[int] = set()
    for start, length in pieces:
        add_interval(intervals, start, start + length)
        held |= set(range(start, start + length))
    assert sum(end - start for start, end in intervals) == len(held)
    assert intervals == sorted(intervals)
    assert all(first[1] < second[0] for first, second in itertools.pairwise(intervals))


# ---------------------------------------------------------------- the program


@needs_wireshark
def test_what_was_asked_once_is_kept(tmp_path) -> None:
    path = FOLDER / "format-le-ns.pcap"
    asked = Wireshark(tmp_path)
    first = asked.dissect(path)
    asked.close()
    assert first.packets > 0
    assert not first.error
    (kept,) = tmp_path.iterdir()
    again = Wireshark(tmp_path)
    assert again.dissect(path) == first
    assert again._process is None
    kept.unlink()


@needs_wireshark
def test_a_process_that_has_loaded_many_captures_gives_way_to_another(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(wireshark, "_CAPTURES_PER_PROCESS", 2)
    asked = Wireshark(tmp_path)
    processes = []
    for name in ("format-le-ns.pcap", "format-be-ns.pcap", "ethproxy.pcap"):
        assert asked.dissect(FOLDER / name).packets
        processes.append(asked._process)
    asked.close()
    assert processes[0] is processes[1]
    assert processes[1] is not processes[2]
    assert processes[1].returncode is not None


@needs_wireshark
def test_a_file_that_is_no_capture_is_an_error_in_words(tmp_path) -> None:
    path = tmp_path / "text"
    path.write_text("no capture at all", encoding="utf-8")
    asked = Wireshark(tmp_path / "kept")
    assert asked.dissect(path).error
    asked.close()
