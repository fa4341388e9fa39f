"""Which autonomous system announces an address: it names the operator, and never a customer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final, Self

from enrichment import mmdb
from enrichment.addresses import normalise
from enrichment.base import Options, Problems
from enrichment.model import Carrier, DataVersion, Facts, Hop, Interval, Level, Subject

# Right about who announces the address; who uses it is another question.
_CONFIDENCE: Final = 0.6
_NAME_CHARS_MAX: Final = 128
_NUMBER_MAX: Final = (1 << 32) - 1
_WRITTEN: Final = re.compile(r"AS(\d{1,10})")


class Asn:
    """A database of autonomous systems."""

    name: ClassVar[str] = "asn"
    tells_owner: ClassVar[bool] = False

    def __init__(self, database: mmdb.Database) -> None:
        self._database = database
        self.problems = Problems()

    @classmethod
    def load(cls, paths: Sequence[Path], options: Options, previous: Self | None = None) -> Self:
        (path,) = paths
        in_use = previous.versions[0] if previous is not None else None
        return cls(mmdb.load(path, cls.name, _ADAPTERS, in_use))

    @property
    def versions(self) -> tuple[DataVersion, ...]:
        return (self._database.version,)

    def counts(self) -> dict[str, int]:
        return {}

    def lookup(self, subject: Subject, interval: Interval) -> Facts | None:
        address = normalise(subject.ip)
        found = self._database.get(address) if address is not None else None
        if found is None:
            return None
        carrier, network = found
        if not isinstance(carrier, Carrier):
            return None
        hop = Hop(source=self.name, key=network, confidence=_CONFIDENCE)
        return Facts(hop=hop, level=Level.OPERATOR, says=carrier)


def _nested(record: mmdb.Record) -> Carrier | None:
    number = record.get("autonomous_system_number")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= _NUMBER_MAX:
        return None
    return Carrier(number, _text(record.get("autonomous_system_organization")))


def _flat(record: mmdb.Record) -> Carrier | None:
    """IPinfo: ``asn`` is a text like AS64500, the name is ``as_name`` or ``name``."""
    match = _WRITTEN.fullmatch(_text(record.get("asn")))
    if match is None or not 0 < int(match[1]) <= _NUMBER_MAX:
        return None
    return Carrier(int(match[1]), _text(record.get("as_name")) or _text(record.get("name")))


_ADAPTERS: Final = (
    mmdb.Adapter(re.compile(r"^ipinfo .*(asn|lite|core|plus)"), _flat),
    mmdb.Adapter(re.compile(r"^(?!ipinfo ).*(ASN|ISP)"), _nested),
)


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= _NAME_CHARS_MAX and value.isprintable() else ""
