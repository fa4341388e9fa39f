"""What a scan could see and what it lost: the part of the result that says how far to trust the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from sensor.model import InputFailure, InputReport

_COPY: Final = "what could be read was read: copy it again from where it was written"
# What makes an input damaged, in words, with what to do; the other problems are odd, but nothing was lost by them.
DAMAGE: Final = {
    "truncated_tail": ("the end is missing", _COPY),
    "bad_length": ("a record's length cannot be", _COPY),
    "lost_sync": ("no record makes sense from a place on", _COPY),
    "bad_block": ("a block contradicts itself", _COPY),
    "unknown_interface": ("packets of an interface that is not described", _COPY),
    "too_many_interfaces": ("more interfaces than are read", "split it by interface"),
    "section_version": ("a section of a version that is not read", "convert it to pcapng 1.0 with editcap"),
    "bad_compression": ("the compressed data is damaged", _COPY),
    "read_failed": ("reading failed", "check the disk that it is on, and that it is still there"),
}
_KB: Final = 1000


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of one scan. ``seconds`` is the only one that the clock decides."""

    inputs: list[InputReport]
    failures: list[InputFailure]
    packets: int
    wire_bytes: int
    flows_tcp: int
    flows_udp: int
    flows_tcp_one_way: int
    packets_cut: int
    payload_bytes_cut: int
    undecoded: dict[str, int]
    drops: dict[str, int]
    messages_odd: dict[str, int]
    list_age_days: int
    findings: int
    sightings: int
    seconds: float
    is_interrupted: bool

    @property
    def is_damaged(self) -> bool:
        return bool(self.failures or self.damages())

    def damages(self) -> list[InputFailure]:
        """Each input that is damaged, in words of its first kind; an interruption ends an input where it stands."""
        return [
            InputFailure(report.path, f"{DAMAGE[kind][0]} ({kind} {report.problems[kind]:,})", DAMAGE[kind][1])
            for report in self.inputs
            for kind in [name for name in DAMAGE if name in report.problems][:1]
            if not self.is_interrupted
        ]

    @property
    def is_unreadable(self) -> bool:
        return self.is_damaged and not self.packets and not self.is_interrupted


def lines(summary: Summary) -> Iterator[str]:
    """The summary in words, one fact a line; what is zero and would be bad is not listed."""
    one_way = _share(summary.flows_tcp_one_way, summary.flows_tcp)
    rate = summary.wire_bytes * 8 / summary.seconds / 1e9 if summary.seconds > 0 else 0.0
    yield f"packets    {summary.packets:,} in {_bytes(summary.wire_bytes)}"
    yield f"flows      {summary.flows_tcp:,} TCP ({one_way} one-way), {summary.flows_udp:,} UDP"
    if summary.packets_cut:
        cut, missing = _count(summary.packets_cut, "packet"), _bytes(summary.payload_bytes_cut)
        yield f"cut short  {cut} by {missing} of TCP payload: capture whole packets (tcpdump -s 0)"
    yield f"undecoded  {_kinds(summary.undecoded)}"
    if summary.messages_odd:
        yield f"odd        {_kinds(summary.messages_odd)} (messages of mining sessions)"
    yield f"dropped    {_kinds(summary.drops)}"
    yield f"lists      oldest {summary.list_age_days} days"
    yield f"found      {_count(summary.findings, 'finding')}, {_count(summary.sightings, 'sighting')}"
    yield f"time       {summary.seconds:.2f} s, {rate:.2f} Gbit/s"
    for report in summary.inputs:
        if report.problems:
            yield f"input      {report.path!a}: {_kinds(report.problems)}"
    if summary.is_interrupted:
        yield "interrupted: what was found so far is above"


def _kinds(counts: dict[str, int]) -> str:
    shown = [f"{name} {count:,}" for name, count in sorted(counts.items()) if count]
    return ", ".join(shown) if shown else "nothing"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "none"


def _bytes(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < _KB:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= _KB
    return f"{size:.1f} TB"
