from __future__ import annotations

import ipaddress
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment import records
from enrichment.base import EnrichmentError, Options
from enrichment.customers import CONFIDENCE, Customers
from enrichment.model import Facts, Flag, Interval, Level, Owner, Subject, SubjectKind, Unanswered

DAY = 86_400 * 1_000_000_000
# Noon of 2026-03-02 in the zone of the dates.
NOON = 1_772_424_000 * 1_000_000_000
SESSION = Interval(NOON, NOON + DAY // 24)


def load(tmp_path: Path, *lines: str, header: str = "prefix,kind,customer") -> Customers:
    path = tmp_path / "customers.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return Customers.load([path], Options())


def customer(customers: Customers, ip: str, interval: Interval = SESSION, realm: int = 0) -> str | Unanswered | None:
    facts = customers.lookup(Subject(realm, ip), interval)
    if facts is None or facts.unanswered is not None:
        return None if facts is None else facts.unanswered
    assert isinstance(facts.says, Owner)
    return facts.says.customer


def test_the_longest_prefix_wins_whatever_the_order_of_the_lines(tmp_path: Path) -> None:
    lines = ["10.0.0.0/8,idc,wide", "10.1.0.0/16,idc,middle", "10.1.2.3,idc,one", "10.1.2.4-10.1.2.9,idc,few"]
    for order in (lines, lines[::-1]):
        customers = load(tmp_path, *order)
        for ip, expected in {
            "10.1.2.3": "one",
            "10.1.2.4": "few",
            "10.1.2.9": "few",
            "10.1.2.10": "middle",
            "10.2.0.0": "wide",
            "10.255.255.255": "wide",
            "11.0.0.0": None,
            "9.255.255.255": None,
            "2001:db8::1": None,
        }.items():
            assert customer(customers, ip) == expected, ip
        assert customers.nested_count == 3


def test_both_versions_of_ip_and_all_their_spellings(tmp_path: Path) -> None:
    customers = load(tmp_path, "2001:db8:5::/48,household,six", "2001:db8:5:1::/64,idc,narrow", "203.0.113.7,idc,four")
    assert customer(customers, "2001:db8:5:1::9") == "narrow"
    assert customer(customers, "2001:db8:5:2::9") == "six"
    assert customer(customers, "::ffff:203.0.113.7") == "four"
    assert customer(customers, "2002:cb00:7107::1") == "four"


def test_the_same_address_in_another_realm_is_another_customer(tmp_path: Path) -> None:
    customers = load(tmp_path, "10.0.0.1,idc,a,1", "10.0.0.1,idc,b,2", header="prefix,kind,customer,realm")
    assert [customer(customers, "10.0.0.1", realm=realm) for realm in (0, 1, 2)] == [None, "a", "b"]


def test_records_follow_each_other_in_time(tmp_path: Path) -> None:
    header = "prefix,kind,customer,valid_from,valid_to"
    customers = load(
        tmp_path,
        "203.0.113.0/24,idc,later,2026-03-02,",
        "203.0.113.0/24,idc,before,,2026-03-01",
        header=header,
    )
    assert customer(customers, "203.0.113.1") == "later"
    assert customer(customers, "203.0.113.1", Interval(NOON - 3 * DAY, NOON - 2 * DAY)) == "before"
    # Two owners within one session: one of the records is wrong about the hour.
    assert customer(customers, "203.0.113.1", Interval(NOON - DAY, NOON)) == Unanswered.CONFLICT
    assert customers.problems.count == 0


def test_an_answer_names_its_record_and_what_it_is_worth(tmp_path: Path) -> None:
    customers = load(
        tmp_path, "203.0.113.0/24,idc,a,2026-03-02T12:20:00+08:00", header="prefix,kind,customer,valid_from"
    )
    facts = customers.lookup(Subject(0, "203.0.113.9"), SESSION)
    assert isinstance(facts, Facts)
    hop = facts.hop
    assert (hop.source, hop.key, hop.ref) == ("customers", "203.0.113.0/24", "customers.csv:2")
    assert (hop.from_ns, hop.to_ns) == (NOON + DAY // 72, None)
    assert (hop.cover, hop.confidence) == (0.6667, round(CONFIDENCE * 2 / 3, 4))
    assert facts.flags == (Flag.PARTIAL, Flag.NO_SITE)


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("203.0.113.1,idc,hall,street 1,150602,L1", Level.SITE),
        ("203.0.113.1,idc,,street 1,150602,L1", Level.STREET),
        ("203.0.113.1,idc,,,150602,L1", Level.LINE),
        ("203.0.113.1,idc,,,150602,", Level.CITY),
        ("203.0.113.1,idc,,,150000,", Level.PROVINCE),
        ("203.0.113.1,idc,,,,", Level.OPERATOR),
    ],
)
def test_the_level_is_what_the_record_really_says(line: str, level: Level, tmp_path: Path) -> None:
    customers = load(tmp_path, line, header="prefix,kind,site,address,division,line")
    facts = customers.lookup(Subject(0, "203.0.113.1"), SESSION)
    assert facts is not None
    assert facts.level is level


