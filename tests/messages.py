# SPDX-License-Identifier: Apache-2.0
"""Real messages for tests of what carries them: findings of a scripted session, told apart by number and grade."""

from __future__ import annotations

import msgspec

from sensor.envelope import Envelope, envelope_of
from sensor.finding import Finding, Grade, Sighting
from sensor.health import Health
from sensor.message import Message
from sensor.pipeline import Pipeline, PipelineSettings
from sensor.summary import EngineBuild, Summary, health
from tests.scripted import START, ScriptedDialogue, SmallCatalogue, name_seen, opened, said


def finding(number: int = 1, revision: int = 1, grade: Grade = Grade.A, login: str = "acct.rig") -> Finding:
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), ScriptedDialogue)
    made = pipeline.feed([opened(), said(f"C login:{login}", at=1), said("S ok job", at=2)]).findings[0]
    return msgspec.structs.replace(made, finding_id=f"{number:032x}", revision=revision, grade=grade)


def sighting(number: int = 1) -> Sighting:
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), ScriptedDialogue)
    pipeline.feed([name_seen("dns")])
    return msgspec.structs.replace(pipeline.finish(START).sightings[0], sighting_id=f"{number:032x}")


def a_health(packets: int = 5) -> Health:
    summary = Summary(
        inputs=[],
        failures=[],
        packets=packets,
        wire_bytes=500,
        flows_tcp=3,
        flows_udp=1,
        flows_tcp_one_way=1,
        packets_cut=0,
        payload_bytes_cut=0,
        undecoded={},
        drops={},
        messages_odd={},
        list_age_days=7,
        findings=1,
        sightings=0,
        seconds=1.0,
        is_interrupted=False,
    )
    return health(summary, "scan", EngineBuild("1", "release", "x"), None)


def message(number: int = 1, revision: int = 1, grade: Grade = Grade.A) -> Message:
    """A finding; a sighting where the grade is D."""
    body = sighting(number) if grade is Grade.D else finding(number, revision, grade)
    return Message(f"subject-{number % 7}", body)


def envelope(number: int = 1, revision: int = 1, grade: Grade = Grade.A) -> Envelope:
    return envelope_of(message(number, revision, grade))
