"""What is measured: one list of metrics, read from the counters of the engine, the pipeline and the delivery.

Counters live where the work is; a ``Reading`` is their state at one moment, and ``METRICS`` says under which name and
label each of them is known. Label values are words of closed lists of ours and never come from the wire.
docs/metrics.md says what each means and what to do about it. Knows no exposition format: sensor/exposition.py does.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import msgspec

from sensor.failure import PlaceError
from sensor.model import InputReport
from sensor.room import Want
from sensor.told import Told

Values = Mapping[str, float]
"""By the value of the label; a metric without a label has one value under ""."""


class Kind(enum.StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"


class MetricsError(PlaceError):
    """The metrics cannot be shown where they should."""


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """The way out at one moment. ``dropped`` is by reason and since the spool was made; stuck is who gets rid of
    nothing.
    """

    waiting: int
    waiting_bytes: int
    bytes_max: int
    dropped: dict[str, int]
    sent: int = 0
    is_stuck: bool = False


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """All counters at one moment. ``started`` and ``read_at`` are seconds since 1970 by the computer's clock.

    ``outgoing`` is absent where nothing is delivered.
    """

    build: dict[str, str]
    engine: dict[str, int]
    pipeline: dict[str, int]
    told: Told
    outgoing: Outgoing | None
    lost_records: int
    inputs: list[InputReport]
    inputs_failed: int
    read_bytes: int
    size_bytes: int
    rows: int
    list_age_days: int
    started: float
    read_at: float
    is_complete: bool


class Meter(Protocol):
    """Shows readings somewhere. ``is_due`` is asked often and must cost next to nothing."""

    def is_due(self) -> bool: ...
    def show(self, reading: Reading, *, is_last: bool) -> None:
        """Raises MetricsError."""


class Metric(msgspec.Struct, frozen=True):
    """``name`` is complete but for a counter's ``_total``. ``label`` is "" where there is only one value."""

    name: str
    kind: Kind
    help: str
    read: Callable[[Reading], Values]
    label: str = ""


# ---------------------------------------------------------------- how values are read


def _one(read: Callable[[Reading], float]) -> Callable[[Reading], Values]:
    return lambda reading: {"": read(reading)}


def _engine(*names: str, prefix: str = "") -> Callable[[Reading], Values]:
    """The engine's counters of these names, each under its name without the prefix."""
    return lambda reading: {name: reading.engine.get(prefix + name, 0) for name in names}


def _engine_all(prefix: str, *, but: tuple[str, ...] = ()) -> Callable[[Reading], Values]:
    """All counters of one closed list of the engine."""

    def read(reading: Reading) -> Values:
        found = {name.removeprefix(prefix): count for name, count in reading.engine.items() if name.startswith(prefix)}
        return {name: found[name] for name in sorted(found.keys() - but)}

    return read


def _engine_one(name: str) -> Callable[[Reading], Values]:
    return _one(lambda reading: reading.engine.get(name, 0))


def _pipeline(*names: str, prefix: str = "") -> Callable[[Reading], Values]:
    return lambda reading: {name.removeprefix(prefix): reading.pipeline.get(name, 0) for name in names}


def _pipeline_one(name: str) -> Callable[[Reading], Values]:
    return _one(lambda reading: reading.pipeline.get(name, 0))


def _odd_messages(reading: Reading) -> Values:
    prefix = "messages_"
    return {name.removeprefix(prefix): count for name, count in reading.pipeline.items() if name.startswith(prefix)}


def _outgoing(read: Callable[[Outgoing], Values]) -> Callable[[Reading], Values]:
    """Nothing where nothing is delivered."""
    return lambda reading: {} if reading.outgoing is None else read(reading.outgoing)


def _problems(reading: Reading) -> Values:
    counts: dict[str, float] = {}
    for report in reading.inputs:
        for problem, count in report.problems.items():
            counts[problem] = counts.get(problem, 0) + count
    return dict(sorted(counts.items()))


def _packet_time(reading: Reading) -> float:
    return max((report.last_ns or 0 for report in reading.inputs), default=0) / 1e9


