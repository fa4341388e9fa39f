"""One test per complaint about a list, with the exact line, and what a good row becomes."""

from __future__ import annotations

import pytest

from signatures.loader import load

ROW = "pool.example.com 3333,4444 BTC,LTC own Example Pool"
AT = "pools/x.toml:16: "
AMAZON = "a shared-hosting or cloud suffix: each name below it is somebody else's"
SUFFIX = "a public suffix: anybody can register below it"
NTP = "a time service"
POPULAR = "a popular site that has a mining word in its name"
CDN = "a range of a content network, shared by unrelated sites"

ROW_ERRORS = {
    "too-few-columns": ("pool.example.com 3333", "2 columns; write: name ports coins sources [pool]"),
    "private-v4": ("10.0.0.5 3333 - own", "'10.0.0.5' is a private address; remove it or set allow_private"),
    "zone": (
        "2001:db8::1%eth0 1 - own",
        "'2001:db8::1%eth0' has a zone, which no packet carries; write the address alone",
    ),
    "mapped": ("::ffff:192.0.2.10 1 - own", "'::ffff:192.0.2.10' is IPv4 within IPv6; write 192.0.2.10"),
    "private-v6": ("fd00::1 3333 - own", "'fd00::1' is a private address; remove it or set allow_private"),
    "loopback": ("127.0.0.1 * - own", "'127.0.0.1' is a private address; remove it or set allow_private"),
    "private-range": (
        "192.168.0.0/24 * - own",
        "'192.168.0.0/24' is a private address; remove it or set allow_private",
    ),
    "too-wide-v4": ("198.0.0.0/8 * - own", "'198.0.0.0/8' is wider than /16; list the addresses themselves"),
    "too-wide-v6": (
        "2001:d00::/24 * - own",
        "'2001:d00::/24' is wider than /32; list the addresses themselves",
    ),
    "bad-address": (
        "192.0.2.300 * - own",
        "'192.0.2.300' is neither a host name nor an address; correct it",
    ),
    "host-bits": ("192.0.2.1/24 * - own", "'192.0.2.1/24' is neither a host name nor an address; correct it"),
    "content-network": (
        "172.65.1.1 3333 - own",
        f"'172.65.1.1' lies in 172.64.0.0/13, {CDN}; list the host name instead",
    ),
    "top-level-domain": ("com * - own", "'com' is a bare top-level domain; name the pool's own domain"),
    "tree-top-level": ("*.com * - own", "'*.com' is a bare top-level domain; name the pool's own domain"),
    "public-suffix": (
        "*.co.uk * - own",
        f"'*.co.uk' covers 'co.uk', {SUFFIX}; list the mining hosts alone",
    ),
    "shared-hosting": (
        "amazonaws.com * - own",
        f"'amazonaws.com' covers 'amazonaws.com', {AMAZON}; list the mining hosts alone",
    ),
    "above-an-ordinary-name": (
        "*.ntp.org * - own",
        f"'*.ntp.org' covers '0.amazon.pool.ntp.org', {POPULAR}; list the mining hosts alone",
    ),
    "below-an-ordinary-tree": (
        "a.cn.pool.ntp.org 3333 - own",
        f"'a.cn.pool.ntp.org' covers 'pool.ntp.org', {NTP}; list the mining hosts alone",
    ),
    "capitals": (
        "Pool.example.com * - own",
        "'Pool.example.com' is not a host name in lower-case ASCII; correct it",
    ),
    "inner-star": (
        "eu.*.example.com * - own",
        "'eu.*.example.com' is not a host name in lower-case ASCII; correct it",
    ),
    "long-label": (
        f"{'a' * 64}.example.com * - own",
        f"'{'a' * 60}...' has a label of more than 63 characters; correct it",
    ),
    "long-name": (
        f"{'a.' * 150}com * - own",
        f"'{'a.' * 30}...' is not a host name in lower-case ASCII; correct it",
    ),
    "port-zero": ("pool.example.com 0 - own", "'0' is not a port; write 1 to 65535, or '*' for any"),
    "port-too-large": (
        "pool.example.com 65536 - own",
        "'65536' is not a port; write 1 to 65535, or '*' for any",
    ),
    "port-no-number": ("pool.example.com 33x - own", "'33x' is not a port; write 1 to 65535, or '*' for any"),
    "port-other-digits": (
        "pool.example.com \u0663 - own",
        "'\\u0663' is not a port; write 1 to 65535, or '*' for any",
    ),
    "port-twice": ("pool.example.com 25,25 - own", "ports '25,25' name one twice; remove it"),
    "too-many-ports": (
        f"pool.example.com {','.join(map(str, range(1, 258)))} - own",
        "257 ports in a row; list at most 256, or '*' for any",
    ),
    "coin-lower-case": (
        "pool.example.com * btc own",
        "'btc' is not a ticker; write capitals and digits, or '-' for none",
    ),
    "too-many-coins": (
        f"pool.example.com * {','.join(['BTC'] * 65)} own",
        "65 coins in a row; list at most 64, or '-' for none",
    ),
    "unknown-source": ("pool.example.com * - mine", "source 'mine' has no [[source]]; add one with this tag"),
    "long-pool": (
        f"pool.example.com * - own {'p' * 201}",
        f"pool '{'p' * 60}...' is not usable; write a printable text of at most 200 characters",
    ),
    "control-in-pool": (
        "pool.example.com * - own a\u200bb",
        "pool 'a\\u200bb' is not usable; write a printable text of at most 200 characters",
    ),
}


