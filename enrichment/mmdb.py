"""A MaxMind DB file: read whole, checked, then looked up. Never mapped: whoever overwrites the file in place would
otherwise end the process, and the bytes that were checked would not be those that answer.
"""

from __future__ import annotations

import hashlib
import io
import ipaddress
import itertools
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from enrichment.addresses import Address
from enrichment.base import EnrichmentError
from enrichment.model import DataVersion
from system.fault import words
from system.plain_file import open_plain

if TYPE_CHECKING:
    from maxminddb import Reader

# The largest city files are some hundred megabytes; this is held in memory.
FILE_BYTES_MAX: Final = 1 << 30
# Addresses looked up before a file is trusted: spread evenly, so that a damaged part is met.
CANARIES: Final = 512
_STORED_FIRST: Final = 20
_METADATA_MARKER: Final = b"\xab\xcd\xefMaxMind.com"
_V4_ONLY: Final = 4
_FORMAT_VERSION: Final = 2
# The last second that has a date of four digits in the year.
_EPOCH_MAX: Final = 253_402_300_799
# What metadata must say; ``languages`` and ``description`` may be left out.
_FIELDS: Final = (
    *("node_count", "record_size", "ip_version", "database_type", "build_epoch"),
    *("binary_format_major_version", "binary_format_minor_version"),
)
# How the format writes types and sizes.
_TEXT, _MAP, _UINT64 = 2 << 5, 7 << 5, 2
_SHORT_MAX: Final = 29
_EMPTY_LIST, _EMPTY_MAP = bytes([0, 4]), bytes([_MAP])
_BITS: Final = {4: 32, 6: 128}
# Networks whose entry is kept as it was read: to decode one costs ten times as much as to find it.
_KEPT_MAX: Final = 4096
# Global unicast, 2000::/3, where all of IPv6 that is in use lies.
_GLOBAL_UNICAST: Final = 0x2 << 124
_GLOBAL_UNICAST_SIZE: Final = 1 << 125

Record = dict[str, object]
"""The entry of an address: names to texts, numbers, lists and further records, none of it to be relied on."""


class Adapter(msgspec.Struct, frozen=True):
    """How records of the types that ``types`` matches are read."""

    types: re.Pattern[str]
    read: Callable[[Record], object]


Entry = tuple[object, str]
"""What the adapter read of an entry, and the network that the file keeps it for."""


class Database:
    """One file. ``get`` never raises: what cannot be decoded is no entry."""

    def __init__(self, reader: Reader, adapter: Adapter, version: DataVersion) -> None:
        self._reader = reader
        self._is_v4_only = reader.metadata().ip_version == _V4_ONLY
        self._read = adapter.read
        # By version of IP, length of the prefix and its number; and the lengths met, by version.
        self._kept: dict[tuple[int, int, int], Entry | None] = {}
        self._lengths: dict[int, list[int]] = {4: [], 6: []}
        self.version = version

    def get(self, address: Address) -> Entry | None:
        """The entry of an address; its network is a leaf of the file's tree, maybe narrower than written."""
        version, number = address.version, address.number
        if version != _V4_ONLY and self._is_v4_only:
            return None
        bits, kept = _BITS[version], self._kept
        for length in self._lengths[version]:
            key = (version, length, number >> (bits - length))
            if key in kept:
                return kept[key]
        return self._look(address)

    def _look(self, address: Address) -> Entry | None:
        from maxminddb import InvalidDatabaseError  # noqa: PLC0415

        asked = ipaddress.ip_address(str(address))
        try:
            record, length = self._reader.get_with_prefix_len(asked)
        except (InvalidDatabaseError, ValueError, TypeError):
            return None
        entry = None
        if isinstance(record, dict):
            entry = self._read(record), str(ipaddress.ip_network((asked, length), strict=False))
        self._keep(address, length, entry)
        return entry

    def _keep(self, address: Address, length: int, entry: Entry | None) -> None:
        """All addresses of a leaf have its entry. An address lies in one leaf only, whatever the order of lengths."""
        if len(self._kept) >= _KEPT_MAX:
            self._kept.clear()
        lengths = self._lengths[address.version]
        if length not in lengths:
            lengths.append(length)
        self._kept[address.version, length, address.number >> (_BITS[address.version] - length)] = entry


