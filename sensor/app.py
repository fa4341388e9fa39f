"""The composition root: builds signatures, plan, source, pipeline and sinks, and runs them. The only one that does.

Knows no option of the command line and writes no text for people; the clock is read here and nowhere below.
"""

from __future__ import annotations

import contextlib
import datetime
import enum
import gc
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

import msgspec

from enrichment import EnrichmentError, Library, Options
from enrichment.base import Problem
from sensor.config import ConfigError, Settings
from sensor.failure import DeliveryError, PlaceError, WorkerError
from sensor.finding import Finding, Phase, Sighting
from sensor.health import EngineBuild, Health
from sensor.identification import Identification
from sensor.interruption import Interruption
from sensor.keyfile import KeyFileError, read_key
from sensor.limits import GATHER_OUTPUTS_MAX, GATHER_SECONDS_MAX, RECORDS_TOLD_MAX, REFRESH_SECONDS
from sensor.message import Message
from sensor.metering import Counts, Lists, Metering
from sensor.metrics import Meter, MetricsError
from sensor.model import InputFailure, InputReport
from sensor.native import CaptureError, CaptureScan, Plan, PlanError, build_info, build_plan
from sensor.pipeline import Output, Pipeline, PipelineSettings, is_last
from sensor.pseudonym import Pseudonyms
from sensor.scanning import Alone, Scanning
from sensor.sinks.base import Sink, SinkError
from sensor.sources.capture import expand
from sensor.summary import Delivered, Summary, health
from sensor.told import Told
from sensor.wire.dialogue import Dialogue
from sensor.wire.http_dialogue import HttpDialogue
from signatures import PACKAGED, SignatureError, Watched, watched

if TYPE_CHECKING:
    from sensor.delivery import Delivery

B = TypeVar("B", Finding, Sighting)
P = ParamSpec("P")
Progress = Callable[[int, int], None]
"""Told the bytes read and the bytes in all (0: not known) from time to time."""


class UnreadableError(Exception):
    """Nothing at all can be read; ``failures`` says why, one a path."""

    def __init__(self, failures: list[InputFailure]) -> None:
        super().__init__(failures)
        self.failures = failures


EXPECTED: Final = (
    UnreadableError,
    SignatureError,
    PlanError,
    SinkError,
    DeliveryError,
    WorkerError,
    ConfigError,
    EnrichmentError,
    KeyFileError,
)
"""What ``scan`` raises for what the world or the user did: all of it fits one line a cause."""


class Outlet(msgspec.Struct, frozen=True):
    """A sink and what goes to it: every revision or the last state, with sightings and health record or without."""

    sink: Sink
    updates: bool
    sightings: bool
    health: bool = False


class Way(enum.Enum):
    """How far a scan delivers, beside its outlets."""

    NOWHERE = enum.auto()
    SPOOL = enum.auto()
    KAFKA = enum.auto()  # through the spool


class ScanOrder(msgspec.Struct, frozen=True):
    """What to scan; times bound the packets that are read."""

    paths: tuple[str, ...]
    since_ns: int | None = None
    until_ns: int | None = None
    way: Way = Way.NOWHERE
    jobs: int = 1


def signatures_of(settings: Settings) -> Watched:
    """The signatures the settings name. Raises SignatureError, one line of text."""
    return watched(settings.signature_folders(PACKAGED))


def identification_of(settings: Settings) -> Identification:
    """What says whose an address is and what of it may leave. Raises EnrichmentError, KeyFileError and ConfigError."""
    files = settings.enrichment
    if files.customers and not settings.privacy.key_file:
        raise ConfigError(
            "customers are given without a key for the pseudonyms of households; make one with 'minesensor privacy "
            "new-key FILE' and name it with --key-file or as key_file in [privacy]"
        )
    key_file = settings.privacy.key_file
    pseudonyms = Pseudonyms(read_key(Path(key_file))) if key_file else None
    return Identification(settings.own, library_of(settings), pseudonyms, settings.exclusions)


