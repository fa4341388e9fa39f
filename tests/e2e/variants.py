# SPDX-License-Identifier: Apache-2.0
"""One dialogue in many variants of what a network did to it, all in one capture, and what was found in each.

Every variant is a session of its own: the same words from another port. So a thousand of them need one scan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path

from sensor.model import Endpoint
from tests.e2e.outcome import known
from tests.e2e.sensing import sense
from tests.e2e.stated import Stated, found, miner_of, true
from tests.lab import tcp
from tests.lab.dialogue import Session, Speaker, View
from tests.lab.family import Family
from tests.lab.files import Frame, pcap
from tests.lab.layers import FAMILIES
from tests.lab.scene import wire_of

Segments = list[tcp.Segment]
# Below the bound of sessions that are not settled, for all begin at once.
AT_ONCE_MAX = 1500
FIRST_PORT = 20_000


@dataclass(frozen=True)
class Dialect:
    """A session that is played in all variants."""

    name: str
    session: Session

    @cached_property
    def segments(self) -> Segments:
        talk = self.session.dialogue
        return tcp.segments(talk, wire_of(talk))


@dataclass(frozen=True)
class Variant:
    """What befell the segments, and what is left to see of the dialogue.

    ``gaps_bytes``: what is missing between the bytes that were seen. ``ending``: where it is not that of the dialogue.
    """

    name: str
    change: Callable[[Segments], Segments]
    view: View | None = None
    gaps_bytes: int = 0
    family: Family = FAMILIES["ethernet"]
    ending: str = ""

    def expected(self, session: Session) -> Stated:
        """What the finding has to say."""
        truth = known(session.tunnelled(self.family.tunnel), self.view)
        return replace(true(truth, self.gaps_bytes), ending=self.ending or truth.ending.value)


def wrong(dialect: Dialect, variants: Sequence[Variant], folder: Path) -> list[str]:
    """Plays the variants; one line for each that was not found as its truth says. Empty: all is well."""
    complaints: list[str] = []
    for first in range(0, len(variants), AT_ONCE_MAX):
        complaints += _wrong(dialect, variants[first : first + AT_ONCE_MAX], folder / f"{first}.pcap")
    return complaints


def _wrong(dialect: Dialect, variants: Sequence[Variant], path: Path) -> list[str]:
    frames: list[Frame] = []
    expected: dict[Endpoint, tuple[str, Stated | None]] = {}
    for number, variant in enumerate(variants):
        miner = Endpoint(dialect.session.dialogue.miner.ip, FIRST_PORT + number)
        changed = said_by(miner, variant.change(dialect.segments))
        frames += variant.family.frames(tcp.packets(changed))
        truth = variant.expected(dialect.session)
        expected[miner] = (variant.name, truth if truth.grade != "D" else None)
    path.write_bytes(pcap(sorted(frames, key=lambda frame: frame.ts_ns)))
    seen = {miner_of(finding): found(finding) for finding in sense(path).findings}
    complaints = [
        f"{dialect.name}, {name}: {_difference(truth, seen.get(miner))}"
        for miner, (name, truth) in expected.items()
        if seen.get(miner) != truth
    ]
    return complaints + [f"{dialect.name}: a finding of nobody: {miner}" for miner in seen.keys() - expected.keys()]


def said_by(miner: Endpoint, segments: Segments) -> Iterator[tcp.Segment]:
    for segment in segments:
        if segment.speaker is Speaker.CLIENT:
            yield replace(segment, source=miner)
        else:
            yield replace(segment, target=miner)


def _difference(truth: Stated | None, seen: Stated | None) -> str:
    if truth is None or seen is None:
        return "no finding" if seen is None else "a finding, of too little"
    names = [field.name for field in fields(truth) if getattr(truth, field.name) != getattr(seen, field.name)]
    return ", ".join(f"{name} is {getattr(truth, name)!r}, found {getattr(seen, name)!r}" for name in names)


def overlapped(session: Session, segments: Iterable[tcp.Segment], lost: tcp.Segment) -> frozenset[int]:
    """The indexes of the sayings of which a lost segment carried some bytes."""
    speaker = lost.speaker
    isn = next(s.seq for s in segments if s.speaker is speaker)
    start = (lost.seq - isn - 1) % tcp.SEQUENCE_SPACE
    end, at = start + len(lost.payload), 0
    indexes = set()
    for index, saying in enumerate(session.dialogue.sayings()):
        if saying.speaker is speaker:
            if at < end and start < at + len(saying.data):
                indexes.add(index)
            at += len(saying.data)
    return frozenset(indexes)


def offsets_of(session: Session, speaker: Speaker, index: int) -> range:
    """Where in a side's stream one can cut within the ``index``-th saying, its borders included."""
    before = [saying for saying in session.dialogue.sayings()[:index] if saying.speaker is speaker]
    start = sum(len(saying.data) for saying in before)
    return range(max(start, 1), start + len(session.dialogue.sayings()[index].data) + 1)
