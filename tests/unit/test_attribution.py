from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import UNSET

from enrichment import Asn, Customers, Geo, Library
from enrichment.base import Options
from enrichment.model import Datum, Flag, Level, SubjectKind, Unanswered
from sensor.attribution import Attributor, Known
from sensor.direction import OwnPrefixes
from sensor.finding import (
    Direction,
    DirectionBasis,
    Finding,
    MinerEnd,
    Param,
    PoolEnd,
    ProtocolSeen,
    ProxiedBy,
    Reason,
    ReasonCode,
    Sighting,
)
from sensor.ownership import Attribution, AutonomousSystem, Division, End, GeoPlace, HopRole, Position
from sensor.times import rfc3339
from tests.findings import BEGAN_NS, HOUR_NS, POOL, finding, sighting
from tests.lab.mmdb import BUILT, asn, city, write_mmdb

NETWORK = "203.0.113.0/24"
HEADER = "prefix,kind,customer,enterprise,site,address,division,latitude,longitude,datum,valid_from,valid_to"
HALL = f"{NETWORK},idc,C-1,North Data,Hall 1,Demo Road 1,150602,39.8,110.0,GCJ02,,"
JILIN = city("CN", "JL", "Changchun", (43.88, 125.3228))


class Files:
    """Writes what a test needs and loads it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def attributor(
        self,
        *rows: str,
        place: dict[str, object] | None = None,
        carrier: bool = False,
        own: tuple[str, ...] = (),
    ) -> Attributor:
        named: dict[type, list[Path]] = {Customers: [], Geo: [], Asn: []}
        if rows:
            named[Customers] = [self._folder / "customers.csv"]
            named[Customers][0].write_text("\n".join([HEADER, *rows]) + "\n")
        if place is not None:
            named[Geo] = [write_mmdb(self._folder / "city.mmdb", {NETWORK: place}, "GeoLite2-City")]
        if carrier:
            networks = {NETWORK: asn(64500, "Example Telecom")}
            named[Asn] = [write_mmdb(self._folder / "asn.mmdb", networks, "GeoLite2-ASN")]
        return Attributor(OwnPrefixes(own), Library(named, Options()).edition)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def attribution(attributor: Attributor, told: Finding | None = None) -> Attribution:
    body = attributor.finding(told or finding()).body
    assert isinstance(body, Finding)
    assert isinstance(body.attribution, Attribution)
    return body.attribution


def test_without_files_there_is_no_attribution(files: Files) -> None:
    body = files.attributor().finding(finding()).body
    assert isinstance(body, Finding)
    assert (body.attribution, body.direction) == (UNSET, UNSET)


def test_a_record_gives_enterprise_site_and_address(files: Files) -> None:
    found = attribution(files.attributor(HALL, place=city("CN", "NM"), carrier=True))
    assert (found.kind, found.level, found.confidence) == (SubjectKind.IDC, Level.SITE, 0.95)
    assert (found.customer, found.enterprise, found.site) == ("C-1", "North Data", "Hall 1")
    assert found.address == "Demo Road 1"
    assert found.division == Division("150602", "county", "150000", "内蒙古自治区", "150600")
    assert found.position == Position(39.8, 110.0, Datum.GCJ02)
    assert found.place == GeoPlace("CN", "NM")
    assert found.autonomous_system == AutonomousSystem(64500, "Example Telecom")
    assert (found.end, found.weakest, found.reason, found.flags) == (End.MINER, "customers", UNSET, ())


def test_the_hops_say_what_was_asked_and_what_the_answer_rests_on(files: Files) -> None:
    hops = attribution(files.attributor(HALL, place=JILIN, carrier=True)).hops
    assert [(hop.source, hop.role) for hop in hops] == [
        ("customers", HopRole.CHAIN),
        ("city", HopRole.CHECK),
        ("asn", HopRole.CHECK),
    ]
    assert (hops[0].key, hops[0].ref, hops[0].valid_from) == (NETWORK, "customers.csv:2", UNSET)


def test_the_files_are_named_by_their_content(files: Files) -> None:
    versions = attribution(files.attributor(HALL, place=JILIN)).data_versions
    assert [(version.source, version.file) for version in versions] == [
        ("customers", "customers.csv"),
        ("city", "city.mmdb"),
    ]
    assert versions[0].built is UNSET
    assert versions[1].built == rfc3339(BUILT * 10**9)


def test_geoip_alone_is_a_city_at_best_and_nobody(files: Files) -> None:
    found = attribution(files.attributor(place=JILIN, carrier=True))
    assert (found.kind, found.level, found.confidence) == (SubjectKind.UNKNOWN, Level.CITY, 0.3)
    assert (found.weakest, found.reason) == ("city", Unanswered.NO_CUSTOMER_LIST)
    assert found.division == Division("220000", "province", "220000", "吉林省")
    assert (found.position, found.site, found.address) == (UNSET, UNSET, UNSET)
    assert [hop.role for hop in found.hops] == [HopRole.CHAIN, HopRole.CHECK]


@pytest.mark.parametrize(
    ("place", "level"), [(city("CN", "JL"), Level.PROVINCE), (city("CN"), Level.OPERATOR), (None, Level.OPERATOR)]
)
def test_what_is_left_is_the_finest_of_what_is_said(
    place: dict[str, object] | None, level: Level, files: Files
) -> None:
    assert attribution(files.attributor(place=place, carrier=True)).level is level


def test_an_address_that_no_record_covers_has_no_owner(files: Files) -> None:
    told = finding(miner=MinerEnd(ip="192.0.2.1", port=1, realm=0))
    found = attribution(files.attributor(HALL, place=JILIN), told)
    assert (found.kind, found.level, found.reason) == (SubjectKind.UNKNOWN, Level.NONE, Unanswered.NO_RECORD)
    assert (found.confidence, found.weakest, found.hops) == (0.0, UNSET, ())


@pytest.mark.parametrize(
    ("place", "contradicts"),
    [
        (JILIN, True),
        (city("SE"), True),
        (city("CN", "NM"), False),
        (city("CN"), False),
        (city("CN", "??"), False),
        (city("HK"), True),
    ],
)
def test_a_contradicting_geoip_is_a_flag_and_changes_nothing(
    place: dict[str, object], contradicts: bool, files: Files
) -> None:
    found = attribution(files.attributor(HALL, place=place))
    assert (Flag.GEO_CONTRADICTS in found.flags) is contradicts
    assert (found.level, found.site, found.confidence) == (Level.SITE, "Hall 1", 0.95)
    assert isinstance(found.division, Division)
    assert found.division.code == "150602"


def test_the_record_of_that_time_counts_over_the_whole_session(files: Files) -> None:
    half = rfc3339(BEGAN_NS + HOUR_NS // 2)[:19] + "Z"
    old = f"{NETWORK},enterprise,old,,,,,,,,,{half}"
    new = f"{NETWORK},enterprise,new,,,,,,,,{half},"
    attributor = files.attributor(old, new)
    first = finding(last_seen=rfc3339(BEGAN_NS + HOUR_NS // 2 - 1))
    assert attribution(attributor, first).customer == "old"
    whole = attribution(attributor)
    assert (whole.customer, whole.reason, whole.kind) == (UNSET, Unanswered.CONFLICT, SubjectKind.UNKNOWN)
    assert [hop.role for hop in whole.hops] == [HopRole.CHECK]
    partial = attribution(files.attributor(new), finding(first_seen=rfc3339(BEGAN_NS + HOUR_NS // 4)))
    assert (partial.customer, partial.confidence) == ("new", 0.6333)
    assert Flag.PARTIAL in partial.flags


def test_where_only_the_pool_is_ours_it_is_the_pool_that_is_attributed(files: Files) -> None:
    told = finding(miner=MinerEnd(ip="192.0.2.1", port=9, realm=0), pool=PoolEnd(ip="203.0.113.7", port=3333))
    attributed = files.attributor(HALL).finding(told)
    body = attributed.body
    assert isinstance(body, Finding)
    assert isinstance(body.attribution, Attribution)
    assert (body.direction, body.direction_basis) == (Direction.INBOUND, DirectionBasis.CUSTOMERS)
    assert (body.attribution.end, body.attribution.site) == (End.POOL, "Hall 1")
    assert attributed.miner == Known()
    assert attributed.pool == Known(SubjectKind.IDC, "C-1", "", "Hall 1", is_recorded=True)


def test_the_realm_is_part_of_the_question(files: Files) -> None:
    found = attribution(files.attributor(HALL), finding(miner=MinerEnd(ip="203.0.113.7", port=1, realm=3)))
    assert found.reason is Unanswered.NO_RECORD


def test_own_prefixes_go_before_customers(files: Files) -> None:
    body = files.attributor(HALL, own=(f"{POOL}/32",)).finding(finding()).body
    assert (body.direction, body.direction_basis) == (Direction.INBOUND, DirectionBasis.OWN_PREFIXES)


def test_a_listed_pool_is_not_ours(files: Files) -> None:
    told = finding(pool=PoolEnd(ip=POOL, port=3333, name="Example Pool"))
    body = files.attributor().finding(told).body
    assert (body.direction, body.direction_basis) == (Direction.OUTBOUND, DirectionBasis.LISTED_POOL)


def test_a_sighting_has_a_direction_too(files: Files) -> None:
    attributed = files.attributor(HALL).sighting(sighting())
    assert isinstance(attributed.body, Sighting)
    assert (attributed.body.direction, attributed.body.direction_basis) == (
        Direction.OUTBOUND,
        DirectionBasis.CUSTOMERS,
    )
    assert attributed.miner.site == "Hall 1"


def test_of_a_sighting_all_addresses_that_it_names_are_asked_for(files: Files) -> None:
    attributor = files.attributor(HALL, "203.0.113.99,household,C-9,,,,,,,,,", own=("192.0.2.0/24",))
    params: dict[str, Param] = {"name": "pool.example", "addresses": "192.0.2.1 198.51.100.1"}
    told = sighting(
        protocol=ProtocolSeen("tcp", False, proxied_by=ProxiedBy("socks5", "203.0.113.99", 1080)),
        reasons=(Reason(ReasonCode.NAME_DNS, sighting().first_seen, params),),
    )
    others = attributor.sighting(told).others
    assert [(one.ip, one.known.kind, one.is_own) for one in others] == [
        ("203.0.113.99", SubjectKind.HOUSEHOLD, False),
        ("192.0.2.1", SubjectKind.UNKNOWN, True),
        ("198.51.100.1", SubjectKind.UNKNOWN, False),
    ]
    assert Attributor(OwnPrefixes(()), Library({}, Options()).edition).sighting(told).others == ()


def test_of_a_finding_the_address_that_its_pool_sends_to_is_asked_for(files: Files) -> None:
    attributor = files.attributor(HALL, "203.0.113.99,household,C-9,,,,,,,,,")
    reasons = tuple(
        Reason(ReasonCode.REDIRECTED, finding().first_seen, {"host": host, "port": 3333})
        for host in ("203.0.113.99", "pool.example")
    )
    (other,) = attributor.finding(finding(reasons=reasons)).others
    assert (other.ip, other.known.kind) == ("203.0.113.99", SubjectKind.HOUSEHOLD)


def test_an_unreadable_record_is_known_to_be_there(files: Files) -> None:
    broken = "203.0.113.7,houshold,C-2,,,,,,,,,"
    attributed = files.attributor(HALL, broken).finding(finding())
    assert attributed.miner == Known(is_recorded=True)
    assert isinstance(attributed.body, Finding)
    assert isinstance(attributed.body.attribution, Attribution)
    assert attributed.body.attribution.reason is Unanswered.BAD_RECORD


def test_an_address_is_joined_once_while_its_answer_stays(files: Files) -> None:
    attributor = files.attributor(HALL, place=JILIN)
    assert attribution(attributor) is attribution(attributor, finding(revision=2))


def test_an_address_is_joined_anew_where_its_owner_changed(files: Files) -> None:
    before, after = f"{HALL}{rfc3339(BEGAN_NS + HOUR_NS)}", HALL.replace("C-1", "C-2").rstrip(",")
    attributor = files.attributor(before, f"{after},{rfc3339(BEGAN_NS + HOUR_NS)},")
    later = rfc3339(BEGAN_NS + 2 * HOUR_NS)
    assert attribution(attributor).customer == "C-1"
    assert attribution(attributor, finding(first_seen=later, last_seen=later)).customer == "C-2"
    assert attribution(attributor).customer == "C-1"
