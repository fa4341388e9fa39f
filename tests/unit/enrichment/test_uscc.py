from __future__ import annotations

import pytest

from enrichment.uscc import check_character, is_valid

# The division 999999 does not exist, so this is nobody's; the other is the one the standard's annexes compute with.
FICTIONAL = "91999999MA0000001N"


def test_the_check_character_follows_from_the_rest() -> None:
    assert is_valid(FICTIONAL)
    assert check_character(FICTIONAL[:-1]) == "N"


@pytest.mark.parametrize("position", range(17))
def test_each_changed_character_is_noticed(position: int) -> None:
    for char in "0123456789ABCDEFGHJKLMNPQRTUWXY":
        changed = FICTIONAL[:position] + char + FICTIONAL[position + 1 :]
        assert is_valid(changed) is (char == FICTIONAL[position])


@pytest.mark.parametrize("authority", "ANY19")
def test_codes_may_begin_with_a_letter(authority: str) -> None:
    body = authority + "1999999MA0000001"
    assert is_valid(body + check_character(body))


@pytest.mark.parametrize("code", ["", "9199", FICTIONAL.lower(), FICTIONAL[:-1] + "I", "O" * 18, FICTIONAL + "0"])
def test_what_is_none_is_not_valid(code: str) -> None:
    assert not is_valid(code)
