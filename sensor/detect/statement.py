"""What the judgement of single sessions states, for whoever knows all of them: each in itself true, and in its order.

A listed name or a handshake is stated as the engine saw it.
"""

from __future__ import annotations

import msgspec

from sensor.detect.relations import Known
from sensor.detect.sightings import Pair, Row
from sensor.finding import Finding
from sensor.model import Measured, NameSeen, TlsSeen


class Attempted(msgspec.Struct, frozen=True, gc=False, tag=True, array_like=True):
    """A session ended as an attempt: a row of the sightings table, with a count of one."""

    row: Row


class Revised(msgspec.Struct, frozen=True, gc=False, tag=True, array_like=True):
    """A session's finding was revised. ``finding`` is None where nobody wants this revision, and lacks what it is
    related to and what ``measured`` lets be estimated, which is None where no share was seen; ``known`` is None of a
    program that keeps to one connection.
    """

    covers: tuple[Pair, ...]
    known: Known | None
    finding: Finding | None
    measured: Measured | None


Statement = NameSeen | TlsSeen | Attempted | Revised
