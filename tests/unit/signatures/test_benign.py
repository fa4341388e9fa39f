"""What must not be listed: exact names, trees, what lies above them, ranges."""

from __future__ import annotations

import pytest

from signatures.benign import Benign, Reason, range_of, read_benign
from signatures.schema import SignatureError

REASON = Reason("ordinary", "")
RANGES = ["198.51.100.0/25", "198.51.100.64/26", "203.0.113.0/24", "2001:db8::/33"]
BENIGN = Benign(
    {"api.example.com": REASON, "co.example": REASON},
    {"time.example": REASON},
    [(range_of(text), text, REASON) for text in RANGES],
)


@pytest.mark.parametrize(
    ("name", "above", "found"),
    [
        ("api.example.com", False, "api.example.com"),
        ("v1.api.example.com", False, None),
        ("example.com", False, None),
        ("example.com", True, "api.example.com"),
        ("pool.co.example", False, None),
        ("time.example", False, "time.example"),
        ("a.b.time.example", False, "time.example"),
        ("overtime.example", False, None),
        ("other.example", True, None),
    ],
)
def test_name(name, above, found):
    assert BENIGN.name(name, above=above) == (found and (found, REASON))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("198.51.100.10", "198.51.100.0/25"),
        ("198.51.100.64", "198.51.100.0/25"),
        ("198.51.100.127", "198.51.100.0/25"),
        ("198.51.100.128", None),
        ("198.51.99.255", None),
        ("198.51.0.0/16", "198.51.100.0/25"),
        ("203.0.113.255", "203.0.113.0/24"),
        ("2001:db8::1", "2001:db8::/33"),
        ("2001:db8:8000::1", None),
    ],
)
def test_addresses_in_nested_and_neighbouring_ranges(text, found):
    assert BENIGN.addresses(range_of(text)) == (found and (found, REASON))


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("10.255.255.255", True),
        ("11.0.0.0", False),
        ("100.64.0.1", True),
        ("172.15.255.255", False),
        ("172.31.0.1", True),
        ("223.255.255.255", False),
        ("224.0.0.1", True),
        ("255.255.255.255", True),
        ("::1", True),
        ("fe80::1", True),
        ("2001:db8::1", False),
    ],
)
def test_private_ranges(text, private):
    assert BENIGN.is_private(range_of(text)) is private


def test_range_that_is_none_is_named_with_its_line(tmp_path):
    head = 'name = "x"\ntitle = "t"\ndescription = "d"\nas_of = 2026-01-01\n'
    source = '[[source]]\ntag = "a"\nupstream = "u"\nlicence = "l"\ndate = 2026-01-01\n'
    group = "[[group]]\nwhat = \"w\"\nrows = '''\nok.example\n192.0.2.1/8\n'''\n"
    (tmp_path / "x.toml").write_text(head + source + group)
    with pytest.raises(SignatureError, match=r"^b/x\.toml:14: '192\.0\.2\.1/8' is not an address range; correct it$"):
        read_benign(tmp_path, "b")
