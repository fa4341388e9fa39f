"""The seam: the one importer of the compiled engine. Tuples become Structs here, and nothing else happens here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from sensor._native import CaptureError, Plan, PlanError, Scan, build_info
from sensor.limits import BATCH_OBSERVATIONS_MAX
from sensor.model import (
    SIDES,
    Chunk,
    CloseCause,
    Endpoint,
    FlowClosed,
    FlowKey,
    FlowOpened,
    InputFailure,
    InputReport,
    NameKind,
    NameSeen,
    Observation,
    PathSeen,
    Proxied,
    Steering,
    TlsSeen,
)
from signatures import Carrier, Watched

__all__ = ["CaptureError", "CaptureScan", "Plan", "PlanError", "build_info", "build_plan", "observations"]

_CAUSES: Final = {cause.value: cause for cause in CloseCause}
_KINDS: Final = {kind.value: kind for kind in NameKind}


def build_plan(signatures: Watched, *, realms: Sequence[tuple[int, int, int, int, int]], caps: dict[str, int]) -> Plan:
    """Compiles anchors, lists, realms and caps. Raises PlanError, one line of text."""
    return Plan(
        generation=1,
        anchors=_anchors(signatures, Carrier.LINES),
        http_anchors=_anchors(signatures, Carrier.HTTP),
        names=list(signatures.names),
        addresses=list(signatures.addresses),
        realms=list(realms),
        caps=caps,
    )


def _anchors(signatures: Watched, carrier: Carrier) -> list[tuple[bytes, int]]:
    return [(anchor.pattern, anchor.depth) for anchor in signatures.anchors if anchor.carrier is carrier]


Cause = tuple[int, int]
"""A turn and a flow: observations of one turn and different flows are in the order of the flows."""


class CaptureScan:
    """One pass over captures, merged by packet time, for all flows or those of one ``part`` of how many. Raises
    CaptureError where nothing at all can be opened. ``reads_ahead``: compressed files are decompressed by threads of
    their own.
    """

    def __init__(
        self,
        plan: Plan,
        inputs: Sequence[str],
        since_ns: int | None,
        until_ns: int | None,
        *,
        part: tuple[int, int] = (0, 1),
        reads_ahead: bool = False,
    ) -> None:
        self._scan = Scan(
            plan=plan, inputs=list(inputs), since_ns=since_ns, until_ns=until_ns, part=part, reads_ahead=reads_ahead
        )

    def heed(self, goes_on: Callable[[], bool]) -> None:
        """From now on ``read`` raises KeyboardInterrupt where this says no: what was read before is given before."""
        self._scan.heed(goes_on)

    def read(self, observations_max: int = BATCH_OBSERVATIONS_MAX) -> list[Observation] | None:
        """The next observations; None: nothing yet, ask again; [] at the end of the input."""
        batch = self._scan.next_batch(observations_max)
        if batch is None:
            return None
        rows: list[Any] = batch
        return observations(rows)

    def read_turns(self) -> tuple[int, list[tuple[Cause, Observation]]]:
        """The turn up to which all was told, and the next observations with what orders them among all slices."""
        turn, told = self._scan.next_slice(BATCH_OBSERVATIONS_MAX)
        rows: list[tuple[int, Any]] = told
        causes = ((cause, row[1]) for cause, row in rows)
        return turn, list(zip(causes, observations([row for _, row in rows]), strict=True))

    def steer(self, steering: Sequence[Steering]) -> None:
        """Tells what is still wanted of flows; it holds from the next packet on."""
        self._scan.steer([(wish.flow_id, wish.need.value) for wish in steering])

    def counters(self) -> dict[str, int]:
        return self._scan.counters()

    def unknown_links(self) -> dict[str, int]:
        """Packets by name of a link type that is not decoded, or by its number where it has none."""
        return dict(self._scan.unknown_links())

    def progress(self) -> tuple[int, int]:
        """Bytes read and bytes in all; the second is 0 when it cannot be known."""
        return self._scan.progress()

    def inputs(self) -> list[InputReport]:
        return [msgspec.convert(report, InputReport) for report in self._scan.inputs()]

    def failures(self) -> list[InputFailure]:
        return [InputFailure(*failure) for failure in self._scan.failures()]


def observations(rows: Sequence[Any]) -> list[Observation]:
    made: list[Observation] = []
    for row in rows:
        if row[0] == _CHUNK:
            # Nearly all of them: spared a call.
            _, flow_id, side, ts_ns, gap, data = row
            made.append(Chunk(flow_id, SIDES[side], ts_ns, gap, data))
        else:
            made.append(_BY_TAG[row[0]](row))
    return made


def _opened(row: Any) -> FlowOpened:
    _, flow_id, ts_ns, first_ns, realm, transport, ip_a, port_a, ip_b, port_b, *rest = row
    midstream, over_http, anchor, tunnel_a, tunnel_b = rest
    key = FlowKey(realm, transport, Endpoint(ip_a, port_a), Endpoint(ip_b, port_b))
    return FlowOpened(flow_id, ts_ns, first_ns, key, midstream, anchor, tunnel_a, tunnel_b, over_http)


def _closed(row: Any) -> FlowClosed:
    _, flow_id, ts_ns, cause = row
    return FlowClosed(flow_id, ts_ns, _CAUSES[cause])


def _name(row: Any) -> NameSeen:
    _, flow_id, ts_ns, realm, transport, kind, client_ip, client_port, server_ip, server_port, *rest = row
    name, entry, age_ns, addresses, via, port = rest
    client, server = Endpoint(client_ip, client_port), Endpoint(server_ip, server_port)
    return NameSeen(
        flow_id, ts_ns, realm, transport, _KINDS[kind], client, server, name, entry, age_ns, addresses, via, port
    )


def _path(row: Any) -> PathSeen:
    _, flow_id, side, tunnel = row
    return PathSeen(flow_id, SIDES[side], tunnel)


def _proxied(row: Any) -> Proxied:
    _, flow_id, ts_ns, via, host, port = row
    return Proxied(flow_id, ts_ns, via, host, port)


def _tls(row: Any) -> TlsSeen:
    _, ts_ns, realm, kind, client_ip, client_port, server_ip, server_port, name, ja4, certificate_names = row
    client, server = Endpoint(client_ip, client_port), Endpoint(server_ip, server_port)
    return TlsSeen(ts_ns, realm, _KINDS[kind], client, server, name, ja4, certificate_names)


# The engine's tags start at 1; no function makes chunks.
_CHUNK: Final = 2
_BY_TAG: Final[tuple[Callable[[Any], Observation], ...]] = (
    lambda row: row[len(row)],
    _opened,
    lambda row: row[len(row)],
    _closed,
    _name,
    _path,
    _proxied,
    _tls,
)
