# SPDX-License-Identifier: Apache-2.0
"""Compares what a scan found in one capture with the truth, field by field. Pure: it reads no file.

Joined and working streams are compared one by one with their findings; attempted and refused ones, which leave as
sightings, by their number per miner address and pool endpoint.
"""

from __future__ import annotations

import datetime
from collections import Counter
from typing import Final

import msgspec
from msgspec import UNSET

from sensor.detect.masking import mask_mail
from sensor.finding import Finding, Grade, Sighting, SightingKind, Stage
from sensor.model import Endpoint
from tests.corpus.scanning import Scanned
from tests.corpus.truth import Stream, TrueFile

ABSENT: Final = "absent"
_TOLD_BY_COUNT: Final = {Stage.ATTEMPTED: SightingKind.ATTEMPTED, Stage.REFUSED: SightingKind.REFUSED}
# The truth's times are seconds in floating point; a flow's first packet may also be one the truth leaves out.
_SLACK_NS: Final = 2_000_000
_NS_PER_SECOND: Final = 1_000_000_000


class Mismatch(msgspec.Struct, frozen=True, order=True):
    """One field of one stream in which truth and finding differ. ``stream`` is the truth's number, or both ends."""

    file: str
    stream: str
    field: str
    truth: str
    ours: str


class Became(msgspec.Struct, frozen=True, order=True):
    """What streams of a variant that is not judged became."""

    variant: str
    stage: str
    outcome: str


class FileVerdict(msgspec.Struct, frozen=True):
    """What came of one capture. ``judged`` counts streams; ``others`` counts streams that are only listed."""

    judged: int
    mismatches: tuple[Mismatch, ...]
    others: dict[Became, int]


class Group(msgspec.Struct, frozen=True):
    """Attempts or refusals of one miner address at one pool endpoint."""

    miner: str
    pool: Endpoint
    what: SightingKind

    def __str__(self) -> str:
        return f"{self.miner} > {self.pool.ip}:{self.pool.port} {self.what}"


def judge(file: str, true: TrueFile, scanned: Scanned) -> FileVerdict:
    """All mismatches of one capture."""
    if scanned.error:
        broken = Mismatch(file, "-", "file", "readable", scanned.error)
        return FileVerdict(0, (broken,), {})
    judged = [stream for stream in true.streams if stream.dialect is not None]
    silent = [stream for stream in true.streams if stream.is_silent]
    others = [stream for stream in true.streams if stream.dialect is None and not stream.is_silent]
    pairs, extra = match(judged, scanned.findings)
    mismatches: list[Mismatch] = []
    for stream, finding in pairs:
        mismatches += _judge_stream(file, stream, finding)
    listed, wrong = _others(file, others, extra, scanned.sightings)
    mismatches += wrong
    mismatches += _judge_counts(file, judged, scanned.sightings, others)
    return FileVerdict(len(judged) + len(silent), tuple(sorted(mismatches)), dict(listed))


# ---------------------------------------------------------------- streams and findings


def match(
    streams: list[Stream], findings: tuple[Finding, ...]
) -> tuple[list[tuple[Stream, Finding | None]], list[Finding]]:
    """Pairs streams with findings by endpoints and time, because ports are used again; and the findings left over."""
    waiting: dict[frozenset[Endpoint], list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: finding.first_seen):
        waiting.setdefault(_ends(finding), []).append(finding)
    pairs: list[tuple[Stream, Finding | None]] = []
    for stream in sorted(streams, key=lambda stream: stream.first):
        candidates = waiting.get(frozenset((stream.miner, stream.pool)), [])
        found = next((finding for finding in candidates if _overlaps(stream, finding)), None)
        if found is not None:
            candidates.remove(found)
        pairs.append((stream, found))
    return pairs, [finding for rest in waiting.values() for finding in rest]


def _ends(finding: Finding) -> frozenset[Endpoint]:
    return frozenset((Endpoint(finding.miner.ip, finding.miner.port), Endpoint(finding.pool.ip, finding.pool.port)))


def _overlaps(stream: Stream, finding: Finding) -> bool:
    first_ns, last_ns = nanoseconds(finding.first_seen), nanoseconds(finding.last_seen)
    return first_ns <= stream.last_ns + _SLACK_NS and last_ns >= stream.first_ns - _SLACK_NS


def _judge_stream(file: str, stream: Stream, finding: Finding | None) -> list[Mismatch]:
    told = stream.stage not in _TOLD_BY_COUNT
    name = str(stream.stream)
    if finding is None:
        return [Mismatch(file, name, "finding", stream.stage, ABSENT)] if told else []
    if not told:
        return [Mismatch(file, name, "finding", ABSENT, f"{finding.stage} {finding.protocol.dialect}")]
    return [
        Mismatch(file, name, field, truth, ours) for field, truth, ours in _fields(stream, finding) if truth != ours
    ]


