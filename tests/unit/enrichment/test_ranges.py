from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment.ranges import DEPTH_MAX, RangeIndex, Ranges, TooDeepError


def ranges(ends: set[tuple[int, int]], bits: int = 32) -> Ranges:
    made = Ranges(bits)
    for low, high in sorted(ends, key=lambda pair: (pair[0], -pair[1])):
        made.append(low, high)
    return made


def by_hand(ends: set[tuple[int, int]], number: int) -> list[tuple[int, int]]:
    covering = [(low, high) for low, high in ends if low <= number <= high]
    return sorted(covering, key=lambda pair: (pair[1] - pair[0], pair[0]))


def found(index: RangeIndex, made: Ranges, number: int) -> list[tuple[int, int]]:
    return [(made.low[place], made.high[place]) for place in index.covering(number)]


def prefixes(bits: int) -> st.SearchStrategy[set[tuple[int, int]]]:
    """Nested prefixes close together, so that many lie over each other."""
    ends = st.builds(
        lambda number, length: (number >> length << length, (number >> length << length) + (1 << length) - 1),
        st.integers(0, 255).map(lambda small: small << (bits - 8)) | st.integers((1 << bits) - 300, (1 << bits) - 1),
        st.integers(0, bits),
    )
    return st.sets(ends, max_size=30)


SMALL = st.sets(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: (min(pair), max(pair))), max_size=15)


@pytest.mark.parametrize("bits", [32, 128])
@given(data=st.data())
def test_each_address_has_the_ranges_that_cover_it_narrowest_first(bits: int, data: st.DataObject) -> None:
    ends = data.draw(prefixes(bits))
    made = ranges(ends, bits)
    index = RangeIndex(made)
    edges = {edge for low, high in ends for edge in (low - 1, low, high, high + 1)} | {0, (1 << bits) - 1}
    for number in edges:
        if 0 <= number < 1 << bits:
            assert found(index, made, number) == by_hand(ends, number)
    assert index.crossings_count == 0


@given(SMALL)
def test_ranges_that_cross_are_found_too(ends: set[tuple[int, int]]) -> None:
    made = ranges(ends)
    try:
        index = RangeIndex(made)
    except TooDeepError:
        return
    for number in range(62):
        assert found(index, made, number) == by_hand(ends, number)
    crossing = {(one, other) for one in ends for other in ends if one[0] < other[0] <= one[1] < other[1]}
    told = {((made.low[one], made.high[one]), (made.low[other], made.high[other])) for one, other in index.crossings}
    assert told == crossing
    assert index.crossings_count == len(crossing)


def test_small_sets_that_cross_are_not_all_refused() -> None:
    assert RangeIndex(ranges({(0, 9), (5, 14), (8, 20)})).crossings_count == 3


def test_the_whole_space_and_its_last_address_end_where_the_numbers_end() -> None:
    made = ranges({(0, (1 << 32) - 1), ((1 << 32) - 1, (1 << 32) - 1)})
    index = RangeIndex(made)
    assert len(found(index, made, (1 << 32) - 1)) == 2
    assert len(found(index, made, 0)) == 1


def test_more_ranges_over_one_address_than_a_plan_has_are_refused() -> None:
    fitting = {(number, 10_000 - number) for number in range(DEPTH_MAX)}
    assert len(list(RangeIndex(ranges(fitting)).covering(5000))) == DEPTH_MAX
    with pytest.raises(TooDeepError):
        RangeIndex(ranges(fitting | {(DEPTH_MAX, 10_000 - DEPTH_MAX)}))


def test_a_staircase_of_crossing_ranges_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(TooDeepError):
        RangeIndex(ranges({(number, number + 150) for number in range(3000)}))


def test_nested_ranges_are_counted() -> None:
    assert RangeIndex(ranges({(0, 255), (0, 15), (4, 7), (300, 310), (305, 320)})).nested_count == 2
