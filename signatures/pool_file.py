"""One file of pools/: a list of names and addresses where pools, relays and their like have been seen.

The rows are lines of a multi-line text, not TOML tables: TOML reads a character at a time, and thousands of
tables would cost more than the whole rest of the start. docs/signatures.md gives the columns.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

from signatures.benign import Benign, range_of
from signatures.document import Document, Section, quoted
from signatures.schema import (
    DESCRIPTION_CHARS_MAX,
    LABEL_CHARS_MAX,
    NAME_CHARS_MAX,
    PREFIX_V4_BITS_MIN,
    PREFIX_V6_BITS_MIN,
    ROW_COINS_MAX,
    ROW_PORTS_MAX,
    ROWS_PER_FILE_MAX,
    TEXT_CHARS_MAX,
    Confidence,
    PoolKind,
    PoolList,
    Status,
    Strength,
)
from signatures.source import read_sources

_LIST_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,40}")
_HOST: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])")
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")
_COIN: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{0,15}")
_NONE: Final = "-"
_ANY: Final = "*"
_COLUMNS_MIN: Final = 4


class Row(NamedTuple):
    """One row as the file has it. ``prefix`` is None for a name, else the prefix length in bits."""

    subject: str
    subtree: bool
    prefix: int | None
    ports: tuple[int, ...]
    coins: tuple[str, ...]
    sources: tuple[str, ...]
    pool: str


class Group(NamedTuple):
    kind: PoolKind
    status: Status
    confidence: Confidence
    rows: list[Row]


def read_pool_list(path: Path, shown: str, benign: Benign) -> tuple[PoolList, list[Group]]:
    """The list's header and its rows; raises SignatureError naming file and line."""
    document = Document(path, shown)
    head = Section(document, document.root)
    name = head.text("name")
    if not _LIST_NAME.fullmatch(name):
        head.fail("name", f"name {quoted(name)} must be lower-case letters, digits and '-'; rename it")
    title, description = head.text("title"), head.text("description", DESCRIPTION_CHARS_MAX, lines=True)
    strength, as_of = head.choice("strength", Strength), head.date("as_of")
    kind, sources = head.choice("kind", PoolKind), read_sources(head)
    tags = {source.tag for source in sources}
    reader = _Rows(document, benign, tags, allow_private=head.flag("allow_private"))
    groups = [_group(section, reader, kind) for section in head.tables("group")]
    head.close()
    rows = sum(len(group.rows) for group in groups)
    if not rows:
        document.fail(1, "no rows; add a [[group]] with rows, or remove the file")
    header = PoolList(name, title, description.replace("\n", " "), strength, as_of, sources, shown, rows)
    return header, groups


def _group(section: Section, reader: _Rows, kind: PoolKind) -> Group:
    group = Group(
        kind=section.choice("kind", PoolKind) if section.has("kind") else kind,
        status=section.choice("status", Status),
        confidence=section.choice("confidence", Confidence),
        rows=[reader.row(line, text) for line, text in section.block("rows")],
    )
    section.close()
    return group


