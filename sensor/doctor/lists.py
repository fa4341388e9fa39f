"""Do the signatures load, is there anything on the pool lists, and how old are they?"""

from __future__ import annotations

import datetime
from typing import Final

from sensor.doctor.base import Diagnosis, Visit, failure, warning, well
from sensor.limits import LIST_AGE_DAYS_MAX
from signatures import PACKAGED, SignatureError, load
from signatures.catalogue import Signatures

_CHECK: Final = "lists"
_RENEW: Final = "bring a newer list into a folder of [signatures] folders, see docs/signatures.md"


def lists(visit: Visit) -> list[Diagnosis]:
    try:
        signatures = load(visit.settings.signature_folders(PACKAGED))
    except SignatureError as error:
        what, _, remedy = str(error).rpartition("; ")
        return failure(_CHECK, what or remedy, remedy)
    return diagnosis(signatures, visit.now.date())


def diagnosis(signatures: Signatures, today: datetime.date) -> list[Diagnosis]:
    """What is to be said of these signatures on that day."""
    if not signatures.anchors:
        what = "no protocol to look for: no session will be found"
        return failure(_CHECK, what, "set packaged = true in [signatures]")
    if not signatures.entries:
        what = "no pool list: names and addresses of pools will not be seen"
        return warning(_CHECK, what, "set packaged = true in [signatures], or add a folder with lists")
    oldest = min(signatures.lists, key=lambda header: header.as_of)
    age_days = signatures.oldest_list_age_days(today)
    shown = (
        f"{len(signatures.protocols)} protocols, {len(signatures.lists)} lists with {len(signatures.entries):,} rows; "
        f"the oldest, {oldest.name}, is of {oldest.as_of}, {age_days} days ago"
    )
    return warning(_CHECK, shown, _RENEW) if age_days > LIST_AGE_DAYS_MAX else well(_CHECK, shown)
