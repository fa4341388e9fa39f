"""What holds for every row that the project ships."""

from __future__ import annotations

import ipaddress
import tomllib

import pytest

from signatures.loader import PACKAGED, load
from signatures.schema import Status

SIGNATURES = load()
TOOLS = PACKAGED.parent / "tools"
FREE = {
    upstream["tag"]: upstream["free"]
    for upstream in tomllib.loads((TOOLS / "pool_upstreams.toml").read_text(encoding="utf-8"))["upstream"]
}
LICENCE = {
    upstream["tag"]: upstream["licence"]
    for upstream in tomllib.loads((TOOLS / "pool_upstreams.toml").read_text(encoding="utf-8"))["upstream"]
}


def test_there_is_a_list_of_each_kind_of_evidence():
    assert [pool_list.name for pool_list in SIGNATURES.lists] == [
        "addresses",
        "dual-use",
        "endpoints",
        "historic",
        "relays",
    ]
    assert all(pool_list.rows for pool_list in SIGNATURES.lists)


def test_every_row_has_a_source_with_a_free_licence():
    assert [entry for entry in SIGNATURES.entries if not any(FREE[tag] for tag in entry.sources)] == []


def test_every_source_states_the_licence_on_record():
    stated = {(source.tag, source.licence) for pool_list in SIGNATURES.lists for source in pool_list.sources}
    assert stated == {(tag, LICENCE[tag]) for tag, _ in stated}


def test_every_source_of_a_list_is_used_by_a_row_of_it():
    for pool_list in SIGNATURES.lists:
        used = {tag for e in SIGNATURES.entries if e.list_name == pool_list.name for tag in e.sources}
        assert used == {source.tag for source in pool_list.sources}


def test_no_subject_stands_in_two_lists():
    names = [(name, subtree) for name, subtree, _, _ in SIGNATURES.names]
    addresses = {(address, prefix) for address, prefix, _, _ in SIGNATURES.addresses}
    assert len(names) == len(set(names))
    assert len(names) + len(addresses) == len(SIGNATURES.entries)


def test_no_address_is_private_or_without_port():
    for address, prefix, port, _ in SIGNATURES.addresses:
        parsed = ipaddress.ip_address(address)
        assert parsed.is_global
        assert prefix == parsed.max_prefixlen
        assert 0 < port < 65_536
        assert port not in (80, 443)


def test_no_name_covers_what_must_not_be_listed():
    benign = SIGNATURES.benign
    assert [row for row in SIGNATURES.names if benign.name(row[0], above=row[1] and not row[2])] == []
    assert [row for row in SIGNATURES.names if "." not in row[0]] == []


def test_dual_use_names_match_with_ports_only_and_never_with_a_web_port():
    rows = [row for row in SIGNATURES.names if SIGNATURES.entries[row[3]].list_name == "dual-use"]
    assert all(ports and not {80, 443} & set(ports) for _, _, ports, _ in rows)


def test_endpoints_are_current_and_match_on_any_port():
    rows = [row for row in SIGNATURES.names if SIGNATURES.entries[row[3]].list_name == "endpoints"]
    assert all(not ports for _, _, ports, _ in rows)
    assert {SIGNATURES.entries[row[3]].status for row in rows} <= {Status.ACTIVE, Status.RECENT}


def test_historic_names_never_match_a_web_port():
    rows = [row for row in SIGNATURES.names if SIGNATURES.entries[row[3]].list_name == "historic"]
    assert rows
    assert not any({80, 443} & set(ports) for _, _, ports, _ in rows)


@pytest.mark.parametrize(
    "subject",
    [
        "pool.ntp.org",
        "www.google.com",
        "github.com",
        "binance.com",
        "electrum.org",
        "1.1.1.1:443",
        "10.0.0.1",
    ],
)
def test_ordinary_names_are_not_reported(subject):
    assert not [match for match in SIGNATURES.check(subject) if match.applies]
