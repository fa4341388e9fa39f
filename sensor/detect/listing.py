"""What the pool lists say, as far as findings need it, and the hint and reason made of a name or endpoint met.

The lists themselves are another package's; here stands only what is read of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from sensor.detect.labels import Hint
from sensor.finding import Param, ReasonCode
from sensor.model import NameKind, NameSeen
from sensor.times import NS_PER_SECOND
from signatures.equipment import Equipment

REASON_OF: Final[dict[NameKind, ReasonCode]] = {
    NameKind.DNS: ReasonCode.NAME_DNS,
    NameKind.SNI: ReasonCode.NAME_SNI,
    NameKind.HTTP_HOST: ReasonCode.NAME_HTTP_HOST,
    NameKind.ADDRESS: ReasonCode.ADDRESS_LISTED,
    NameKind.LEARNED: ReasonCode.NAME_LEARNED,
    NameKind.PROXIED: ReasonCode.NAME_PROXIED,
    NameKind.CERTIFICATE: ReasonCode.NAME_CERTIFICATE,
}
_ADDRESSES_SHOWN: Final = 4


class Entry(Protocol):
    """One row of a list."""

    @property
    def list_name(self) -> str: ...
    @property
    def pool(self) -> str: ...
    @property
    def coins(self) -> tuple[str, ...]: ...
    @property
    def kind(self) -> str: ...


class PoolList(Protocol):
    """The header of a list; ``as_of`` prints as a date."""

    @property
    def name(self) -> str: ...
    @property
    def as_of(self) -> object: ...


class Catalogue(Protocol):
    """All lists. ``NameSeen.entry`` is an index into ``entries``."""

    @property
    def entries(self) -> Sequence[Entry]: ...
    @property
    def lists(self) -> Sequence[PoolList]: ...
    @property
    def equipment(self) -> Equipment: ...


class Listing:
    """Answers what a name or endpoint that was met means."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._entries = catalogue.entries
        self._as_of = {header.name: str(header.as_of) for header in catalogue.lists}

    def hint(self, seen: NameSeen) -> Hint:
        """``coin`` only where the row names a single one: a pool of many coins says nothing of this session's."""
        entry = self._entries[seen.entry]
        coin = entry.coins[0] if len(entry.coins) == 1 else ""
        return Hint(host=seen.name, pool=entry.pool, coin=coin, kind=str(entry.kind))

    def params(self, seen: NameSeen) -> dict[str, Param]:
        """The parameters of the reason: list, its date, the row's pool and kind, the name, the age of the answer."""
        entry = self._entries[seen.entry]
        params: dict[str, Param] = {
            "list": entry.list_name,
            "as_of": self._as_of.get(entry.list_name, ""),
            "kind": str(entry.kind),
        }
        if entry.pool:
            params["pool"] = entry.pool
        if seen.name:
            params["name"] = seen.name
        if seen.age_ns or seen.kind is NameKind.LEARNED:
            params["age_seconds"] = seen.age_ns // NS_PER_SECOND
        if seen.via:
            params["via"] = seen.via
            params["port"] = seen.port
        if seen.addresses:
            params["addresses"] = " ".join(seen.addresses[:_ADDRESSES_SHOWN])
        return params