def library_of(settings: Settings) -> Library:
    """The files that say whose an address is. Raises EnrichmentError."""
    files = settings.enrichment
    options = Options(files.utc_offset_minutes)
    if not (files.customers or files.city or files.asn):
        return Library({}, options)
    from enrichment import SOURCES, Asn, Customers, Geo  # noqa: PLC0415

    named = {
        Customers: [Path(path) for path in files.customers],
        Geo: [Path(files.city)] if files.city else [],
        Asn: [Path(files.asn)] if files.asn else [],
    }
    return Library({kind: named[kind] for kind in SOURCES}, options)


def scan(
    order: ScanOrder, settings: Settings, outlets: Sequence[Outlet], progress: Progress, meter: Meter | None = None
) -> Summary:
    """One pass over captures. Raises what stands in EXPECTED."""
    inputs, unusable = expand(order.paths)
    if not inputs:
        raise UnreadableError(unusable)
    order = msgspec.structs.replace(order, paths=tuple(inputs))
    signatures = signatures_of(settings)
    source = _source(order, build_plan(signatures, realms=settings.realm_rows(), caps=settings.caps()), unusable)
    wants_updates = order.way is not Way.NOWHERE or any(one.updates for one in outlets)
    wanted = msgspec.structs.replace(settings.pipeline(), tells_updates=wants_updates)
    alone = Alone(source, Pipeline(wanted, signatures, Dialogue, HttpDialogue))
    with contextlib.ExitStack() as opened:
        scanning: Scanning = alone
        if order.jobs > 1 and _can_be_shared(source.inputs()):
            scanning = opened.enter_context(_shared(order, settings, wanted, signatures, alone))
        elif order.way is not Way.NOWHERE:
            scanning = opened.enter_context(_apart(alone))
        identification = identification_of(settings)
        age_days = signatures.oldest_list_age_days(datetime.datetime.now(tz=datetime.UTC).date())
        build = build_info()
        delivery = opened.enter_context(_delivery(order.way, settings))
        outlets = [*outlets, Outlet(delivery.sink, updates=True, sightings=True, health=True)] if delivery else outlets
        outgoing = delivery.outgoing if delivery else lambda: None
        lists = Lists(len(signatures.entries), age_days)
        metering = Metering(meter, build, lists, len(unusable), outgoing) if meter else None
        run = Run(scanning, outlets, progress, metering=metering, identification=identification)
        # Lists and code stay to the end: the collector need not walk them again and again.
        gc.freeze()
        run.to_end()
        is_blind = not (signatures.anchors or signatures.entries)
        summary = msgspec.structs.replace(run.summary(age_days, unusable), is_blind=is_blind)
        engine = EngineBuild(build["version"], build["profile"], build["target"])
        run.tell_health(health(summary, settings.sensor_id, engine, signatures.oldest_list()))
        delivered = run.finish(delivery) if delivery else None
        run.tell_metrics()
    return msgspec.structs.replace(summary, delivered=delivered, broken=run.broken(), is_interrupted=run.is_interrupted)


def _source(order: ScanOrder, plan: Plan, unusable: list[InputFailure]) -> CaptureScan:
    """All that can be opened of what the order names. Raises UnreadableError where that is nothing."""
    try:
        return CaptureScan(plan, list(order.paths), order.since_ns, order.until_ns, reads_ahead=order.jobs > 1)
    except CaptureError as error:
        path, what, remedy = error.args
        raise UnreadableError([*unusable, InputFailure(path, what, remedy)]) from None


def _shared(
    order: ScanOrder, settings: Settings, wanted: PipelineSettings, signatures: Watched, alone: Alone
) -> contextlib.AbstractContextManager[Scanning]:
    """The scan by as many processes as the order says."""
    from sensor.sharing import shared  # noqa: PLC0415  (only scans of several processes need them)
    from sensor.slices import Assignment  # noqa: PLC0415

    whole = Assignment(settings, wanted, order.paths, order.since_ns, order.until_ns)
    return shared(whole, order.jobs, signatures, alone)


