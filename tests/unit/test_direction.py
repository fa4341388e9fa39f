from __future__ import annotations

import pytest

from sensor.direction import Ends, OwnPrefixes, direction_of
from sensor.finding import Direction, DirectionBasis

OUT, IN, WITHIN, THROUGH = Direction
OWN, CUSTOMERS, PRIVATE, LISTED = DirectionBasis
PUBLIC, OTHER, INSIDE = "203.0.113.7", "198.51.100.20", "192.168.1.2"


def ends(
    miner: str = PUBLIC, pool: str = OTHER, *, listed: bool = False, customers: tuple[bool, bool] = (False, False)
) -> Ends:
    return Ends(miner, pool, listed, *customers)


@pytest.mark.parametrize(
    ("own", "direction"),
    [
        (("203.0.113.0/24",), OUT),
        (("198.51.100.0/24",), IN),
        (("203.0.113.0/24", "198.51.100.0/24"), WITHIN),
        (("2001:db8::/32",), THROUGH),
        (("203.0.113.7/32",), OUT),
    ],
)
def test_own_prefixes_decide_and_nothing_else_does(own: tuple[str, ...], direction: Direction) -> None:
    for told in (ends(), ends(listed=True), ends(customers=(False, True))):
        assert direction_of(told, OwnPrefixes(own)) == (direction, OWN)


def test_an_address_is_ours_in_each_of_its_spellings() -> None:
    assert direction_of(ends("::ffff:203.0.113.7"), OwnPrefixes(("203.0.113.0/24",))) == (OUT, OWN)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (ends(customers=(True, False)), (OUT, CUSTOMERS)),
        (ends(customers=(False, True)), (IN, CUSTOMERS)),
        (ends(customers=(True, True)), (WITHIN, CUSTOMERS)),
        (ends(INSIDE, customers=(False, True)), (IN, CUSTOMERS)),
        (ends(INSIDE), (OUT, PRIVATE)),
        (ends("100.64.0.9"), (OUT, PRIVATE)),
        (ends("fd00::9", "2001:db8::1"), (OUT, PRIVATE)),
        (ends(PUBLIC, INSIDE), (IN, PRIVATE)),
        (ends(INSIDE, "10.0.0.1"), (WITHIN, PRIVATE)),
        (ends(PUBLIC, INSIDE, listed=True), (IN, PRIVATE)),
        (ends(listed=True), (OUT, LISTED)),
        (ends(), None),
        (ends(PUBLIC, ""), None),
        (ends(PUBLIC, "", listed=True), (OUT, LISTED)),
    ],
)
def test_without_own_prefixes_the_surest_hint_decides(told: Ends, expected: object) -> None:
    assert direction_of(told, OwnPrefixes(())) == expected
