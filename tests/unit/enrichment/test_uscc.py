from __future__ import annotations

import pytest

from enrichment.uscc import check_character, is_organisation_valid, is_valid, organisation_check

# The division 999999 does not exist, so this is nobody's.
FICTIONAL = "91999999MA00000079"


def test_the_check_character_follows_from_the_rest() -> None:
    assert is_valid(FICTIONAL)
    assert check_character(FICTIONAL[:-1]) == "9"


@pytest.mark.parametrize("position", range(17))
def test_each_changed_character_is_noticed(position: int) -> None:
    for char in "0123456789ABCDEFGHJKLMNPQRTUWXY":
        changed = FICTIONAL[:position] + char + FICTIONAL[position + 1 :]
        assert is_valid(changed) is (char == FICTIONAL[position])


@pytest.mark.parametrize("authority", "ANY19")
def test_codes_may_begin_with_a_letter(authority: str) -> None:
    body = authority + "1999999MA0000007"
    assert is_valid(body + check_character(body))


@pytest.mark.parametrize("code", ["", "9199", FICTIONAL.lower(), FICTIONAL[:-1] + "I", "O" * 18, FICTIONAL + "0"])
def test_what_is_none_is_not_valid(code: str) -> None:
    assert not is_valid(code)


# ---------------------------------------------------------------- the organisation's own check


@pytest.mark.parametrize(
    ("body", "check"), [("D2143569", "X"), ("MA000000", "7"), ("00000000", "0"), ("00000005", "1")]
)
def test_the_check_of_an_organisation_follows_from_the_rest(body: str, check: str) -> None:
    assert organisation_check(body) == check


@pytest.mark.parametrize("position", range(8, 16))
def test_each_changed_character_of_an_organisation_is_noticed(position: int) -> None:
    assert is_organisation_valid(FICTIONAL)
    changed = FICTIONAL[:position] + ("1" if FICTIONAL[position] != "1" else "2") + FICTIONAL[position + 1 :]
    assert not is_organisation_valid(changed)


@pytest.mark.parametrize("body", ["", "MA00000", "MA0000000", "ma000000", "MA0000 0"])
def test_what_is_no_organisation_has_no_check(body: str) -> None:
    assert organisation_check(body) == ""
