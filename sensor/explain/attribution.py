"""Whose it is: the answer, the records it rests on, and what is known where there is no answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import UNSET

from sensor.explain.say import Say
from sensor.explain.statement import Section, Statement
from sensor.finding import Finding, Param
from sensor.ownership import Attribution, Division, Hop, HopRole
from sensor.sinks.units import three_digits

# What a record says of its owner, in the order of telling.
_FIELDS: Final = {
    "enterprise": Say.OWNER_ENTERPRISE,
    "uscc": Say.OWNER_USCC,
    "customer": Say.OWNER_CUSTOMER,
    "site": Say.OWNER_SITE,
    "address": Say.OWNER_ADDRESS,
    "line": Say.OWNER_LINE,
    "meter": Say.OWNER_METER,
}


def attribution(finding: Finding) -> Iterator[Statement]:
    """The answer with its precision, then each record that was asked, then the files."""
    found = finding.attribution
    if found is UNSET:
        yield _say(Say.ATTRIBUTION_NONE)
        return
    yield _say(Say(f"whose_{found.end}"))
    yield _say(Say(f"kind_{found.kind}"))
    if found.reason is not UNSET:
        yield _say(Say(f"nobody_{found.reason}"))
    yield from _owner(found)
    yield _say(Say(f"level_{found.level}"))
    if found.weakest is UNSET:
        yield _say(Say.CONFIDENCE, confidence=three_digits(found.confidence))
    else:
        yield _say(Say.CONFIDENCE_WEAKEST, confidence=three_digits(found.confidence), weakest=found.weakest)
    yield from map(_hop, found.hops)
    yield from _surroundings(found)
    for flag in found.flags:
        yield _say(Say(f"mind_{flag}"))
    for file in found.data_versions:
        yield _say(Say.DATA_FILE, source=file.source, file=file.file, sha256=file.sha256)


def _owner(found: Attribution) -> Iterator[Statement]:
    for field, code in _FIELDS.items():
        value = getattr(found, field)
        if value is not UNSET:
            yield _say(code, value=value)
    if found.division is not UNSET:
        yield _division(found.division)
    if found.position is not UNSET:
        position = found.position
        yield _say(Say.OWNER_POSITION, latitude=position.latitude, longitude=position.longitude, datum=position.datum)


def _division(division: Division) -> Statement:
    return _say(Say.OWNER_DIVISION, number=division.code, province=division.province_name)


def _hop(hop: Hop) -> Statement:
    if hop.role is HopRole.CHECK:
        code = Say.HOP_CHECK
    else:
        # Of whoever is hidden the record is, too.
        code = Say.HOP_CHAIN_HIDDEN if hop.key is UNSET and hop.ref is UNSET else Say.HOP_CHAIN
    since, until = ("-" if time is UNSET else time for time in (hop.valid_from, hop.valid_to))
    return _say(
        code,
        source=hop.source,
        key="-" if hop.key is UNSET else hop.key,
        ref="-" if hop.ref is UNSET else hop.ref,
        since=since,
        until=until,
        cover=three_digits(hop.cover * 100),
        confidence=three_digits(hop.confidence),
    )


def _surroundings(found: Attribution) -> Iterator[Statement]:
    if found.place is not UNSET:
        place = found.place
        names = (place.city, place.subdivision, place.country)
        yield _say(Say.GEO_PLACE, place=", ".join(name for name in names if name is not UNSET))
    if found.autonomous_system is not UNSET:
        system = found.autonomous_system
        yield _say(Say.CARRIER, number=system.number, name="" if system.name is UNSET else f" {system.name}")


def _say(code: Say, **params: Param) -> Statement:
    return Statement(Section.ATTRIBUTION, code, params)
