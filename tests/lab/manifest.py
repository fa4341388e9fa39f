# SPDX-License-Identifier: Apache-2.0
"""Writes ``MANIFEST.toml``: of each capture its checksum, its maker, what it shows, what is in it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from tests.lab.captures import Capture
from tests.lab.dialogue import Truth

HEADER = """\
# The captures of this folder, every one crafted: no real person's traffic, documentation addresses only.
# Written by `python -m tests.lab build`; do not edit. Apache-2.0.
"""


def manifest(captures: Iterable[Capture]) -> str:
    """The manifest of these captures, in their order."""
    return HEADER + "".join(_entry(capture) for capture in captures)


def _entry(capture: Capture) -> str:
    made = capture.made
    rows = {
        "name": capture.name,
        "sha256": hashlib.sha256(made.data).hexdigest(),
        "made_by": f"tests.lab.captures:{maker_name(capture)}",
        "shows": capture.shows,
        "findings": _summary(truth for truth in made.truths if truth.grade != "D"),
        "sightings": _summary(
            (truth for truth in made.truths if truth.grade == "D"),
            [glimpse.kind.value for glimpse in made.glimpses],
        ),
    }
    # All values are our own words without quotes or backslashes, so that they are TOML strings as they stand.
    return "\n[[capture]]\n" + "".join(f'{key} = "{value}"\n' for key, value in rows.items())


def maker_name(capture: Capture) -> str:
    """The name of the function that makes a capture."""
    make = capture.make
    return str(getattr(make, "func", make).__name__)


def _summary(truths: Iterable[Truth], names: Iterable[str] = ()) -> str:
    kinds = Counter(f"{truth.dialect} {truth.stage} {truth.grade}" for truth in truths)
    kinds.update(names)
    return ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "none"
