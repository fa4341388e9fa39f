"""Names and ranges that no pool list may hold: public suffixes, shared hosting, CDNs, popular look-alikes.

A list row that covers them would report ordinary people's traffic. The rows of every list, ours and the
user's, are held against the files of benign/, which belong to the package.
"""

from __future__ import annotations

import bisect
import ipaddress
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from signatures.document import Document, Section, quoted
from signatures.schema import DESCRIPTION_CHARS_MAX
from signatures.source import read_sources

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_PRIVATE: Final = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/3",
    "::/127",
    "fc00::/7",
    "fe80::/10",
    "ff00::/8",
)


class Reason(msgspec.Struct, frozen=True, gc=False):
    """Why names stand here. ``what`` completes "it is ...": 'a name of a content network'."""

    what: str
    path: str


class Span(NamedTuple):
    """A range of addresses of one family, ends included, as numbers."""

    first: int
    last: int
    text: str
    reason: Reason


class Benign:
    """What must not be listed. Names are matched exactly, or with everything below them (``trees``)."""

    def __init__(self, names: dict[str, Reason], trees: dict[str, Reason], networks: Iterable[Span]) -> None:
        self._names = names
        self._trees = trees
        self._spans: dict[int, list[Span]] = {4: [], 6: []}
        for span in networks:
            self._spans[6 if ":" in span.text else 4].append(span)
        for spans in self._spans.values():
            spans.sort()
        self._private = {4: _spans(4), 6: _spans(6)}
        # A subtree row is wrong too when it lies above one of these names.
        self._above = {parent for name in (*names, *trees) for parent in _parents(name)}

    def name(self, name: str, *, above: bool) -> tuple[str, Reason] | None:
        """The benign name that a row for ``name`` would cover; ``above``: names below it count too."""
        if reason := self._names.get(name) or self._trees.get(name):
            return name, reason
        at = name.find(".")
        while at >= 0:
            if reason := self._trees.get(parent := name[at + 1 :]):
                return parent, reason
            at = name.find(".", at + 1)
        if above and name in self._above:
            below = (n for n in (*self._names, *self._trees) if n.endswith("." + name))
            first = min(below)
            return first, self._names.get(first) or self._trees[first]
        return None

    def network(self, network: Network) -> tuple[str, Reason] | None:
        """The benign range that a row's addresses overlap, if any."""
        span = _overlap(self._spans[network.version], network)
        return (span.text, span.reason) if span else None

    def is_private(self, network: Network) -> bool:
        return _overlap(self._private[network.version], network) is not None


def read_benign(folder: Path, shown: str) -> Benign:
    """Everything in the folder's files; raises SignatureError."""
    names: dict[str, Reason] = {}
    trees: dict[str, Reason] = {}
    spans: list[Span] = []
    for path in sorted(folder.glob("*.toml")):
        _read_file(Document(path, f"{shown}/{path.name}"), names, trees, spans)
    return Benign(names, trees, spans)


def _read_file(
    document: Document, names: dict[str, Reason], trees: dict[str, Reason], spans: list[Span]
) -> None:
    head = Section(document, document.root)
    head.text("name")
    head.text("title")
    head.text("description", DESCRIPTION_CHARS_MAX, lines=True)
    head.date("as_of")
    read_sources(head)
    for group in head.tables("group"):
        reason = Reason(group.text("what"), document.shown)
        for line, row in group.block("rows"):
            for item in row.split():
                if "/" in item:
                    spans.append(_span(document, line, item, reason))
                elif item.startswith("*."):
                    trees[item[2:]] = reason
                else:
                    names[item] = reason
        group.close()
    head.close()


def _span(document: Document, line: int, text: str, reason: Reason) -> Span:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        document.fail(line, f"{quoted(text)} is not an address range; correct it")
    return Span(int(network.network_address), int(network.broadcast_address), text, reason)


def _spans(version: int) -> list[Span]:
    networks = [network for text in _PRIVATE if (network := ipaddress.ip_network(text)).version == version]
    reason = Reason("private or reserved", "")
    return sorted(Span(int(n.network_address), int(n.broadcast_address), str(n), reason) for n in networks)


def _overlap(spans: list[Span], network: Network) -> Span | None:
    first, last = int(network.network_address), int(network.broadcast_address)
    at = bisect.bisect_right(spans, last, key=lambda span: span.first) - 1
    return spans[at] if at >= 0 and spans[at].last >= first else None


def _parents(name: str) -> list[str]:
    labels = name.split(".")
    return [".".join(labels[i:]) for i in range(1, len(labels))]
