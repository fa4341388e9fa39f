"""The answers of check(), and the age of lists."""

from __future__ import annotations

import datetime

import pytest

from signatures.loader import load


@pytest.fixture
def signatures(write, pool_list, protocol):
    text = pool_list.replace(
        "192.0.2.10 3333 - own", "192.0.2.10 3333 - own\n198.51.100.0/24 * - own\n2001:db8::1 25 - own"
    )
    write("protocols/p.toml", protocol)
    return load([write("pools/x.toml", text)])


ANSWERS = {
    "pool.example.com": [("name", "pool.example.com", True)],
    "POOL.example.com.": [("name", "pool.example.com", True)],
    "pool.example.com:3333": [("name", "pool.example.com", True)],
    "stratum+tcp://user@pool.example.com:4444/x": [("name", "pool.example.com", True)],
    "pool.example.com:80": [("name", "pool.example.com", False)],
    "eu.pool.example.com": [],
    "mine.example.net": [("name", "*.mine.example.net", True)],
    "a.b.mine.example.net:443": [("name", "*.mine.example.net", True)],
    "undermine.example.net": [],
    "192.0.2.10": [("address", "192.0.2.10", True)],
    "192.0.2.10:3333": [("address", "192.0.2.10", True)],
    "192.0.2.10:25": [("address", "192.0.2.10", False)],
    "192.0.2.11": [],
    "198.51.100.77:9": [("address", "198.51.100.0/24", True)],
    "[2001:db8::1]:25": [("address", "2001:db8::1", True)],
    "2001:0db8::0001": [("address", "2001:db8::1", True)],
    "p": [("protocol", "p", True)],
    "x": [("list", "x", True)],
    "10.1.2.3": [("benign", "10.1.2.3", False)],
    "172.65.1.2:3333": [("benign", "172.64.0.0/13", False)],
    "de.pool.ntp.org": [("benign", "pool.ntp.org", False)],
    "nothing.example.org": [],
    "": [],
    "a" * 10_000: [],
    "ex\u00e4mple.com\x1b[2J": [],
    ":::::": [],
}


@pytest.mark.parametrize(("subject", "expected"), ANSWERS.items(), ids=[s[:40] or "empty" for s in ANSWERS])
def test_check_answers(signatures, subject, expected):
    assert [(m.what, m.listed, m.applies) for m in signatures.check(subject)] == expected


def test_answer_says_which_why_from_where_and_when(signatures):
    (match,) = signatures.check("pool.example.com:3333")
    assert match.why == (
        "pool.example.com is listed as pool of Example Pool (BTC, LTC) on port 3333, 4444: "
        "active, confidence high, strength fair, Campus pools, as of 2026-11-01"
    )
    assert match.as_of == datetime.date(2026, 11, 1)
    assert [(s.upstream, s.licence) for s in match.sources] == [("own observation", "own work")]
    assert match.path.endswith("pools/x.toml")
    assert match.entry is signatures.entries[0]


def test_answer_names_the_port_that_is_not_listed(signatures):
    (match,) = signatures.check("pool.example.com:80")
    assert match.why.endswith("; not on port 80")


def test_answer_names_eight_ports_and_counts_the_rest(write, pool_list):
    text = pool_list.replace("3333,4444", ",".join(map(str, range(1, 11))))
    (match,) = load([write("pools/x.toml", text)]).check("pool.example.com")
    assert "on port 1, 2, 3, 4, 5, 6, 7, 8 and 2 more: " in match.why
    assert len(match.ports) == 10


def test_row_that_applies_comes_first(write, pool_list):
    text = pool_list.replace("*.mine.example.net * - own", "*.example.com 25 - own")
    found = load([write("pools/x.toml", text)]).check("pool.example.com:25")
    assert [(match.listed, match.applies) for match in found] == [
        ("*.example.com", True),
        ("pool.example.com", False),
    ]


def test_oldest_list_sets_the_age(write, pool_list):
    write("pools/x.toml", pool_list)
    root = write("pools/y.toml", pool_list.replace('"x"', '"y"').replace("2026-11-01", "2026-10-01", 1))
    signatures = load([root])
    assert signatures.oldest_list_age_days(datetime.date(2026, 11, 2)) == 32
    assert signatures.oldest_list_age_days(datetime.date(2026, 1, 1)) == 0


def test_no_list_has_no_age(tmp_path):
    assert load([tmp_path]).oldest_list_age_days(datetime.date(2026, 11, 2)) == 0