@pytest.mark.parametrize(("row", "what"), ROW_ERRORS.values(), ids=ROW_ERRORS.keys())
def test_bad_row_is_named_with_its_line(write, complaint, pool_list, row, what):
    root = write("pools/x.toml", pool_list.replace(ROW, row))
    assert complaint(lambda: load([root])) == AT + what


def test_row_twice_in_a_list_names_both_lines(write, complaint, pool_list):
    root = write("pools/x.toml", pool_list.replace("192.0.2.10 3333 - own", "pool.example.com 25 - own"))
    what = "pools/x.toml:18: 'pool.example.com' stands in line 16 already; keep one row"
    assert complaint(lambda: load([root])) == what


HEAD_ERRORS = {
    "no-name": ('name = "x"', "", "1: name is missing; add it to the head of the file"),
    "bad-name": (
        'name = "x"',
        'name = "X y"',
        "1: name 'X y' must be lower-case letters, digits and '-'; rename it",
    ),
    "bad-kind": (
        'kind = "pool"',
        'kind = "mine"',
        "3: kind is 'mine'; write one of pool, marketplace, donation, relay, proxy",
    ),
    "bad-strength": (
        'strength = "fair"',
        'strength = "certain"',
        "4: strength is 'certain'; write one of strong, fair, weak",
    ),
    "date-as-text": (
        "as_of = 2026-11-01",
        'as_of = "yesterday"',
        "5: as_of is 'yesterday'; write a date like 2026-01-31",
    ),
    "date-with-time": (
        "as_of = 2026-11-01",
        "as_of = 2026-11-01T00:00:00",
        "5: as_of has a time of day; write a date like 2026-01-31",
    ),
    "empty-title": (
        'title = "Campus pools"',
        'title = " "',
        "2: title is empty; say it in a few words",
    ),
    "unknown-key": (
        'strength = "fair"',
        'strength = "fair"\nstrenght = "weak"',
        "5: unknown key 'strenght'; correct or remove it",
    ),
    "unknown-table": (
        "[[group]]",
        "[pools]\na = 1\n[[group]]",
        "12: unknown key 'pools'; correct or remove it",
    ),
    "unknown-key-in-group": (
        'status = "active"',
        'status = "active"\nports = 3333',
        "14: unknown key 'ports' in [[group]]; correct or remove it",
    ),
    "no-licence": ('licence = "own work"', "", "7: licence is missing; add it to [[source]]"),
    "bad-tag": (
        'tag = "own"',
        'tag = "Our Own"',
        "8: tag 'Our Own' must be lower-case letters, digits and '-'; rename it",
    ),
    "bad-status": (
        'status = "active"',
        'status = "alive"',
        "13: status is 'alive'; write one of active, recent, listed-stale, presumed-closed, old, historic, unknown",
    ),
    "rows-as-list": ("rows = '''", "rows = []\ny = '''", "15: rows is []; write a text in ''' quotes"),
}


@pytest.mark.parametrize(("old", "new", "what"), HEAD_ERRORS.values(), ids=HEAD_ERRORS.keys())
def test_bad_head_is_named_with_its_line(write, complaint, pool_list, old, new, what):
    root = write("pools/x.toml", pool_list.replace(old, new, 1))
    assert complaint(lambda: load([root])) == f"pools/x.toml:{what}"


