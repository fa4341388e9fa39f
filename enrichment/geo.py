"""GeoIP: a city at best, and often only the seat of whoever registered the addresses. Never a physical site."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from enrichment import mmdb
from enrichment.divisions import province_of_iso, province_of_name
from enrichment.mmdb_source import MmdbSource, text_of
from enrichment.model import Facts, Hop, Level, Place

# Published comparisons with measured places: cities in Asia are wrong more often than right, provinces mostly right.
_CONFIDENCES: Final = {Level.CITY: 0.3, Level.PROVINCE: 0.7, Level.NONE: 0.9}
_ISO_CHARS: Final = 2
_CHINA: Final = "CN"
# These have country codes of their own and are provinces in GB/T 2260.
_REGIONS: Final = frozenset({"HK", "MO", "TW"})
_LANGUAGES: Final = ("zh-CN", "en")


# ---------------------------------------------------------------- one adapter for each kind of record


def _nested(record: mmdb.Record) -> Place:
    """As MaxMind writes it, and DB-IP, and whoever wants to be read like them."""
    country = text_of(_part(record, "country").get("iso_code"))
    subdivisions = record.get("subdivisions")
    first = subdivisions[0] if isinstance(subdivisions, list) and subdivisions else {}
    subdivision = first if isinstance(first, dict) else {}
    location = _part(record, "location")
    iso = text_of(subdivision.get("iso_code"))
    return Place(
        country=country,
        subdivision=iso or _name(subdivision),
        province=_province(country, iso, _name(subdivision)),
        city=_name(_part(record, "city")),
        latitude=_number(location.get("latitude"), 90),
        longitude=_number(location.get("longitude"), 180),
        radius_km=_radius(location.get("accuracy_radius")),
    )


def _flat(record: mmdb.Record) -> Place:
    """As IPinfo writes it: one level, all of it text; ``country`` is a code or a name."""
    code, country = text_of(record.get("country_code")), text_of(record.get("country"))
    iso = code or (country if len(country) == _ISO_CHARS else "")
    region = text_of(record.get("region_code")) or text_of(record.get("region"))
    return Place(
        country=iso,
        subdivision=region,
        province=_province(iso, region, region),
        city=text_of(record.get("city")),
        latitude=_number(record.get("lat", record.get("latitude")), 90),
        longitude=_number(record.get("lng", record.get("longitude")), 180),
    )


_ADAPTERS: Final = (
    mmdb.Adapter(re.compile(r"^ipinfo .*(location|country|lite|core|plus)"), _flat),
    mmdb.Adapter(re.compile(r"^(?!ipinfo ).*(City|Country|Enterprise|Insights|Location)"), _nested),
)


def _province(country: str, iso: str, name: str) -> str:
    """By its letters where they are given; not all databases have them."""
    if country == _CHINA:
        return province_of_iso(iso) or province_of_name(name)
    return province_of_iso(country) if country in _REGIONS else ""


def _part(record: mmdb.Record, name: str) -> mmdb.Record:
    part = record.get(name)
    return part if isinstance(part, dict) else {}


def _name(record: mmdb.Record) -> str:
    names = _part(record, "names")
    return next((text for language in _LANGUAGES if (text := text_of(names.get(language)))), "")


def _number(value: object, limit: int) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if -limit <= number <= limit else None


def _radius(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


class Geo(MmdbSource):
    """A database of places."""

    name: ClassVar[str] = "city"
    adapters = _ADAPTERS

    def _facts(self, said: object, network: str) -> Facts | None:
        if not isinstance(said, Place) or not said.country:
            return None
        level = _level(said)
        return Facts(hop=Hop(source=self.name, key=network, confidence=_CONFIDENCES[level]), level=level, says=said)


def _level(place: Place) -> Level:
    if place.city:
        return Level.CITY
    return Level.PROVINCE if place.subdivision else Level.NONE
