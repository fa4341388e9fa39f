from __future__ import annotations

import json

import msgspec
import pytest
from msgspec import UNSET

from enrichment.model import Level, SubjectKind
from sensor.attribution import Attributed, Known, Other
from sensor.figures import Related, Relation
from sensor.finding import (
    Direction,
    Finding,
    MinerEnd,
    PoolEnd,
    ProtocolSeen,
    ProxiedBy,
    Reason,
    ReasonCode,
    Sighting,
    SightingKind,
    Target,
)
from sensor.limits import FIXED_FINDINGS_MAX
from sensor.message import Message
from sensor.ownership import Attribution, Division, End, GeoPlace, Hop, HopRole, Position
from sensor.privacy import Pseudonymiser
from sensor.pseudonym import Domain, Pseudonyms
from tests.contract import hold
from tests.findings import LOGIN, MINER, POOL, finding, sighting

PSEUDONYMS = Pseudonyms(b"k" * 32)
FAMILY = Known(SubjectKind.HOUSEHOLD, customer="C-9", is_recorded=True)
FIRM = Known(SubjectKind.ENTERPRISE, customer="C-1", site="Hall 1", is_recorded=True)
WORLD = Known()
MINER_OF_NEXT_DOOR = "203.0.113.99"


def attribution(kind: SubjectKind = SubjectKind.HOUSEHOLD, end: End = End.MINER) -> Attribution:
    address = MINER if end is End.MINER else POOL
    return Attribution(
        end=end,
        kind=kind,
        level=Level.STREET,
        confidence=0.95,
        weakest="customers",
        customer="C-9",
        enterprise="Jane Doe",
        site="flat 3",
        address="Demo Road 5",
        division=Division("150602", "county", "150000", "内蒙古自治区", "150600"),
        position=Position(39.8, 110.0, "GCJ02"),  # type: ignore[arg-type]
        line="L-9",
        meter="DEMO-9",
        place=GeoPlace("CN", "NM"),
        hops=(Hop(source="customers", role=HopRole.CHAIN, key=address, ref="customers.csv:9", cover=1, confidence=1),),
        flags=(),
        data_versions=(),
    )


def message(
    pseudonymiser: Pseudonymiser, told: Finding | Sighting, miner: Known = WORLD, pool: Known = WORLD
) -> tuple[Message, str]:
    made = pseudonymiser.message(Attributed(told, miner, pool))
    shown = msgspec.json.encode(made.body).decode()
    hold(json.loads(shown))
    return made, shown


def test_without_a_key_the_engineer_sees_his_own_capture() -> None:
    made, shown = message(Pseudonymiser(None), finding(), FAMILY)
    assert made.key == ""
    assert MINER in shown
    assert "jane" not in shown


def test_a_household_leaves_under_the_pseudonym_of_its_customer_number() -> None:
    made, shown = message(Pseudonymiser(PSEUDONYMS), finding(attribution=attribution()), FAMILY)
    assert isinstance(made.body, Finding)
    subject = PSEUDONYMS.of(Domain.CUSTOMER, "C-9")
    assert made.body.miner == MinerEnd(subject=subject, realm=0)
    assert made.key == subject
    for secret in (MINER, LOGIN, "C-9", "Jane", "flat 3", "Demo Road", "L-9", "DEMO-9", "39.8", "customers.csv"):
        assert secret not in shown


def test_of_its_place_the_county_is_left() -> None:
    made, _ = message(Pseudonymiser(PSEUDONYMS), finding(attribution=attribution()), FAMILY)
    assert isinstance(made.body, Finding)
    left = made.body.attribution
    assert isinstance(left, Attribution)
    assert isinstance(left.division, Division)
    assert (left.division.code, left.kind, left.level) == ("150602", SubjectKind.HOUSEHOLD, Level.STREET)
    assert left.hops == (Hop(source="customers", role=HopRole.CHAIN, cover=1, confidence=1),)


def test_its_id_is_keyed_because_addresses_are_few_enough_to_try() -> None:
    told = finding()
    made, shown = message(Pseudonymiser(PSEUDONYMS), told, FAMILY)
    assert isinstance(made.body, Finding)
    assert made.body.finding_id == PSEUDONYMS.bare(Domain.FINDING, told.finding_id)
    assert told.finding_id not in shown


@pytest.mark.parametrize("miner", [WORLD, Known(is_recorded=True), Known(SubjectKind.UNKNOWN, is_recorded=True)])
def test_who_is_not_known_is_hidden_as_well(miner: Known) -> None:
    made, shown = message(Pseudonymiser(PSEUDONYMS), finding(), miner)
    assert MINER not in shown
    assert made.key == PSEUDONYMS.of(Domain.ADDRESS, 0, MINER)