def load(path: Path, source: str, adapters: tuple[Adapter, ...], previous: DataVersion | None) -> Database:
    """Reads and checks a file. Raises EnrichmentError where it is damaged, of another type, or older."""
    data = _read(path)
    reader = _open(path, data)
    metadata = reader.metadata()
    said = str(metadata.database_type)
    adapter = next((one for one in adapters if one.types.search(said)), None)
    if adapter is None:
        raise EnrichmentError(f"{path}: a database of type {said[:64]!a}, not for {source}; give the right file")
    version = metadata.binary_format_major_version
    if version != _FORMAT_VERSION:
        raise EnrichmentError(f"{path}: of version {version!s:.16} of the format; get one of version {_FORMAT_VERSION}")
    built = metadata.build_epoch
    if not isinstance(built, int) or not 0 < built <= _EPOCH_MAX:
        raise EnrichmentError(f"{path}: does not say when it was built; get the file again")
    if previous is not None and previous.build_epoch is not None and built < previous.build_epoch:
        raise EnrichmentError(f"{path}: older than the one in use; it stays, get a newer file")
    _check(path, reader)
    digest = hashlib.sha256(data).hexdigest()
    return Database(reader, adapter, DataVersion(source, path.name, digest, built))


def _read(path: Path) -> bytes:
    try:
        with open_plain(path) as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise EnrichmentError(f"{path}: {words(error)}; correct the path or its rights") from None
    if len(data) > FILE_BYTES_MAX:
        raise EnrichmentError(f"{path}: larger than {FILE_BYTES_MAX >> 30} GiB; give a smaller database")
    return data


def _open(path: Path, data: bytes) -> Reader:
    # Loading it takes as long as a small scan, and many scans have no database.
    from maxminddb import MODE_FD, InvalidDatabaseError, open_database  # noqa: PLC0415

    what = "an empty file" if not data else "no MaxMind DB file, or cut short"
    try:
        fields, end = _metadata(data)
        if end <= len(data):
            return open_database(io.BytesIO(_with_usual_metadata(data, fields)), MODE_FD)
    except (InvalidDatabaseError, ValueError, TypeError, LookupError, OverflowError, struct.error, RecursionError):
        pass
    raise EnrichmentError(f"{path}: {what}; get it again and move it here when it is whole")


def _metadata(data: bytes) -> tuple[Record, int]:
    """The metadata that stand last in a file, and where they end: beyond the file, where its last bytes are missing.
    The reader takes what is left of a number for the number.
    """
    from maxminddb.decoder import Decoder  # noqa: PLC0415

    found = data.rfind(_METADATA_MARKER)
    if found < 0:
        raise ValueError
    start = found + len(_METADATA_MARKER)
    fields, end = Decoder(data, start).decode(start)
    if not isinstance(fields, dict):
        raise TypeError
    return fields, end


def _with_usual_metadata(data: bytes, fields: Record) -> bytes:
    """A file whose metadata are what the reader asks for: it takes neither one field more nor one less, though two of
    them may be left out, and writers add their own. Metadata count that stand last. Raises KeyError and TypeError.
    """
    if fields.keys() == {*_FIELDS, "languages", "description"}:
        return data
    written = [_written(name) + _written(fields[name]) for name in _FIELDS]
    written += [_written("languages") + _EMPTY_LIST, _written("description") + _EMPTY_MAP]
    return data + _METADATA_MARKER + bytes([_MAP | len(written)]) + b"".join(written)


def _written(value: object) -> bytes:
    """A number, or a text of at most 284 bytes, as the format has them."""
    if isinstance(value, int):
        number = value.to_bytes(8, "big")
        return bytes([len(number), _UINT64]) + number
    if not isinstance(value, str):
        raise TypeError
    text = value.encode()
    size = bytes([_TEXT | len(text)]) if len(text) < _SHORT_MAX else bytes([_TEXT | _SHORT_MAX, len(text) - _SHORT_MAX])
    return size + text


def _check(path: Path, reader: Reader) -> None:
    """Looks addresses up all over the tree, and the first that are stored: each must be readable, or no entry."""
    from maxminddb import InvalidDatabaseError  # noqa: PLC0415

    is_filled = False
    try:
        for address in _canaries(is_v4_only=reader.metadata().ip_version == _V4_ONLY):
            is_filled |= reader.get(address) is not None
        is_filled |= _has_entries(reader)
    except (InvalidDatabaseError, ValueError, TypeError, RecursionError):
        raise EnrichmentError(f"{path}: damaged; get it again and move it here when it is whole") from None
    if not is_filled:
        raise EnrichmentError(f"{path}: holds no networks; get it again")


def _has_entries(reader: Reader) -> bool:
    """Reads the first entries. A tree whose aliases the reader cannot name is no damage: then it is believed."""
    try:
        return sum(1 for _ in itertools.islice(iter(reader), _STORED_FIRST)) > 0
    except UnicodeDecodeError:
        raise
    except ValueError as error:
        if "host bits" not in str(error):
            raise
        return True


def _canaries(*, is_v4_only: bool) -> Iterator[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    for number in range(CANARIES):
        yield ipaddress.IPv4Address(number * (1 << 32) // CANARIES + number)
        if not is_v4_only:
            yield ipaddress.IPv6Address(_GLOBAL_UNICAST + number * (_GLOBAL_UNICAST_SIZE // CANARIES) + number)
