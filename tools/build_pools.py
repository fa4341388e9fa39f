"""Builds signatures/pools/*.toml and signatures/benign/popular.toml from tables of pool facts.

    python tools/build_pools.py FACTS [--out signatures] [--as-of 2026-08-23]

FACTS is a folder with pools.csv, ips.csv, proxies.csv and benign_overlap.csv; pool_upstreams.toml beside
this file has the licences of their sources. The output depends on these and on --as-of alone and is
byte-equal when built again. A development tool: the sensor never runs it, and it asks no network.
docs/signatures.md says what is left out and why; the rules stand here.
"""

from __future__ import annotations

import argparse
import csv
import ipaddress
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

AS_OF: Final = "2026-08-23"
WEB_PORTS: Final = frozenset({80, 443})
# Older addresses say little: cloud addresses change hands within weeks, rented servers within a year or two.
ADDRESS_YEAR_MIN: Final = 2024
CURRENT: Final = frozenset({"active", "recent"})
_HOST: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])")
_TICKER: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{0,15}")
# Where one name carries the pool's web site too, a visit to the site must not look like mining.
_DUAL_USE_NOTES: Final = (
    "same name serves pool web UI",
    "apex or www name also serves the web site",
    "registrable domain incl. web site",
    "pool web UI; stratum may share name",
    "parent domain is general purpose",
    "dynamic DNS name",
)
_KINDS: Final = {
    "hashrate marketplace": "marketplace",
    "multi-algo pool with rental": "marketplace",
    "pay-in-any-coin relay": "relay",
    "pool + consumer mining app": "pool",
    "regional relay of a pool": "relay",
    "developer-fee or donation endpoint": "donation",
}
_POPULAR: Final = {
    "CDN range": "a range of a content network, shared by unrelated sites",
    "CDN range (Cloudflare Spectrum)": "a range of a content network, shared by unrelated sites",
    "keyword look-alike in top sites": "a popular site that has a mining word in its name",
    "keyword look-alike": "a popular site that has a mining word in its name",
    "exchange / wallet / DeFi service": "an exchange, a wallet or a financial service",
    "wallet / coin project / staking or liquidity pool / GPU rental": "a wallet, coin project or stake",
    "cloud or ad-tech name containing pool": "a cloud service that says pool and means servers",
    "NTP pool": "a time service",
    "OpenPGP key server pool": "a key server",
    "ISP address-pool reverse DNS": "an access network's name for its customers' addresses",
    "coin P2P DNS seed": "a seed of a coin's own network: full nodes ask it",
}


class Upstream(NamedTuple):
    tag: str
    name: str
    licence: str
    date: str
    free: bool


class Fact(NamedTuple):
    """One row on its way into a list."""

    subject: str  # a host, "*.suffix", or an address
    ports: tuple[int, ...]  # () = any
    coins: tuple[str, ...]
    sources: tuple[str, ...]
    pool: str
    kind: str
    status: str
    confidence: str


class ListFile(NamedTuple):
    file: str
    title: str
    kind: str
    strength: str
    description: str
    facts: list[Fact]


class Subtraction:
    """benign_overlap.csv: what must not be listed at all, and what must not be listed with some ports."""

    def __init__(self, rows: Iterable[dict[str, str]]) -> None:
        self.names: set[str] = set()
        self.trees: set[str] = set()
        self.web: set[str] = set()
        self.endpoints: set[tuple[str, int]] = set()
        self.networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for row in rows:
            self._add(row["name_or_ip"].lower(), row["type"], row["scope_not_to_alarm"])

    def _add(self, name: str, kind: str, scope: str) -> None:
        if kind == "cidr":
            self.networks.append(ipaddress.ip_network(name))
        elif kind in ("ip:port", "host:port"):
            host, _, port = name.rpartition(":")
            self.endpoints.add((host, int(port)))
        elif scope.startswith("80/443"):
            self.web.add(name)
        elif name.startswith("*.") or kind == "suffix":
            if "*" not in name[2:]:
                self.trees.add(name.removeprefix("*."))
        elif kind != "pattern":
            self.names.add(name)

    def forbids(self, name: str, *, any_port_below: bool) -> bool:
        """May the name not be listed at all? ``any_port_below``: everything below it would be listed too."""
        if name in self.names or any(parent in self.trees for parent in _and_parents(name)):
            return True
        if not any_port_below:
            return False
        return any(benign.endswith("." + name) for benign in (*self.names, *self.trees, *self.web))

    def ports_below(self, name: str) -> set[int]:
        """Ports of nodes and wallets that live at or below this name."""
        return {port for host, port in self.endpoints if host == name or host.endswith("." + name)}

    def forbids_address(self, address: str, port: int) -> bool:
        ip = ipaddress.ip_address(address)
        if (address, port) in self.endpoints:
            return True
        return any(ip in network for network in self.networks if network.version == ip.version)


