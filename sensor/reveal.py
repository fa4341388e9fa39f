"""Whom a pseudonym stands for. Nothing was stored to answer that: the names are gone through again with the key.

A reason is demanded, and the log is written before anything is told: where it cannot be written, nothing is.
"""

from __future__ import annotations

import getpass
import itertools
import re
from collections.abc import Iterable
from typing import Final

import msgspec

from enrichment.model import Owner
from sensor.access_log import AccessLog, Asked, Entry
from sensor.detect.proof import printable
from sensor.privacy import plain_address
from sensor.pseudonym import Domain, Pseudonyms, key_id_of

_SUBJECT: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{32}")
REASON_CHARS_MIN: Final = 8
REASON_CHARS_MAX: Final = 500
# Records of one customer that are shown; a household has one or two.
OWNERS_MAX: Final = 100


class RevealError(ValueError):
    """Nothing is revealed. The text is one line: what is wrong; what to do."""


class Request(msgspec.Struct, frozen=True):
    """Who asks for whom, when and why. ``finding_id`` is "" where the pseudonym was not taken from a finding."""

    subject: str
    reason: str
    at: str
    who: str
    finding_id: str = ""


class Places(msgspec.Struct, frozen=True):
    """Where names are looked for: the owners of a list of customers, and the addresses of a capture, with realms."""

    owners: Iterable[Owner] = ()
    addresses: Iterable[tuple[int, str]] = ()


class Revealed(msgspec.Struct, frozen=True):
    """Whom the pseudonym stands for: the records of one owner, or an address in a realm; and the entry that was
    logged.
    """

    entry: Entry
    owners: tuple[Owner, ...] = ()
    address: tuple[int, str] | None = None


def reveal(request: Request, pseudonyms: Pseudonyms, places: Places, log: AccessLog) -> Revealed:
    """Raises RevealError where there is no good reason, the key is another or nobody is found, and AccessLogError.

    All but a request that says nothing is logged, also where nobody is found.
    """
    reason = " ".join(request.reason.split())
    if not reason:
        raise RevealError("no reason is given; say why in some words, such as the number of the case")
    if not REASON_CHARS_MIN <= len(reason) <= REASON_CHARS_MAX:
        what = f"a reason of {len(reason)} characters; write {REASON_CHARS_MIN} to {REASON_CHARS_MAX}"
        raise RevealError(f"{what}, such as the number of the case and who ordered it")
    if not _SUBJECT.fullmatch(request.subject):
        raise RevealError(f"{printable(request.subject)[:80]!r} is no pseudonym; take the subject of a finding")
    if key_id_of(request.subject) != pseudonyms.key_id:
        _log(request, reason, "wrong_key", log)
        given = f"key {key_id_of(request.subject)}, and this is key {pseudonyms.key_id}"
        raise RevealError(f"the pseudonym was made with {given}; give the key file that was in use then")
    owners = _owners(request.subject, pseudonyms, places.owners)
    address = None if owners else _address(request.subject, pseudonyms, places.addresses)
    if not owners and address is None:
        _log(request, reason, "not_found", log)
        what = "nobody in the lists and captures given has this pseudonym"
        raise RevealError(f"{what}; give the list of customers or the capture of that time")
    entry = _log(request, reason, "revealed", log)
    return Revealed(entry, owners, address)


def current_user() -> str:
    """Who runs this program, as the system knows it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def _owners(subject: str, pseudonyms: Pseudonyms, owners: Iterable[Owner]) -> tuple[Owner, ...]:
    meant = (owner for owner in owners if _is_meant(subject, pseudonyms, owner))
    return tuple(itertools.islice(meant, OWNERS_MAX))


def _is_meant(subject: str, pseudonyms: Pseudonyms, owner: Owner) -> bool:
    if owner.customer:
        return pseudonyms.of(Domain.CUSTOMER, owner.customer) == subject
    return bool(owner.line) and pseudonyms.of(Domain.LINE, owner.line) == subject


def _address(subject: str, pseudonyms: Pseudonyms, addresses: Iterable[tuple[int, str]]) -> tuple[int, str] | None:
    for realm, ip in addresses:
        if pseudonyms.of(Domain.ADDRESS, realm, plain_address(ip)) == subject:
            return realm, plain_address(ip)
    return None


def _log(request: Request, reason: str, outcome: str, log: AccessLog) -> Entry:
    asked = Asked(
        at=request.at,
        who=printable(request.who),
        reason=printable(reason),
        subject=request.subject,
        finding_id=printable(request.finding_id)[:64],
        outcome=outcome,
    )
    return log.append(asked)
