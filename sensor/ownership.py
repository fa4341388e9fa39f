"""Whose an address is, as it leaves the sensor: a chain of records with the precision that was really reached.

docs/attribution.md explains it in whole.
"""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from enrichment.model import Datum, Flag, Level, SubjectKind, Unanswered
from sensor.model import Time

Share = Annotated[float, Meta(ge=0, le=1)]


class End(enum.StrEnum):
    """Whose address is meant: the miner's, or the pool's where only that is ours."""

    MINER = "miner"
    POOL = "pool"


class HopRole(enum.StrEnum):
    """What a record was asked for."""

    CHAIN = "chain"  # the answer rests on it
    CHECK = "check"  # it was asked as well, and changes nothing


class Division(msgspec.Struct, frozen=True):
    """Where it is, by division code (GB/T 2260). Codes change: `code` is the record's own."""

    code: Annotated[str, Meta(description="the code as the record has it, or that of the province GeoIP names")]
    level: Annotated[str, Meta(description="`county`, `city` or `province`")]
    province: Annotated[str, Meta(description="the province's code")]
    province_name: Annotated[str, Meta(description="the province's name")]
    city: Annotated[
        str | UnsetType,
        Meta(description="the prefecture's code; a county that answers to the province is its own"),
    ] = UNSET


class Position(msgspec.Struct, frozen=True):
    """A point as the record has it, never converted: between two datums the same numbers lie up to 1.4 km apart."""

    latitude: Annotated[float, Meta(ge=-90, le=90, description="degrees north")]
    longitude: Annotated[float, Meta(ge=-180, le=180, description="degrees east")]
    datum: Annotated[Datum, Meta(description="what the degrees count from; `UNKNOWN` where the record does not say")]


class GeoPlace(msgspec.Struct, frozen=True):
    """What GeoIP says: a hint and a check, never a site."""

    country: Annotated[str, Meta(description="ISO 3166-1, two letters")]
    subdivision: Annotated[str | UnsetType, Meta(description="province or state, as the database has it")] = UNSET
    city: Annotated[str | UnsetType, Meta(description="the city's name, as the database has it")] = UNSET


class AutonomousSystem(msgspec.Struct, frozen=True):
    """Who announces the address."""

    number: Annotated[int, Meta(ge=1, description="the number of the autonomous system")]
    name: Annotated[str | UnsetType, Meta(description="its name, as the database has it")] = UNSET


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One record on the way from the address to its owner, or one that was asked as well."""

    source: Annotated[str, Meta(description="the kind of record: `customers`, `city`, `asn`")]
    role: Annotated[
        HopRole, Meta(description="`chain`: the answer rests on it; `check`: it was asked as well and changes nothing")
    ]
    key: Annotated[str | UnsetType, Meta(description="the address, range or prefix that matched")] = UNSET
    ref: Annotated[str | UnsetType, Meta(description="the record, as file:line")] = UNSET
    valid_from: Annotated[Time | UnsetType, Meta(description="since when it holds; absent: always")] = UNSET
    valid_to: Annotated[Time | UnsetType, Meta(description="until when, not included; absent: without end")] = UNSET
    cover: Annotated[Share, Meta(description="the share of the session in which it holds")]
    confidence: Annotated[Share, Meta(description="what this step is worth")]


class DataFile(msgspec.Struct, frozen=True):
    """A file that was asked, by its content."""

    source: Annotated[str, Meta(description="as in `hops`")]
    file: Annotated[str, Meta(description="its name, without folders")]
    sha256: Annotated[str, Meta(description="SHA-256 of its bytes, in hex")]
    built: Annotated[Time | UnsetType, Meta(description="when it was made, where the file says so")] = UNSET


class Attribution(msgspec.Struct, frozen=True, kw_only=True):
    """Whose the address is. Where `reason` is there, no owner is known, and the rest says what else is."""

    end: Annotated[End, Meta(description="`miner`, or `pool` where only the pool is ours: whose address is meant")]
    kind: Annotated[
        SubjectKind, Meta(description="`enterprise`, `idc`, `household`, or `unknown` where no record says it")
    ]
    level: Annotated[
        Level,
        Meta(
            description="the precision really reached, finest first: `port`, `rack`, `room`, `site`, `line`, `street`, "
            "`cell`, `city`, `province`, `operator`, `none`"
        ),
    ]
    confidence: Annotated[Share, Meta(description="the product of the chain's hops; 0 where nothing is known")]
    weakest: Annotated[str | UnsetType, Meta(description="the source of the chain's weakest hop")] = UNSET
    reason: Annotated[Unanswered | UnsetType, Meta(description="why no owner is known, see docs/attribution.md")] = (
        UNSET
    )
    customer: Annotated[str | UnsetType, Meta(description="the operator's name or number for the customer")] = UNSET
    enterprise: Annotated[str | UnsetType, Meta(description="the enterprise's name")] = UNSET
    uscc: Annotated[
        str | UnsetType, Meta(description="its unified social credit code; `uscc_invalid` in `flags`: a wrong check")
    ] = UNSET
    site: Annotated[str | UnsetType, Meta(description="the site's name")] = UNSET
    address: Annotated[str | UnsetType, Meta(description="the site's address")] = UNSET
    division: Annotated[Division | UnsetType, Meta(description="the division it lies in")] = UNSET
    position: Annotated[Position | UnsetType, Meta(description="the site's position")] = UNSET
    line: Annotated[str | UnsetType, Meta(description="the access line")] = UNSET
    meter: Annotated[str | UnsetType, Meta(description="the electricity meter")] = UNSET
    place: Annotated[GeoPlace | UnsetType, Meta(description="what GeoIP says")] = UNSET
    autonomous_system: Annotated[AutonomousSystem | UnsetType, Meta(description="who announces the address")] = UNSET
    hops: Annotated[tuple[Hop, ...], Meta(description="the records asked, in the order of asking")]
    flags: Annotated[tuple[Flag, ...], Meta(description="what to know before acting on it, see docs/attribution.md")]
    data_versions: Annotated[tuple[DataFile, ...], Meta(description="the files that were asked")]
