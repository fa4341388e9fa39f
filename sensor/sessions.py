"""The sessions of one engine: observations in; statements and steering out. All that crosses sessions here is the room
that they share; the rest is the teller's (sensor/telling.py). No I/O, no thread, no clock.

The capture alone decides the output: nothing here depends on where a batch ends.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from sensor.crowd import Peaks
from sensor.detect.dialogue import Dialogue
from sensor.detect.labels import Hint
from sensor.detect.listing import REASON_OF, Catalogue, Listing
from sensor.detect.report import Moment
from sensor.detect.seats import Seats
from sensor.detect.session import Session
from sensor.detect.sightings import attempt_row
from sensor.detect.statement import Attempted, Statement
from sensor.detect.witness import NO_PAST, Past
from sensor.event import MalformedCode, UnknownCode
from sensor.finding import Grade, Param, Phase, ReasonCode
from sensor.limits import (
    HINTS_MAX,
    HINTS_PER_FLOW_MAX,
    ONE_SIDED_SESSIONS_MAX,
    QUOTATIONS_MAX,
    RESTING_SESSIONS_MAX,
    ROOM_BYTES_MAX,
    SETTLED_SESSIONS_MAX,
    SIGHTINGS_MAX,
    STRANGERS_MAX,
    WITHDRAWN_MAX,
    YOUNG_SESSIONS_MAX,
)
from sensor.model import (
    Chunk,
    CloseCause,
    Endpoint,
    FlowClosed,
    FlowKey,
    FlowOpened,
    NameKind,
    NameSeen,
    Need,
    Observation,
    PathSeen,
    Proxied,
    Steering,
    TlsSeen,
)
from sensor.revising import Reviser
from sensor.room import Purse, Room
from sensor.times import next_boundary


class PipelineSettings(msgspec.Struct, frozen=True):
    """What the pipeline is told."""

    sensor_id: str = "scan"
    young_sessions_max: int = YOUNG_SESSIONS_MAX
    settled_sessions_max: int = SETTLED_SESSIONS_MAX
    one_sided_sessions_max: int = ONE_SIDED_SESSIONS_MAX
    resting_sessions_max: int = RESTING_SESSIONS_MAX
    sightings_max: int = SIGHTINGS_MAX
    room_bytes_max: int = ROOM_BYTES_MAX
    tells_updates: bool = True  # each revision, not only the last

    def peaks_max(self) -> Peaks:
        """The bounds that are for all sessions together."""
        return Peaks(
            young=self.young_sessions_max,
            one_sided=self.one_sided_sessions_max,
            two_sided=self.settled_sessions_max,
            hints=HINTS_MAX,
            withdrawn=WITHDRAWN_MAX,
            quotations=QUOTATIONS_MAX,
            strangers=STRANGERS_MAX,
            room_bytes=self.room_bytes_max,
        )


_END_OF_INPUT: Final = CloseCause.END
# Beyond doubt: never refuted. Looking a member up in its enum costs more than the test.
_GRADE_A: Final = Grade.A
# Hints that tell which name or list row stands behind the address of this very flow.
_FLOW_HINTS: Final = frozenset(NameKind) - {NameKind.DNS}


class Sessions:
    """All sessions of one engine, each kind bounded for itself: those that are not settled, those of which one side is
    seen, and those of which both are.
    """

    def __init__(
        self,
        settings: PipelineSettings,
        signatures: Catalogue,
        dialogue: Callable[[Purse], Dialogue],
        state: Callable[[Statement], None],
        http_dialogue: Callable[[Purse], Dialogue] | None = None,
    ) -> None:
        self._settings = settings
        self._room = Room(settings.room_bytes_max)
        self._dialogues = (dialogue, http_dialogue or dialogue)
        self._listing = Listing(signatures)
        self._reviser = Reviser(settings.sensor_id, signatures.equipment, tells_updates=settings.tells_updates)
        self._state = state  # takes what is stated, at once
        self._young: OrderedDict[int, Session] = OrderedDict()
        resting_max = max(1, settings.resting_sessions_max // 2)
        self._two_sided = Seats(settings.settled_sessions_max, resting_max)
        self._one_sided = Seats(settings.one_sided_sessions_max, resting_max)
        self._followed = self._two_sided.followed  # nearly every message is of one of these
        self._hints: OrderedDict[int, list[NameSeen]] = OrderedDict()
        # By ends and time of the first packet, for the engine gives a flow that it looks at again another number: the
        # last revision of findings that were withdrawn, and where one side spoke for both ends, whether the other did
        # too: then the next lines begin no session, else one under suspicion.
        self._withdrawn: OrderedDict[tuple[FlowKey, int], int] = OrderedDict()
        self._quotations: OrderedDict[tuple[FlowKey, int], Past] = OrderedDict()
        self._strangers: OrderedDict[tuple[FlowKey, int], Past] = OrderedDict()
        self._steering: list[Steering] = []
        self._peaks = Peaks()
        self._handlers: dict[type, Callable[[Any], None]] = {
            FlowOpened: self._opened,
            FlowClosed: self._closed,
            NameSeen: self._name,
            PathSeen: self._path,
            Proxied: self._proxied,
            TlsSeen: state,
        }
        self._counts: dict[str, int] = dict.fromkeys(_COUNTERS, 0)

    def feed(self, observations: Iterable[Observation]) -> list[Steering]:
        """Takes observations in the order of the engine. Steering is to be applied before the next batch is read."""
        handlers, chunk = self._handlers, self._chunk
        for observation in observations:
            if type(observation) is Chunk:
                chunk(observation)
            else:
                handlers[type(observation)](observation)
        steering, self._steering = self._steering, []
        return steering

    def state_to(self, state: Callable[[Statement], None]) -> None:
        """From now on ``state`` takes what is stated."""
        self._state = self._handlers[TlsSeen] = state

    def finish(self, ts_ns: int, *, is_end: bool = True) -> None:
        """The input is over at ``ts_ns``, or given up (``is_end`` False): all that is open is told as it stands."""
        kinds = [seats for kind in (self._two_sided, self._one_sided) for seats in (kind.followed, kind.resting)]
        for sessions in (*kinds, self._young):
            while sessions:
                _, session = sessions.popitem(last=False)
                self._end(session, ts_ns, _END_OF_INPUT if is_end else None)

    def peaks(self) -> Peaks:
        """The most there were at once so far."""
        return msgspec.structs.replace(self._peaks, room_bytes=self._room.peak_bytes)

    def counters(self) -> dict[str, int]:
        """What was seen and what was dropped, by kind; the names are a closed list."""
        counts = dict(self._counts)
        for want, count in self._room.refused_counts.items():
            counts[f"memory_{want.value}_refused"] = count
        counts["memory_now"] = self._room.used_bytes
        counts["sessions_young_now"] = len(self._young)
        counts["sessions_one_sided_now"] = len(self._one_sided.followed)
        counts["sessions_two_sided_now"] = len(self._two_sided.followed)
        counts["sessions_resting_now"] = len(self._one_sided.resting) + len(self._two_sided.resting)
        return counts

    # ------------------------------------------------------------ one method an observation

    def _chunk(self, chunk: Chunk) -> None:
        flow_id, ts_ns = chunk.flow_id, chunk.ts_ns
        session = self._followed.get(flow_id)
        if session is None:
            self._chunk_apart(chunk)
            return
        self._followed.move_to_end(flow_id)
        # Most messages come this way, and change nothing but counts.
        if ts_ns >= session.update_ns:
            self._tell_boundary(session, ts_ns)
        session.receive(chunk)
        if session.is_changed:
            self._tell_change(session, ts_ns)
            self._follow(flow_id, session)
        if session.grade is not _GRADE_A and session.is_refuted:
            self._refute(flow_id, session, ts_ns)

    def _chunk_apart(self, chunk: Chunk) -> None:
        """Of a session that is young, one-sided or resting."""
        flow_id, ts_ns = chunk.flow_id, chunk.ts_ns
        kind = self._young if flow_id in self._young else self._one_sided.followed
        session = kind.get(flow_id)
        if session is None:
            self._chunk_unread(chunk)
            return
        kind.move_to_end(flow_id)
        if ts_ns >= session.update_ns:
            self._tell_boundary(session, ts_ns)
        session.receive(chunk)
        if session.is_refuted:
            self._refute(flow_id, session, ts_ns)
            return
        if session.is_changed:
            self._tell_change(session, ts_ns)
        if kind is not self._young:
            self._move_up(flow_id, session, ts_ns)
        elif session.is_settled:
            self._settle(flow_id, session, ts_ns)

    def _chunk_unread(self, chunk: Chunk) -> None:
        session = self._two_sided.resting.get(chunk.flow_id) or self._one_sided.resting.get(chunk.flow_id)
        if session is not None:
            session.miss(chunk)
            return
        # The rest of a batch after a flow was given up.
        self._counts["chunks_without_session"] += 1

    def _opened(self, opened: FlowOpened) -> None:
        flow_id = opened.flow_id
        began = opened.key, opened.first_ns
        past = self._quotations.get(began) or self._strangers.get(began) or NO_PAST
        if past.is_echo:
            self._counts["sessions_opened"] += 1
            self._counts["sessions_refuted"] += 1
            self._steering.append(Steering(flow_id, Need.IGNORE))
            return
        purse = Purse(self._room)
        revision = self._withdrawn.pop(began, 0)
        dialogue = self._dialogues[opened.over_http](purse)
        session = Session(opened, dialogue, revision, purse, past)
        for seen in self._hints.get(flow_id, ()):
            self._apply_hint(session, seen)
        if len(self._young) >= self._settings.young_sessions_max:
            self._counts["sessions_young_evicted"] += 1
            self._dismiss(*self._young.popitem(last=False), opened.ts_ns)
        self._young[flow_id] = session
        self._peaks.young = max(self._peaks.young, len(self._young))
        self._counts["sessions_opened"] += 1

    def _closed(self, closed: FlowClosed) -> None:
        self._hints.pop(closed.flow_id, None)
        session = self._remove(closed.flow_id)
        if session is not None:
            self._end(session, closed.ts_ns, closed.cause)
        if closed.cause is not _END_OF_INPUT:
            self._call_up()

    def _name(self, seen: NameSeen) -> None:
        self._counts["names_seen"] += 1
        self._state(seen)
        if not seen.flow_id or seen.kind not in _FLOW_HINTS:
            return
        session = self._get(seen.flow_id)
        if session is not None:
            self._apply_hint(session, seen)
        hints = self._hints.get(seen.flow_id)
        if hints is None:
            if len(self._hints) >= HINTS_MAX:
                self._hints.popitem(last=False)
                self._counts["hints_evicted"] += 1
            self._hints[seen.flow_id] = [seen]
            self._peaks.hints = max(self._peaks.hints, len(self._hints))
        elif len(hints) < HINTS_PER_FLOW_MAX:
            hints.append(seen)

    def _path(self, path: PathSeen) -> None:
        session = self._get(path.flow_id)
        if session is not None:
            session.tunnels[path.side] = path.tunnel

    def _proxied(self, proxied: Proxied) -> None:
        session = self._get(proxied.flow_id)
        if session is not None:
            session.proxied = proxied
            params: dict[str, Param] = {"via": proxied.via, "host": proxied.host, "port": proxied.port}
            session.evidence.add(ReasonCode.PROXIED, proxied.ts_ns, params=params)

    # ------------------------------------------------------------ the life of a session

    def _settle(self, flow_id: int, session: Session, ts_ns: int) -> None:
        """It is mining: it takes a seat where one is open, or rests."""
        del self._young[flow_id]
        self._counts["sessions_settled"] += 1
        seats = self._two_sided if session.is_two_sided else self._one_sided
        if seats.is_open(ts_ns):
            self._seat(seats, flow_id, session, ts_ns)
        else:
            self._rest(seats, flow_id, session, ts_ns)

    def _move_up(self, flow_id: int, session: Session, ts_ns: int) -> None:
        """A one-sided session takes a two-sided seat once both sides are seen, if one is open."""
        if session.is_two_sided and self._two_sided.is_open(ts_ns):
            del self._one_sided.followed[flow_id]
            self._seat(self._two_sided, flow_id, session, ts_ns)
            self._call_up()

    def _seat(self, seats: Seats, flow_id: int, session: Session, ts_ns: int) -> None:
        former = seats.seat(flow_id, session)
        self._peaks.two_sided = max(self._peaks.two_sided, len(self._two_sided.followed))
        self._peaks.one_sided = max(self._peaks.one_sided, len(self._one_sided.followed))
        if former is not None:
            self._rest(seats, *former, ts_ns)
        self._follow(flow_id, session)

    def _follow(self, flow_id: int, session: Session) -> None:
        """What is beyond doubt is read on without a judgement between packets."""
        need = Need.MORE if session.grade is _GRADE_A else Need.CLOSELY
        self._steering.append(Steering(flow_id, need))

    def _rest(self, seats: Seats, flow_id: int, session: Session, ts_ns: int) -> None:
        """There is no seat: what it says goes by, and its account is kept."""
        if not seats.rest(flow_id, session):
            self._counts["sessions_settled_evicted"] += 1
            self._dismiss(flow_id, session, ts_ns)
            return
        self._counts["two_sided_no_room" if seats is self._two_sided else "one_sided_no_room"] += 1
        self._steering.append(Steering(flow_id, Need.ENOUGH))
        session.rest(ts_ns)
        if session.is_told:
            self._tell(session, Moment(ts_ns, Phase.UPDATED))

    def _call_up(self) -> None:
        """Seats that became free are taken by who has rested longest."""
        for seats in (self._two_sided, self._one_sided):
            while (called := seats.call()) is not None:
                flow_id, session = called
                session.is_resting = False
                self._follow(flow_id, session)

    def _dismiss(self, flow_id: int, session: Session, ts_ns: int) -> None:
        """There is no room at all: its finding has its last state, and would be another one later."""
        self._steering.append(Steering(flow_id, Need.LATER))
        self._end(session, ts_ns, CloseCause.EVICTED)

    def _refute(self, flow_id: int, session: Session, ts_ns: int) -> None:
        """It was no mining. A finding told already is withdrawn by a last revision without a close cause."""
        self._remove(flow_id)
        past = session.past
        if past.is_echo is not None:
            kept = _keep(self._quotations, session.opened, past, QUOTATIONS_MAX)
            self._peaks.quotations = max(self._peaks.quotations, kept)
        elif any(past.strangers):
            kept = _keep(self._strangers, session.opened, past, STRANGERS_MAX)
            self._peaks.strangers = max(self._peaks.strangers, kept)
        self._give_up(session, ts_ns)
        self._steering.append(Steering(flow_id, Need.IGNORE))
        if session.is_told:
            self._counts["findings_withdrawn"] += 1
            session.evidence.add(ReasonCode.WITHDRAWN, ts_ns)
            revision = self._tell(session, Moment(ts_ns, Phase.CLOSED, is_edge=True))
            kept = _keep(self._withdrawn, session.opened, revision, WITHDRAWN_MAX)
            self._peaks.withdrawn = max(self._peaks.withdrawn, kept)
        session.purse.close()
        self._call_up()

    def _give_up(self, session: Session, ts_ns: int) -> None:
        """It is no mining; where it is a pool's server, it is named so."""
        self._counts["sessions_refuted"] += 1
        if session.is_server:
            session.close(ts_ns)
            self._state(Attempted(attempt_row(session)))

    def _end(self, session: Session, ts_ns: int, cause: CloseCause | None) -> None:
        """Tells the last state; ``cause`` None: the input was given up while the session went on."""
        if ts_ns >= session.update_ns:
            self._tell_boundary(session, ts_ns)
        session.close(ts_ns)
        if session.is_recognised:
            for code, count in session.odd.items():
                self._counts[f"messages_{code}"] += count
        if session.is_refuted:
            self._give_up(session, ts_ns)
        elif session.is_finding:
            if not session.is_told:
                self._tell(session, Moment(session.last_ns, Phase.OPENED, is_edge=True))
            self._tell(session, _last_moment(ts_ns, cause), is_last=True)
        elif session.is_attempt:
            self._state(Attempted(attempt_row(session)))
        else:
            self._counts["sessions_undecided"] += 1
        session.purse.close()

    def _get(self, flow_id: int) -> Session | None:
        return self._two_sided.get(flow_id) or self._one_sided.get(flow_id) or self._young.get(flow_id)

    def _remove(self, flow_id: int) -> Session | None:
        return self._two_sided.remove(flow_id) or self._one_sided.remove(flow_id) or self._young.pop(flow_id, None)

    def _tell_boundary(self, session: Session, ts_ns: int) -> None:
        """The regular update at the full interval before ``ts_ns``, with what was seen up to it."""
        boundary = session.update_ns
        session.update_ns = next_boundary(ts_ns)
        if session.is_told and session.is_dirty:
            self._tell(session, Moment(boundary, Phase.UPDATED))

    def _tell_change(self, session: Session, ts_ns: int) -> None:
        if session.is_finding and not session.is_refuted:
            phase = Phase.UPDATED if session.is_told else Phase.OPENED
            self._tell(session, Moment(ts_ns, phase, is_edge=True))

    def _tell(self, session: Session, moment: Moment, *, is_last: bool = False) -> int:
        """Tells a revision; returns its number."""
        self._state(self._reviser.revise(session, moment, is_last=is_last))
        return session.revision

    def _apply_hint(self, session: Session, seen: NameSeen) -> None:
        key = session.opened.key
        if not _joins(seen.client, seen.server, key.a, key.b) or len(session.hints) >= HINTS_PER_FLOW_MAX:
            return
        hint: Hint = self._listing.hint(seen)
        session.hints.append(hint)
        session.evidence.add(
            REASON_OF[seen.kind],
            seen.ts_ns,
            params=self._listing.params(seen),
            subject=seen.name or seen.server.ip,
        )