def _upstreams() -> tuple[dict[str, Upstream], dict[str, str]]:
    """Upstreams by tag, and tags by the label of a source column."""
    path = Path(__file__).with_name("pool_upstreams.toml")
    by_tag, by_label = {}, {}
    for table in tomllib.loads(path.read_text(encoding="utf-8"))["upstream"]:
        tag = table["tag"]
        by_tag[tag] = Upstream(tag, table["name"], table["licence"], str(table["date"]), table["free"])
        by_label.update(dict.fromkeys(table["labels"], tag))
    return by_tag, by_label


UPSTREAMS, LABELS = _upstreams()


def build(facts: Path, as_of: str) -> dict[str, str]:
    """The files to write, by path below ``signatures/``."""
    benign_rows = _read(facts / "benign_overlap.csv")
    subtraction = Subtraction(benign_rows)
    pool_rows = _read(facts / "pools.csv")
    dual_use = {row["domain"] for row in pool_rows if _is_dual_use(row)}
    relays = list(_relays(_read(facts / "proxies.csv"), subtraction, dual_use))
    taken = {fact.subject for fact in relays}
    pools = [fact for fact in _pools(pool_rows, subtraction) if fact.subject not in taken]
    addresses = list(_addresses(_read(facts / "ips.csv"), subtraction))
    lists = [lst for lst in _lists(pools, relays, addresses) if lst.facts]
    files = {f"pools/{lst.file}": _render(lst, as_of) for lst in lists}
    files["benign/popular.toml"] = _render_popular(benign_rows, as_of)
    return files


# ---------------------------------------------------------------- choosing


def _pools(rows: Iterable[dict[str, str]], subtraction: Subtraction) -> Iterator[Fact]:
    for row in rows:
        fact = _pool(row)
        if fact is None or fact.confidence == "low" or not _is_free(fact.sources):
            continue
        if chosen := _with_ports(fact, subtraction, dual_use=_is_dual_use(row)):
            yield chosen


def _is_dual_use(row: dict[str, str]) -> bool:
    return any(note in row["notes"] for note in _DUAL_USE_NOTES)


def _pool(row: dict[str, str]) -> Fact | None:
    if not _HOST.fullmatch(row["domain"].removeprefix("*.")):
        return None
    status = re.search(r"status=([\w-]+)", row["notes"])
    return Fact(
        subject=row["domain"],
        ports=_ports(f"{row['ports']} {row['tls_ports']}"),
        coins=tuple(sorted({coin for coin in row["coins"].split("|") if _TICKER.fullmatch(coin)})),
        sources=_tags(row["evidence_source"]),
        pool=_words(row["pool"]),
        kind="pool",
        status=status[1] if status else "unknown",
        confidence=row["confidence"],
    )


def _relays(rows: Iterable[dict[str, str]], subtraction: Subtraction, dual_use: set[str]) -> Iterator[Fact]:
    """Marketplaces, donation endpoints and relays. Browser-mining hosts and low confidence stay out."""
    for row in rows:
        kind = _KINDS.get(row["kind"])
        if kind is None or row["confidence"] == "low" or not _HOST.fullmatch(row["host"].removeprefix("*.")):
            continue
        status = re.search(r"status=([\w-]+)", row["notes"])
        fact = Fact(
            subject=row["host"],
            ports=_ports(re.sub(r"\(\w+\)", " ", row["ports"])),
            coins=(),
            sources=_tags(row["source"].replace(", ", "; ")),
            pool="" if kind == "donation" else _words(row["name"]),
            kind=kind,
            status=status[1] if status else "unknown",
            confidence=row["confidence"],
        )
        if not _is_free(fact.sources):
            continue
        if chosen := _with_ports(fact, subtraction, dual_use=fact.subject in dual_use):
            yield chosen


