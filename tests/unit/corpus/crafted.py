"""Small truths and scans for the tests of the judge: a stream as the truth tells it, and what a scan found of it.

Findings and sightings come out of a real pipeline that is told the events, so that no field is made up here.
"""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from sensor.finding import Finding, Sighting, Stage
from sensor.model import Endpoint, FlowKey
from sensor.pipeline import Pipeline, PipelineSettings
from tests.corpus.scanning import Scanned
from tests.corpus.truth import Stream, TrueFile
from tests.scripted import POOL, SECOND, START, ScriptedDialogue, SmallCatalogue, closed, opened, said

DIALECT: Final = "stratum-v1"
# What both sides of one working session say, and what the truth says of it.
WORKING: Final = ("C subscribe:rigsoft/1 login:acct.rig", "S ok job job", "C share share share", "S yes yes bad")
JOINED: Final = ("C subscribe:rigsoft/1 login:acct.rig", "S ok job")
REFUSED: Final = ("C subscribe:rigsoft/1 login:acct.rig", "S no")
ATTEMPTED: Final = ("C subscribe:rigsoft/1",)

Told = TypeVar("Told", Finding, Sighting)


def miner(port: int = 50_000) -> Endpoint:
    return Endpoint("192.0.2.10", port)


def scanned(*sessions: tuple[str, ...], dialect: str = DIALECT) -> Scanned:
    """A scan of ``sessions``, one connection each, from ports 50 000 upwards and ten seconds apart."""
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), ScriptedDialogue)
    findings: dict[str, Finding] = {}
    for index, lines in enumerate(sessions):
        flow_id, at = index + 1, 10 * index
        key = FlowKey(0, "tcp", miner(50_000 + index), POOL)
        observations = [
            opened(flow_id, at=START + at * SECOND, key=key),
            *(said(words, at=at + step, flow_id=flow_id) for step, words in enumerate(lines, 1)),
            closed(at=at + len(lines) + 1, flow_id=flow_id),
        ]
        findings |= {finding.finding_id: _named(finding, dialect) for finding in pipeline.feed(observations).findings}
    sightings = pipeline.finish(START + 10 * len(sessions) * SECOND).sightings
    return Scanned(tuple(findings.values()), tuple(_named(sighting, dialect) for sighting in sightings))


def _named(what: Told, dialect: str) -> Told:
    protocol = msgspec.structs.replace(what.protocol, dialect=dialect)
    return msgspec.structs.replace(what, protocol=protocol)


def stream(stage: Stage = Stage.WORKING, index: int = 0, **changes: object) -> Stream:
    """The truth of the session at ``index`` of ``scanned``, right unless changed."""
    counts = {"jobs": 2, "submits": 3, "accepted": 2, "rejected": 1} if stage is Stage.WORKING else {}
    if stage is Stage.JOINED:
        counts = {"jobs": 1}
    told: dict[str, object] = {
        "stream": index,
        "client": f"192.0.2.10:{50_000 + index}",
        "server": f"{POOL.ip}:{POOL.port}",
        "variant": "stratum-v1",
        "stage": stage,
        "first": START / SECOND + 10 * index,
        "duration": 5.0,
        "jobs": 0,
        "submits": 0,
        "accepted": 0,
        "rejected": 0,
        "agents": ["rigsoft/1"],
        "users": [] if stage is Stage.ATTEMPTED else ["acct.rig"],
        **counts,
        **changes,
    }
    return msgspec.convert(told, Stream)


def true_file(*streams: Stream) -> TrueFile:
    return TrueFile(streams)
