"""docs/operations.md says of each check of the doctor what it looks at, and names none that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

from sensor.doctor import CHECKS

TEXT = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")


def test_each_check_has_a_row_in_the_order_of_the_list() -> None:
    section = TEXT.split("## Is it fit?")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE) == list(CHECKS)
