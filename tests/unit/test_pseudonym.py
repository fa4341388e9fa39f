from __future__ import annotations

import hashlib
import hmac
import re

from hypothesis import given
from hypothesis import strategies as st

from sensor.pseudonym import Domain, Pseudonyms, key_id_of

KEY = bytes(range(32))
NAMES = st.lists(st.text(max_size=8) | st.integers(0, 99), max_size=3)


def test_a_pseudonym_is_a_keyed_hash_of_lengths_and_names() -> None:
    parts = [b"minesensor.v1", b"address", b"0", b"203.0.113.7"]
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    expected = hmac.new(KEY, message, hashlib.sha256).hexdigest()[:32]
    assert Pseudonyms(KEY).bare(Domain.ADDRESS, 0, "203.0.113.7") == expected


def test_the_number_of_the_key_stands_in_front() -> None:
    ours, other = Pseudonyms(KEY), Pseudonyms(bytes(32))
    shown = ours.of(Domain.CUSTOMER, "C-1")
    assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{32}", shown)
    assert key_id_of(shown) == ours.key_id != other.key_id
    assert other.of(Domain.CUSTOMER, "C-1").partition("-")[2] != shown.partition("-")[2]


def test_domains_have_nothing_in_common() -> None:
    pseudonyms = Pseudonyms(KEY)
    assert len({pseudonyms.bare(domain, "same") for domain in Domain}) == len(Domain)


@given(NAMES, NAMES)
def test_two_lists_of_names_have_two_pseudonyms(one: list[str | int], other: list[str | int]) -> None:
    pseudonyms = Pseudonyms(KEY)
    is_same = [str(name) for name in one] == [str(name) for name in other]
    assert (pseudonyms.of(Domain.LINE, *one) == pseudonyms.of(Domain.LINE, *other)) is is_same


def test_a_text_that_is_no_unicode_has_one_too() -> None:
    assert Pseudonyms(KEY).of(Domain.ACCOUNT, "\ud800")
