# SPDX-License-Identifier: Apache-2.0
"""An independent reader: what tshark says of a capture file.

Used to check that the lab wrote what it meant; it shares no code with the lab or with the sensor.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

PRESENT = shutil.which("tshark") is not None
FIELDS = (
    "_ws.malformed",
    "ip.checksum.status",
    "tcp.checksum.status",
    "udp.checksum.status",
    "tcp.analysis.flags",
    "ip.addr",
    "ipv6.addr",
    "dns.qry.name",
    "tls.handshake.extensions_server_name",
    "tcp.analysis.lost_segment",
    "tcp.analysis.out_of_order",
    "tcp.analysis.retransmission",
    "tcp.analysis.keep_alive",
    "tcp.analysis.reused_ports",
    "tcp.segment.overlap.conflict",
)
BAD_CHECKSUM = "0"
Ends = tuple[str, str]


@dataclass
class Reading:
    """``values``: how often each field had each value; ``streams``: both sides' bytes by both ends."""

    packets: int = 0
    values: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in FIELDS})
    streams: dict[Ends, list[tuple[bytes, bytes]]] = field(default_factory=dict)

    def seen(self, name: str) -> set[str]:
        """The values a field had."""
        return set(self.values[name])


def read(path: Path, follow: int = 0) -> Reading:
    """Read a capture, and follow its first ``follow`` TCP streams."""
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=|"]
    for protocol in ("ip", "tcp", "udp"):
        command += ["-o", f"{protocol}.check_checksum:TRUE"]
    for name in FIELDS:
        command += ["-e", name]
    for stream in range(follow):
        command += ["-z", f"follow,tcp,raw,{stream}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    table, mark, followed = done.stdout.partition("\n====")
    reading = Reading()
    for row in table.splitlines():
        reading.packets += 1
        for name, cell in zip(FIELDS, row.split("\t"), strict=True):
            reading.values[name].update(value for value in cell.split("|") if value)
    for part in (mark + followed).split("Follow: tcp,raw")[1:]:
        ends, sides = _stream(part)
        reading.streams.setdefault(ends, []).append(sides)
    return reading


def _stream(part: str) -> tuple[Ends, tuple[bytes, bytes]]:
    first, second = re.findall(r"^Node [01]: (.+)$", part, re.MULTILINE)
    sides = (bytearray(), bytearray())
    for row in part.splitlines():
        if re.fullmatch(r"\t?[0-9a-f]+", row):
            sides[row.startswith("\t")].extend(bytes.fromhex(row.strip()))
    return (first, second), (bytes(sides[0]), bytes(sides[1]))
