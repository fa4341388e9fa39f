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


class Range(NamedTuple):
    """Addresses of one family as numbers, both ends included."""

    version: int
    first: int
    last: int


class _Spans:
    """Ranges of one family, found by address. CIDR ranges are nested or apart: the outer one is kept."""

    def __init__(self, spans: Iterable[tuple[Range, str, Reason]]) -> None:
        self._spans: list[tuple[Range, str, Reason]] = []
        for span in sorted(spans, key=lambda span: (span[0].first, -span[0].last)):
            if not self._spans or span[0].last > self._spans[-1][0].last:
                self._spans.append(span)
        self._firsts = [span[0].first for span in self._spans]

    def overlap(self, wanted: Range) -> tuple[str, Reason] | None:
        at = bisect.bisect_right(self._firsts, wanted.last) - 1
        if at < 0 or self._spans[at][0].last < wanted.first:
            return None
        return self._spans[at][1], self._spans[at][2]


class Benign:
    """What must not be listed. Names are matched exactly, or with everything below them (``trees``)."""

    def __init__(
        self, names: dict[str, Reason], trees: dict[str, Reason], ranges: list[tuple[Range, str, Reason]]
    ) -> None:
        self._names = names
        self._trees = trees
        reserved = Reason("a private or reserved range", "")
        private = [(range_of(text), text, reserved) for text in _PRIVATE]
        self._shared = {v: _Spans(span for span in ranges if span[0].version == v) for v in (4, 6)}
        self._private = {v: _Spans(span for span in private if span[0].version == v) for v in (4, 6)}
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

    def addresses(self, wanted: Range) -> tuple[str, Reason] | None:
        """The benign range that a row's addresses overlap, if any."""
        return self._shared[wanted.version].overlap(wanted)

    def is_private(self, wanted: Range) -> bool:
        return self._private[wanted.version].overlap(wanted) is not None


def range_of(text: str) -> Range:
    """The range of an address or of ``address/bits``; ValueError when it is neither, or has host bits."""
    if "/" in text:
        network = ipaddress.ip_network(text)
        return Range(network.version, int(network.network_address), int(network.broadcast_address))
    address = ipaddress.ip_address(text)
    return Range(address.version, int(address), int(address))


def read_benign(folder: Path, shown: str) -> Benign:
    """Everything in the folder's files; raises SignatureError."""
    names: dict[str, Reason] = {}
    trees: dict[str, Reason] = {}
    ranges: list[tuple[Range, str, Reason]] = []
    for path in sorted(folder.glob("*.toml")):
        _read_file(Document(path, f"{shown}/{path.name}"), names, trees, ranges)
    return Benign(names, trees, ranges)


def _read_file(
    document: Document,
    names: dict[str, Reason],
    trees: dict[str, Reason],
    ranges: list[tuple[Range, str, Reason]],
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
                    ranges.append((_read_range(document, line, item), item, reason))
                elif item.startswith("*."):
                    trees[item[2:]] = reason
                else:
                    names[item] = reason
        group.close()
    head.close()


def _read_range(document: Document, line: int, text: str) -> Range:
    try:
        return range_of(text)
    except ValueError:
        document.fail(line, f"{quoted(text)} is not an address range; correct it")


def _parents(name: str) -> list[str]:
    labels = name.split(".")
    return [".".join(labels[i:]) for i in range(1, len(labels))]
