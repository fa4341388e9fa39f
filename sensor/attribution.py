"""Whose the addresses of a finding are: asks every source over the whole session and joins what they say.

Only an operator's record names an owner. GeoIP gives a city at best; where it contradicts a record, that is a flag and
changes nothing. No answer is an answer, with its reason. Pure: sources were loaded elsewhere.
"""

from __future__ import annotations

import math
from typing import Final, Protocol

import msgspec
from msgspec import UNSET, UnsetType

from enrichment.addresses import normalise
from enrichment.divisions import division
from enrichment.model import (
    Carrier,
    DataVersion,
    Facts,
    Flag,
    Interval,
    Level,
    Owner,
    Place,
    Subject,
    SubjectKind,
    Unanswered,
)
from enrichment.model import Hop as Step
from sensor.direction import Ends, OwnPrefixes, direction_of
from sensor.finding import Direction, DirectionBasis, Finding, ReasonCode, Sighting
from sensor.limits import ATTRIBUTION_CACHE_MAX
from sensor.ownership import (
    Attribution,
    AutonomousSystem,
    DataFile,
    Division,
    End,
    GeoPlace,
    Hop,
    HopRole,
    Position,
)
from sensor.times import NS_PER_SECOND, ns_of, rfc3339

# Provinces in GB/T 2260 that GeoIP calls countries.
_CHINA: Final = frozenset({"CN", "HK", "MO", "TW"})
_DIGITS: Final = 4
_FINENESS: Final = {level: place for place, level in enumerate(Level)}
# Asked for of each reason of each revision: an enum's member takes longer to find than to compare.
_REDIRECTED, _PROXIED = ReasonCode.REDIRECTED, ReasonCode.PROXIED
_NOBODY: Final = Owner(SubjectKind.UNKNOWN)


class Source(Protocol):
    """As far as it is asked here; enrichment.base has the whole contract."""

    @property
    def tells_owner(self) -> bool: ...
    def lookup(self, subject: Subject, interval: Interval) -> Facts | None: ...


class Edition(Protocol):
    """The sources in force, and the files they were read from."""

    @property
    def sources(self) -> tuple[Source, ...]: ...
    @property
    def versions(self) -> tuple[DataVersion, ...]: ...


class Known(msgspec.Struct, frozen=True):
    """What the privacy step must know of one end. ``is_recorded``: some record covers the address, readable or not."""

    kind: SubjectKind = SubjectKind.UNKNOWN
    customer: str = ""
    line: str = ""
    site: str = ""
    is_recorded: bool = False


class Other(msgspec.Struct, frozen=True):
    """A further address that is named: a proxy, what a proxy was asked for, where a pool sent its miner, or what a name
    stands for. ``is_own``: our prefixes have it.
    """

    ip: str
    known: Known
    is_own: bool


class Attributed(msgspec.Struct, frozen=True):
    """A finding or sighting with all that is known of whose it is. It must not leave before the privacy step."""

    body: Finding | Sighting
    miner: Known
    pool: Known
    others: tuple[Other, ...] = ()


class Joined(msgspec.Struct, frozen=True):
    """An attribution and the answer about the owner that it was made from."""

    owner: Facts | None
    attribution: Attribution


