"""What the tests of the doctor share: the time of a visit, and the one diagnosis of a check."""

from __future__ import annotations

import datetime

from sensor.doctor import Diagnosis

NOW = datetime.datetime(2026, 11, 26, 10, 0, tzinfo=datetime.UTC)


def the(diagnoses: list[Diagnosis]) -> Diagnosis:
    (only,) = diagnoses
    return only