def _with_ports(fact: Fact, subtraction: Subtraction, *, dual_use: bool) -> Fact | None:
    """The fact with the ports it may be listed with; None where nothing is left."""
    name, subtree = fact.subject.removeprefix("*."), fact.subject.startswith("*.")
    if name in subtraction.web:
        dual_use = True
    if subtraction.forbids(name, any_port_below=subtree and not dual_use):
        return None
    nodes = subtraction.ports_below(name)
    if dual_use or nodes:
        ports = tuple(port for port in fact.ports if port not in WEB_PORTS | nodes)
        return fact._replace(ports=ports) if ports else None
    if fact.status in CURRENT or fact.kind != "pool":
        return fact._replace(ports=())
    if not fact.ports:
        return fact  # several lists name the host, none a port
    # Old names expire and are registered again, most often for a web site.
    ports = tuple(port for port in fact.ports if port not in WEB_PORTS)
    return fact._replace(ports=ports) if ports else None


def _addresses(rows: Iterable[dict[str, str]], subtraction: Subtraction) -> Iterator[Fact]:
    found: dict[str, Fact] = {}
    for row in rows:
        sources = _tags(row["source"])
        if not row["port"] or row["confidence"] == "low" or int(row["observed_date"][:4]) < ADDRESS_YEAR_MIN:
            continue
        port, address = int(row["port"]), row["ip_or_cidr"]
        shared = "CDN" in row["notes"] or "cloud" in row["notes"] or port in WEB_PORTS
        if shared or subtraction.forbids_address(address, port) or not _is_free(sources):
            continue
        coin = re.search(r"\bcoin ([A-Z0-9]+)", row["notes"])
        fact = Fact(
            subject=address,
            ports=(port,),
            coins=(coin[1],) if coin else (),
            sources=sources,
            pool=_words(row["pool"]),
            kind="proxy" if "malware" in row["notes"] else "pool",
            status="active",
            confidence=row["confidence"],
        )
        known = found.get(address)
        found[address] = _merge(known, fact) if known else fact
    yield from found.values()


def _merge(known: Fact, other: Fact) -> Fact:
    return known._replace(
        ports=tuple(sorted({*known.ports, *other.ports})),
        coins=tuple(sorted({*known.coins, *other.coins})),
        sources=tuple(sorted({*known.sources, *other.sources})),
        pool=known.pool or other.pool,
        confidence=max(known.confidence, other.confidence, key=("low", "medium", "high").index),
    )


def _lists(pools: list[Fact], relays: list[Fact], addresses: list[Fact]) -> Iterator[ListFile]:
    current = [fact for fact in pools if fact.status in CURRENT]
    yield ListFile(
        "endpoints.toml",
        "Mining hosts in use",
        "pool",
        "strong",
        "Host names that pools announce for mining alone, named by a source since 2024: any port counts.",
        [fact for fact in current if not fact.ports],
    )
    yield ListFile(
        "dual-use.toml",
        "Names that carry a pool's mining ports and its web site",
        "pool",
        "fair",
        "Domains, and hosts that serve a web site too: only the listed ports count, never 80 and 443.",
        [fact for fact in current if fact.ports],
    )
    yield ListFile(
        "historic.toml",
        "Mining hosts of the past",
        "pool",
        "weak",
        "Names that no maintained source has touched lately, or that a source has dropped. Many are gone, "
        "some belong to somebody else by now.",
        [fact for fact in pools if fact.status not in CURRENT],
    )
    yield ListFile(
        "relays.toml",
        "Marketplaces, relays and donation endpoints",
        "relay",
        "fair",
        "Where hash rate is rented, where miner programs mine for their authors, and names that front for "
        "other pools: mining happens, but the pool behind it is another one.",
        relays,
    )
    yield ListFile(
        "addresses.toml",
        "Addresses with mining ports",
        "pool",
        "weak",
        "Address and port where a pool or a private mining proxy was reported. Addresses change hands: an "
        "address alone is never evidence.",
        addresses,
    )


# ---------------------------------------------------------------- writing