def _fields(stream: Stream, finding: Finding) -> list[tuple[str, str, str]]:
    shares, identity = finding.shares, finding.miner_identity
    is_a = finding.grade is Grade.A
    return [
        ("miner", f"{stream.miner.ip}:{stream.miner.port}", f"{finding.miner.ip}:{finding.miner.port}"),
        ("dialect", stream.dialect or ABSENT, finding.protocol.dialect or ABSENT),
        ("stage", stream.stage, finding.stage),
        ("grade A", str(stream.is_grade_a), str(is_a)),
        ("jobs", *_counts(stream.jobs, finding.jobs, is_seen=finding.messages_seen.pool > 0)),
        ("submits", *_counts(stream.submits, shares.submitted, is_seen=finding.messages_seen.miner > 0)),
        ("accepted", *_counts(stream.accepted, shares.accepted, is_seen=finding.messages_seen.pool > 0)),
        ("rejected", *_counts(stream.rejected, shares.rejected, is_seen=finding.messages_seen.pool > 0)),
        ("agent", stream.agents[-1] if stream.agents else ABSENT, identity.agent or ABSENT),
        # No e-mail address leaves the sensor, whoever's it is.
        ("logins", _names(tuple(map(mask_mail, stream.logins))), _names(identity.logins)),
    ]


def _counts(true: int, ours: int | msgspec.UnsetType, *, is_seen: bool) -> tuple[str, str]:
    """A count is absent where its side was not seen, and only there; the truth then says 0."""
    if ours is UNSET:
        return str(true), "0" if not is_seen else ABSENT
    return str(true), str(ours)


def _names(names: tuple[str, ...]) -> str:
    return " ".join(sorted(set(names))) or ABSENT


# ---------------------------------------------------------------- attempted and refused


def _judge_counts(
    file: str, judged: list[Stream], sightings: tuple[Sighting, ...], others: list[Stream]
) -> list[Mismatch]:
    """How many attempts and refusals each pair of ends has, and which dialects they are said to speak."""
    true: dict[Group, Counter[str]] = {}
    for stream in judged:
        if stream.stage in _TOLD_BY_COUNT:
            group = Group(stream.miner.ip, stream.pool, _TOLD_BY_COUNT[stream.stage])
            true.setdefault(group, Counter())[stream.dialect or ABSENT] += 1
    unjudged = {(stream.miner.ip, stream.pool) for stream in others}
    ours = attempts(sightings)
    mismatches = []
    for group in sorted(true.keys() | ours.keys(), key=str):
        told, found = true.get(group, Counter()), ours.get(group, Counter())
        if told.total() != found.total() and not (not told and (group.miner, group.pool) in unjudged):
            mismatches.append(Mismatch(file, str(group), "count", str(told.total()), str(found.total())))
        elif told and told != found:
            mismatches.append(Mismatch(file, str(group), "dialect", _shares_of(told), _shares_of(found)))
    return mismatches


def attempts(sightings: tuple[Sighting, ...]) -> dict[Group, Counter[str]]:
    """Sightings of sessions, not of names: how many of each dialect, by group."""
    groups: dict[Group, Counter[str]] = {}
    for sighting in sightings:
        ip, port = sighting.pool.ip, sighting.pool.port
        if sighting.what in _TOLD_BY_COUNT.values() and ip is not UNSET and port is not UNSET:
            group = Group(sighting.miner.ip, Endpoint(ip, port), sighting.what)
            groups.setdefault(group, Counter())[sighting.protocol.dialect or ABSENT] += sighting.count
    return groups


def _shares_of(dialects: Counter[str]) -> str:
    return ", ".join(f"{count} {dialect}" for dialect, count in sorted(dialects.items()))


# ---------------------------------------------------------------- variants that are not judged


def _others(
    file: str, others: list[Stream], extra: list[Finding], sightings: tuple[Sighting, ...]
) -> tuple[Counter[Became], list[Mismatch]]:
    """What streams of other variants became. A finding that bears a name they are not is wrong."""
    pairs, unmatched = match(others, tuple(extra))
    sighted = {
        (group.miner, group.pool): f"sighting {group.what} ({_shares_of(dialects)})"
        for group, dialects in attempts(sightings).items()
    }
    listed: Counter[Became] = Counter()
    wrong = [
        Mismatch(file, _shown(finding), "finding", ABSENT, f"{finding.stage} {finding.protocol.dialect}")
        for finding in unmatched
    ]
    for stream, finding in pairs:
        outcome = sighted.get((stream.miner.ip, stream.pool), "nothing")
        if finding is not None:
            outcome = f"finding {finding.stage} {finding.protocol.dialect}"
            wrong.append(Mismatch(file, str(stream.stream), "finding", f"none named so ({stream.variant})", outcome))
        listed[Became(stream.variant, stream.stage, outcome)] += 1
    return listed, wrong


def _shown(finding: Finding) -> str:
    return f"{finding.miner.ip}:{finding.miner.port} > {finding.pool.ip}:{finding.pool.port}"


def nanoseconds(text: str) -> int:
    """RFC 3339 with nine digits, as it stands in findings, to nanoseconds since 1970."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    moment = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.UTC)
    return int(moment.timestamp()) * _NS_PER_SECOND + int(fraction.ljust(9, "0"))