def test_every_spelling_of_an_address_is_one_subject() -> None:
    told = finding(miner=MinerEnd(ip=f"::ffff:{MINER}", port=1, realm=0))
    assert message(Pseudonymiser(PSEUDONYMS), told)[0].key == PSEUDONYMS.of(Domain.ADDRESS, 0, MINER)
    assert message(Pseudonymiser(PSEUDONYMS), finding(miner=MinerEnd(ip=MINER, port=1, realm=2)))[
        0
    ].key == PSEUDONYMS.of(Domain.ADDRESS, 2, MINER)


def test_a_line_without_a_customer_is_a_subject() -> None:
    known = Known(SubjectKind.HOUSEHOLD, line="L-9", is_recorded=True)
    assert message(Pseudonymiser(PSEUDONYMS), finding(), known)[0].key == PSEUDONYMS.of(Domain.LINE, "L-9")


def test_enterprises_and_data_centres_keep_all_but_mail() -> None:
    for kind in (SubjectKind.ENTERPRISE, SubjectKind.IDC):
        known = msgspec.structs.replace(FIRM, kind=kind)
        made, shown = message(Pseudonymiser(PSEUDONYMS), finding(attribution=attribution(kind)), known)
        for kept in (MINER, "Demo Road 5", "1:abcdef", finding().finding_id, "basement-rig", "gtpu:77"):
            assert kept in shown
        assert "jane" not in shown
        assert made.key == PSEUDONYMS.of(Domain.SITE, "C-1", "Hall 1")


def test_the_key_of_a_firm_without_a_site_is_its_customer_number() -> None:
    known = msgspec.structs.replace(FIRM, site="")
    assert message(Pseudonymiser(PSEUDONYMS), finding(), known)[0].key == PSEUDONYMS.of(Domain.CUSTOMER, "C-1")


# ---------------------------------------------------------------- the other end


@pytest.mark.parametrize(
    ("pool", "direction", "stays"),
    [
        (WORLD, Direction.OUTBOUND, True),
        (WORLD, Direction.TRANSIT, True),
        (WORLD, UNSET, True),
        (FIRM, Direction.INTERNAL, True),
        (FAMILY, Direction.INTERNAL, False),
        (FAMILY, Direction.OUTBOUND, False),
        (Known(is_recorded=True), Direction.INTERNAL, False),
        # Ours, by own prefixes, and nobody says whose.
        (WORLD, Direction.INTERNAL, False),
        (WORLD, Direction.INBOUND, False),
    ],
)
def test_a_pool_of_the_world_stays_and_one_of_a_household_does_not(
    pool: Known, direction: Direction, stays: bool
) -> None:
    _, shown = message(Pseudonymiser(PSEUDONYMS), finding(direction=direction), FIRM, pool)
    assert (POOL in shown) is stays
    # Times and the other end are known, so the id would tell the hidden one.
    assert (finding().finding_id in shown) is stays


def test_a_pool_in_a_data_centre_is_named_though_the_miner_of_the_world_is_not() -> None:
    told = finding(direction=Direction.INBOUND, attribution=attribution(SubjectKind.IDC, End.POOL))
    made, shown = message(Pseudonymiser(PSEUDONYMS), told, WORLD, FIRM)
    assert MINER not in shown
    for kept in (POOL, "Demo Road 5", "flat 3"):
        assert kept in shown
    assert made.key == PSEUDONYMS.of(Domain.SITE, "C-1", "Hall 1")


# ---------------------------------------------------------------- from revision to revision


def test_key_and_id_stay_whatever_the_records_say_meanwhile() -> None:
    pseudonymiser = Pseudonymiser(PSEUDONYMS)
    first, _ = message(pseudonymiser, finding(), FAMILY)
    second, shown = message(pseudonymiser, finding(revision=2), FIRM)
    assert isinstance(first.body, Finding)
    assert isinstance(second.body, Finding)
    assert second.key == first.key
    assert second.body.finding_id == first.body.finding_id
    # Who was hidden stays so: the two would be joined by the id.
    assert MINER not in shown
    assert second.body.miner.subject == first.body.miner.subject


def test_who_becomes_a_household_is_hidden_from_then_on_under_the_same_id() -> None:
    pseudonymiser = Pseudonymiser(PSEUDONYMS)
    first, _ = message(pseudonymiser, finding(), FIRM)
    second, shown = message(pseudonymiser, finding(revision=2), FAMILY)
    assert isinstance(second.body, Finding)
    assert (second.key, second.body.finding_id) == (first.key, finding().finding_id)
    assert MINER not in shown


def test_what_is_remembered_is_bounded() -> None:
    pseudonymiser = Pseudonymiser(PSEUDONYMS)
    told = finding()
    for number in range(FIXED_FINDINGS_MAX + 5):
        pseudonymiser._fix(
            msgspec.structs.replace(told, finding_id=f"{number:032x}"), Attributed(told, FIRM, WORLD), PSEUDONYMS
        )
    assert len(pseudonymiser._fixed) == FIXED_FINDINGS_MAX


