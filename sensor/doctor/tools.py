"""Programs that are not needed, and of use where they are."""

from __future__ import annotations

import shutil
from typing import Final

from sensor.doctor.base import Diagnosis, Visit, well

_CHECK: Final = "tshark"


def tshark(_: Visit) -> list[Diagnosis]:
    path = shutil.which("tshark")
    if path is None:
        return well(
            _CHECK, "not installed: 'minesensor explain' does without a second opinion (apt-get install tshark)"
        )
    return well(_CHECK, f"{path}: a second opinion for 'minesensor explain'")
