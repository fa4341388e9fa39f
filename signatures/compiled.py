"""The packaged signatures as a scan needs them, read in a few milliseconds.

The files are the truth. ``compiled.msgpack`` is a copy, made by ``make signatures``, that carries the digest of every
byte it was made from. Where a packaged file was changed, added or removed, and wherever other folders are named, the
files themselves are read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from signatures.agents import AgentRule, Agents
from signatures.equipment import Algorithm, Equipment, Machine
from signatures.schema import PACKAGED, AddressRow, Anchor, NameRow, PoolEntry, PoolList
from signatures.watched import Watched

COMPILED: Final = "compiled.msgpack"
# Every file that the loader reads.
_FILES: Final = ("algorithms.csv", "agents.csv", "hardware/*.csv", "benign/*.toml", "pools/*.toml", "protocols/*.toml")


class _Copy(msgspec.Struct, frozen=True):
    """What is watched, as plain values."""

    digest: bytes
    anchors: tuple[Anchor, ...]
    lists: tuple[PoolList, ...]
    entries: tuple[PoolEntry, ...]
    names: tuple[NameRow, ...]
    addresses: tuple[AddressRow, ...]
    algorithms: tuple[Algorithm, ...]
    machines: tuple[Machine, ...]
    rules: tuple[AgentRule, ...]


def watched(folders: Sequence[Path] | None = None) -> Watched:
    """What a scan needs of these folders; ``None`` means the packaged ones alone. Raises SignatureError."""
    if folders is None or tuple(folders) == (PACKAGED,):
        copied = copy_of(PACKAGED)
        if copied is not None:
            return copied
    from signatures.loader import load  # noqa: PLC0415

    return load(folders)


def copy_of(folder: Path) -> Watched | None:
    """What the folder's copy holds; None where there is none, or one of other files or by another version."""
    try:
        copy = msgspec.msgpack.decode((folder / COMPILED).read_bytes(), type=_Copy)
    except (OSError, msgspec.MsgspecError):
        return None
    if copy.digest != digest_of(folder):
        return None
    equipment = Equipment(copy.algorithms, copy.machines, Agents(copy.rules))
    return Watched(copy.anchors, copy.lists, copy.entries, copy.names, copy.addresses, equipment)


def compiled(folder: Path) -> bytes:
    """The bytes of the folder's copy."""
    from signatures.loader import load  # noqa: PLC0415

    loaded = load([folder])
    equipment = loaded.equipment
    copy = _Copy(
        digest=digest_of(folder),
        anchors=loaded.anchors,
        lists=loaded.lists,
        entries=loaded.entries,
        names=loaded.names,
        addresses=loaded.addresses,
        algorithms=equipment.algorithms,
        machines=equipment.machines,
        rules=equipment.agents.rules,
    )
    return msgspec.msgpack.encode(copy, order="deterministic")


def digest_of(folder: Path) -> bytes:
    """SHA-256 over the names and bytes of all files that the loader would read."""
    digest = hashlib.sha256()
    for path in _files(folder):
        try:
            data = path.read_bytes()
        except OSError:
            data = b""  # no copy was made of a file that cannot be read; the loader says why
        digest.update(f"{path.relative_to(folder)}\0{len(data)}\0".encode() + data)
    return digest.digest()


def _files(folder: Path) -> Iterator[Path]:
    for pattern in _FILES:
        yield from sorted(folder.glob(pattern))
