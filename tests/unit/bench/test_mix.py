"""A small mix, counted by a reader that shares nothing with the mixer."""

from __future__ import annotations

import itertools
import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dpkt
import pytest

from bench.captures import MIX

Mixer = Callable[..., Path]

_PACKETS = 20_000
_MINING_PORTS = {3_333, 4_444, 14_444}


@pytest.fixture(scope="module")
def small_mix(mixer: Mixer, seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("mix") / "mix.pcap"
    return mixer(out, "mix", "--seeds", str(seeds), "--mix", str(MIX), "--packets", str(_PACKETS))


def _frames(capture: Path) -> Iterator[tuple[float, bytes]]:
    with capture.open("rb") as file:
        yield from dpkt.pcap.Reader(file)


def _ip(data: bytes) -> Any:
    return (dpkt.ip.IP if data[0] >> 4 == 4 else dpkt.ip6.IP6)(data)


def _unwrapped(frame: bytes) -> tuple[str, Any]:
    """The kind of tunnel, "" for none, and the innermost IP packet."""
    ethernet = dpkt.ethernet.Ethernet(frame)
    tags = len(getattr(ethernet, "vlan_tags", ()))
    if tags:
        return ("vlan", "qinq")[tags - 1], ethernet.data
    below = {dpkt.ethernet.ETH_TYPE_MPLS: "mpls", dpkt.ethernet.ETH_TYPE_PPPoE: "pppoe"}
    if ethernet.type in below:
        # Two labels, or a session header and the protocol of PPP: 8 bytes either way.
        return below[ethernet.type], _ip(frame[22:])
    kind, packet = "", ethernet.data
    match packet.data:
        case dpkt.gre.GRE():
            kind, packet = "gre", packet.data.data
        case dpkt.ip6.IP6():
            kind, packet = "6in4", packet.data
        case dpkt.udp.UDP(dport=4789):
            kind, packet = "vxlan", dpkt.ethernet.Ethernet(packet.data.data[8:]).data
        case dpkt.udp.UDP(dport=2152):
            kind, packet = "gtpu", _ip(packet.data.data[8:])
    return kind, packet


def _flow(packet: Any) -> tuple[object, ...]:
    ends = sorted([(packet.src, packet.data.sport), (packet.dst, packet.data.dport)])
    return type(packet.data), *ends


def _content(packet: Any) -> str:
    ports = {packet.data.sport, packet.data.dport}
    if isinstance(packet.data, dpkt.udp.UDP):
        return "dns" if 53 in ports else "other"
    if ports & _MINING_PORTS:
        return "mining"
    if not packet.data.data:
        return "empty"
    if 443 in ports:
        return "random"
    return "text" if ports & {80, 8080, 9_000, 50_001} else "other"


def test_a_mix_reaches_the_composition_that_its_recipe_promises(small_mix: Path) -> None:
    bounds = tomllib.loads(MIX.read_text(encoding="utf-8"))["bounds"]
    size, tunnels, contents, flows = 0, Counter[str](), Counter[str](), Counter[tuple[object, ...]]()
    for _, frame in _frames(small_mix):
        tunnel, packet = _unwrapped(frame)
        size += len(frame)
        tunnels[tunnel] += 1
        contents[_content(packet)] += 1
        flows[_flow(packet)] += 1
    # A probe of a mining port is a flow of one packet; mining has more.
    probes = sum(1 for (_, *ends), count in flows.items() if count == 1 and {port for _, port in ends} & _MINING_PORTS)
    assert sum(contents.values()) == _PACKETS
    assert bounds["mean_bytes"][0] <= size / _PACKETS <= bounds["mean_bytes"][1]
    assert len(flows) >= bounds["flows_per_million_packets_min"] * _PACKETS / 1_000_000
    assert contents["random"] / _PACKETS >= bounds["random_payload_min"]
    assert contents["text"] / _PACKETS >= bounds["text_payload_min"]
    assert contents["dns"] / _PACKETS >= bounds["dns_min"]
    # One conversation more or less is 0.3 % of so small a mix; the whole one is held to the bounds by its report.
    assert (contents["mining"] - probes) / _PACKETS == pytest.approx(0.005, abs=0.003)
    assert 1 - tunnels[""] / _PACKETS == pytest.approx(0.1, abs=0.01)
    assert set(tunnels) == {"", "vlan", "qinq", "mpls", "pppoe", "gre", "vxlan", "gtpu", "6in4"}


def test_the_report_of_a_mix_tells_what_was_written(small_mix: Path) -> None:
    report = json.loads(small_mix.with_name("mix.pcap.json").read_text(encoding="utf-8"))
    frames = [frame for _, frame in _frames(small_mix)]
    assert report["packets"] == len(frames) == _PACKETS
    assert report["bytes"] == sum(map(len, frames))
    assert report["flows"] == len({_flow(_unwrapped(frame)[1]) for frame in frames})
    assert report["random_payload"] == pytest.approx(
        sum(_content(_unwrapped(frame)[1]) == "random" for frame in frames) / _PACKETS, abs=1e-4
    )


def test_packets_are_in_order_of_time_and_conversations_interleave(small_mix: Path) -> None:
    times, flows = [], []
    for time, frame in _frames(small_mix):
        times.append(time)
        flows.append(_flow(_unwrapped(frame)[1]))
    assert times == sorted(times)
    changes = sum(before != after for before, after in itertools.pairwise(flows))
    assert changes > 0.5 * len(flows)


def _pseudo_header(packet: Any, length: int) -> bytes:
    protocol = packet.p if isinstance(packet, dpkt.ip.IP) else packet.nxt
    return bytes(packet.src + packet.dst + length.to_bytes(4, "big") + bytes((0, 0, 0, protocol)))


def test_checksums_of_replicas_are_right(small_mix: Path) -> None:
    for _, frame in _frames(small_mix):
        _, packet = _unwrapped(frame)
        length = packet.len - 20 if isinstance(packet, dpkt.ip.IP) else packet.plen
        transport = frame[-length:]
        assert dpkt.in_cksum(_pseudo_header(packet, length) + transport) == 0
        if isinstance(packet, dpkt.ip.IP):
            assert dpkt.in_cksum(frame[-length - 20 : -length]) == 0


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(mixer: Mixer, seeds: Path, tmp_path: Path) -> None:
    words = ("mix", "--seeds", str(seeds), "--mix", str(MIX), "--packets", "3000", "--seed")
    first, again, other = (mixer(tmp_path / name, *words, seed) for name, seed in (("a", "5"), ("b", "5"), ("c", "6")))
    assert first.read_bytes() == again.read_bytes() != other.read_bytes()


def _recipe(folder: Path, content: str, name: str) -> Path:
    path = folder / "mix.toml"
    head = "seed = 3\npackets = 500\npackets_per_second = 100\nseed_packets_min = 1\n"
    path.write_text(f'{head}[class.{name}]\nshare = 1.0\ncontent = "{content}"\n[tunnels]\nvlan = 0.5\n', "utf-8")
    return path


@pytest.mark.parametrize(
    ("dialect", "submit", "job"),
    [
        ("stratum-v1", b"mining.submit", b'"method":"mining.notify"'),
        ("equihash-stratum", b"mining.submit", b'"mining.notify"'),
        ("cryptonote", b"submit", b'"blob"'),
        ("ethproxy", b"eth_submitWork", b'"0x00000001'),
    ],
)
def test_expected_findings_are_what_the_dialogues_of_a_mix_say(
    mixer: Mixer, seeds: Path, tmp_path: Path, dialect: str, submit: bytes, job: bytes
) -> None:
    recipe = _recipe(tmp_path, "mining", dialect)
    out = mixer(tmp_path / "mix.pcap", "mix", "--seeds", str(seeds), "--mix", str(recipe))
    streams: dict[tuple[object, ...], dict[bytes, bytes]] = {}
    for _, frame in _frames(out):
        _, packet = _unwrapped(frame)
        sides = streams.setdefault(_flow(packet), {})
        sides[packet.src] = sides.get(packet.src, b"") + bytes(packet.data.data)
    text = b"".join(side for sides in streams.values() for side in sides.values())
    refused = text.count(b"Low difficulty share") + text.count(b"Invalid share")
    submitted = text.count(b'"' + submit + b'"')
    expected = json.loads((tmp_path / "mix.pcap.json").read_text(encoding="utf-8"))["expected"]
    assert expected == {
        dialect: {
            "findings": len(streams),
            "jobs": text.count(job),
            "submitted": submitted,
            "accepted": submitted - refused,
            "rejected": refused,
        }
    }
    assert len(streams) > 5
    assert refused > 0