def _render(lst: ListFile, as_of: str) -> str:
    head = [
        "# Built by tools/build_pools.py; changes by hand are lost. How to read it: docs/signatures.md",
        f'name = "{lst.file.removesuffix(".toml")}"',
        f'title = "{lst.title}"',
        f'kind = "{lst.kind}"',
        f'strength = "{lst.strength}"',
        f"as_of = {as_of}",
        f'description = "{lst.description}"',
        *_render_sources({tag for fact in lst.facts for tag in fact.sources}),
    ]
    keys = sorted({(fact.kind, fact.status, fact.confidence) for fact in lst.facts})
    for key in keys:
        kind, status, confidence = key
        rows = sorted(_render_row(f) for f in lst.facts if (f.kind, f.status, f.confidence) == key)
        head += ["", "[[group]]"]
        if kind != lst.kind:
            head.append(f'kind = "{kind}"')
        head += [f'status = "{status}"', f'confidence = "{confidence}"', "rows = '''", *rows, "'''"]
    return "\n".join(head) + "\n"


def _render_row(fact: Fact) -> str:
    ports = ",".join(map(str, fact.ports)) or "*"
    columns = (fact.subject, ports, ",".join(fact.coins) or "-", ",".join(fact.sources), fact.pool)
    return " ".join(columns).rstrip()


def _render_sources(tags: set[str]) -> Iterator[str]:
    for tag in sorted(tags):
        upstream = UPSTREAMS[tag]
        yield ""
        yield "[[source]]"
        yield f'tag = "{tag}"'
        yield f'upstream = "{upstream.name}"'
        yield f'licence = "{upstream.licence}"'
        yield f"date = {upstream.date}"


def _render_popular(rows: list[dict[str, str]], as_of: str) -> str:
    groups: dict[str, set[str]] = {}
    tags: set[str] = set()
    for row in rows:
        what = _POPULAR.get(row["category"])
        name = row["name_or_ip"].lower()
        sources = _tags(row["source"])
        if what is None or row["type"] == "pattern" or "*" in name[2:] or not _is_free(sources):
            continue
        tree = row["type"] == "suffix" and not name.startswith("*.")
        groups.setdefault(what, set()).add(f"*.{name}" if tree else name)
        tags |= set(sources)
    lines = [
        "# Built by tools/build_pools.py; changes by hand are lost. How to read it: docs/signatures.md",
        'name = "popular"',
        'title = "Names and ranges that no list may hold"',
        f"as_of = {as_of}",
        'description = "A row that covers one of these would report traffic that is not mining."',
        *_render_sources(tags),
    ]
    for what in sorted(groups):
        lines += ["", "[[group]]", f'what = "{what}"', "rows = '''", *sorted(groups[what]), "'''"]
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------- columns


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _ports(text: str) -> tuple[int, ...]:
    """The ports in a column; ``+N`` ("and N more") and words say nothing that a list can hold."""
    return tuple(sorted({int(item) for item in text.split() if item.isdigit() and 0 < int(item) < 65_536}))


def _tags(text: str) -> tuple[str, ...]:
    """Tags of a source column, sorted. An unknown label ends the build: its licence is not known."""
    labels = [re.sub(r"\s*\(.*?\)", "", label).strip() for label in text.split("; ")]
    unknown = [label for label in labels if label not in LABELS]
    if unknown:
        raise SystemExit(f"pool_upstreams.toml: no upstream for {unknown[0]!r}; add it with its licence")
    return tuple(sorted({LABELS[label] for label in labels}))


def _is_free(tags: Iterable[str]) -> bool:
    return any(UPSTREAMS[tag].free for tag in tags)


def _words(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).replace("'''", "'").split())


def _and_parents(name: str) -> list[str]:
    labels = name.split(".")
    return [".".join(labels[i:]) for i in range(len(labels))]


def main(arguments: list[str], write: Callable[[str], object] = sys.stdout.write) -> int:
    parser = argparse.ArgumentParser(prog="build_pools.py", description="Builds the shipped pool lists.")
    parser.add_argument("facts", type=Path, help="folder with the tables of pool facts")
    parser.add_argument("--out", type=Path, default=Path("signatures"), help="folder with pools/ and benign/")
    parser.add_argument("--as-of", default=AS_OF, help="the day the facts are of")
    options = parser.parse_args(arguments)
    for name, text in build(options.facts, options.as_of).items():
        path = options.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        write(f"{path}: {len(text)} bytes\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
