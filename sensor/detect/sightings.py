"""Attempts, and listed names and endpoints: one row per source, target and kind, with a count. Bounded.

A name or endpoint whose miner and pool have a finding is not told: the finding says more. Attempts are sessions of
their own and always told, or their number would depend on what else the same two ends did.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import UNSET

from sensor.detect.evidence import MINER
from sensor.detect.identifiers import sighting_id
from sensor.detect.labels import Hint
from sensor.detect.listing import REASON_OF, Listing
from sensor.detect.recent import Recent
from sensor.detect.report import host_of, protocol_of
from sensor.detect.session import Session
from sensor.finding import (
    SCHEMA_VERSION,
    Grade,
    Param,
    ProtocolSeen,
    ProxiedBy,
    Reason,
    ReasonCode,
    Sighting,
    SightingKind,
    Source,
    Stage,
    Target,
    TlsFacts,
)
from sensor.limits import COVERED_MAX
from sensor.model import Endpoint, NameKind, NameSeen, TlsSeen
from sensor.times import rfc3339

# A row is kept for long and there are many: two reasons say enough of an attempt.
REASONS_PER_ROW_MAX: Final = 2
_NO_HINT: Final = Hint("", "", "")
_ATTEMPTS: Final = {Stage.ATTEMPTED: SightingKind.ATTEMPTED, Stage.REFUSED: SightingKind.REFUSED}
_SESSIONS: Final = frozenset((*_ATTEMPTS.values(), SightingKind.POOL_SERVER))
_TOLD_FIRST: Final = (ReasonCode.LOGIN_REFUSED, ReasonCode.LOGIN_SENT, ReasonCode.SUBSCRIBED)
# Kinds whose row is a name: the server's address changes from answer to answer.
_BY_NAME: Final = frozenset(NameKind) - {NameKind.ADDRESS, NameKind.LEARNED}
_IN_TLS: Final = frozenset({NameKind.SNI, NameKind.CERTIFICATE})

Key = tuple[int, str, str, str, int, str]
"""realm, source address, kind, target address or name, target port, dialect"""

Pair = tuple[int, str, str, int]
"""realm, miner's address, and the pool's endpoint or its host (port 0)"""


class Asked(msgspec.Struct, frozen=True):
    """What a proxy was asked for: a port of an address or, where ``ip`` is "", of a name."""

    ip: str
    port: int


class Row(msgspec.Struct, gc=False, array_like=True):
    """One sighting as it grows."""

    key: Key
    what: SightingKind
    realm: int
    source: str
    server: Endpoint | None
    hint: Hint
    protocol: ProtocolSeen
    reasons: tuple[Reason, ...]
    first_ns: int
    last_ns: int
    count: int = 1
    asked: Asked | None = None  # of whom, where the server is a proxy


class Sightings:
    """The table. At its bound the row that was quiet longest is told early and forgotten."""

    def __init__(self, sensor_id: str, listing: Listing, rows_max: int) -> None:
        self._sensor_id = sensor_id
        self._listing = listing
        self._rows_max = rows_max
        self._rows: OrderedDict[Key, Row] = OrderedDict()
        # Of the findings told.
        self._covered: Recent[Pair] = Recent(COVERED_MAX)
        self.evicted: list[Sighting] = []  # told early; the pipeline takes them
        self.evicted_count = 0
        self.covered_count = 0  # rows not told, because a finding says more

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def covered_evicted_count(self) -> int:
        """Pairs that were forgotten."""
        return self._covered.forgotten_count

    def attempt(self, row: Row) -> None:
        """A session ended as an attempt; ``row`` is what ``attempt_row`` makes of it."""
        if not self._count(row.key, row.last_ns):
            self._add(row)

    def name(self, seen: NameSeen) -> None:
        """A listed name or endpoint was met."""
        target, port = _target_of(seen)
        row_key = (seen.realm, seen.client.ip, seen.kind.value, target, port, "")
        if self._count(row_key, seen.ts_ns):
            return
        reason = Reason(
            code=REASON_OF[seen.kind], at=rfc3339(seen.ts_ns), params=self._listing.params(seen), side=MINER
        )
        self._add(
            Row(
                key=row_key,
                what=SightingKind(seen.kind.value),
                realm=seen.realm,
                source=seen.client.ip,
                server=None if seen.kind is NameKind.DNS else seen.server,
                asked=_asked_of(seen),
                hint=self._listing.hint(seen),
                protocol=_protocol_of(seen),
                reasons=(reason,),
                first_ns=seen.ts_ns,
                last_ns=seen.ts_ns,
            )
        )

    def tls(self, seen: TlsSeen) -> None:
        """What the handshake of a flow shows on which a listed name or endpoint was met: it stands in that row, of each
        fact the first.
        """
        is_name = seen.kind in _BY_NAME and seen.name
        target, port = (seen.name, 0) if is_name else (seen.server.ip, seen.server.port)
        row = self._rows.get((seen.realm, seen.client.ip, seen.kind.value, target, port, ""))
        if row is None:
            return
        known = row.protocol.tls
        ja4 = seen.ja4 if known is UNSET or known.ja4 is UNSET else known.ja4
        names = (known and known.certificate_names) or seen.certificate_names
        facts = TlsFacts(ja4=ja4 or UNSET, certificate_names=names or UNSET)
        row.protocol = msgspec.structs.replace(row.protocol, tls=facts)

    def cover(self, pairs: Iterable[Pair]) -> None:
        """A session with these is told as a finding: they need no sighting of a name or endpoint any more."""
        for pair in pairs:
            self._covered.meet(pair)

    def flush(self) -> list[Sighting]:
        """All rows that no finding covers, by time; the table is empty afterwards."""
        rows = sorted(self._rows.values(), key=lambda row: (row.first_ns, row.key))
        self._rows.clear()
        return [sighting for row in rows if (sighting := self._tell(row)) is not None]

    # ------------------------------------------------------------ inside

    def _count(self, key: Key, ts_ns: int) -> bool:
        row = self._rows.get(key)
        if row is None:
            return False
        row.count += 1
        row.last_ns = max(row.last_ns, ts_ns)
        self._rows.move_to_end(key)
        return True

    def _add(self, row: Row) -> None:
        if len(self._rows) >= self._rows_max:
            _, oldest = self._rows.popitem(last=False)
            self.evicted_count += 1
            sighting = self._tell(oldest)
            if sighting is not None:
                self.evicted.append(sighting)
        self._rows[row.key] = row

    def _is_covered(self, row: Row) -> bool:
        if row.what in _SESSIONS:
            return False
        server = row.server
        if server is not None and (row.realm, row.source, server.ip, server.port) in self._covered:
            return True
        return bool(row.hint.host) and (row.realm, row.source, row.hint.host, 0) in self._covered

    def _tell(self, row: Row) -> Sighting | None:
        if self._is_covered(row):
            self.covered_count += 1
            return None
        server, hint = row.asked or row.server, row.hint
        target = Target(
            ip=(server and server.ip) or UNSET,
            port=server.port if server else UNSET,
            host=hint.host or UNSET,
            name=hint.pool or UNSET,
            coin=hint.coin or UNSET,
        )
        return Sighting(
            schema_version=SCHEMA_VERSION,
            sighting_id=sighting_id(self._sensor_id, row.key, row.first_ns),
            sensor_id=self._sensor_id,
            what=row.what,
            grade=Grade.D,
            count=row.count,
            first_seen=rfc3339(row.first_ns),
            last_seen=rfc3339(row.last_ns),
            miner=Source(ip=row.source, realm=row.realm),
            pool=target,
            protocol=row.protocol,
            reasons=row.reasons,
        )


def attempt_row(session: Session) -> Row:
    """The row of a session that ended as an attempt, or is that of a pool's server: it must have a miner, or who would
    be one.
    """
    miner, pool = session.ends()
    key = session.opened.key
    what = SightingKind.POOL_SERVER if session.is_server else _ATTEMPTS.get(session.stage, SightingKind.ATTEMPTED)
    told = {reason.code: reason for reason in session.evidence.reasons()}
    reasons = tuple(told[code] for code in _TOLD_FIRST if code in told)[:REASONS_PER_ROW_MAX]
    return Row(
        key=(key.realm, miner.ip, what.value, pool.ip, pool.port, session.dialect or ""),
        what=what,
        realm=key.realm,
        source=miner.ip,
        server=pool,
        hint=session.hints[0] if session.hints else _NO_HINT,
        protocol=protocol_of(session, pool),
        reasons=(_node_asked(session),) if session.is_server else reasons,
        first_ns=session.opened.first_ns,
        last_ns=session.last_ns,
    )


def _node_asked(session: Session) -> Reason:
    params: dict[str, Param] = {"dialect": session.dialect or ""}
    return Reason(code=ReasonCode.NODE_ASKED, at=rfc3339(session.last_ns), params=params)


def covered_by(session: Session) -> tuple[Pair, ...]:
    """What needs no sighting once this session is a finding: its miner with its pool, and with the name of that."""
    realm = session.opened.key.realm
    miner, pool = session.ends()
    by_address = (realm, miner.ip, pool.ip, pool.port)
    host = host_of(session)
    return (by_address, (realm, miner.ip, host, 0)) if host else (by_address,)


def _target_of(seen: NameSeen) -> tuple[str, int]:
    """What the row is called by: a name and no port, or an address and its port."""
    if seen.kind not in _BY_NAME:
        return seen.server.ip, seen.server.port
    return (seen.name, 0) if seen.name else (seen.addresses[0], seen.port)


def _asked_of(seen: NameSeen) -> Asked | None:
    if seen.kind is not NameKind.PROXIED:
        return None
    return Asked(seen.addresses[0] if seen.addresses else "", seen.port)


def _protocol_of(seen: NameSeen) -> ProtocolSeen:
    proxy = ProxiedBy(seen.via, seen.server.ip, seen.server.port) if seen.kind is NameKind.PROXIED else UNSET
    return ProtocolSeen(transport=seen.transport, encrypted=seen.kind in _IN_TLS, proxied_by=proxy)
