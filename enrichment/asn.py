"""Which autonomous system announces an address: it names the operator, and never a customer."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from enrichment import mmdb
from enrichment.mmdb_source import MmdbSource, text_of
from enrichment.model import Carrier, Facts, Hop, Level

# Right about who announces the address; who uses it is another question.
_CONFIDENCE: Final = 0.6
_NUMBER_MAX: Final = (1 << 32) - 1
_WRITTEN: Final = re.compile(r"AS(\d{1,10})")


def _nested(record: mmdb.Record) -> Carrier | None:
    number = record.get("autonomous_system_number")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= _NUMBER_MAX:
        return None
    return Carrier(number, text_of(record.get("autonomous_system_organization")))


def _flat(record: mmdb.Record) -> Carrier | None:
    """IPinfo: ``asn`` is a text like AS64500, the name is ``as_name`` or ``name``."""
    match = _WRITTEN.fullmatch(text_of(record.get("asn")))
    if match is None or not 0 < int(match[1]) <= _NUMBER_MAX:
        return None
    return Carrier(int(match[1]), text_of(record.get("as_name")) or text_of(record.get("name")))


_ADAPTERS: Final = (
    mmdb.Adapter(re.compile(r"^ipinfo .*(asn|lite|core|plus)"), _flat),
    mmdb.Adapter(re.compile(r"^(?!ipinfo ).*(ASN|ISP)"), _nested),
)


class Asn(MmdbSource):
    """A database of autonomous systems."""

    name: ClassVar[str] = "asn"
    adapters = _ADAPTERS

    def _facts(self, said: object, network: str) -> Facts | None:
        if not isinstance(said, Carrier):
            return None
        hop = Hop(source=self.name, key=network, confidence=_CONFIDENCE)
        return Facts(hop=hop, level=Level.OPERATOR, says=said)
