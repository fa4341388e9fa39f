"""All signatures together, and the answer to "is this on a list, and why?"."""

from __future__ import annotations

import datetime
import ipaddress
from typing import Final

import msgspec

from signatures.benign import Address, Benign, Range
from signatures.equipment import Equipment
from signatures.schema import PoolEntry, PoolList, Protocol, Source
from signatures.watched import Watched

_SUBJECT_CHARS_MAX: Final = 512
_VALUES_SHOWN_MAX: Final = 8  # ports and coins in a sentence; Match.ports has them all


class Match(msgspec.Struct, frozen=True, gc=False):
    """One answer of ``Signatures.check``.

    ``what`` is "protocol", "list", "algorithm", "machine", "name", "address" or "benign". ``listed`` is the row that
    matched, ``why`` a sentence for people. ``applies`` is False where a row is there but would not be reported: the
    port asked for is not the row's, or the subject stands among the names that are never listed.
    """

    what: str
    subject: str
    listed: str
    why: str
    applies: bool
    path: str
    list_name: str = ""
    entry: PoolEntry | None = None
    ports: tuple[int, ...] = ()
    sources: tuple[Source, ...] = ()
    as_of: datetime.date | None = None


class _Row(msgspec.Struct, frozen=True, gc=False):
    """A row of a pool list that a subject met: how it stands there, and the ports it is listed for."""

    what: str
    listed: str
    ports: tuple[int, ...]
    entry: PoolEntry


class Signatures(Watched, frozen=True):
    """Everything the sensor knows of mining."""

    protocols: tuple[Protocol, ...]
    benign: Benign

    def check(self, subject: str) -> list[Match]:
        """What is known of a protocol, a list, an algorithm, a machine, a host or an address, also with a port.

        [] when nothing is known; rows that apply come first.
        """
        text = subject.strip()[:_SUBJECT_CHARS_MAX]
        named = [_of_protocol(text, protocol) for protocol in self.protocols if protocol.name == text]
        named += [_of_list(text, pool_list) for pool_list in self.lists if pool_list.name == text]
        named += _of_equipment(text, self.equipment)
        if named:
            return named
        host, port = _split(text)
        address = _address(host)
        found = self._check_name(text, host, port) if address is None else self._check_address(text, address, port)
        return sorted(found, key=lambda match: (not match.applies, match.list_name, match.listed))

    def _check_name(self, subject: str, host: str, port: int | None) -> list[Match]:
        found = []
        for name, subtree, ports, entry_id in self.names:
            if host == name or (subtree and host.endswith("." + name)):
                listed = f"*.{name}" if subtree else name
                found.append(self._match(_Row("name", listed, ports, self.entries[entry_id]), subject, port))
        if benign := self.benign.name(host, above=False):
            listed, reason = benign
            why = f"{listed} is {reason.what}: never listed"
            found.append(Match("benign", subject, listed, why, applies=False, path=reason.path))
        return found

    def _check_address(self, subject: str, address: Address, port: int | None) -> list[Match]:
        ports_of: dict[tuple[str, int, int], list[int]] = {}
        for text, prefix, row_port, entry_id in self.addresses:
            if (":" in text) == (address.version == 6) and _is_within(address, text, prefix):
                ports_of.setdefault((text, prefix, entry_id), []).append(row_port)
        found = []
        for (text, prefix, entry_id), row_ports in ports_of.items():
            listed = text if prefix == address.max_prefixlen else f"{text}/{prefix}"
            ports = () if row_ports == [0] else tuple(row_ports)
            found.append(self._match(_Row("address", listed, ports, self.entries[entry_id]), subject, port))
        wanted = Range(address.version, int(address), int(address))
        if self.benign.is_private(wanted):
            why = f"{address} is a private or reserved address: listed only where a list allows it"
            found.append(Match("benign", subject, str(address), why, applies=False, path=""))
        elif benign := self.benign.addresses(wanted):
            listed, reason = benign
            why = f"{address} lies in {listed}, {reason.what}: never listed"
            found.append(Match("benign", subject, listed, why, applies=False, path=reason.path))
        return found

    def _match(self, row: _Row, subject: str, port: int | None) -> Match:
        entry, ports = row.entry, row.ports
        pool_list = next(pool_list for pool_list in self.lists if pool_list.name == entry.list_name)
        applies = port is None or not ports or port in ports
        on = f" on port {_join(ports)}" if ports else " on any port"
        owner = f" of {entry.pool}" if entry.pool else ""
        coins = f" ({_join(entry.coins)})" if entry.coins else ""
        sources = tuple(source for source in pool_list.sources if source.tag in entry.sources)
        why = (
            f"{row.listed} is listed as {entry.kind}{owner}{coins}{on}: "
            f"{entry.status}, confidence {entry.confidence}, strength {pool_list.strength}, "
            f"{pool_list.title}, as of {pool_list.as_of}"
        )
        if not applies:
            why += f"; not on port {port}"
        return Match(
            row.what,
            subject,
            row.listed,
            why,
            applies,
            pool_list.path,
            list_name=pool_list.name,
            entry=entry,
            ports=ports,
            sources=sources,
            as_of=pool_list.as_of,
        )