class Attributor:
    """Attributes with one edition of the sources. A new edition is a new Attributor: nothing is remembered across."""

    def __init__(self, own: OwnPrefixes, edition: Edition) -> None:
        self._own = own
        self._owners = tuple(source for source in edition.sources if source.tells_owner)
        self._others = tuple(source for source in edition.sources if not source.tells_owner)
        self._files = tuple(_data_file(version) for version in edition.versions)
        # What does not depend on the time is asked once an address, and joined once a record of it.
        self._timeless: dict[tuple[int, str], tuple[Facts, ...]] = {}
        self._joined: dict[tuple[int, str, End], Joined] = {}

    def finding(self, finding: Finding) -> Attributed:
        """The finding with direction and attribution; its ends must have addresses."""
        realm, transport = finding.miner.realm, finding.protocol.transport
        ends = {
            End.MINER: Subject(realm, finding.miner.ip or "", finding.miner.port or 0, transport),
            End.POOL: Subject(realm, finding.pool.ip or "", finding.pool.port or 0, transport),
        }
        owners = self._owners_of(ends, finding)
        is_listed = finding.pool.name is not UNSET or finding.pool.host is not UNSET
        direction, basis = self._direction(ends, owners, is_listed=is_listed)
        end = End.POOL if direction is Direction.INBOUND else End.MINER
        attribution = self._attribution(end, ends[end], owners[end]) if self._files else UNSET
        body = msgspec.structs.replace(finding, direction=direction, direction_basis=basis, attribution=attribution)
        others = self._others_of(_further_hosts(finding), finding)
        return Attributed(body, _known(owners[End.MINER]), _known(owners[End.POOL]), others)

    def sighting(self, sighting: Sighting) -> Attributed:
        """The sighting with its direction."""
        realm = sighting.miner.realm
        ends = {
            End.MINER: Subject(realm, sighting.miner.ip or ""),
            End.POOL: Subject(realm, sighting.pool.ip or ""),
        }
        owners = self._owners_of(ends, sighting)
        is_listed = sighting.pool.name is not UNSET or sighting.pool.host is not UNSET
        direction, basis = self._direction(ends, owners, is_listed=is_listed)
        body = msgspec.structs.replace(sighting, direction=direction, direction_basis=basis)
        return Attributed(
            body, _known(owners[End.MINER]), _known(owners[End.POOL]), self._others_of(_named(sighting), body)
        )

    def address(self, subject: Subject, interval: Interval) -> Attribution:
        """Whose an address is, for a person who asks."""
        return self._attribution(End.MINER, subject, self._owner(subject, interval))

    # ------------------------------------------------------------ asking

    def _owners_of(self, ends: dict[End, Subject], body: Finding | Sighting) -> dict[End, Facts | None]:
        """What is known of each end over the whole time of the body."""
        if not self._owners:
            return dict.fromkeys(ends)
        interval = Interval(ns_of(body.first_seen), ns_of(body.last_seen))
        return {end: self._owner(subject, interval) for end, subject in ends.items()}

    def _others_of(self, named: list[str], body: Finding | Sighting) -> tuple[Other, ...]:
        if not named or not (self._own or self._owners):
            return ()
        realm, interval = body.miner.realm, Interval(ns_of(body.first_seen), ns_of(body.last_seen))
        return tuple(
            Other(ip, _known(self._owner(Subject(realm, ip), interval)), self._own.has(normalise(ip))) for ip in named
        )

    def _owner(self, subject: Subject, interval: Interval) -> Facts | None:
        """The first source that knows the subject; one that knows it and cannot answer is asked no further."""
        return next((facts for source in self._owners if (facts := source.lookup(subject, interval))), None)

    def _ask_others(self, realm: int, ip: str) -> tuple[Facts, ...]:
        others = self._timeless.get((realm, ip))
        if others is None:
            subject, never = Subject(realm, ip), Interval(0, 0)
            others = tuple(facts for source in self._others if (facts := source.lookup(subject, never)))
            if len(self._timeless) >= ATTRIBUTION_CACHE_MAX:
                self._timeless.clear()
            self._timeless[realm, ip] = others
        return others

    def _direction(
        self, ends: dict[End, Subject], owners: dict[End, Facts | None], *, is_listed: bool
    ) -> tuple[Direction | UnsetType, DirectionBasis | UnsetType]:
        told = direction_of(
            Ends(
                miner=ends[End.MINER].ip,
                pool=ends[End.POOL].ip,
                is_pool_listed=is_listed,
                is_miner_customer=owners[End.MINER] is not None,
                is_pool_customer=owners[End.POOL] is not None,
            ),
            self._own,
        )
        return told or (UNSET, UNSET)

    # ------------------------------------------------------------ joining

    def _attribution(self, end: End, subject: Subject, owner: Facts | None) -> Attribution:
        """As for the finding before of this address, where the answer is the same one: most are told several times."""
        key = (subject.realm, subject.ip, end)
        joined = self._joined.get(key)
        if joined is None or joined.owner is not owner:
            if len(self._joined) >= ATTRIBUTION_CACHE_MAX:
                self._joined.clear()
            joined = self._joined[key] = Joined(owner, self._join(end, subject, owner))
        return joined.attribution

    def _join(self, end: End, subject: Subject, owner: Facts | None) -> Attribution:
        others = self._ask_others(subject.realm, subject.ip)
        place = next((facts.says for facts in others if isinstance(facts.says, Place)), None)
        carrier = next((facts.says for facts in others if isinstance(facts.says, Carrier)), None)
        record = owner.says if owner is not None and isinstance(owner.says, Owner) else None
        chain = _chain(owner, others)
        said = record or _NOBODY
        return Attribution(
            end=end,
            kind=said.kind,
            level=chain[-1].level if chain else Level.NONE,
            confidence=round(math.prod(facts.hop.confidence for facts in chain), _DIGITS) if chain else 0.0,
            weakest=min(chain, key=lambda facts: facts.hop.confidence).hop.source if chain else UNSET,
            reason=self._unanswered(owner) if record is None else UNSET,
            customer=said.customer or UNSET,
            enterprise=said.enterprise or UNSET,
            uscc=said.uscc or UNSET,
            site=said.site or UNSET,
            address=said.address or UNSET,
            division=_division(said.division or (place.province if place else "")),
            position=_position(said),
            line=said.line or UNSET,
            meter=said.meter or UNSET,
            place=_geo_place(place),
            autonomous_system=_autonomous_system(carrier),
            hops=_hops(chain, owner, others),
            flags=_flags(owner, said, place),
            data_versions=self._files,
        )

    def _unanswered(self, owner: Facts | None) -> Unanswered:
        if owner is not None and owner.unanswered is not None:
            return owner.unanswered
        return Unanswered.NO_RECORD if self._owners else Unanswered.NO_CUSTOMER_LIST