_COUNTERS: Final = (
    "chunks_without_session",
    "findings_withdrawn",
    "hints_evicted",
    "names_seen",
    "one_sided_no_room",
    "sessions_opened",
    "sessions_refuted",
    "sessions_settled",
    "sessions_settled_evicted",
    "sessions_undecided",
    "sessions_young_evicted",
    "two_sided_no_room",
    *(f"messages_{code.value}" for code in (*UnknownCode, *MalformedCode)),
)


def _last_moment(ts_ns: int, cause: CloseCause | None) -> Moment:
    if cause is None:
        return Moment(ts_ns, Phase.UPDATED)
    if cause is CloseCause.END:
        return Moment(ts_ns, Phase.UPDATED, end_of_input=True)
    return Moment(ts_ns, Phase.CLOSED, close_cause=cause)


def _keep(table: OrderedDict[tuple[FlowKey, int], Any], opened: FlowOpened, value: object, most: int) -> int:
    if len(table) >= most:
        table.popitem(last=False)
    table[opened.key, opened.first_ns] = value
    return len(table)


def _joins(client: Endpoint, server: Endpoint, a: Endpoint, b: Endpoint) -> bool:
    """Whether the name was met on this very connection: flow numbers come back, endpoints tell."""
    return (client, server) in ((a, b), (b, a))
