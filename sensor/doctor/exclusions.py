"""Is anything excluded that should be told again?"""

from __future__ import annotations

from typing import Final

from sensor.doctor.base import Diagnosis, Visit, warning, well

_CHECK: Final = "exclusions"


def exclusions(visit: Visit) -> list[Diagnosis]:
    rows = visit.settings.exclusions
    if not rows:
        return well(_CHECK, "none: all that is found is told")
    late = [row for row in rows if row.expires < visit.now.date()]
    if late:
        first = min(late, key=lambda row: row.expires)
        what = f"{len(late)} of {len(rows)} are over, the first, of {first.owner!r}, since {first.expires}"
        return warning(_CHECK, what, "renew them or take them out of [[exclusions]]")
    return well(_CHECK, f"{len(rows)}, the next is over on {min(row.expires for row in rows)}")