def _named(sighting: Sighting) -> list[str]:
    """The addresses that it names beside its two ends."""
    proxy = sighting.protocol.proxied_by
    named = _further_hosts(sighting) if proxy is UNSET else [proxy.ip, *_further_hosts(sighting)]
    for reason in sighting.reasons:
        if reason.params is not UNSET:
            named += str(reason.params.get("addresses", "")).split()
    return named


def _further_hosts(body: Finding | Sighting) -> list[str]:
    """Addresses that a proxy was asked for, or that a pool sent its miner to."""
    named = [reason.params for reason in body.reasons if reason.code is _REDIRECTED or reason.code is _PROXIED]
    hosts = [str(params.get("host", "")) for params in named if params is not UNSET]
    return [host for host in hosts if normalise(host) is not None]


def _chain(owner: Facts | None, others: tuple[Facts, ...]) -> tuple[Facts, ...]:
    """The facts that the answer rests on, from the address towards its owner: the record, else the finest other."""
    if owner is not None and owner.says is not None:
        return (owner,)
    told = [facts for facts in others if facts.level is not Level.NONE]
    return (min(told, key=lambda facts: _FINENESS[facts.level]),) if told else ()


def _hops(chain: tuple[Facts, ...], owner: Facts | None, others: tuple[Facts, ...]) -> tuple[Hop, ...]:
    asked = (*([owner] if owner is not None else []), *others)
    return tuple(_hop(facts.hop, HopRole.CHAIN if facts in chain else HopRole.CHECK) for facts in asked)


def _hop(step: Step, role: HopRole) -> Hop:
    return Hop(
        source=step.source,
        role=role,
        key=step.key or UNSET,
        ref=step.ref or UNSET,
        valid_from=UNSET if step.from_ns is None else rfc3339(step.from_ns),
        valid_to=UNSET if step.to_ns is None else rfc3339(step.to_ns),
        cover=step.cover,
        confidence=step.confidence,
    )


def _flags(owner: Facts | None, said: Owner, place: Place | None) -> tuple[Flag, ...]:
    flags = owner.flags if owner is not None else ()
    known = division(said.division)
    if known is None or place is None:
        return flags
    is_abroad = place.country not in _CHINA
    if is_abroad or (place.province and place.province != known.province):
        return (*flags, Flag.GEO_CONTRADICTS)
    return flags


def _division(code: str) -> Division | UnsetType:
    known = division(code)
    if known is None:
        return UNSET
    return Division(
        code=known.code,
        level=known.level,
        province=known.province,
        province_name=known.province_name,
        city=known.city or UNSET,
    )


def _position(said: Owner) -> Position | UnsetType:
    if said.latitude is None or said.longitude is None:
        return UNSET
    return Position(said.latitude, said.longitude, said.datum)


def _geo_place(place: Place | None) -> GeoPlace | UnsetType:
    if place is None:
        return UNSET
    return GeoPlace(place.country, place.subdivision or UNSET, place.city or UNSET)


def _autonomous_system(carrier: Carrier | None) -> AutonomousSystem | UnsetType:
    return UNSET if carrier is None else AutonomousSystem(carrier.number, carrier.name or UNSET)


def _data_file(version: DataVersion) -> DataFile:
    built = UNSET if version.build_epoch is None else rfc3339(version.build_epoch * NS_PER_SECOND)
    return DataFile(version.source, version.file, version.sha256, built)


def _known(facts: Facts | None) -> Known:
    if facts is None:
        return Known()
    if not isinstance(facts.says, Owner):
        return Known(is_recorded=True)
    says = facts.says
    return Known(says.kind, says.customer, says.line, says.site, is_recorded=True)
