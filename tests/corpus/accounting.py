# SPDX-License-Identifier: Apache-2.0
"""Packets, TCP payload and flows of a capture as the engine counts them and as Wireshark's dissectors do.

The engine follows every TCP flow here (cap ``follow_all``), forgets none and waits for holes as long as the capture
lasts, because the dissectors do so too. Payload is what was captured of a stream, each byte of a sequence space once; a
UDP flow is a pair of ends, because the dissectors number one pair twice where a call was announced.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from sensor.model import Chunk, FlowOpened
from sensor.native import CaptureError, CaptureScan, Plan, build_plan
from signatures.catalogue import Signatures
from tests.corpus import payload
from tests.corpus.payload import Direction, Said
from tests.corpus.wireshark import Dissected, Intervals, Record, add_interval

# Longer than any capture, the ones with a broken clock included: Wireshark forgets no stream.
_FOREVER_NS: Final = 500 * 365 * 24 * 3600 * 1_000_000_000
_CAPS: Final = {
    "follow_all": 1,
    "tcp_idle_ns_max": _FOREVER_NS,
    "udp_idle_ns_max": _FOREVER_NS,
    "half_open_idle_ns_max": _FOREVER_NS,
    "settled_sessions_max": 65_536,
    "reorder_bytes_max": 16 * 1024 * 1024,
    "reorder_total_bytes_max": 16 * 1024 * 1024 * 1024,
    "reorder_ns_max": _FOREVER_NS,
}
# Tunnels that we decode: their outer UDP is no flow of ours.
_OUTER: Final = frozenset({"capwap.data", "geneve", "gtp", "l2tp", "lisp-data", "mpls", "teredo", "vxlan", "vxlan_gpe"})
_CARRIED: Final = frozenset({"eth", "ip", "ipv6", "ppp"})
# Problems of a file that lose no packet.
_HARMLESS: Final = frozenset({"bad_time", "no_time", "time_ahead", "time_backwards", "unknown_link", "wire_length"})
# Layers that are counted and not decoded; a transport inside them is not ours.
_NOT_READ: Final = frozenset({"ax25", "ayiya", "esp", "fddi", "ipcomp", "isl", "udplite", "usb", "xip"})


class Count(msgspec.Struct, frozen=True):
    """What a capture holds."""

    packets: int
    payload_bytes: int
    tcp_flows: int
    udp_flows: int


class Ours(msgspec.Struct, frozen=True):
    """The engine's count, and every counter that tells of something not decoded."""

    count: Count
    losses: dict[str, int] = {}
    problems: dict[str, int] = {}
    error: str = ""
    said: dict[Direction, Said] = {}


def audit_plan(signatures: Signatures) -> Plan:
    return build_plan(signatures, realms=(), caps=dict(_CAPS))


def ours(plan: Plan, path: Path) -> Ours:
    """One pass of the engine with every flow followed."""
    try:
        scan = CaptureScan(plan, [str(path)], None, None)
    except CaptureError as error:
        return Ours(Count(0, 0, 0, 0), error=str(error.args[1]))
    ends: dict[tuple[int, int], Direction] = {}
    chunks: dict[tuple[int, int], list[bytes]] = {}
    while (batch := scan.read()) is None or batch:
        for observation in batch or ():
            if type(observation) is FlowOpened:
                a, b = (f"{end.ip} {end.port}" for end in (observation.key.a, observation.key.b))
                ends |= {(observation.flow_id, 0): (a, b), (observation.flow_id, 1): (b, a)}
            elif type(observation) is Chunk:
                chunks.setdefault((observation.flow_id, observation.side), []).append(observation.data)
    parts: dict[Direction, list[bytes]] = {}
    for side in sorted(chunks):
        parts.setdefault(ends[side], []).extend(chunks[side])
    said = {direction: payload.said(data) for direction, data in parts.items() if any(data)}
    payload_bytes = sum(one.size for one in said.values())
    counters = scan.counters()
    (report,) = scan.inputs()
    problems = {kind: count for kind, count in report.problems.items() if count}
    count = Count(counters["packets"], payload_bytes, counters["flows_tcp"], counters["flows_udp"])
    return Ours(count, _losses(counters), problems, said=said)


def _losses(counters: dict[str, int]) -> dict[str, int]:
    told = ("undecoded_", "note_", "fragments_", "drop_")
    quiet = {"fragments_completed", "drop_gap_bytes", "drop_look_refused"}
    fates = {"fate_unknown_link", "fate_too_deep", "fate_fragment_dropped", "fate_fragment_held"}
    return {
        name: count
        for name, count in counters.items()
        if count and (name.startswith(told) or name in fates) and name not in quiet
    }


def theirs(dissected: Dissected) -> Count:
    """The dissectors' count of what is innermost."""
    streams: dict[tuple[int, str], Intervals] = {}
    pairs: set[frozenset[str]] = set()
    for record in dissected.records:
        if record.tcp >= 0:
            intervals = streams.setdefault((record.tcp, record.sender), [])
            for start, end in record.intervals:
                add_interval(intervals, start, end)
        elif not _is_outer(record):
            pairs.add(frozenset((record.sender, record.receiver)))
    payload_bytes = sum(end - start for intervals in streams.values() for start, end in intervals)
    return Count(dissected.packets, payload_bytes, len({tcp for tcp, _ in streams}), len(pairs))


def _is_outer(record: Record) -> bool:
    layers = record.path.split(":")
    inside = layers[len(layers) - layers[::-1].index("udp") :]
    return len(inside) > 1 and inside[0] in _OUTER and inside[1] in _CARRIED


def cause(our: Ours, dissected: Dissected) -> str:  # noqa: PLR0911  (a list of causes)
    """Why the two differ, in words of a closed list; "" where nothing known explains it."""
    if dissected.error:
        return "the dissectors cannot read it"
    if our.error:
        return "not a format of ours"
    if our.problems.keys() - _HARMLESS:
        return "damaged file: " + ", ".join(sorted(our.problems))
    layers = {layer for record in dissected.records for layer in record.path.split(":")}
    if not_read := sorted(layers & _NOT_READ):
        return "layers that are not read: " + ", ".join(not_read)
    if "fate_unknown_link" in our.losses:
        return "link types that are not read"
    if our.losses:
        return "counted by the engine: " + ", ".join(sorted(our.losses))
    return ""


def differs(our: Count, their: Count) -> str:
    """The fields in which two counts differ, with both; "" where they do not."""
    pairs = zip(Count.__struct_fields__, msgspec.structs.astuple(our), msgspec.structs.astuple(their), strict=True)
    return "; ".join(f"{name} {mine} (dissectors: {other})" for name, mine, other in pairs if mine != other)


def compared(our: Ours, dissected: Dissected) -> str:
    """In what the two differ: in counts, or where those agree in what was said in some direction; "" in nothing."""
    return differs(our.count, theirs(dissected)) or payload.differs(our.said, dict(dissected.said))


def captures(folder: Path) -> Iterable[Path]:
    """Every file below a folder, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
