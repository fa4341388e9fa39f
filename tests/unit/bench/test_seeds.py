from __future__ import annotations

import tomllib
from pathlib import Path

import dpkt

from bench.captures import MIX
from bench.dialogues import DIALOGUES
from bench.seeds import craft


def test_seeds_are_as_many_as_the_recipe_wants_with_a_capture_for_each_class(tmp_path: Path) -> None:
    recipe = tomllib.loads(MIX.read_text(encoding="utf-8"))
    assert craft(tmp_path, 1) >= recipe["seed_packets_min"]
    assert {path.stem for path in tmp_path.glob("*.pcap")} == set(recipe["class"])


def test_the_same_seed_crafts_the_same_bytes(seeds: Path, tmp_path: Path) -> None:
    craft(tmp_path, 1)
    for path in sorted(seeds.iterdir()):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_every_mining_conversation_is_described(seeds: Path) -> None:
    manifest = tomllib.loads((seeds / "seeds.toml").read_text(encoding="utf-8"))
    assert set(manifest) == set(DIALOGUES)
    for dialect, sessions in manifest.items():
        with (seeds / f"{dialect}.pcap").open("rb") as file:
            opened = sum(
                dpkt.ethernet.Ethernet(frame).data.data.flags == dpkt.tcp.TH_SYN for _, frame in dpkt.pcap.Reader(file)
            )
        assert len(sessions) == opened
        assert all(row["submitted"] == row["accepted"] + row["rejected"] > 0 < row["jobs"] for row in sessions)


def test_connections_of_seeds_are_whole_and_in_sequence(seeds: Path) -> None:
    following: dict[tuple[bytes, int], int] = {}
    with (seeds / "tls.pcap").open("rb") as file:
        for _, frame in dpkt.pcap.Reader(file):
            packet = dpkt.ethernet.Ethernet(frame).data
            tcp, end = packet.data, (packet.src, packet.data.sport)
            begins = bool(tcp.flags & dpkt.tcp.TH_SYN)
            assert begins or tcp.seq == following[end]
            following[end] = tcp.seq + len(tcp.data) + begins + bool(tcp.flags & dpkt.tcp.TH_FIN)
    assert len(following) > 100