def test_related_findings_are_named_as_they_left() -> None:
    pseudonymiser = Pseudonymiser(PSEUDONYMS)
    clear, later = "a" * 32, "b" * 32
    message(pseudonymiser, finding(finding_id=clear), FIRM)
    related = tuple(Related(one, Relation.DEVELOPER_FEE, True) for one in (clear, later))
    made, shown = message(pseudonymiser, finding(related=related), FAMILY)
    assert isinstance(made.body, Finding)
    assert isinstance(made.body.related, tuple)
    assert [one.finding_id for one in made.body.related] == [clear, PSEUDONYMS.bare(Domain.FINDING, later)]
    assert later not in shown


def test_a_firms_finding_does_not_tell_the_plain_id_of_one_whose_pool_is_hidden() -> None:
    """Sensor, times and miner are known of it, so that the id tells the pool."""
    pseudonymiser = Pseudonymiser(PSEUDONYMS)
    one, other = "a" * 32, "b" * 32
    first, _ = message(pseudonymiser, finding(finding_id=one), FIRM, FAMILY)
    related = tuple(Related(finding_id, Relation.DEVELOPER_FEE, True) for finding_id in (one, other))
    made, shown = message(pseudonymiser, finding(related=related), FIRM)
    assert isinstance(first.body, Finding)
    assert one not in shown
    # Nobody knows yet who the pool of the other one is.
    assert other not in shown
    later, _ = message(pseudonymiser, finding(finding_id=other), FIRM)
    assert isinstance(made.body, Finding)
    assert isinstance(later.body, Finding)
    assert isinstance(made.body.related, tuple)
    assert [link.finding_id for link in made.body.related] == [first.body.finding_id, later.body.finding_id]
    assert later.body.finding_id != other
    again, _ = message(pseudonymiser, finding(finding_id=other, revision=2), FIRM)
    assert again.body == msgspec.structs.replace(later.body, revision=2)


# ---------------------------------------------------------------- sightings


def test_sightings_are_hidden_in_the_same_way() -> None:
    made, shown = message(Pseudonymiser(PSEUDONYMS), sighting(), FAMILY)
    assert isinstance(made.body, Sighting)
    assert made.key == made.body.miner.subject == PSEUDONYMS.of(Domain.CUSTOMER, "C-9")
    assert made.body.sighting_id == PSEUDONYMS.bare(Domain.SIGHTING, sighting().sighting_id)
    for secret in (MINER, LOGIN, "jane", sighting().sighting_id):
        assert secret not in shown


def test_sightings_of_a_firm_keep_all_but_mail() -> None:
    made, shown = message(Pseudonymiser(PSEUDONYMS), sighting(), FIRM)
    assert isinstance(made.body, Sighting)
    assert (MINER in shown, "jane" in shown) == (True, False)
    assert made.body.sighting_id == sighting().sighting_id


def told_of(others: tuple[Other, ...], **changes: object) -> str:
    made = Pseudonymiser(PSEUDONYMS).message(Attributed(sighting(**changes), FIRM, WORLD, others))
    shown = msgspec.json.encode(made.body).decode()
    hold(json.loads(shown))
    return shown


@pytest.mark.parametrize(
    ("other", "is_hidden"),
    [
        (Other(MINER_OF_NEXT_DOOR, FAMILY, False), True),
        (Other(MINER_OF_NEXT_DOOR, Known(is_recorded=True), False), True),
        (Other(MINER_OF_NEXT_DOOR, WORLD, True), True),
        (Other(MINER_OF_NEXT_DOOR, FIRM, True), False),
        (Other(MINER_OF_NEXT_DOOR, WORLD, False), False),
    ],
)
def test_a_firm_that_asks_a_household_does_not_tell_of_it(other: Other, is_hidden: bool) -> None:
    """As its proxy, or by a name that stands for the household's address."""
    proxied = ProtocolSeen("tcp", False, UNSET, ProxiedBy("socks5", MINER_OF_NEXT_DOOR, 1080))
    shown = told_of((other,), what=SightingKind.PROXIED, protocol=proxied)
    assert (MINER_OF_NEXT_DOOR not in shown) is is_hidden
    params = {"list": "own", "name": "jane.dyn.example", "addresses": f"192.0.2.1 {MINER_OF_NEXT_DOOR}"}
    reasons = (Reason(ReasonCode.NAME_DNS, finding().at, params, "miner"),)
    shown = told_of((other,), what=SightingKind.DNS, pool=Target(host="jane.dyn.example"), reasons=reasons)
    assert (MINER_OF_NEXT_DOOR not in shown and "jane" not in shown) is is_hidden
    assert MINER in shown


def test_a_pool_end_of_a_household_is_hidden_in_both() -> None:
    told = finding(pool=PoolEnd(ip=POOL, port=3333, host="jane.dyn.example", name="Jane"))
    for body in (told, sighting()):
        _, shown = message(Pseudonymiser(PSEUDONYMS), body, FIRM, FAMILY)
        for secret in (POOL, "jane", "Jane"):
            assert secret not in shown
