# SPDX-License-Identifier: Apache-2.0
"""Each dialect is played in each case: whole, from its middle, one side of it, with loss, out of order, in pieces, in
every tunnel; and each has conversations that look like it and are not.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sensor.wire import DIALECTS
from tests.e2e import test_near_misses as near
from tests.e2e import test_transforms as played

CASES: dict[str, Callable[..., None]] = {
    "normal": played.test_a_whole_session_is_found_as_it_is,
    "mid-stream": played.test_the_capture_may_begin_anywhere,
    "one side": played.test_one_direction_may_be_all_there_is,
    "loss": played.test_any_segment_may_be_lost,
    "reorder": played.test_any_two_neighbours_may_be_swapped,
    "segmentation": played.test_bytes_may_come_one_by_one,
    "tunnels": played.test_any_tunnel_may_carry_a_session,
}


def played_in(case: str) -> set[str]:
    """The dialects that the case's test is run with."""
    marks = [mark for mark in getattr(CASES[case], "pytestmark", []) if mark.args[:1] == ("dialect",)]
    assert len(marks) == 1
    return {dialect.session.facts.dialect for dialect in marks[0].args[1]}


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
