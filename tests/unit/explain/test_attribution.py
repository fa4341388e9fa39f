from __future__ import annotations

import msgspec
import pytest
from msgspec import UNSET

from enrichment.model import Datum, Flag, Level, SubjectKind, Unanswered
from sensor.explain import LANGUAGES, Section, text
from sensor.explain.attribution import attribution
from sensor.finding import Finding
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
from tests.kept import findings

FULL = Attribution(
    end=End.MINER,
    kind=SubjectKind.ENTERPRISE,
    level=Level.SITE,
    confidence=0.95,
    weakest="customers",
    customer="C-1041",
    enterprise="北方数据（演示）有限公司\u202e",
    uscc="91999999MA00000079",
    site="Hall 2\x1b[2J",
    address="Demo Road 7",
    division=Division(code="150602", level="county", province="15", province_name="内蒙古自治区"),
    position=Position(39.8, 109.9, Datum.GCJ02),
    line="L-1",
    meter="M-1",
    place=GeoPlace(country="CN", city="Ordos"),
    autonomous_system=AutonomousSystem(64500, "Demo"),
    hops=(
        Hop(
            source="customers",
            role=HopRole.CHAIN,
            key="198.51.100.0/28",
            ref="c.csv:2",
            valid_from="2025-06-01T00:00:00.000000000Z",
            cover=0.925,
            confidence=0.95,
        ),
        Hop(source="city", role=HopRole.CHECK, key="198.51.100.0/24", cover=1.0, confidence=0.3),
    ),
    flags=(Flag.PARTIAL,),
    data_versions=(DataFile("customers", "c.csv", "ab" * 32),),
)


@pytest.fixture(scope="module")
def finding() -> Finding:
    return next(findings("demo.pcap"))


def said(finding: Finding, found: object, language: str = "en") -> list[str]:
    statements = list(attribution(msgspec.structs.replace(finding, attribution=found)))
    assert {statement.section for statement in statements} == {Section.ATTRIBUTION}
    return [text(statement, language) for statement in statements]


def test_the_answer_comes_first_then_what_it_rests_on(finding: Finding) -> None:
    assert said(finding, FULL) == [
        "whose address: the miner's",
        "it belongs to an enterprise",
        "enterprise: 北方数据（演示）有限公司\\u202e",
        "unified social credit code: 91999999MA00000079",
        "customer: C-1041",
        "site: Hall 2\\x1b[2J",
        "address of the site: Demo Road 7",
        "access line: L-1",
        "electricity meter: M-1",
        "division: 150602 in 内蒙古自治区",
        "position: 39.8 north, 109.9 east (GCJ02)",
        "precision reached: the site",
        "worth 0.95 of 1; the weakest step is customers",
        "rests on customers: 198.51.100.0/28, record c.csv:2, valid from 2025-06-01T00:00:00.000000000Z to -, "
        "covers 92.5 % of the session, worth 0.95",
        "asked as well: city: 198.51.100.0/24, worth 0.3; it changes nothing",
        "GeoIP says: Ordos, CN",
        "the address is announced by AS64500 Demo",
        "mind: the record covers a part of the session only",
        f"file asked: customers, c.csv, sha256 {'ab' * 32}",
    ]


@pytest.mark.parametrize("reason", Unanswered)
def test_where_there_is_no_owner_the_reason_is_told(reason: Unanswered, finding: Finding) -> None:
    nobody = Attribution(
        end=End.POOL,
        kind=SubjectKind.UNKNOWN,
        level=Level.NONE,
        confidence=0.0,
        reason=reason,
        hops=(),
        flags=(),
        data_versions=(),
    )
    told = said(finding, nobody)
    assert told[0] == "whose address: the pool's, which is the end that is ours"
    assert told[1] == "whose it is, no record says"
    assert told[2].startswith("why not: ")
    assert told[-1] == "worth 0 of 1"


def test_the_record_of_whoever_is_hidden_is_not_named(finding: Finding) -> None:
    hidden = msgspec.structs.replace(FULL.hops[0], key=UNSET, ref=UNSET, valid_from=UNSET)
    told = said(finding, msgspec.structs.replace(FULL, hops=(hidden,)))
    assert "rests on a record of customers, covers 92.5 % of the session, worth 0.95" in told


def test_without_files_that_is_what_is_told(finding: Finding) -> None:
    (line,) = said(finding, UNSET)
    assert line.startswith("no file says whose addresses are")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_is_one_line_in_every_language(language: str, finding: Finding) -> None:
    for line in said(finding, FULL, language):
        assert line.isprintable()
        assert "?" not in line
