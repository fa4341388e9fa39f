# SPDX-License-Identifier: Apache-2.0
"""What a receiver can know: reads all records of one sensor, keeps the state that counts, and finds what is missing.

It uses nothing of the sensor's: it is the contract of docs/kafka.md from the other side.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition

TOPICS = ("mining.findings.v1", "mining.sightings.v1", "mining.health.v1")


class Received(NamedTuple):
    topic: str
    partition: int
    offset: int
    key: str
    headers: dict[str, str]
    value: dict[str, Any]
    raw: bytes

    @property
    def event_id(self) -> str:
        return self.headers["ce_id"]

    @property
    def place(self) -> tuple[str, str, int]:
        """Spool, topic and number: the same place twice is the same message sent again."""
        return self.headers["ce_spool"], self.topic, int(self.headers["ce_seq"])


def read_all(bootstrap: str, sensor_id: str) -> list[Received]:
    """Every record of this sensor that the topics hold now, in the order of each partition."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    try:
        parts = [TopicPartition(topic, part) for topic in TOPICS for part in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(parts)
        ends = consumer.end_offsets(parts)
        received = []
        while any(consumer.position(part) < ends[part] for part in parts):
            for records in consumer.poll(timeout_ms=500).values():
                received += [_received(record) for record in records]
    finally:
        consumer.close(autocommit=False)
    return [record for record in received if record.headers["ce_source"] == f"/minesensor/{sensor_id}"]


def records_held(bootstrap: str) -> int:
    """How many records the topics hold now."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    try:
        parts = [TopicPartition(topic, part) for topic in TOPICS for part in consumer.partitions_for_topic(topic) or ()]
        return sum(consumer.end_offsets(parts).values())
    finally:
        consumer.close(autocommit=False)


def _received(record: Any) -> Received:
    headers = {name: value.decode("utf-8") for name, value in record.headers}
    return Received(
        record.topic,
        record.partition,
        record.offset,
        record.key.decode("utf-8"),
        headers,
        json.loads(record.value),
        record.value,
    )


class Ledger:
    """The state after all records were taken in, as a consumer that upserts on the event id has it."""

    def __init__(self, records: list[Received]) -> None:
        self.records = records
        self.events: dict[str, dict[str, Any]] = {}
        self.findings: dict[str, dict[str, Any]] = {}
        self.announced: list[dict[str, Any]] = []
        self._numbers: dict[tuple[str, str], set[int]] = defaultdict(set)
        for record in records:
            self._take(record)

    def _take(self, record: Received) -> None:
        spool, topic, number = record.place
        self._numbers[spool, topic].add(number)
        value = record.value
        if value["kind"] == "dropped":
            self.announced.append(value)
            self._numbers[value["spool"], topic] |= set(range(value["from"], value["to"] + 1))
            return
        # Of the same event the later one counts: it was told by a later scan.
        self.events[record.event_id] = value
        if value["kind"] == "finding":
            known = self.findings.get(value["finding_id"])
            if known is None or value["revision"] >= known["revision"]:
                self.findings[value["finding_id"]] = value

    def missing(self) -> dict[tuple[str, str], set[int]]:
        """Numbers that neither came nor were announced, by spool and topic."""
        holes = {stream: set(range(1, max(seen) + 1)) - seen for stream, seen in self._numbers.items()}
        return {stream: hole for stream, hole in holes.items() if hole}

    def redelivered(self) -> int:
        """Messages that came more than once."""
        return sum(count - 1 for count in Counter(record.place for record in self.records).values())