def test_a_wrong_check_character_is_a_flag(tmp_path: Path) -> None:
    customers = load(tmp_path, "203.0.113.1,idc,91999999MA0000007X,hall", header="prefix,kind,uscc,site")
    facts = customers.lookup(Subject(0, "203.0.113.1"), SESSION)
    assert facts is not None
    assert facts.flags == (Flag.USCC_INVALID,)


def test_a_household_whose_line_is_broken_does_not_pass_for_the_enterprise_around_it(tmp_path: Path) -> None:
    customers = load(tmp_path, "203.0.113.0/24,enterprise,firm", "203.0.113.7,houshold,family")
    assert customer(customers, "203.0.113.7") == Unanswered.BAD_RECORD
    assert customer(customers, "203.0.113.8") == "firm"
    assert customers.problems.lost_count == 1


@pytest.mark.parametrize(
    ("written", "ip"),
    [
        ("203.0.113.1/24", "203.0.113.5"),
        ("203.0.114.9-203.0.114.0", "203.0.114.5"),
        ("203.0.117.0/255.255.255.0", "203.0.117.9"),
        ("203.0.116.007", "203.0.116.7"),
        ("203.0.115.9/33", "203.0.115.9"),
    ],
)
def test_addresses_that_are_written_wrong_are_nobodys_as_far_as_they_can_be_read(
    written: str, ip: str, tmp_path: Path
) -> None:
    customers = load(tmp_path, "203.0.0.0/16,enterprise,E", f"{written},household,H")
    assert customers.problems.lost_count == 1
    assert customer(customers, ip) is Unanswered.BAD_RECORD
    assert customer(customers, "203.0.1.1") == "E"


def test_a_broken_line_that_does_not_say_its_realm_is_nobodys_in_all(tmp_path: Path) -> None:
    customers = load(
        tmp_path,
        "203.0.113.0/24,enterprise,one,1",
        "203.0.113.7,household,family,2O",
        "203.0.113.0/24,enterprise,two,20",
        header="prefix,kind,customer,realm",
    )
    for realm, firm in ((1, "one"), (20, "two")):
        assert customer(customers, "203.0.113.7", realm=realm) is Unanswered.BAD_RECORD
        assert customer(customers, "203.0.113.8", realm=realm) == firm


def test_ranges_of_one_size_that_cross_are_a_conflict_where_they_do(tmp_path: Path) -> None:
    lines = ["203.0.113.0-203.0.113.20,enterprise,E", "203.0.113.10-203.0.113.30,household,H"]
    for order in (lines, lines[::-1]):
        customers = load(tmp_path, *order)
        found = [customer(customers, f"203.0.113.{last}") for last in (5, 15, 25)]
        assert found == ["E", Unanswered.CONFLICT, "H"]


def test_one_prefix_for_two_owners_at_once_is_told_with_both_lines(tmp_path: Path) -> None:
    customers = load(tmp_path, "203.0.113.0/24,idc,a", "203.0.113.0/24,idc,a", "203.0.113.0/24,idc,b")
    told = [str(problem) for problem in customers.problems.kept]
    assert len(told) == 1
    assert told[0].endswith(
        "customers.csv:4: gives 203.0.113.0/24 to a second owner at the same time as customers.csv:2; "
        "end one where the other begins"
    )
    assert customer(customers, "203.0.113.1") == Unanswered.CONFLICT


