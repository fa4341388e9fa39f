from __future__ import annotations

import json

import msgspec
import pytest

from sensor.dropped import Dropped, DropReason
from sensor.envelope import Envelope, KeylessError, Rank, Topic, announcement, envelope_of, numbered
from sensor.finding import Grade
from sensor.message import Message
from tests.contract import hold
from tests.messages import a_health, envelope, finding, message, sighting

DROPPED = Dropped(
    schema_version=1,
    sensor_id="scan",
    topic=Topic.FINDINGS,
    spool="5f",
    first=3,
    to=9,
    reason=DropReason.SPOOL_FULL,
)
ALL = [envelope(1), envelope(2, grade=Grade.D), envelope_of(Message("", a_health())), announcement(DROPPED)]


@pytest.mark.parametrize(
    ("grade", "topic"),
    [
        (Grade.A, Topic.FINDINGS),
        (Grade.B, Topic.FINDINGS),
        (Grade.C, Topic.SIGHTINGS),  # until something confirms it
        (Grade.D, Topic.SIGHTINGS),
    ],
)
def test_the_grade_decides_the_topic_and_what_gives_way_first(grade: Grade, topic: Topic) -> None:
    made = envelope_of(message(grade=grade))
    assert (made.name.topic, made.rank) == (topic, Rank[grade])


def test_an_event_is_a_revision_of_a_finding() -> None:
    assert envelope(5, revision=3).name.event_id == f"{5:032x}:3"
    assert envelope(5, grade=Grade.D).name.event_id == f"{5:032x}"


def test_the_ranks_order_what_is_dropped_first() -> None:
    assert sorted(Rank) == [Rank.D, Rank.C, Rank.B, Rank.A, Rank.HEALTH, Rank.DROPPED]


@pytest.mark.parametrize("body", [finding(), sighting()], ids=["finding", "sighting"])
def test_what_names_a_subject_needs_a_key(body: object) -> None:
    with pytest.raises(KeylessError):
        envelope_of(Message("", body))  # type: ignore[arg-type]


def test_what_is_the_sensors_own_has_the_sensor_for_a_key() -> None:
    assert {made.name.key for made in ALL[2:]} == {"scan"}


@pytest.mark.parametrize("made", ALL, ids=["finding", "sighting", "health", "dropped"])
def test_the_headers_are_a_cloud_event_and_the_value_is_as_its_schema(made: Envelope) -> None:
    body = json.loads(made.value)
    hold(body)
    headers = {name: value.decode() for name, value in numbered(made.headers, 7, "5f")}
    time = {"ce_time": made.at} if made.at else {}
    assert headers == {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": made.name.event_id,
        "ce_source": "/minesensor/scan",
        "ce_type": f"mining.{body['kind']}.v1",
        "ce_dataschema": f"urn:minesensor:schema:{body['kind']}:v1",
        "ce_seq": "7",
        "ce_spool": "5f",
        **time,
    }
    assert "seq" not in body


def test_a_range_is_written_with_the_words_of_the_contract() -> None:
    assert msgspec.json.decode(msgspec.json.encode(DROPPED)) == {
        "kind": "dropped",
        "schema_version": 1,
        "sensor_id": "scan",
        "topic": "mining.findings.v1",
        "spool": "5f",
        "from": 3,
        "to": 9,
        "reason": "spool_full",
    }
