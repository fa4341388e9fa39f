"""The types of the signature data and their bounds.

They say what mining looks like: literal anchors of the protocols, names and addresses of pools. This file
knows nothing of packets and of ``sensor``; it reads no file. docs/signatures.md describes the files.
"""

from __future__ import annotations

import datetime
import enum
from pathlib import Path
from typing import Final

import msgspec

PACKAGED: Final = Path(__file__).parent
"""The folder with the project's own signatures."""

# ---------------------------------------------------------------- bounds
# The largest list we know of has some 10 000 rows of 80 bytes; 8 MiB leaves room and is read in 10 ms.
FILE_BYTES_MAX: Final = 8 * 1024 * 1024
FILES_PER_FOLDER_MAX: Final = 256
ROWS_PER_FILE_MAX: Final = 65_536
# Of all files together, an address once for each of its ports: what the engine takes.
NAMES_MAX: Final = 100_000
ADDRESSES_MAX: Final = 100_000
ROW_PORTS_MAX: Final = 256
ROW_COINS_MAX: Final = 64
NAME_CHARS_MAX: Final = 253  # RFC 1035 §2.3.4, without the dot at the end
LABEL_CHARS_MAX: Final = 63
TEXT_CHARS_MAX: Final = 200
DESCRIPTION_CHARS_MAX: Final = 4000
# Shorter patterns hit ordinary text; more of them make the matcher's tables outgrow a core's cache.
ANCHOR_BYTES_MIN: Final = 6
ANCHOR_BYTES_MAX: Final = 64
ANCHORS_MAX: Final = 64  # of each carrier
# A look covers what the engine holds of a side; nothing beyond it can be found.
ANCHOR_DEPTH_BYTES_MAX: Final = 4096
# A wider range on a pool list is a mistake: no pool owns a /15.
PREFIX_V4_BITS_MIN: Final = 16
PREFIX_V6_BITS_MIN: Final = 32


class SignatureError(ValueError):
    """A signature file cannot be used. The text is one line: file:line: what is wrong; what to do."""


class AnchorSide(enum.StrEnum):
    """Who sends the text of an anchor."""

    MINER = "miner"
    POOL = "pool"
    ANY = "any"


class Carrier(enum.StrEnum):
    """What a dialect's messages are carried in: which of a connection's bytes are searched for its anchors."""

    LINES = "lines"  # lines and frames over TCP
    HTTP = "http"  # the messages of HTTP


class PoolKind(enum.StrEnum):
    """What runs behind a listed name."""

    POOL = "pool"
    MARKETPLACE = "marketplace"  # hash rate is rented; the pool behind it is not visible
    DONATION = "donation"  # where a miner program sends its author's share
    RELAY = "relay"  # forwards to a pool of another name
    PROXY = "proxy"  # private, often run by malware


class Status(enum.StrEnum):
    """How recently a source still named it. Nobody has asked the host itself."""

    ACTIVE = "active"
    RECENT = "recent"
    STALE = "listed-stale"
    CLOSED = "presumed-closed"
    OLD = "old"
    HISTORIC = "historic"
    UNKNOWN = "unknown"


class Confidence(enum.StrEnum):
    """How sure it is that the name is or was used for mining; it does not say that it still is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Strength(enum.StrEnum):
    """What a hit on a list is worth beside other evidence. Alone it is never more than a sighting."""

    STRONG = "strong"
    FAIR = "fair"
    WEAK = "weak"


# ---------------------------------------------------------------- protocols


class Anchor(msgspec.Struct, frozen=True, gc=False):
    """A literal that makes a flow a candidate when it starts at most ``depth`` bytes into a look."""

    pattern: bytes
    depth: int
    protocols: tuple[str, ...]
    side: AnchorSide
    carrier: Carrier = Carrier.LINES


class Example(msgspec.Struct, frozen=True, gc=False):
    """A message one side sends. ``candidate_only``: not mining, but an anchor hits it on purpose."""

    side: AnchorSide  # MINER or POOL
    text: str
    line: int
    candidate_only: bool = False


class Protocol(msgspec.Struct, frozen=True):
    """One dialect as its file describes it."""

    name: str
    title: str
    description: str
    documents: tuple[str, ...]
    anchors: tuple[Anchor, ...]
    matches: tuple[Example, ...]
    no_matches: tuple[Example, ...]
    path: str


# ---------------------------------------------------------------- lists


class Source(msgspec.Struct, frozen=True, gc=False):
    """An upstream that a list was made from."""

    tag: str  # the short form used in the rows
    upstream: str
    licence: str
    date: datetime.date


class PoolList(msgspec.Struct, frozen=True):
    """The header of one list file. ``rows`` is how many rows it has."""

    name: str
    title: str
    description: str
    strength: Strength
    as_of: datetime.date
    sources: tuple[Source, ...]
    path: str
    rows: int


class PoolEntry(msgspec.Struct, frozen=True, gc=False):
    """One row of a list. ``id`` is its place in ``Signatures.entries``; ``sources`` are tags of its list."""

    id: int
    list_name: str
    pool: str  # "" where nobody knows whose it is
    coins: tuple[str, ...]
    kind: PoolKind
    confidence: Confidence
    status: Status
    sources: tuple[str, ...]


NameRow = tuple[str, bool, tuple[int, ...], int]
"""(name in lower case, everything below it too, ports or () for any, entry id)"""

AddressRow = tuple[str, int, int, int]
"""(address, prefix length in bits, port or 0 for any, entry id)"""
