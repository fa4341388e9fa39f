# SPDX-License-Identifier: Apache-2.0
"""Messages as connections of one capture, and what the sensor says of them in a line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import UNSET

from sensor.finding import Finding, Sighting
from sensor.model import Endpoint
from tests.e2e.sensing import Seen, sense
from tests.lab import tcp
from tests.lab.dialogue import Ending, Saying, Speaker, Talk
from tests.lab.files import pcap
from tests.lab.layers import FAMILIES
from tests.lab.scene import wire_of
from tests.lab.seeded import SECOND
from tests.unit.wire.talk import C, Message

MINER = "192.0.2.10"
POOL = Endpoint("203.0.113.5", 3333)
FIRST_PORT = 20_000
BEGIN_NS = 1_700_000_000 * SECOND

Messages = Sequence[Message]


def talk(messages: Messages, port: int, pool: Endpoint = POOL) -> Talk:
    made = Talk(Endpoint(MINER, port), pool, Ending.FIN)
    for index, (side, data) in enumerate(messages):
        speaker = Speaker.CLIENT if side is C else Speaker.SERVER
        made.say(Saying(BEGIN_NS + (index + 1) * SECOND, speaker, data))
    return made


def played(talks: Sequence[Talk], path: Path) -> Seen:
    segments = [segment for one in talks for segment in tcp.segments(one, wire_of(one))]
    segments.sort(key=lambda segment: segment.ts_ns)
    path.write_bytes(pcap(FAMILIES["ethernet"].frames(tcp.packets(segments))))
    return sense(path)


def told(finding: Finding) -> str:
    """Dialect, stage, grade, jobs, and shares submitted, accepted and rejected; - where that side was not seen."""
    shares = finding.shares
    counts = (finding.jobs, shares.submitted, shares.accepted, shares.rejected)
    jobs, *rest = ("-" if count is UNSET else str(count) for count in counts)
    return f"{finding.protocol.dialect} {finding.stage} {finding.grade} {jobs} jobs, {'/'.join(rest)}"


def sighted(sightings: Sequence[Sighting]) -> list[str]:
    return [f"{sighting.protocol.dialect} {sighting.what} x{sighting.count}" for sighting in sightings]