_FLOW_STATES: Final = ("held", "young", "watched", "settled", "resting")
_SESSION_STATES: Final = ("young", "one_sided", "two_sided", "resting")
_FRAGMENTS_GOOD: Final = ("completed", "overlap_trimmed")
_SECONDS_PER_DAY: Final = 86_400
_C: Final = Kind.COUNTER
_G: Final = Kind.GAUGE

METRICS: Final[tuple[Metric, ...]] = (
    # ------------------------------------------------------------ packets: what was received and what became of it
    Metric("minesensor_received_packets", _C, "Packets read.", _engine_one("packets")),
    Metric("minesensor_packets", _C, "Packets by what became of them.", _engine_all("fate_"), "fate"),
    Metric(
        "minesensor_undecodable_packets",
        _C,
        "Packets with a header that cannot be read.",
        _engine_all("undecoded_"),
        "reason",
    ),
    Metric(
        "minesensor_other_transport_packets",
        _C,
        "Packets of IP that are neither TCP nor UDP, by what they are.",
        _engine_all("other_"),
        "kind",
    ),
    Metric("minesensor_odd_packets", _C, "Oddities in packets that were decoded.", _engine_all("note_"), "note"),
    Metric("minesensor_mirrored_packets", _C, "Packets that came twice at once.", _engine_all("mirrored_"), "what"),
    Metric("minesensor_received_bytes", _C, "Bytes on the wire of the packets read.", _engine_one("wire_bytes")),
    Metric("minesensor_captured_bytes", _C, "Bytes of them that were captured.", _engine_one("captured_bytes")),
    Metric(
        "minesensor_cut_packets",
        _C,
        "Packets of which less was captured than was on the wire.",
        _engine_one("packets_cut"),
    ),
    Metric("minesensor_tcp_payload_bytes", _C, "Payload of TCP.", _engine_one("tcp_payload_bytes")),
    Metric(
        "minesensor_cut_tcp_payload_bytes",
        _C,
        "Payload of TCP that was on the wire and not captured.",
        _engine_one("tcp_payload_bytes_cut"),
    ),
    Metric(
        "minesensor_followed_payload_bytes",
        _C,
        "Payload of flows that were followed.",
        _engine_one("followed_payload_bytes"),
    ),
    Metric(
        "minesensor_missing_payload_bytes",
        _C,
        "Payload of followed flows that was never seen.",
        _engine("gap_bytes", prefix="drop_"),
        "reason",
    ),
    Metric("minesensor_reassembled_datagrams", _C, "IP datagrams put together.", _engine_one("fragments_completed")),
    Metric(
        "minesensor_trimmed_fragments",
        _C,
        "IPv4 fragments that overlapped others.",
        _engine_one("fragments_overlap_trimmed"),
    ),
    Metric(
        "minesensor_dropped_fragments",
        _C,
        "Fragments and unfinished datagrams thrown away.",
        _engine_all("fragments_", but=_FRAGMENTS_GOOD),
        "reason",
    ),
    # ------------------------------------------------------------ flows
    Metric(
        "minesensor_flows",
        _C,
        "Flows begun.",
        lambda reading: {name: reading.engine.get(f"flows_{name}", 0) for name in ("tcp", "udp")},
        "transport",
    ),
    Metric(
        "minesensor_one_way_tcp_flows",
        _C,
        "TCP flows that ended with one side seen only.",
        _engine_one("flows_tcp_one_way"),
    ),
    Metric("minesensor_open_flows", _G, "Flows known now.", _engine_one("flows_now")),
    Metric(
        "minesensor_followed_flows",
        _G,
        "Flows whose payload is looked at now.",
        lambda reading: {name: reading.engine.get(f"{name}_now", 0) for name in _FLOW_STATES},
        "state",
    ),
    Metric("minesensor_looks", _C, "Flows looked at again for a mining message.", _engine_one("looks")),
    Metric("minesensor_candidates", _C, "Flows in which an anchor matched.", _engine_one("candidates")),
    Metric(
        "minesensor_dropped_flows",
        _C,
        "Flows that gave way to others.",
        _engine("flow_evicted", "held_evicted", "young_evicted", prefix="drop_"),
        "reason",
    ),
    Metric(
        "minesensor_dropped_segments",
        _C,
        "TCP segments that were not believed.",
        _engine("segment_far", "rst_outside", prefix="drop_"),
        "reason",
    ),
    Metric(
        "minesensor_dropped_looks",
        _C,
        "Looks refused because a flow's budget was spent.",
        _engine("look_refused", prefix="drop_"),
        "reason",
    ),
    # ------------------------------------------------------------ names
    Metric("minesensor_dns_answers", _C, "DNS answers read.", _engine_one("dns_answers")),
    Metric("minesensor_client_hellos", _C, "TLS ClientHellos read.", _engine_one("client_hellos")),
    Metric("minesensor_http_requests", _C, "HTTP requests read.", _engine_one("http_requests")),
    Metric("minesensor_proxy_requests", _C, "Requests to proxies read.", _engine_one("proxy_requests")),
    Metric("minesensor_listed_names", _C, "Listed names and endpoints met.", _pipeline_one("names_seen")),
    Metric(
        "minesensor_dropped_hellos",
        _C,
        "ClientHellos in several segments that lost their buffer.",
        _engine("hello_displaced", prefix="drop_"),
        "reason",
    ),
    Metric(
        "minesensor_dropped_dns_streams",
        _C,
        "Connections to DNS servers that lost an unfinished answer.",
        _engine("dns_displaced", prefix="drop_"),
        "reason",
    ),
    Metric(
        "minesensor_dropped_proxy_requests",
        _C,
        "Connections to proxies whose request was forgotten before its tunnel was used.",
        _engine("proxy_displaced", prefix="drop_"),
        "reason",
    ),
    Metric(
        "minesensor_dropped_tls_handshakes",
        _C,
        "TLS connections to listed servers that gave way before their handshake was read.",
        _engine("tls_displaced", prefix="drop_"),
        "reason",
    ),
    Metric(
        "minesensor_dropped_hints",
        _C,
        "Names met that were forgotten before their session was seen.",
        _pipeline("hints_evicted"),
        "reason",
    ),
    # ------------------------------------------------------------ sessions
    Metric("minesensor_opened_sessions", _C, "Conversations looked at.", _pipeline_one("sessions_opened")),
    Metric("minesensor_settled_sessions", _C, "Conversations found to be mining.", _pipeline_one("sessions_settled")),
    Metric(
        "minesensor_refuted_sessions", _C, "Conversations found not to be mining.", _pipeline_one("sessions_refuted")
    ),
    Metric(
        "minesensor_undecided_sessions",
        _C,
        "Conversations that ended before either was clear.",
        _pipeline_one("sessions_undecided"),
    ),
    Metric(
        "minesensor_open_sessions",
        _G,
        "Conversations open now.",
        lambda reading: {name: reading.pipeline.get(f"sessions_{name}_now", 0) for name in _SESSION_STATES},
        "state",
    ),
    Metric(
        "minesensor_dropped_sessions",
        _C,
        "Conversations that gave way to others.",
        _pipeline("sessions_young_evicted", "sessions_settled_evicted", "two_sided_no_room", "one_sided_no_room"),
        "reason",
    ),
    Metric(
        "minesensor_shared_memory_bytes",
        _G,
        "Memory of sessions beyond what each has for itself.",
        _pipeline_one("memory_now"),
    ),
    Metric(
        "minesensor_refused_memory",
        _C,
        "Things that a session did not keep because all shared memory was taken.",
        _pipeline(*(f"memory_{want.value}_refused" for want in Want)),
        "reason",
    ),
    Metric(
        "minesensor_dropped_chunks",
        _C,
        "Payload that came for a conversation already given up.",
        _pipeline("chunks_without_session"),
        "reason",
    ),
    Metric(
        "minesensor_odd_messages", _C, "Messages of mining sessions that were not understood.", _odd_messages, "kind"
    ),
    # ------------------------------------------------------------ what was told
    Metric(
        "minesensor_findings", _C, "Findings whose last state was told.", lambda reading: reading.told.findings, "grade"
    ),
    Metric(
        "minesensor_finding_revisions", _C, "Revisions of findings.", lambda reading: reading.told.revisions, "phase"
    ),
    Metric(
        "minesensor_attributed_findings",
        _C,
        "Findings by how precisely it is known where they are.",
        lambda reading: reading.told.levels,
        "level",
    ),
    Metric(
        "minesensor_ownerless_findings",
        _C,
        "Findings of which no record says whose they are.",
        lambda reading: reading.told.ownerless,
        "reason",
    ),
    Metric("minesensor_withdrawn_findings", _C, "Findings taken back.", _pipeline_one("findings_withdrawn")),
    Metric("minesensor_sightings", _C, "Sightings told.", lambda reading: reading.told.sightings, "what"),
    Metric(
        "minesensor_excluded",
        _C,
        "Findings and sightings that exclusions of the configuration hid.",
        lambda reading: reading.told.excluded,
        "kind",
    ),
    Metric(
        "minesensor_early_sightings",
        _C,
        "Sightings told early because their table was full.",
        _pipeline_one("sightings_evicted"),
    ),
    Metric(
        "minesensor_covered_sightings",
        _C,
        "Sightings not told because a finding says more.",
        _pipeline_one("sightings_covered"),
    ),
    Metric(
        "minesensor_dropped_covers",
        _C,
        "Pairs of miner and pool with a finding that were forgotten.",
        _pipeline("covered_evicted"),
        "reason",
    ),
    # ------------------------------------------------------------ the way out
    Metric(
        "minesensor_spool_messages",
        _G,
        "Messages that wait for Kafka.",
        _outgoing(lambda outgoing: {"": outgoing.waiting}),
    ),
    Metric(
        "minesensor_spool_bytes",
        _G,
        "Bytes of them in the spool.",
        _outgoing(lambda outgoing: {"": outgoing.waiting_bytes}),
    ),
    Metric(
        "minesensor_spool_limit_bytes",
        _G,
        "Bytes that the spool may hold.",
        _outgoing(lambda outgoing: {"": outgoing.bytes_max}),
    ),
    Metric(
        "minesensor_sent_messages",
        _C,
        "Messages that Kafka has acknowledged.",
        _outgoing(lambda outgoing: {"": outgoing.sent}),
    ),
    Metric(
        "minesensor_dropped_messages",
        _C,
        "Messages dropped on their way since the spool was made.",
        _outgoing(lambda outgoing: outgoing.dropped),
        "reason",
    ),
    Metric(
        "minesensor_delivery_stuck",
        _G,
        "1 while Kafka takes nothing.",
        _outgoing(lambda outgoing: {"": int(outgoing.is_stuck)}),
    ),
    # ------------------------------------------------------------ inputs, lists, the run itself
    Metric(
        "minesensor_inputs",
        _G,
        "Inputs by whether anything can be read in them.",
        lambda reading: {"readable": len(reading.inputs), "failed": reading.inputs_failed},
        "state",
    ),
    Metric("minesensor_input_problems", _C, "What was wrong in inputs that were read.", _problems, "problem"),
    Metric(
        "minesensor_packets_outside_window",
        _C,
        "Packets outside --since and --until.",
        _one(lambda reading: sum(report.outside_window for report in reading.inputs)),
    ),
    Metric(
        "minesensor_input_read_bytes", _G, "Bytes of the inputs read so far.", _one(lambda reading: reading.read_bytes)
    ),
    Metric(
        "minesensor_input_size_bytes",
        _G,
        "Bytes of the inputs in all; 0 where it cannot be known.",
        _one(lambda reading: reading.size_bytes),
    ),
    Metric("minesensor_packet_time_seconds", _G, "Time of the last packet.", _one(_packet_time)),
    Metric(
        "minesensor_lost_records",
        _C,
        "Lines and files behind the attribution that could not be taken.",
        _one(lambda reading: reading.lost_records),
    ),
    Metric("minesensor_list_rows", _G, "Rows of the pool lists in use.", _one(lambda reading: reading.rows)),
    Metric(
        "minesensor_list_age_seconds",
        _G,
        "Age of the oldest pool list in use.",
        _one(lambda reading: reading.list_age_days * _SECONDS_PER_DAY),
    ),
    Metric("minesensor_start_time_seconds", _G, "When the run began.", _one(lambda reading: reading.started)),
    Metric(
        "minesensor_reading_time_seconds", _G, "When these values were read.", _one(lambda reading: reading.read_at)
    ),
    Metric(
        "minesensor_run_complete",
        _G,
        "1 when everything was read, 0 before that and after an interruption.",
        _one(lambda reading: int(reading.is_complete)),
    ),
)
