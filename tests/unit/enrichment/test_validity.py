from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from enrichment.model import Interval, Unanswered
from enrichment.validity import COVER_CERTAIN, Choice, Period, choose

SESSION = Interval(1000, 1999)  # a thousand nanoseconds


def period(record: int, owner: int, from_ns: int | None = None, to_ns: int | None = None) -> Period:
    return Period(record, owner, from_ns, to_ns)


def test_a_record_without_times_holds_always() -> None:
    assert choose([[period(7, 1)]], SESSION) == Choice(7, 1.0, is_sole=True)


def test_no_record_is_no_choice() -> None:
    assert choose([], SESSION) is None
    assert choose([[], []], SESSION) is None


def test_a_session_of_one_packet_has_an_owner() -> None:
    assert choose([[period(0, 1, 1000, 1001)]], Interval(1000, 1000)) == Choice(0, 1.0, is_sole=True)
    gap = choose([[period(0, 1, 1001, None)]], Interval(1000, 1000))
    assert gap == Choice(0, unanswered=Unanswered.COVERAGE_GAP)


def test_the_end_of_a_record_is_not_within_it() -> None:
    choice = choose([[period(0, 1, None, 1500), period(1, 1, 1500, None)]], SESSION)
    assert choice == Choice(0, 1.0, others=(1,))


def test_the_narrowest_range_wins_for_the_time_in_which_it_holds() -> None:
    narrow, wide = period(0, 1, 5000, None), period(1, 2)
    assert choose([[narrow], [wide]], SESSION) == Choice(1, 1.0)
    assert choose([[narrow], [wide]], Interval(6000, 7000)) == Choice(0, 1.0, is_sole=True)


def test_one_owner_certain_but_for_its_edge_is_named() -> None:
    assert choose([[period(0, 1, 1050, None)], [period(1, 2)]], SESSION) == Choice(0, 0.95)


def test_one_owner_for_a_part_is_named_with_its_cover_and_for_less_than_half_is_not() -> None:
    assert choose([[period(0, 1, 1300, None)]], SESSION) == Choice(0, 0.7)
    assert choose([[period(0, 1, 1600, None)]], SESSION) == Choice(0, unanswered=Unanswered.COVERAGE_GAP)


def test_two_owners_one_after_the_other_within_a_session_are_a_conflict() -> None:
    choice = choose([[period(0, 1, None, 1300), period(1, 2, 1300, None)]], SESSION)
    assert choice is not None
    assert choice.unanswered is Unanswered.CONFLICT
    choice = choose([[period(0, 1, 1300, None)], [period(1, 2)]], SESSION)
    assert choice is not None
    assert choice.unanswered is Unanswered.CONFLICT


def test_two_owners_at_once_are_a_conflict_and_a_short_overlap_is_not() -> None:
    choice = choose([[period(0, 1), period(1, 2, 1500, None)]], SESSION)
    assert choice == Choice(0, unanswered=Unanswered.CONFLICT)
    assert choose([[period(0, 1), period(1, 2, 1950, None)]], SESSION) == Choice(0, 0.95)


def test_a_broken_record_keeps_its_range_from_the_wider_one_but_not_from_a_good_one() -> None:
    broken = period(0, -1)
    assert choose([[broken], [period(1, 2)]], SESSION) == Choice(0, unanswered=Unanswered.BAD_RECORD)
    assert choose([[broken, period(2, 3)], [period(1, 2)]], SESSION) == Choice(2, 1.0)
    choice = choose([[broken, period(2, 3, None, 1600)]], SESSION)
    assert choice is not None
    assert choice.unanswered is Unanswered.CONFLICT


TIMES = st.none() | st.integers(0, 40)
PERIODS = st.lists(st.tuples(st.integers(-1, 3), TIMES, TIMES), max_size=4)


@given(st.lists(PERIODS, max_size=3), st.integers(0, 40), st.integers(0, 40))
def test_the_choice_is_that_of_counting_each_nanosecond(
    drawn: list[list[tuple[int, int | None, int | None]]], one: int, other: int
) -> None:
    begin, end = sorted([one, other])
    levels = [
        [period(number * 10 + place, *parts) for place, parts in enumerate(level) if _is_forward(parts)]
        for number, level in enumerate(drawn)
    ]
    choice = choose(levels, Interval(begin, end))
    owners = [_owner_at(levels, moment) for moment in range(begin, end + 1)]
    named = {owner for owner in owners if isinstance(owner, int) and owner >= 0}
    total = len(owners)
    if choice is None:
        assert not any(levels)
    elif choice.unanswered is None:
        shares = {owner: owners.count(owner) / total for owner in named}
        assert choice.cover == max(shares.values())
        assert choice.cover >= COVER_CERTAIN or len(set(owners) - {None}) == 1
    else:
        assert all(owners.count(owner) / total < COVER_CERTAIN for owner in named) or "both" in owners


def _is_forward(parts: tuple[int, int | None, int | None]) -> bool:
    _, from_ns, to_ns = parts
    return from_ns is None or to_ns is None or from_ns < to_ns


def _owner_at(levels: list[list[Period]], moment: int) -> int | str | None:
    for level in levels:
        here = {
            held.owner
            for held in level
            if (held.from_ns is None or held.from_ns <= moment) and (held.to_ns is None or moment < held.to_ns)
        }
        readable = here - {-1}
        if here:
            return "both" if len(readable) > 1 else readable.pop() if readable else -1
    return None
