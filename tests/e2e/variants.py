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
from tests.lab.cast import POOL_6, miner_6
from tests.lab.dialogue import Meaning, Session, Speaker, View
from tests.lab.family import Family
from tests.lab.files import Frame, LinkType, pcap
from tests.lab.ip import Flag
from tests.lab.layers import FAMILIES
from tests.lab.scene import wire_of
from tests.lab.script import Odds, Script

Segments = list[tcp.Segment]
Maker = tuple[Callable[[Script], Session], Script]
# Three jobs and three to eight shares, of every fate.
SHORT = {"seconds": 14, "job_seconds": 5, "odds": Odds(low=0.15, stale=0.1, duplicate=0.1, unanswered=0.1)}
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


def in_version(name: str, maker: Maker, version: int) -> Dialect:
    """The dialogue between addresses of an IP version."""
    make, script = maker
    return Dialect(name, make(script if version == 4 else replace(script, miner=miner_6(0), pool=POOL_6)))


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


def holds(dialect: Dialect, variants: Iterator[Variant], folder: Path) -> None:
    """Every variant is found as its truth says."""
    played = list(variants)
    assert played
    complaints = wrong(dialect, played, folder)
    assert not complaints, f"{len(complaints)} of {len(played)}:\n" + "\n".join(complaints[:20])


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


def first_of(session: Session, meaning: Meaning) -> int:
    """The index of the first saying that means this."""
    sayings = session.dialogue.sayings()
    return next(index for index, saying in enumerate(sayings) if meaning in saying.note.meanings)


# ---------------------------------------------------------------- what a network does


def in_halves(sent: Segments) -> Segments:
    """Each segment with payload as two."""
    halves: Segments = []
    for segment in sent:
        half = len(segment.payload) // 2
        if not half:
            halves.append(segment)
            continue
        seq = (segment.seq + half) % tcp.SEQUENCE_SPACE
        halves.append(replace(segment, payload=segment.payload[:half], flags=Flag.ACK))
        halves.append(replace(segment, ts_ns=segment.ts_ns + 1_000, seq=seq, payload=segment.payload[half:]))
    return halves


def swaps(dialect: Dialect) -> Iterator[Variant]:
    """Every message in two halves, and of all packets any two that follow each other."""
    halved = in_halves(dialect.segments)

    def swapped(at: int) -> Segments:
        first, second = halved[at], halved[at + 1]
        pair = [replace(second, ts_ns=first.ts_ns), replace(first, ts_ns=second.ts_ns)]
        return [*halved[:at], *pair, *halved[at + 2 :]]

    for at in range(len(halved) - 1):
        yield Variant(f"{at} swapped", lambda _, at=at: swapped(at))


def single(sent: Segments) -> Segments:
    """Each byte of payload in a segment of its own."""
    bits: Segments = []
    for segment in sent:
        if not segment.payload:
            bits.append(segment)
        for at in range(len(segment.payload)):
            seq = (segment.seq + at) % tcp.SEQUENCE_SPACE
            flags = segment.flags if at + 1 == len(segment.payload) else Flag.ACK
            data = segment.payload[at : at + 1]
            bits.append(replace(segment, ts_ns=segment.ts_ns + at * 100, seq=seq, flags=flags, payload=data))
    return bits


def losing(dialect: Dialect, at: int) -> Variant:
    """Without one segment."""
    sent = dialect.segments
    lost = sent[at]
    indexes = overlapped(dialect.session, sent, lost)
    # Behind the last data nothing tells that there was more.
    is_noticed = any(segment.payload for segment in sent[at + 1 :])
    # Both ends have to be seen to part.
    ending = "open" if Flag.FIN in lost.flags else ""
    gap_bytes = len(lost.payload) if is_noticed else 0
    return Variant(f"{at} lost", lambda sent: tcp.lose(sent, at), View(lost=indexes), gap_bytes, ending=ending)


def beginning(dialect: Dialect, at: int) -> Variant:
    """Without all before one segment."""
    since = dialect.segments[at].ts_ns
    return Variant(f"from {at}", lambda sent: tcp.head_cut(sent, at), View(since_ns=since))


def tunnels(version: int) -> list[Family]:
    """All that is carried by Ethernet; link types are no tunnels."""
    families = FAMILIES.values()
    return [one for one in families if one.linktype is LinkType.ETHERNET and one.ipv6 == (version == 6)]


def in_tunnels(version: int) -> Iterator[Variant]:
    for family in tunnels(version):
        yield Variant(family.name, list, family=family)