def _can_be_shared(reports: Sequence[InputReport]) -> bool:
    """What is read but once cannot be read by each of several; what is slower to decompress than to scan should not."""
    sizes = {True: 0, False: 0}
    for report in reports:
        if not os.path.isfile(report.path):  # noqa: PTH113  (that of pathlib may raise)
            return False
        with contextlib.suppress(OSError):  # it is gone: who reads it says so
            sizes[report.is_compressed] += os.path.getsize(report.path)  # noqa: PTH202  (as above)
    return sizes[False] >= sizes[True]


def _apart(alone: Alone) -> contextlib.AbstractContextManager[Scanning]:
    """A scan that delivers has much to tell, so that it goes on in a process of its own, where that is possible."""
    from sensor.apart import apart, is_possible  # noqa: PLC0415

    if not is_possible():
        return contextlib.nullcontext(alone)
    gc.freeze()  # as before it runs; and what is not looked at stays shared by the two
    return apart(alone)


def _delivery(way: Way, settings: Settings) -> contextlib.AbstractContextManager[Delivery | None]:
    """Opened after the captures are known to be there, and before the first of them is read."""
    if way is Way.NOWHERE:
        return contextlib.nullcontext()
    from sensor.delivery import Delivery  # noqa: PLC0415  (SQLite and TLS: only scans that deliver need them)

    return Delivery(settings, to_kafka=way is Way.KAFKA)