def test_source_tag_twice_is_refused(write, complaint, pool_list):
    source = pool_list[pool_list.index("[[source]]") : pool_list.index("[[group]]")]
    root = write("pools/x.toml", pool_list.replace("[[group]]", source + "[[group]]"))
    assert complaint(lambda: load([root])) == "pools/x.toml:13: tag 'own' is used twice; rename one"


def test_list_without_source_is_refused(write, complaint, pool_list):
    source = pool_list[pool_list.index("[[source]]") : pool_list.index("[[group]]")]
    root = write("pools/x.toml", pool_list.replace(source, ""))
    what = "pools/x.toml:1: no source; add a [[source]] with tag, upstream, licence and date"
    assert complaint(lambda: load([root])) == what


def test_list_without_rows_is_refused(write, complaint, pool_list):
    root = write("pools/x.toml", pool_list[: pool_list.index("[[group]]")])
    assert complaint(lambda: load([root])) == ("pools/x.toml:1: no rows; add a [[group]] with rows, or remove the file")


def test_group_that_is_no_table_is_refused(write, complaint, pool_list):
    root = write("pools/x.toml", "group = 1\n" + pool_list[: pool_list.index("[[group]]")])
    assert complaint(lambda: load([root])) == ("pools/x.toml:1: group is not a table; write [[group]] above its keys")


def test_rows_become_names_and_addresses(write, pool_list):
    signatures = load([write("pools/x.toml", pool_list)])
    assert signatures.names == (
        ("pool.example.com", False, (3333, 4444), 0),
        ("mine.example.net", True, (), 1),
    )
    assert signatures.addresses == (("192.0.2.10", 32, 3333, 2),)
    first = signatures.entries[0]
    assert (first.pool, first.coins, first.sources) == ("Example Pool", ("BTC", "LTC"), ("own",))
    assert (first.kind, first.status, first.confidence) == ("pool", "active", "high")
    assert [entry.pool for entry in signatures.entries[1:]] == ["", ""]


def test_comments_and_blank_rows_are_not_rows(write, pool_list):
    rows = f"# seen in May\n\n  {ROW}\n"
    assert load([write("pools/x.toml", pool_list.replace(ROW + "\n", rows))]).lists[0].rows == 3


def test_group_may_have_a_kind_of_its_own(write, pool_list):
    text = pool_list.replace('status = "active"', 'kind = "relay"\nstatus = "active"')
    assert load([write("pools/x.toml", text)]).entries[0].kind == "relay"


def test_private_addresses_are_taken_where_the_list_allows_them(write, pool_list):
    text = pool_list.replace('name = "x"', 'name = "x"\nallow_private = true').replace("192.0.2.10", "10.0.0.5")
    assert load([write("pools/x.toml", text)]).addresses == (("10.0.0.5", 32, 3333, 2),)


def test_address_is_kept_in_its_canonical_form(write, pool_list):
    text = pool_list.replace("192.0.2.10 3333", "2001:db8:0:0::1 3333,25")
    assert load([write("pools/x.toml", text)]).addresses == (
        ("2001:db8::1", 128, 3333, 2),
        ("2001:db8::1", 128, 25, 2),
    )


def test_port_limited_tree_may_lie_above_an_ordinary_name(write, pool_list):
    text = pool_list.replace(ROW, "*.ntp.org 3333 - own")
    assert load([write("pools/x.toml", text)]).names[0] == ("ntp.org", True, (3333,), 0)


def test_rows_may_begin_on_the_line_of_the_quotes(write, complaint, pool_list):
    text = pool_list.replace(f"rows = '''\n{ROW}", "rows = '''10.0.0.5 3333 - own")
    assert complaint(lambda: load([write("pools/x.toml", text)])).startswith("pools/x.toml:15: '10.0.0.5'")


def test_windows_line_ends_are_taken(write, complaint, pool_list, tmp_path):
    write("pools/x.toml", "")
    text = pool_list.replace(ROW, "10.0.0.5 3333 - own").replace("\n", "\r\n")
    (tmp_path / "pools/x.toml").write_bytes(text.encode())
    assert complaint(lambda: load([tmp_path])).startswith("pools/x.toml:16: '10.0.0.5'")


def test_too_many_rows_are_refused(write, complaint, pool_list):
    rows = "\n".join(f"h{i}.example.com * - own" for i in range(65_537))
    root = write("pools/x.toml", pool_list.replace(ROW, rows))
    assert complaint(lambda: load([root])) == "pools/x.toml:65552: more than 65536 rows; split the list"