def _of_protocol(subject: str, protocol: Protocol) -> Match:
    why = f"{protocol.title}: {protocol.description}"
    return Match("protocol", subject, protocol.name, why, applies=True, path=protocol.path)


def _of_list(subject: str, pool_list: PoolList) -> Match:
    why = f"{pool_list.title}, {pool_list.rows} rows as of {pool_list.as_of}: {pool_list.description}"
    return Match(
        "list",
        subject,
        pool_list.name,
        why,
        applies=True,
        path=pool_list.path,
        list_name=pool_list.name,
        sources=pool_list.sources,
        as_of=pool_list.as_of,
    )


def _of_equipment(subject: str, equipment: Equipment) -> list[Match]:
    found = []
    algorithm = equipment.algorithm(subject)
    if algorithm is not None:
        machines = len(equipment.of_algorithm(algorithm.name))
        coins = f", of {_join(algorithm.coins)}" if algorithm.coins else ""
        why = f"{algorithm.name} is an algorithm{coins}: {machines} machines, counted in {algorithm.unit}"
        path = "signatures/algorithms.csv"
        found.append(Match("algorithm", subject, algorithm.name, why, applies=True, path=path))
    for machine in equipment.of_model(subject):
        why = (
            f"{machine.model} of {machine.vendor} runs {machine.algorithm} at {machine.hashrate_hs:g} a second "
            f"with {machine.power_w:g} W, since {machine.released}"
        )
        path = f"signatures/hardware/{machine.algorithm}.csv"
        found.append(Match("machine", subject, machine.model, why, applies=True, path=path))
    return found


def _split(text: str) -> tuple[str, int | None]:
    """Host (lower case, no dot at the end) and port of ``host``, ``host:port``, ``[v6]:port`` or a URL."""
    rest = text.partition("://")[2] or text
    rest = rest.partition("/")[0].rpartition("@")[2]
    host, port = rest, ""
    if rest.startswith("["):
        host, _, port = rest[1:].partition("]")
        port = port.removeprefix(":")
    elif rest.count(":") == 1:
        host, _, port = rest.partition(":")
    is_port = port.isascii() and port.isdigit() and len(port) <= 5
    return host.rstrip(".").lower(), int(port) if is_port else None


def _address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_within(address: Address, text: str, prefix: int) -> bool:
    shift = address.max_prefixlen - prefix
    return int(address) >> shift == int(ipaddress.ip_address(text)) >> shift


def _join(values: tuple[object, ...]) -> str:
    shown = ", ".join(map(str, values[:_VALUES_SHOWN_MAX]))
    more = len(values) - _VALUES_SHOWN_MAX
    return f"{shown} and {more} more" if more > 0 else shown