class Run:
    """One scan into sinks."""

    def __init__(
        self,
        scanning: Scanning,
        outlets: Sequence[Outlet],
        progress: Progress,
        *,
        metering: Metering | None = None,
        identification: Identification | None = None,
    ) -> None:
        self._scanning = scanning
        self._outlets = outlets
        self._wants_updates = any(outlet.updates for outlet in outlets)
        self._wants_sightings = any(outlet.sightings for outlet in outlets)
        self._progress = progress
        self._metering = metering
        # Without files and key there is nobody to name or to hide; what never leaves is still taken out.
        self._identification = identification or Identification((), Library({}, Options()), None)
        self._refreshed = time.monotonic()
        self._records: list[InputFailure] = []
        self._records_count = 0
        self._remember(self._identification.problems())
        self._told = Told()
        self._gathered: deque[Output] = deque()
        self._gathered_since = 0.0
        self._interruption = Interruption()
        scanning.heed(self._interruption.goes_on)
        self.is_interrupted = False
        self._broken: dict[Sink, SinkError] = {}
        self._sated: set[Sink] = set()
        self._unshown: MetricsError | None = None
        self._seconds = 0.0

    def to_end(self) -> None:
        """Reads all. An interruption by the user ends it early, between two steps; what was found so far is told."""
        started = time.perf_counter()
        with self._interruption.heard():
            try:
                self._read_all()
            except KeyboardInterrupt:
                if self._interruption.is_urgent:
                    raise
                self.is_interrupted = True
            self.is_interrupted |= self._interruption.is_asked
            output = self._scanning.finish(is_end=not self.is_interrupted)
            self._deliver_gathered()
            self._deliver(output, is_final=True)
        # Whoever asked after all was read is told all, and waits for nothing more.
        self.is_interrupted |= self._interruption.is_asked
        self._seconds = time.perf_counter() - started

    def _read_all(self) -> None:
        scanning, progress, metering = self._scanning, self._progress, self._metering
        while not self._interruption.is_asked and (output := scanning.step()) is not None:
            if output.findings or output.sightings:
                self._gather(output)
            if self._gathered and time.monotonic() - self._gathered_since >= GATHER_SECONDS_MAX:
                self._deliver_gathered()
            for outlet in self._outlets:
                self._try(outlet, outlet.sink.tick)
            progress(*scanning.progress())
            if metering and metering.is_due():
                self._deliver_gathered()  # a reading counts what was told
                self._show(metering)
            self._refresh()

    def _gather(self, output: Output) -> None:
        """Between two findings the engine has used the processor's caches for other things. Those that are attributed,
        hidden and encoded one after the other take a third of the time. What was found elsewhere is told at once.
        """
        if not self._gathered:
            self._gathered_since = time.monotonic()
        self._gathered.append(output)
        if self._scanning.is_apart or len(self._gathered) >= GATHER_OUTPUTS_MAX:
            self._deliver_gathered()

    def _deliver_gathered(self) -> None:
        while self._gathered:
            self._deliver(self._gathered.popleft(), is_final=False)

    def _deliver(self, output: Output, *, is_final: bool) -> None:
        last = _last_states(output.findings, is_final=is_final)
        findings = self._messages(output.findings if self._wants_updates else last)
        exclusions = self._identification.exclusions
        # What is excluded is counted also where nobody asks for sightings.
        wants_sightings = self._wants_sightings or bool(exclusions)
        sightings = self._messages(output.sightings) if wants_sightings else []
        ends = {id(finding) for finding in last}
        ended = [
            message.body
            for finding, message in findings
            if id(finding) in ends and isinstance(message.body, Finding)  # always: it says so to the types
        ]
        seen = [sighting for sighting, _ in sightings] if wants_sightings else output.sightings
        self._told.take([finding for finding, _ in findings], ended, seen)
        self._told.excluded = exclusions.counts()
        for outlet in self._outlets:
            told = [message for finding, message in findings if outlet.updates or id(finding) in ends]
            told += [message for _, message in sightings] if outlet.sightings else []
            self._write(outlet, told)

    def _write(self, outlet: Outlet, messages: Sequence[Message]) -> None:
        for message in messages:
            self._try(outlet, outlet.sink.write, message)

    def _try(self, outlet: Outlet, do: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """A target that fails is given nothing more, nor one whose reader has enough, and the others go on. Raises
        SinkError or BrokenPipeError where it was the last.
        """
        if outlet.sink in self._broken or outlet.sink in self._sated:
            return
        try:
            do(*args, **kwargs)
        except (SinkError, BrokenPipeError) as error:
            if isinstance(error, SinkError):
                self._broken[outlet.sink] = error
            else:
                self._sated.add(outlet.sink)
            if len(self._broken) + len(self._sated) == len(self._outlets):
                raise next(reversed(self._broken.values()), error) from None

    def _messages(self, bodies: Sequence[B]) -> list[tuple[B, Message]]:
        """What is told of them: what is excluded is left out."""
        made = ((body, self._identification.message(body)) for body in bodies)
        return [(body, message) for body, message in made if message is not None]

    def _refresh(self) -> None:
        """Looks for files that were replaced, at most once a second: that costs a call to the system for each."""
        now = time.monotonic()
        if now - self._refreshed >= REFRESH_SECONDS:
            self._refreshed = now
            self._deliver_gathered()  # by the files that were in force when it was found
            self._remember(self._identification.refresh())

    def _remember(self, problems: Sequence[Problem]) -> None:
        """What could not be taken of the files behind the attribution is told at the end."""
        lost = [InputFailure(problem.where, problem.what, problem.remedy) for problem in problems if problem.is_lost]
        self._records_count += len(lost)
        self._records += lost[: max(0, RECORDS_TOLD_MAX - len(self._records))]

    def _show(self, metering: Metering, *, is_last: bool = False) -> None:
        """A reading. One that cannot be shown is no loss if the next can: each says all that those before said."""
        self._unshown = None
        try:
            counts = Counts(self._scanning, self._told, self._records_count)
            metering.show(counts, is_last=is_last, is_complete=is_last and not self.is_interrupted)
        except MetricsError as error:
            self._unshown = error

    def tell_metrics(self) -> None:
        """The last reading, once all is delivered that can be."""
        if self._metering:
            self._show(self._metering, is_last=True)

    def tell_health(self, record: Health) -> None:
        """The last message of a scan, to the outlets that want it."""
        for outlet in self._outlets:
            if outlet.health:
                message = Message("", record)
                self._write(outlet, [message])

    def finish(self, delivery: Delivery) -> Delivered | None:
        """What became of the messages on the way out; None where that way is broken. Who was interrupted before waits
        for Kafka as others do, until the next time; what was found is told first of all.
        """
        waiting = Interruption()
        try:
            with waiting.heard():
                return delivery.finish(waiting.goes_on)
        except SinkError as error:
            self._broken.setdefault(delivery.sink, error)
            return None
        finally:
            self.is_interrupted |= waiting.is_asked

    def broken(self) -> list[PlaceError]:
        """How targets failed that are given nothing more, and how the metrics if the last reading is not shown."""
        return [*self._broken.values(), *([self._unshown] if self._unshown else [])]

    def summary(self, list_age_days: int, unusable: list[InputFailure]) -> Summary:
        scanning = self._scanning
        counters, own = scanning.counters(), scanning.pipeline_counters()
        drops = {name.removeprefix("drop_"): count for name, count in counters.items() if name.startswith("drop_")}
        drops |= _losses(counters)
        drops |= {name: count for name, count in own.items() if name.endswith(("_evicted", "_no_room", "_refused"))}
        links = {f"link_type_{name}": count for name, count in scanning.unknown_links().items()}
        undecoded = {
            name.removeprefix("undecoded_"): count for name, count in counters.items() if name.startswith("undecoded_")
        }
        undecoded["too_deep"] = counters.get("fate_too_deep", 0)
        # ICMP and the like carry no connection, so nothing of theirs is hidden.
        undecoded |= {
            name.removeprefix("other_"): count
            for name, count in counters.items()
            if name.startswith("other_") and name != "other_control"
        }
        odd = {name: count for name, count in own.items() if name.startswith("messages_")}
        return Summary(
            inputs=scanning.inputs(),
            failures=[*unusable, *scanning.failures()],
            records=self._records,
            records_count=self._records_count,
            packets=counters.get("packets", 0),
            wire_bytes=counters.get("wire_bytes", 0),
            flows_tcp=counters.get("flows_tcp", 0),
            flows_udp=counters.get("flows_udp", 0),
            flows_tcp_one_way=counters.get("flows_tcp_one_way", 0),
            packets_cut=counters.get("packets_cut", 0),
            payload_bytes_cut=counters.get("tcp_payload_bytes_cut", 0),
            undecoded=_present({**undecoded, **links}),
            drops=_present(drops),
            mirrored=_present({kind: counters.get(f"mirrored_{kind}", 0) for kind in ("segments", "syns", "answers")}),
            messages_odd=_present({name.removeprefix("messages_"): count for name, count in odd.items()}),
            list_age_days=list_age_days,
            exclusions=self._identification.exclusions.hidden(),
            findings=sum(self._told.findings.values()),
            sightings=sum(self._told.sightings.values()),
            seconds=self._seconds,
            is_interrupted=self.is_interrupted,
        )


def _last_states(findings: list[Finding], *, is_final: bool) -> list[Finding]:
    if not is_final:
        return [finding for finding in findings if is_last(finding)]
    # Of each finding the last revision, in the order of the last revisions. A withdrawn one has no last state.
    last: dict[str, Finding] = {}
    for finding in findings:
        last.pop(finding.finding_id, None)
        last[finding.finding_id] = finding
    return [finding for finding in last.values() if finding.phase is not Phase.CLOSED or is_last(finding)]


def _losses(counters: dict[str, int]) -> dict[str, int]:
    """Fragments and datagrams that were thrown away. Where a piece brought nothing new, nothing was lost."""
    harmless = ("completed", "overlap_trimmed", "duplicate", "empty")
    return {
        name: count
        for name, count in counters.items()
        if name.startswith("fragments_") and name.removeprefix("fragments_") not in harmless
    }


def _present(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}
