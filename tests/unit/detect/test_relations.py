from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from sensor.detect.relations import Known, Relations
from sensor.figures import Related, Relation
from sensor.limits import RELATED_ADDRESSES_MAX, RELATED_PER_FINDING_MAX, RELATED_SESSIONS_MAX

SECOND = 1_000_000_000
HOUR = 3600
HERE = (0, "192.0.2.1")
FEE, DUAL = Relation.DEVELOPER_FEE, Relation.DUAL_MINING


def known(number: int, **changes: Any) -> Known:
    """A session of a program for graphics cards; times are in seconds."""
    times = {"from_ns": changes.pop("start", 0) * SECOND, "until_ns": changes.pop("until", 4 * HOUR) * SECOND}
    usual = Known(
        address=HERE,
        finding_id=f"{number:032x}",
        agent="lolMiner 1.76",
        account="owner",
        dialect="stratum-other",
        algorithm="ethash",
        pace=400e6,
        is_over=False,
        takes_fees=True,
        mines_two=True,
        is_donation=False,
        **times,
    )
    return replace(usual, **changes)


MAIN = known(1)
SLICE = known(2, account="author", start=2 * HOUR, until=2 * HOUR + 120, is_over=True)
PART = known(2, account="author", start=10, until=HOUR, pace=4e6)
TWIN = known(2, algorithm="kheavyhash", start=5, pace=1e9)


def related(*told: Known) -> dict[int, tuple[Related, ...]]:
    """What each session was related to when it was told last."""
    relations = Relations()
    return {int(one.finding_id, 16): relations.take(one) for one in told}


def link(number: int, relation: Relation, *, is_main: bool) -> Related:
    return Related(f"{number:032x}", relation, is_main)


@pytest.mark.parametrize(
    ("second", "relation"),
    [
        (SLICE, FEE),
        (PART, FEE),
        (known(2, account="author", start=2 * HOUR, until=2 * HOUR + 5, is_donation=True), FEE),
        (TWIN, DUAL),
    ],
)
def test_two_connections_of_one_machine_are_joined_and_the_first_one_counts(second: Known, relation: Relation) -> None:
    found = related(MAIN, second, MAIN)
    assert found[2] == (link(1, relation, is_main=True),)
    assert found[1] == (link(2, relation, is_main=False),)


@pytest.mark.parametrize(
    ("main", "second"),
    [
        (MAIN, replace(SLICE, agent="lolMiner 1.77")),
        (MAIN, replace(SLICE, account="owner")),  # a second connection of the same account
        (MAIN, replace(SLICE, is_over=False)),
        (MAIN, replace(SLICE, takes_fees=False)),
        (MAIN, known(2, account="author", start=2 * HOUR, until=2 * HOUR + 1200, is_over=True)),
        (known(1, until=HOUR, is_over=True), SLICE),  # the other was gone
        (known(1, start=2 * HOUR - 60, until=2 * HOUR + 100), SLICE),  # a machine that has just begun
        (MAIN, replace(PART, pace=40e6)),  # a tenth is a machine of its own
        (MAIN, replace(PART, until_ns=600 * SECOND)),  # too early to say
        (MAIN, replace(PART, algorithm="kawpow", from_ns=100 * SECOND)),
        (MAIN, replace(PART, pace=0.0)),
        (MAIN, replace(TWIN, from_ns=61 * SECOND)),
        (MAIN, replace(TWIN, algorithm="")),
        (MAIN, replace(TWIN, mines_two=False, takes_fees=False)),
        (MAIN, known(2)),
    ],
)
def test_neighbours_are_not_joined(main: Known, second: Known) -> None:
    assert related(main, second, main) == {1: (), 2: ()}


def test_addresses_and_realms_are_apart() -> None:
    relations = Relations()
    relations.take(MAIN)
    assert relations.take(replace(SLICE, address=(0, "192.0.2.2"))) == ()
    assert relations.take(replace(TWIN, address=(1, "192.0.2.1"))) == ()


def test_of_many_machines_the_one_that_began_nearest_is_the_main_one() -> None:
    farm = [known(number, start=600 * number, until=9 * HOUR) for number in range(1, 6)]
    fee = known(9, account="author", start=600 * 3 + 4, until=9 * HOUR, pace=4e6)
    assert related(*farm, fee)[9] == (link(3, FEE, is_main=True),)


def test_machines_that_mine_two_algorithms_are_paired_one_to_one() -> None:
    told = [
        known(1, start=0),
        known(2, start=1, algorithm="kawpow"),
        known(3, start=20),
        known(4, start=21, algorithm="kawpow"),
    ]
    found = related(*told, *told)
    pairs = {(number, int(one.finding_id, 16)) for number, links in found.items() for one in links}
    assert pairs == {(1, 2), (2, 1), (3, 4), (4, 3)}


def test_a_fee_has_no_fee_and_no_twin() -> None:
    other = known(3, account="third", start=2 * HOUR + 1, until=2 * HOUR + 3, is_over=True, algorithm="kawpow")
    assert related(MAIN, SLICE, other)[3] == (link(1, FEE, is_main=True),)


def test_what_is_remembered_is_bounded() -> None:
    relations = Relations()
    for number in range(RELATED_ADDRESSES_MAX + 5):
        relations.take(replace(MAIN, address=(0, f"a{number}")))
    assert len(relations._known) == len(relations._related) == RELATED_ADDRESSES_MAX
    for number in range(2, 200):
        relations.take(known(number, account=f"{number}", is_donation=True, start=number))
        relations.take(MAIN)
    assert len(relations._known[HERE]) == RELATED_SESSIONS_MAX
    assert len(relations._related[HERE]) <= RELATED_SESSIONS_MAX
    assert max(map(len, relations._related[HERE].values())) <= RELATED_PER_FINDING_MAX