def test_two_records_of_one_customer_are_no_two_owners(tmp_path: Path) -> None:
    lines = [
        "203.0.113.0/24,enterprise,C-1,North,Hall 1,M-1,L-1,39.8,110.0",
        "203.0.113.0/24,enterprise,C-1,North,Hall 1,M-2,,39.8,110.0",
        "203.0.113.0/24,enterprise,C-1,,,M-2,L-1,,",
    ]
    header = "prefix,kind,customer,enterprise,site,meter,line,latitude,longitude"
    for order in (lines, lines[::-1]):
        customers = load(tmp_path, *order, header=header)
        facts = customers.lookup(Subject(0, "203.0.113.7"), SESSION)
        assert facts is not None
        # What they contradict each other in is not told.
        assert facts.says == Owner(
            SubjectKind.ENTERPRISE, "C-1", "North", site="Hall 1", line="L-1", latitude=39.8, longitude=110.0
        )
        assert (facts.level, facts.hop.cover) == (Level.SITE, 1.0)
        assert facts.hop.ref == "customers.csv:2, customers.csv:3, customers.csv:4"
        told = [str(problem) for problem in customers.problems.kept]
        assert [line.partition("customers.csv")[2] for line in told] == [
            f":{line}: says other things of the customer of 203.0.113.0/24 than customers.csv:2; "
            "put both into one line, or only what is the same is told"
            for line in (3, 4)
        ]


