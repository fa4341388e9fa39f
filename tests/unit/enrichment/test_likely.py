from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment.likely import RANGES_MAX, likely_ranges, ranges_within


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("203.0.113.5/28", "203.0.113.0/28"),
        ("203.0.113.0/33", "203.0.113.0"),
        ("203.0.113.9-203.0.113.4", "203.0.113.4-203.0.113.9"),
        ("203.0.113.7/255.255.255.240", "203.0.113.0/28"),
        ("203.0.113.0 255.255.255.0", "203.0.113.0/24"),
        ("203.000.113.005", "203.0.113.5"),
        ("203.0.113.4\u2013203.0.113.9", "203.0.113.4-203.0.113.9"),
        ("203.0.113.8\uff5e203.0.113.15", "203.0.113.8/29"),
        ("203.0.113.8 - 15", "203.0.113.8/29"),
        ("203.0.113.8 to 203.0.113.15", "203.0.113.8/29"),
        ("203.0.113.8至203.0.113.15", "203.0.113.8/29"),
        ("203.0.113.8..203.0.113.15", "203.0.113.8/29"),
        ("\uff12\uff10\uff13.0.113.8", "203.0.113.8"),
        ("\u202a203.0.113.8\u200b", "203.0.113.8"),
        ("203.0.113.*", "203.0.113.0/24"),
        ("203.0.x.x", "203.0.0.0/16"),
        ("203.0.113", "203.0.113.0/24"),
        ("10/8", "10.0.0.0/8"),
        ("172.16/12", "172.16.0.0/12"),
        ("203.0.113.8:3333", "203.0.113.8"),
        ("'203.0.113.8.", "203.0.113.8"),
        ("203.0.113.8, 203.0.113.12/30", "203.0.113.8 203.0.113.12/30"),
        ("203.0.113.8；203.0.113.9、203.0.113.10", "203.0.113.8 203.0.113.9 203.0.113.10"),
        ("::ffff:203.0.113.4", "203.0.113.4"),
        ("::ffff:203.0.113.0/124", "203.0.113.0/28"),
        ("::ffff:203.0.113.4-::ffff:203.0.113.9", "203.0.113.4-203.0.113.9"),
        ("2001:DB8::1/32", "2001:db8::/32"),
        ("[2001:db8::1]:3333", "2001:db8::1"),
        ("[2001:db8::]/64", "2001:db8::/64"),
        # A digit that is missing does not make half of the internet ours.
        ("203.0.113.7/2", "203.0.113.7"),
        ("203.0.113.7-3.0.113.9", "203.0.113.7 3.0.113.9"),
        ("2001:db8::1/3", "2001:db8::1"),
    ],
)
def test_what_a_broken_prefix_must_have_meant_is_held(text: str, shown: str) -> None:
    assert " ".join(map(str, likely_ranges(text))) == shown


@pytest.mark.parametrize(
    "text", ["", "-", "hall 2", "203.0.113.8-::1", "203.0.113.8-999", "1" * 200, "3/4", "a" * 9999]
)
def test_where_nothing_tells_it_nothing_is_held(text: str) -> None:
    assert [one for one in likely_ranges(text) if one.version == 6 or one.low >> 24 == 203] == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Demo Road 3/4, flat 2,C-1,203.0.113.7,household", "203.0.113.7"),
        ("C-1;203.0.113.0/28;household;2001:db8::7", "203.0.113.0/28 2001:db8::7"),
        ("联通203.0.113.7专线", "203.0.113.7"),
        ("version 1.2.3, at 12:30, 10/8, 1.2.3.4.5", ""),
    ],
)
def test_in_a_line_whose_columns_are_shifted_whole_addresses_are_found(text: str, shown: str) -> None:
    assert " ".join(map(str, ranges_within(text))) == shown


def test_a_cell_of_addresses_without_end_is_bounded() -> None:
    text = " ".join(f"10.0.0.{number}" for number in range(100))
    assert len(likely_ranges(text)) == len(ranges_within(text)) == RANGES_MAX


@given(st.text(alphabet="0123456789abcdefx.:/-*, []至", max_size=60))
def test_no_text_raises(text: str) -> None:
    for one in (*likely_ranges(text), *ranges_within(text)):
        assert one.low <= one.high
