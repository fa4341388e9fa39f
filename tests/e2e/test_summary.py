# SPDX-License-Identifier: Apache-2.0
"""What a scan says of its own sight: each thing that hides mining is said in the summary, by the whole program."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.e2e.commandline import ROOT, run
from tests.lab import tcp
from tests.lab.background import Visit, web_page
from tests.lab.cast import POOL, START_NS, miner
from tests.lab.files import Frame, PcapFormat, pcap
from tests.lab.layers import ethernet
from tests.lab.scene import Scene


def summary(*paths: Path) -> dict[str, str]:
    """The lines of a scan's summary by their first word."""
    result = run("scan", "--json", *paths)
    assert result.returncode == 0
    return dict(re.findall(r"^(\w+(?: \w+)?)  +(.+)$", result.stderr.decode("ascii"), re.MULTILINE))


def test_a_short_snap_length_is_said_with_what_it_hides(tmp_path: Path) -> None:
    said = summary(ROOT / "pcaps" / "snap-length.pcap")
    assert re.fullmatch(r"\d+ packets by [\d.]+ k?B of TCP payload.*-s 0.*", said["cut short"])
    scene = Scene()
    scene.talk(web_page(Visit(miner(0), POOL, START_NS, 1), "shop.example"))
    (tmp_path / "cut.pcap").write_bytes(pcap(scene.frames(), PcapFormat(snaplen=68)))
    assert "cut short" in summary(tmp_path / "cut.pcap"), "also where nothing is found"


def test_an_encrypted_tunnel_is_said_to_hide_what_is_in_it(tmp_path: Path) -> None:
    talk = web_page(Visit(miner(0), POOL, START_NS, 1), "shop.example")
    frames = []
    for packet in tcp.packets(tcp.segments(talk)):
        for protocol in (1, 50):
            data = packet.data[:9] + bytes([protocol]) + packet.data[10:]
            frames.append(Frame(packet.ts_ns, ethernet(data)))
    (tmp_path / "esp.pcap").write_bytes(pcap(frames))
    assert summary(tmp_path / "esp.pcap")["undecoded"] == f"esp {len(frames) // 2}"


def test_whole_packets_need_no_word() -> None:
    assert "cut short" not in summary(ROOT / "pcaps" / "near-misses.pcap")


def test_an_input_without_packets_has_no_time_and_takes_none_from_the_record_of_health(tmp_path: Path) -> None:
    demo, empty = ROOT / "pcaps" / "demo.pcap", tmp_path / "empty.pcap"
    empty.write_bytes(demo.read_bytes()[:24])  # as a capture program leaves it that changed files in a quiet hour
    record = json.loads(run("scan", "--json", "--health", demo, empty).stdout.splitlines()[-1])
    assert record["first_seen"] == record["inputs"][0]["first_seen"] == "2026-03-02T08:00:01.986000000Z"
    assert "first_seen" not in record["inputs"][1]
    alone = json.loads(run("scan", "--json", "--health", "--since", "2030-01-01", demo).stdout)
    assert "first_seen" not in alone
    assert "last_seen" not in alone


def test_what_was_read_and_left_out_by_its_time_was_read(tmp_path: Path) -> None:
    result = run("scan", "--since", "2030-01-01", ROOT / "pcaps" / "demo.pcap", tmp_path / "none.pcap")
    assert result.returncode == 1
