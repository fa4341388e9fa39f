"""Reads signature folders and checks them as a whole.

A folder has ``protocols/*.toml`` and ``pools/*.toml``, either may be missing. What is in a folder is found,
not registered; files are taken in the order of their names, so that ids depend on nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from signatures.benign import read_benign
from signatures.catalogue import Signatures
from signatures.equipment_file import load_equipment
from signatures.pool_file import Group, read_pool_list
from signatures.protocol_file import read_protocol
from signatures.schema import (
    ADDRESSES_MAX,
    ANCHORS_MAX,
    FILES_PER_FOLDER_MAX,
    NAMES_MAX,
    PACKAGED,
    AddressRow,
    Anchor,
    AnchorSide,
    Carrier,
    NameRow,
    PoolEntry,
    PoolList,
    Protocol,
    SignatureError,
)
from system.fault import words

T = TypeVar("T")
_KINDS: Final = ("protocols", "pools")


def load(folders: Sequence[Path] | None = None) -> Signatures:
    """The signatures of these folders; ``None`` means the packaged ones alone.

    A row of a later folder replaces the same row of an earlier one. Raises SignatureError, one line of text.
    """
    chosen = (PACKAGED,) if folders is None else tuple(folders)
    benign = read_benign(PACKAGED / "benign", "signatures/benign")
    for folder in chosen:
        if not os.path.isdir(folder):  # noqa: PTH112  (that of pathlib may raise)
            raise SignatureError(f"{folder}:1: no such folder; correct the path")
        there = {path.name for path in _entries(folder, str(folder))}
        # Files in the wrong place would be left out in silence; an empty folder may be filled later.
        if there and there.isdisjoint(_KINDS):
            raise SignatureError(f"{folder}:1: no folder protocols or pools in it; put the files into one of these")
    protocols = _read_all(chosen, "protocols", read_protocol)
    lists = _read_all(chosen, "pools", lambda path, shown: read_pool_list(path, shown, benign))
    _refuse_twice("protocol", ((protocol.name, protocol.path) for protocol in protocols))
    _refuse_twice("list", ((header.name, header.path) for header, _ in lists))
    entries, names, addresses = _tables(lists)
    return Signatures(
        protocols=tuple(protocols),
        anchors=compile_anchors(protocols),
        lists=tuple(header for header, _ in lists),
        entries=entries,
        names=names,
        addresses=addresses,
        benign=benign,
        equipment=load_equipment(PACKAGED),
    )


def compile_anchors(protocols: Iterable[Protocol]) -> tuple[Anchor, ...]:
    """One anchor per carrier and pattern, by first mention: the widest depth, the sides and protocols joined."""
    merged: dict[Carrier, dict[bytes, Anchor]] = {carrier: {} for carrier in Carrier}
    first_in: dict[Carrier, dict[bytes, str]] = {carrier: {} for carrier in Carrier}
    for protocol in protocols:
        for anchor in protocol.anchors:
            same = merged[anchor.carrier]
            known = same.get(anchor.pattern)
            first_in[anchor.carrier].setdefault(anchor.pattern, protocol.path)
            same[anchor.pattern] = _join(known, anchor) if known else anchor
    for carrier in Carrier:
        _refuse_crowd(merged[carrier], first_in[carrier])
    return tuple(anchor for carrier in Carrier for anchor in merged[carrier].values())


def _refuse_crowd(merged: dict[bytes, Anchor], first_in: dict[bytes, str]) -> None:
    """The anchors that are searched for at once must be few, and none of them part of another."""
    if len(merged) > ANCHORS_MAX:
        path = list(first_in.values())[ANCHORS_MAX]
        what = f"{len(merged)} anchors in all, {ANCHORS_MAX} are the limit"
        raise SignatureError(f"{path}:1: {what}; remove some")
    for pattern, path in first_in.items():
        for other in merged:
            if pattern != other and pattern in other:
                what = f"anchor {pattern.decode()!a} is part of anchor {other.decode()!a}"
                raise SignatureError(f"{path}:1: {what}; remove one of them")


def _join(known: Anchor, other: Anchor) -> Anchor:
    return Anchor(
        pattern=known.pattern,
        depth=max(known.depth, other.depth),
        protocols=known.protocols + other.protocols,
        side=known.side if known.side is other.side else AnchorSide.ANY,
        carrier=known.carrier,
    )


def _tables(
    lists: Sequence[tuple[PoolList, list[Group]]],
) -> tuple[tuple[PoolEntry, ...], tuple[NameRow, ...], tuple[AddressRow, ...]]:
    """One entry per row; of rows with the same subject the last one counts."""
    entries: list[PoolEntry] = []
    names: dict[tuple[str, bool], NameRow] = {}
    addresses: dict[tuple[str, int], list[AddressRow]] = {}
    for header, groups in lists:
        for kind, status, confidence, rows in groups:
            for subject, subtree, prefix, ports, coins, sources, pool in rows:
                number = len(entries)
                entries.append(PoolEntry(number, header.name, pool, coins, kind, confidence, status, sources))
                if prefix is None:
                    names[subject, subtree] = (subject, subtree, ports, number)
                else:
                    addresses[subject, prefix] = [(subject, prefix, port, number) for port in ports or (0,)]
    flat = tuple(row for rows_of in addresses.values() for row in rows_of)
    counts = (("names", len(names), NAMES_MAX), ("addresses with their ports", len(flat), ADDRESSES_MAX))
    for what, count, most in counts:
        if count > most:
            largest = max(lists, key=lambda one: sum(len(group.rows) for group in one[1]))[0]
            raise SignatureError(f"{largest.path}:1: {count} {what} in all lists, {most} are the limit; shorten it")
    return tuple(entries), tuple(names.values()), flat


def _read_all(folders: Iterable[Path], kind: str, read: Callable[[Path, str], T]) -> list[T]:
    found = []
    for folder in folders:
        shown = f"signatures/{kind}" if folder == PACKAGED else str(folder / kind)
        entries = _entries(folder / kind, shown) if os.path.lexists(folder / kind) else []
        paths = sorted(path for path in entries if path.name.endswith(".toml"))
        if len(paths) > FILES_PER_FOLDER_MAX:
            raise SignatureError(f"{shown}:1: more than {FILES_PER_FOLDER_MAX} files; join some")
        found += [read(path, f"{shown}/{path.name}") for path in paths]
    return found


def _entries(folder: Path, shown: str) -> list[Path]:
    """What is in the folder. ``glob`` would take one that may not be read for an empty one."""
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise SignatureError(f"{shown}:1: cannot be read: {words(error)}; check path and rights") from None


def _refuse_twice(what: str, named: Iterable[tuple[str, str]]) -> None:
    seen: dict[str, str] = {}
    for name, path in named:
        if name in seen:
            raise SignatureError(f"{path}:1: {what} {name!a} is also in {seen[name]}; rename one")
        seen[name] = path
