"""What a scan could see and what it lost: the part of the result that says how far to trust the rest."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from sensor.exclusions import Hidden
from sensor.failure import PlaceError
from sensor.finding import SCHEMA_VERSION
from sensor.health import EngineBuild, ExclusionsUsed, FlowsSeen, Health, InputSeen, ListsUsed, Occasion, identified
from sensor.limits import HEALTH_INPUTS_MAX
from sensor.model import InputFailure, InputReport
from sensor.times import rfc3339

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
_NS_PER_DAY: Final = 86_400 * 1_000_000_000


class Delivered(msgspec.Struct, frozen=True):
    """What became of messages: ``waiting`` are in the spool and not known to be in Kafka; ``problem``: why, or "".
    ``dropped``: what had to give way in a spool that was full, by rank.
    """

    sent: int
    rejected: int
    waiting: int
    problem: str = ""
    dropped: dict[str, int] = {}


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of one scan. ``seconds`` is the only one that the clock decides."""

    inputs: list[InputReport]
    failures: list[InputFailure]
    # Rows and files behind the attribution that could not be taken: the first of them, and how many in all.
    records: list[InputFailure] = msgspec.field(default_factory=list)
    records_count: int = 0
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
    # What came twice at once: the mirror shows packets at two ports, or with and without a tag.
    mirrored: dict[str, int] = msgspec.field(default_factory=dict)
    list_age_days: int
    exclusions: list[Hidden] = msgspec.field(default_factory=list)
    findings: int
    sightings: int
    seconds: float
    is_interrupted: bool
    # No protocol and no list is in force: nothing can be found.
    is_blind: bool = False
    delivered: Delivered | None = None
    # Targets that failed on the way: where, what, what to do. The others have everything.
    broken: list[PlaceError] = msgspec.field(default_factory=list)

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
        has_read = self.packets or any(report.outside_window for report in self.inputs)
        return self.is_damaged and not has_read and not self.is_interrupted


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
    if summary.mirrored:
        yield f"twice      {_kinds(summary.mirrored)} (counted once: the mirror shows packets twice)"
    yield f"dropped    {_kinds(summary.drops)}"
    if summary.records_count:
        yield f"records    {summary.records_count:,} not taken: see minesensor enrichment check"
    yield f"lists      oldest {summary.list_age_days} days"
    yield f"found      {_count(summary.findings, 'finding')}, {_count(summary.sightings, 'sighting')}"
    yield from (f"excluded   {_hidden_line(hidden)}" for hidden in summary.exclusions)
    if summary.delivered is not None:
        yield f"delivered  {delivered_line(summary.delivered)}"
        if summary.delivered.dropped:
            yield f"spool full {_kinds(summary.delivered.dropped)} dropped, which receivers are told of"
    yield f"time       {summary.seconds:.3f} s, {rate:.2f} Gbit/s"
    for report in summary.inputs:
        if report.problems:
            yield f"input      {report.path!r}: {_kinds(report.problems)}"
    if summary.is_interrupted:
        yield "interrupted: what was found so far is above"


def health(summary: Summary, sensor_id: str, engine: EngineBuild, oldest_list: datetime.date | None) -> Health:
    """The summary as the record that leaves: without its clock, its names of files and its words."""
    times = [report.first_ns for report in summary.inputs if report.first_ns is not None]
    times += [report.last_ns for report in summary.inputs if report.last_ns is not None]
    one_way = round(summary.flows_tcp_one_way / summary.flows_tcp, 4) if summary.flows_tcp else UNSET
    return identified(
        Health(
            schema_version=SCHEMA_VERSION,
            health_id="",
            sensor_id=sensor_id,
            occasion=Occasion.SCAN_END,
            is_complete=not summary.is_interrupted,
            engine=engine,
            first_seen=rfc3339(min(times)) if times else UNSET,
            last_seen=rfc3339(max(times)) if times else UNSET,
            inputs=tuple(_input_seen(report) for report in summary.inputs[:HEALTH_INPUTS_MAX]),
            inputs_count=len(summary.inputs),
            inputs_failed=len(summary.failures),
            packets=summary.packets,
            bytes=summary.wire_bytes,
            packets_cut=summary.packets_cut,
            payload_bytes_cut=summary.payload_bytes_cut,
            flows=FlowsSeen(summary.flows_tcp, summary.flows_udp, summary.flows_tcp_one_way, one_way),
            undecoded=summary.undecoded,
            drops=summary.drops,
            messages_odd=summary.messages_odd,
            lists=_lists_used(oldest_list, max(times, default=None)),
            exclusions=_exclusions_used(summary.exclusions),
            findings=summary.findings,
            sightings=summary.sightings,
        )
    )


def _exclusions_used(hidden: list[Hidden]) -> ExclusionsUsed | UnsetType:
    if not hidden:
        return UNSET
    return ExclusionsUsed(len(hidden), sum(one.findings for one in hidden), sum(one.sightings for one in hidden))


def _input_seen(report: InputReport) -> InputSeen:
    return InputSeen(
        format=report.format,
        packets=report.packets,
        bytes=report.bytes,
        problems=report.problems,
        first_seen=UNSET if report.first_ns is None else rfc3339(report.first_ns),
        last_seen=UNSET if report.last_ns is None else rfc3339(report.last_ns),
    )


def _lists_used(oldest: datetime.date | None, last_ns: int | None) -> ListsUsed:
    if oldest is None:
        return ListsUsed()
    if last_ns is None:
        return ListsUsed(oldest.isoformat())
    return ListsUsed(oldest.isoformat(), last_ns // _NS_PER_DAY - (oldest - datetime.date(1970, 1, 1)).days)


def _hidden_line(hidden: Hidden) -> str:
    """What an exclusion hid, also where that is nothing: it may be misspelt, or no longer needed."""
    exclusion = hidden.exclusion
    conditions = ", ".join(f"{key} {text}" for key, text in exclusion.conditions().items())
    counts = f"{_count(hidden.findings, 'finding')}, {_count(hidden.sightings, 'sighting')}"
    late = f"; {hidden.expired:,} more met it after that day and were told" if hidden.expired else ""
    return f"{counts} by {conditions} until {exclusion.expires} ({exclusion.owner}: {exclusion.reason}){late}"


def delivered_line(delivered: Delivered) -> str:
    parts = [f"{_count(delivered.sent, 'message')} to Kafka", f"{delivered.waiting:,} wait in the spool"]
    return ", ".join(parts + [f"{delivered.rejected:,} refused for good"] * bool(delivered.rejected))


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
