from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from sensor.detect.recent import Recent

KEYS_MAX = 4096


def size(recent: Recent[tuple[int, int]]) -> int:
    return sys.getsizeof(recent._young) + sys.getsizeof(recent._old)


def test_it_is_never_larger_than_when_it_was_full_for_the_first_time() -> None:
    recent: Recent[tuple[int, int]] = Recent(KEYS_MAX)
    sizes = []
    for number in range(10 * KEYS_MAX):
        recent.meet((number, 1))
        recent.meet((max(0, number - number % 7), 1))
        sizes.append(size(recent))
    assert max(sizes) == max(sizes[:KEYS_MAX])


@given(st.lists(st.integers(0, 40), max_size=200), st.integers(1, 16))
def test_half_of_what_was_met_last_is_known_and_never_more_than_all(keys: list[int], keys_max: int) -> None:
    recent: Recent[int] = Recent(keys_max)
    for key in keys:
        recent.meet(key)
        assert len(recent) <= max(keys_max, 2)
    last = list(dict.fromkeys(reversed(keys)))[: keys_max // 2]
    assert all(key in recent for key in last)


def test_what_is_forgotten_is_counted() -> None:
    recent: Recent[int] = Recent(4)
    for key in range(6):
        recent.meet(key)
    assert (0 in recent, 5 in recent, recent.forgotten_count) == (False, True, 4)
