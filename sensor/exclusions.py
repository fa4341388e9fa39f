"""What somebody decided not to be told of: by whom, why, and until when. Nothing is hidden in silence: each exclusion
counts what it hid.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta

from sensor.finding import Finding, Phase, ReasonCode, Sighting, SightingKind
from sensor.targets import SettingError

if TYPE_CHECKING:
    from sensor.attribution import Attributed

Text = Annotated[str, Meta(max_length=200)]
Words = Annotated[str, Meta(min_length=1, max_length=200)]

CONDITIONS: Final = ("prefix", "customer", "pool", "rule")
_PREFIX_FORM: Final = "write it like '203.0.113.0/24' or '2001:db8::/32'"


class Exclusion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Findings and sightings that meet all of its conditions, of which it has one at least, are counted and not told.

    ``expires`` is the last day it is in force, in UTC and the time of the packets.
    """

    owner: Words
    reason: Words
    expires: datetime.date
    prefix: Text = ""
    customer: Text = ""
    pool: Text = ""
    rule: Text = ""

    def check(self) -> None:
        """What the types cannot tell. Raises SettingError."""
        for key in ("owner", "reason", *CONDITIONS):
            if not getattr(self, key).isprintable():
                raise SettingError(key, "holds control characters; write plain text")
        if not self.conditions():
            raise SettingError("owner", f"no condition, so all would be hidden; give one of {', '.join(CONDITIONS)}")
        if self.prefix and _network(self.prefix) is None:
            raise SettingError("prefix", f"{self.prefix!r} is not an IP prefix; {_PREFIX_FORM}")
        if self.rule and self.rule not in rules():
            what = f"no dialect, reason or kind of sighting is called {self.rule!r}"
            raise SettingError("rule", f"{what}; see docs/findings.md")

    def conditions(self) -> dict[str, str]:
        return {key: text for key in CONDITIONS if (text := getattr(self, key))}


class Hidden(msgspec.Struct, frozen=True):
    """What an exclusion hid. ``expired``: what it would have hidden, were it still in force."""

    exclusion: Exclusion
    findings: int
    sightings: int
    expired: int


class Exclusions:
    """Decides what is not told, and counts it. What was told once is told to its end, and what was not, is not."""

    def __init__(self, rows: Sequence[Exclusion]) -> None:
        self._rows = [_Row(row) for row in rows]
        # Of each finding that was met and is not over: the row that hides it, if any.
        self._decided: dict[str, _Row | None] = {}

    def __bool__(self) -> bool:
        return bool(self._rows)

    def hides(self, attributed: Attributed) -> bool:
        if not self._rows:
            return False
        body = attributed.body
        if isinstance(body, Sighting):
            row = self._row_of(attributed)
            if row is not None:
                row.sightings += 1
            return row is not None
        return self._hides(body, attributed)

    def counts(self) -> dict[str, int]:
        """What all of them hid, by kind."""
        return {
            "finding": sum(row.findings for row in self._rows),
            "sighting": sum(row.sightings for row in self._rows),
        }

    def hidden(self) -> list[Hidden]:
        """One for each exclusion, in the order of the configuration, also where it hid nothing."""
        return [Hidden(row.exclusion, row.findings, row.sightings, row.expired) for row in self._rows]

    def _hides(self, finding: Finding, attributed: Attributed) -> bool:
        is_over = finding.phase is Phase.CLOSED or finding.end_of_input
        if finding.finding_id in self._decided:
            row = self._decided[finding.finding_id]
        else:
            row = self._decided[finding.finding_id] = self._row_of(attributed)
            if row is not None:
                row.findings += 1
        if is_over:
            del self._decided[finding.finding_id]
        return row is not None

    def _row_of(self, attributed: Attributed) -> _Row | None:
        """The first that is in force and meets it. Days are compared as RFC 3339 writes them."""
        day = attributed.body.last_seen[: len("2000-01-01")]
        for row in self._rows:
            if all(meets(attributed) for meets in row.conditions):
                if day <= row.last_day:
                    return row
                row.expired += 1
        return None


def rules() -> frozenset[str]:
    """What ``rule`` may name: dialects, codes of reasons, kinds of sightings."""
    from sensor.wire import DIALECTS  # noqa: PLC0415  (most configurations have no exclusion)

    return frozenset({*DIALECTS} | {code.value for code in ReasonCode} | {kind.value for kind in SightingKind})


Condition = Callable[["Attributed"], bool]


class _Row:
    """An exclusion made ready, and its counts."""

    def __init__(self, exclusion: Exclusion) -> None:
        self.exclusion = exclusion
        self.last_day = exclusion.expires.isoformat()
        self.conditions: list[Condition] = [_CONDITION[key](text) for key, text in exclusion.conditions().items()]
        self.findings = 0
        self.sightings = 0
        self.expired = 0


# ---------------------------------------------------------------- one condition for each key


def _prefix(text: str) -> Condition:
    """The miner's address is in it."""
    network = ipaddress.ip_network(text)
    return lambda attributed: _is_in(network, attributed.body.miner.ip)


def _customer(text: str) -> Condition:
    """A record says that the miner's or the pool's address is this customer's."""
    return lambda attributed: text in (attributed.miner.customer, attributed.pool.customer)


def _pool(text: str) -> Condition:
    """The list's word for the pool, its name or one below it, its address, or a prefix that holds it."""
    word, network = text.casefold(), _network(text)

    def meets(attributed: Attributed) -> bool:
        pool = attributed.body.pool
        host = pool.host.casefold() if isinstance(pool.host, str) else ""
        if host == word or host.endswith(f".{word}") or (isinstance(pool.name, str) and pool.name.casefold() == word):
            return True
        return network is not None and _is_in(network, pool.ip)

    return meets


def _rule(text: str) -> Condition:
    """The dialect, the kind of a sighting, or the code of one of the reasons."""

    def meets(attributed: Attributed) -> bool:
        body = attributed.body
        if text == body.protocol.dialect or (isinstance(body, Sighting) and text == body.what):
            return True
        return any(text == reason.code for reason in body.reasons)

    return meets


_CONDITION: Final[dict[str, Callable[[str], Condition]]] = {
    "prefix": _prefix,
    "customer": _customer,
    "pool": _pool,
    "rule": _rule,
}

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(text: str) -> _Network | None:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None


def _is_in(network: _Network, address: object) -> bool:
    return isinstance(address, str) and ipaddress.ip_address(address) in network