class _Rows:
    """Reads the rows of one file. Columns repeat from row to row, so each distinct one is parsed once."""

    def __init__(self, document: Document, benign: Benign, tags: set[str], *, allow_private: bool) -> None:
        self._document = document
        self._benign = benign
        self._tags = tags
        self._allow_private = allow_private
        self._line = 0
        self._seen: dict[str, int] = {}
        self._ports: dict[str, tuple[int, ...]] = {_ANY: ()}
        self._coins: dict[str, tuple[str, ...]] = {_NONE: ()}
        self._sources: dict[str, tuple[str, ...]] = {}
        self._pools = {""}

    def row(self, line: int, text: str) -> Row:
        self._line = line
        columns = text.split(None, _COLUMNS_MIN)
        if len(columns) < _COLUMNS_MIN:
            self._fail(f"{len(columns)} columns; write: name ports coins sources [pool]")
        subject, ports, coins, sources = columns[:_COLUMNS_MIN]
        pool = columns[_COLUMNS_MIN].rstrip() if len(columns) > _COLUMNS_MIN else ""
        if pool not in self._pools:
            self._check_pool(pool)
        first = self._seen.setdefault(subject, line)
        if first != line:
            self._fail(f"{quoted(subject)} stands in line {first} already; keep one row")
        if len(self._seen) > ROWS_PER_FILE_MAX:
            self._fail(f"more than {ROWS_PER_FILE_MAX} rows; split the list")
        found_ports = self._ports.get(ports)
        if found_ports is None:
            found_ports = self._read_ports(ports)
        found_coins = self._coins.get(coins)
        if found_coins is None:
            found_coins = self._read_coins(coins)
        found_sources = self._sources.get(sources) or self._read_sources(sources)
        name, subtree, prefix = self._subject(subject, any_port=not found_ports)
        return Row(name, subtree, prefix, found_ports, found_coins, found_sources, pool)

    def _subject(self, text: str, *, any_port: bool) -> tuple[str, bool, int | None]:
        # A name's last label begins with a letter (RFC 1123 §2.1), an address ends in a digit or has a colon.
        if ":" in text or "/" in text or text[-1].isdigit():
            return self._address(text)
        subtree = text.startswith("*.")
        name = text[2:] if subtree else text
        if "." not in name:
            self._fail(f"{quoted(text)} is a bare top-level domain; name the pool's own domain")
        if len(name) > NAME_CHARS_MAX or not _HOST.fullmatch(name):
            self._fail(f"{quoted(text)} is not a host name in lower-case ASCII; correct it")
        if len(name) > LABEL_CHARS_MAX and max(map(len, name.split("."))) > LABEL_CHARS_MAX:
            self._fail(f"{quoted(text)} has a label of more than {LABEL_CHARS_MAX} characters; correct it")
        # With ports, a row may lie above an ordinary name: what that one serves is not on them.
        if found := self._benign.name(name, above=subtree and any_port):
            what = f"{quoted(text)} covers {quoted(found[0])}, {found[1].what}"
            self._fail(f"{what}; list the mining hosts alone")
        return name, subtree, None

    def _address(self, text: str) -> tuple[str, bool, int]:
        try:
            wanted = range_of(text)
        except ValueError:
            self._fail(f"{quoted(text)} is neither a host name nor an address; correct it")
        is_v4 = wanted.version == 4
        prefix = (32 if is_v4 else 128) - (wanted.last - wanted.first).bit_length()
        bits_min = PREFIX_V4_BITS_MIN if is_v4 else PREFIX_V6_BITS_MIN
        if prefix < bits_min:
            self._fail(f"{quoted(text)} is wider than /{bits_min}; list the addresses themselves")
        if not self._allow_private and self._benign.is_private(wanted):
            self._fail(f"{quoted(text)} is a private address; remove it or set allow_private")
        if found := self._benign.addresses(wanted):
            self._fail(f"{quoted(text)} lies in {found[0]}, {found[1].what}; list the host name instead")
        # A dotted IPv4 address has one form only; IPv6 is written as RFC 5952 has it.
        address = text.partition("/")[0]
        return address if is_v4 else self._ipv6(address), False, prefix

    def _ipv6(self, text: str) -> str:
        address = ipaddress.IPv6Address(text)
        if address.scope_id is not None:
            self._fail(f"{quoted(text)} has a zone, which no packet carries; write the address alone")
        if address.ipv4_mapped is not None:
            self._fail(f"{quoted(text)} is IPv4 within IPv6; write {address.ipv4_mapped}")
        return str(address)

    def _read_ports(self, text: str) -> tuple[int, ...]:
        items = text.split(",")
        if len(items) > ROW_PORTS_MAX:
            self._fail(f"{len(items)} ports in a row; list at most {ROW_PORTS_MAX}, or '*' for any")
        for item in items:
            if not _PORT.fullmatch(item) or int(item) > 65_535:
                self._fail(f"{quoted(item)} is not a port; write 1 to 65535, or '*' for any")
        ports = tuple(map(int, items))
        if len(set(ports)) != len(ports):
            self._fail(f"ports {quoted(text)} name one twice; remove it")
        return self._ports.setdefault(text, ports)

    def _check_pool(self, pool: str) -> None:
        if len(pool) > TEXT_CHARS_MAX or not pool.isprintable():
            remedy = f"a printable text of at most {TEXT_CHARS_MAX} characters"
            self._fail(f"pool {quoted(pool)} is not usable; write {remedy}")
        self._pools.add(pool)

    def _read_coins(self, text: str) -> tuple[str, ...]:
        coins = tuple(text.split(","))
        if len(coins) > ROW_COINS_MAX:
            self._fail(f"{len(coins)} coins in a row; list at most {ROW_COINS_MAX}, or '-' for none")
        for coin in coins:
            if not _COIN.fullmatch(coin):
                self._fail(f"{quoted(coin)} is not a ticker; write capitals and digits, or '-' for none")
        return self._coins.setdefault(text, coins)

    def _read_sources(self, text: str) -> tuple[str, ...]:
        tags = tuple(text.split(","))
        for tag in tags:
            if tag not in self._tags:
                self._fail(f"source {quoted(tag)} has no [[source]]; add one with this tag")
        return self._sources.setdefault(text, tags)

    def _fail(self, what: str) -> NoReturn:
        self._document.fail(self._line, what)
