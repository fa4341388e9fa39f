# SPDX-License-Identifier: Apache-2.0
"""Whether the bytes that an exception quotes stand in the capture, on a connection between the ends it names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sensor.model import Chunk, Endpoint, FlowOpened
from sensor.native import CaptureScan, Plan
from tests.corpus.truth import TrueFile

# Stands in a quote for text that was left out.
LEFT_OUT: Final = "…"
# A miner's address and a pool's endpoint: connections from whatever port.
Ends = tuple[str, Endpoint]
Payloads = dict[Ends, list[bytes]]


def ends_of(stream: str, true: TrueFile) -> Ends:
    """The ends of a stream as a mismatch names it: by the truth's number, or "MINER > POOL:PORT attempted"."""
    if stream.isdigit():
        one = next(one for one in true.streams if one.stream == int(stream))
        return one.miner.ip, one.pool
    miner, _, pool, _ = stream.split()
    ip, _, port = pool.rpartition(":")
    return miner, Endpoint(ip, int(port))


def payloads(plan: Plan, path: Path) -> Payloads:
    """The payload of each side of each connection, under the ends of either reading of who connects to whom."""
    scan = CaptureScan(plan, [str(path)], None, None)
    sides: dict[tuple[int, int], bytearray] = {}
    ends: dict[int, FlowOpened] = {}
    while (batch := scan.read()) is None or batch:
        for observation in batch or ():
            if type(observation) is FlowOpened:
                ends[observation.flow_id] = observation
            elif type(observation) is Chunk:
                sides.setdefault((observation.flow_id, observation.side), bytearray()).extend(observation.data)
    found: Payloads = {}
    for (flow_id, _), data in sides.items():
        key = ends[flow_id].key
        for one, other in ((key.a, key.b), (key.b, key.a)):
            found.setdefault((one.ip, other), []).append(bytes(data))
    return found


def stands_in(quote: str, sides: Iterable[bytes]) -> bool:
    """Whether one line of one side holds the quote, with anything where it leaves something out."""
    parts = [part.encode() for part in quote.split(LEFT_OUT)]
    return any(_holds(line, parts) for side in sides for line in side.split(b"\n"))


def _holds(line: bytes, parts: list[bytes]) -> bool:
    position = 0
    for part in parts:
        position = line.find(part, position)
        if position < 0:
            return False
        position += len(part)
    return True
