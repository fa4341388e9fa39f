# SPDX-License-Identifier: Apache-2.0
"""Independent readers (dpkt, tshark) get back the frames and times that were written."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import dpkt
import pytest

from tests.lab import tshark
from tests.lab.files import Frame, Interface, LinkType, PcapFormat, Section, pcap, pcapng
from tests.lab.seeded import SECOND, US

START = 1_772_438_400 * SECOND
FRAMES = [Frame(START + 123_456 * US + number * SECOND, bytes([number]) * (60 + number)) for number in range(5)]
FORMATS = [PcapFormat(order=order, nanoseconds=nanoseconds) for order in "<>" for nanoseconds in (False, True)]
needs_tshark = pytest.mark.skipif(not tshark.PRESENT, reason="tshark, the independent reader, is not installed")


@pytest.mark.parametrize("form", FORMATS, ids=str)
def test_dpkt_reads_back_every_classic_format(form: PcapFormat) -> None:
    reader = dpkt.pcap.Reader(io.BytesIO(pcap(FRAMES, form)))
    assert reader.datalink() == LinkType.ETHERNET
    read = [(round(float(ts) * 1_000_000), data) for ts, data in reader]
    assert read == [(frame.ts_ns // US, frame.data) for frame in FRAMES]


def test_a_snap_length_cuts_the_bytes_and_keeps_the_length() -> None:
    data = pcap(FRAMES, PcapFormat(snaplen=20))
    assert len(data) == 24 + 5 * (16 + 20)
    assert int.from_bytes(data[24 + 8 : 24 + 12], "little") == 20
    assert int.from_bytes(data[24 + 12 : 24 + 16], "little") == 60


@needs_tshark
@pytest.mark.parametrize("order", ["<", ">"])
def test_tshark_reads_the_time_of_every_clock(order: str, tmp_path: Path) -> None:
    interfaces = [
        Interface(name="default"),
        Interface(name="nano", resolution=9),
        Interface(name="binary", resolution=0x80 | 30),
        Interface(name="offset", offset_seconds=START // SECOND - 5),
        Interface(name="both", resolution=9, offset_seconds=START // SECOND + 5_000),
    ]
    frames = [Frame(frame.ts_ns, frame.data, interface=number) for number, frame in enumerate(FRAMES)]
    # Times before the offset would need negative counts: the last interface starts later.
    frames[4] = Frame(START + 6_000 * SECOND, frames[4].data, interface=4)
    path = tmp_path / "clocks.pcapng"
    path.write_bytes(pcapng([Section(interfaces, frames, order), Section(interfaces, frames, order)]))
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len"]
    rows = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    read = [row.split("\t") for row in rows]
    assert [int(length) for _, length in read] == [len(frame.data) for frame in frames] * 2
    for (text, _), frame in zip(read, frames * 2, strict=True):
        # 2^-30 s is just under a nanosecond.
        assert abs(int(text.replace(".", "")) - frame.ts_ns) <= 1
