# SPDX-License-Identifier: Apache-2.0
"""Each dialect is played in each case: whole, from its middle, one side of it, with loss, out of order, in pieces, in
every tunnel; and each has conversations that look like it and are not.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sensor.wire import DIALECTS
from tests.e2e import test_near_misses as near
from tests.e2e import test_over_http as http
from tests.e2e import test_transforms as played

# By lines, and over HTTP.
CASES: dict[str, tuple[Callable[..., None], Callable[..., None]]] = {
    "normal": (played.test_a_whole_session_is_found_as_it_is, http.test_a_whole_session_is_found_as_it_is),
    "mid-stream": (played.test_the_capture_may_begin_anywhere, http.test_the_capture_may_begin_with_any_request),
    "one side": (played.test_one_direction_may_be_all_there_is, http.test_one_direction_may_be_all_there_is),
    "loss": (played.test_any_segment_may_be_lost, http.test_any_segment_may_be_lost),
    "reorder": (played.test_any_two_neighbours_may_be_swapped, http.test_any_two_neighbours_may_be_swapped),
    "segmentation": (played.test_bytes_may_come_one_by_one, http.test_a_message_may_be_cut_anywhere),
    "tunnels": (played.test_any_tunnel_may_carry_a_session, http.test_any_tunnel_may_carry_it),
}


def played_in(case: str) -> set[str]:
    """The dialects that the case's tests are run with."""
    found: set[str] = set()
    for test in CASES[case]:
        marks = [mark for mark in getattr(test, "pytestmark", []) if mark.args[:1] == ("dialect",)]
        assert len(marks) == 1
        found |= {dialect.session.facts.dialect for dialect in marks[0].args[1]}
    return found


@pytest.mark.parametrize("case", CASES)
def test_every_dialect_is_played_in_the_case(case: str) -> None:
    assert played_in(case) == set(DIALECTS)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_has_conversations_that_are_none_of_it(dialect: str) -> None:
    names = near.LIKE[dialect]
    assert len(set(names)) >= 2
    assert set(names) <= set(near.ALL)


def test_conversations_are_like_dialects_that_there_are() -> None:
    assert set(near.LIKE) == set(DIALECTS)
