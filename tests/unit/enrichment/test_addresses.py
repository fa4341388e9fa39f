from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment.addresses import Address, Range, Via, is_inside, normalise, parse_range


@pytest.mark.parametrize(
    ("text", "shown", "via"),
    [
        ("203.0.113.7", "203.0.113.7", Via.DIRECT),
        ("2001:db8::1", "2001:db8::1", Via.DIRECT),
        ("::ffff:203.0.113.7", "203.0.113.7", Via.MAPPED),
        ("2002:cb00:7107::1", "203.0.113.7", Via.SIX_TO_FOUR),
        ("2001:0:c612:1::f", "255.255.255.240", Via.TEREDO),
        ("64:ff9b::cb00:7107", "203.0.113.7", Via.NAT64),
        ("64:ff9b:1::cb00:7107", "64:ff9b:1::cb00:7107", Via.DIRECT),
    ],
)
def test_ipv4_that_travels_inside_ipv6_is_ipv4(text: str, shown: str, via: Via) -> None:
    address = normalise(text)
    assert address is not None
    assert (str(address), address.via) == (shown, via)


@pytest.mark.parametrize("text", ["", "fe80::1%eth0", "pool.example", "1.2.3", "1.2.3.4.5", "1" * 1000, "١.٢.٣.٤"])
def test_what_is_no_routed_address_is_none(text: str) -> None:
    assert normalise(text) is None


@given(st.text(max_size=60))
def test_no_text_raises(text: str) -> None:
    normalise(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("203.0.113.7", Range(4, 0xCB007107, 0xCB007107)),
        ("203.0.113.0/24", Range(4, 0xCB007100, 0xCB0071FF)),
        (" 203.0.113.8 - 203.0.113.10 ", Range(4, 0xCB007108, 0xCB00710A)),
        ("0.0.0.0/0", Range(4, 0, (1 << 32) - 1)),
        ("::/0", Range(6, 0, (1 << 128) - 1)),
        ("2001:db8::/32", Range(6, 0x20010DB8 << 96, (0x20010DB9 << 96) - 1)),
    ],
)
def test_a_row_names_an_address_a_prefix_or_a_range(text: str, expected: Range) -> None:
    assert parse_range(text) == expected


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("203.0.113.7/24", "write '203.0.113.0/24'"),
        ("203.0.113.9-203.0.113.8", "write '203.0.113.8-203.0.113.9'"),
        ("203.0.113.9-2001:db8::1", "two addresses of one version"),
        ("203.0.113.0/33", "a number up to 32"),
        ("203.0.113.0/x", "a number up to 32"),
        ("203.0.113.0/²", "a number up to 32"),
        ("::ffff:203.0.113.7", "write '203.0.113.7'"),
        ("::ffff:203.0.113.0/120", "write '203.0.113.0/24'"),
        ("::ffff:203.0.113.0/24", "write '203.0.113.0'"),
        ("fe80::1%eth0", "one that is routed"),
        ("head office", "write it like"),
        ("", "write it like"),
        ("1" * 200, "write it like"),
    ],
)
def test_what_is_none_says_what_to_write(text: str, remedy: str) -> None:
    with pytest.raises(ValueError, match="; ") as caught:
        parse_range(text)
    assert remedy in str(caught.value)


@given(st.sampled_from([4, 6]), st.data())
def test_a_range_is_read_as_it_is_shown(version: int, data: st.DataObject) -> None:
    numbers = st.integers(0, (1 << (32 if version == 4 else 128)) - 1)
    low, high = sorted([data.draw(numbers), data.draw(numbers)])
    shown = Range(version, low, high)
    if version == 4 or low >> 32 != 0xFFFF:
        assert parse_range(str(shown)) == shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.0", True),
        ("100.127.255.255", True),
        ("fd00::1", True),
        ("100.128.0.0", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("2001:db8::1", False),
    ],
)
def test_only_addresses_of_somebodys_own_network_are_inside(text: str, expected: bool) -> None:
    address = normalise(text)
    assert isinstance(address, Address)
    assert is_inside(address) is expected