def test_a_customer_who_moves_within_a_session_is_one_customer(tmp_path: Path) -> None:
    customers = load(
        tmp_path,
        "203.0.113.7,enterprise,C-1,Hall 1,,2026-03-01",
        "203.0.113.7,enterprise,C-1,Hall 2,2026-03-02,",
        header="prefix,kind,customer,site,valid_from,valid_to",
    )
    begins = NOON - DAY // 2
    facts = customers.lookup(Subject(0, "203.0.113.7"), Interval(begins - DAY // 24, begins + DAY // 24))
    assert facts is not None
    assert facts.says == Owner(SubjectKind.ENTERPRISE, "C-1")
    assert (facts.level, facts.hop.cover) == (Level.OPERATOR, 1.0)
    later = customers.lookup(Subject(0, "203.0.113.7"), SESSION)
    assert later is not None
    assert isinstance(later.says, Owner)
    assert later.says.site == "Hall 2"


def test_a_household_and_an_enterprise_of_one_number_are_two(tmp_path: Path) -> None:
    customers = load(tmp_path, "203.0.113.0/24,enterprise,C-1", "203.0.113.0/24,household,C-1")
    assert customer(customers, "203.0.113.7") is Unanswered.CONFLICT


def test_ranges_that_cross_are_told_and_the_smaller_wins(tmp_path: Path) -> None:
    customers = load(tmp_path, "203.0.113.0-203.0.113.99,idc,large", "203.0.113.90-203.0.113.120,idc,small")
    (problem,) = customers.problems.kept
    assert str(problem).endswith(
        "customers.csv:3: 203.0.113.90-203.0.113.120 overlaps 203.0.113.0-203.0.113.99 of customers.csv:2; "
        "end one where the other begins"
    )
    assert customer(customers, "203.0.113.95") == "small"


def test_times_beyond_what_a_clock_of_nanoseconds_tells_are_without_end(tmp_path: Path) -> None:
    header = "prefix,kind,customer,valid_from,valid_to"
    lines = (
        "10.0.0.1,idc,always,0001-01-01,9999-12-31",
        "10.0.0.2,idc,never,9999-12-31,",
        "10.0.0.3,idc,was,,0001-01-01",
    )
    customers = load(tmp_path, *lines, header=header)
    found = [customer(customers, f"10.0.0.{number}") for number in (1, 2, 3)]
    assert found == ["always", Unanswered.COVERAGE_GAP, Unanswered.COVERAGE_GAP]


def test_several_files_are_one_list_and_each_has_a_version(tmp_path: Path) -> None:
    for name, line in {"a.csv": "10.0.0.0/8,idc,a", "b.csv": "10.0.0.0/16,household,b"}.items():
        (tmp_path / name).write_text(f"prefix,kind,customer\n{line}\n")
    customers = Customers.load([tmp_path / "a.csv", tmp_path / "b.csv"], Options())
    assert customer(customers, "10.0.0.1") == "b"
    facts = customers.lookup(Subject(0, "10.0.0.1"), SESSION)
    assert facts is not None
    assert facts.hop.ref == "b.csv:2"
    assert [version.file for version in customers.versions] == ["a.csv", "b.csv"]
    assert all(len(version.sha256) == 64 for version in customers.versions)


def test_a_file_of_which_nothing_can_be_read_is_refused_with_its_first_complaint(tmp_path: Path) -> None:
    with pytest.raises(EnrichmentError, match=r"customers.csv:2: kind 'x' is none; .* \(no record of the file"):
        load(tmp_path, "10.0.0.1,x,a", "10.0.0.2,y,b")
    with pytest.raises(EnrichmentError, match=r"customers.csv: no records; give it a line"):
        load(tmp_path)


def test_a_history_longer_than_is_looked_through_is_refused(tmp_path: Path) -> None:
    header = "prefix,kind,customer,valid_from,valid_to"
    years = range(2100 - records.PERIODS_PER_RANGE_MAX, 2100)
    lines = [f"10.0.0.1,idc,{year},{year}-01-01,{year}-12-31" for year in years]
    assert customer(load(tmp_path, *lines, header=header), "10.0.0.1") == "2026"
    with pytest.raises(EnrichmentError, match=r"customers.csv:\d+: more records of one range"):
        load(tmp_path, *lines, "10.0.0.1,idc,d,2050-01-01,", header=header)


def test_the_owners_are_each_told_once(tmp_path: Path) -> None:
    customers = load(tmp_path, "10.0.0.1,idc,a", "10.0.0.2,idc,a", "10.0.0.3,household,b")
    assert [(owner.kind, owner.customer) for owner in customers.owners()] == [
        (SubjectKind.IDC, "a"),
        (SubjectKind.HOUSEHOLD, "b"),
    ]


PLAN = st.lists(st.tuples(st.integers(0, 63), st.integers(0, 6)), min_size=1, max_size=25, unique=True)


@settings(max_examples=50)
@given(PLAN, st.integers(0, 63))
def test_the_answer_is_that_of_the_standard_library(plan: list[tuple[int, int]], last: int) -> None:
    networks = {
        ipaddress.ip_network((int(ipaddress.ip_address("10.0.0.0")) + (number >> bits << bits), 32 - bits))
        for number, bits in plan
    }
    with tempfile.TemporaryDirectory() as folder:
        customers = load(Path(folder), *(f"{network},idc,{network}" for network in sorted(networks, key=str)))
    asked = ipaddress.ip_address(int(ipaddress.ip_address("10.0.0.0")) + last)
    covering = [network for network in networks if asked in network]
    expected = max(covering, key=lambda network: network.prefixlen, default=None)
    assert customer(customers, str(asked)) == (None if expected is None else str(expected))


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=8))
def test_what_was_asked_before_changes_no_answer(spans: list[tuple[int, int]]) -> None:
    """Days of January and February 2026; an interval may be told with its ends the wrong way round."""
    lines = (
        "203.0.113.0/24,idc,wide,,",
        "203.0.113.7,idc,first,2026-01-05,2026-01-14",
        "203.0.113.7,idc,second,2026-01-12,2026-01-20",
        "203.0.113.7,idc,third,2026-02-01,",
    )
    with tempfile.TemporaryDirectory() as folder:
        header = "prefix,kind,customer,valid_from,valid_to"
        asked = load(Path(folder), *lines, header=header)
        new_year = 1_767_225_600 * 1_000_000_000
        for first, last in spans:
            interval = Interval(new_year + first * DAY, new_year + last * DAY)
            fresh = load(Path(folder), *lines, header=header)
            for ip in ("203.0.113.7", "203.0.113.8", "198.51.100.1"):
                subject = Subject(0, ip)
                assert asked.lookup(subject, interval) == fresh.lookup(subject, interval)
