"""Whom a pseudonym stands for, once somebody with the key and a reason has asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sensor.explain.say import Say
from sensor.explain.statement import Section, Statement
from sensor.finding import Param
from sensor.reveal import Revealed

# The fields of a record that tell who or where, in the order of telling.
_FIELDS: Final = ("customer", "enterprise", "site", "address", "division", "line", "meter")


def revealed(answers: list[Revealed]) -> Iterator[Statement]:
    """Each record or address, and the log entry that it was told under."""
    for answer in answers:
        asked = answer.entry.asked
        for owner in answer.owners:
            known = [f"{field} {value}" for field in _FIELDS if (value := getattr(owner, field))]
            yield _say(Say.REVEALED_OWNER, subject=asked.subject, kind=owner.kind, owner=", ".join(known))
        if answer.address is not None:
            realm, ip = answer.address
            yield _say(Say.REVEALED_ADDRESS, subject=asked.subject, ip=ip, realm=realm)
        entry = answer.entry
        yield _say(Say.REVEALED_ENTRY, number=entry.number, who=asked.who, reason=asked.reason, hash=entry.hash)


def _say(code: Say, **params: Param) -> Statement:
    return Statement(Section.REVEAL, code, params)
