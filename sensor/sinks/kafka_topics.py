"""The topics that the sensor writes to: made with the right settings, and looked at where they are there already.

Deleted by age, never compacted: the key names a subject, so compaction would keep one finding of each site and no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec

from sensor.envelope import Topic
from sensor.failure import UnavailableError
from sensor.sinks.kafka_client import KafkaAccess, refusal
from sensor.targets import TopicSettings

_MS_PER_DAY: Final = 86_400_000


class TopicReport(msgspec.Struct, frozen=True):
    """``made`` now, or there already; ``differences`` are what a topic that was there has otherwise, in words."""

    topic: str
    made: bool
    partitions: int
    replication: int
    retention_days: int
    min_insync: int
    differences: tuple[str, ...] = ()


def create_topics(access: KafkaAccess, settings: TopicSettings) -> Iterator[TopicReport]:
    """Makes what is missing; changes nothing that is there. Raises UnavailableError."""
    with _administered(access) as (admin, there):
        for topic in Topic:
            if topic in there:
                yield _compared(admin, there[topic], _wanted(topic, settings))
            else:
                yield _made(admin, access, _wanted(topic, settings))


def look_at_topics(access: KafkaAccess, settings: TopicSettings) -> Iterator[tuple[Topic, TopicReport | None]]:
    """Each topic as it is, None where it is missing; changes nothing. Raises UnavailableError."""
    with _administered(access) as (admin, there):
        for topic in Topic:
            yield topic, _compared(admin, there[topic], _wanted(topic, settings)) if topic in there else None


@contextmanager
def _administered(access: KafkaAccess) -> Iterator[tuple[Any, dict[str, Any]]]:
    """A client that may ask for topics and make them, and those of ours that are there."""
    from kafka import KafkaAdminClient  # noqa: PLC0415
    from kafka.errors import KafkaError  # noqa: PLC0415

    with access.in_words():
        admin = KafkaAdminClient(**access.options())
    try:
        yield admin, {found["name"]: found for found in admin.describe_topics(list(Topic)) if not found["error_code"]}
    except KafkaError as error:
        raise UnavailableError(access.where, refusal(error), "check the broker and the rights of this user") from error
    finally:
        admin.close()


def _wanted(topic: Topic, settings: TopicSettings) -> TopicReport:
    days = {
        Topic.FINDINGS: settings.findings_days,
        Topic.SIGHTINGS: settings.sightings_days,
        Topic.HEALTH: settings.health_days,
    }
    return TopicReport(
        topic=topic.value,
        made=True,
        # A record for each scan: nothing to spread.
        partitions=1 if topic is Topic.HEALTH else settings.partitions,
        replication=settings.replication,
        retention_days=days[topic],
        min_insync=settings.min_insync,
    )


def _made(admin: Any, access: KafkaAccess, wanted: TopicReport) -> TopicReport:
    from kafka.errors import (  # noqa: PLC0415
        AuthorizationError,
        InvalidReplicationFactorError,
        TopicAlreadyExistsError,
    )

    where = f"{access.where}, topic {wanted.topic}"
    order = {
        "num_partitions": wanted.partitions,
        "replication_factor": wanted.replication,
        "configs": _configs(wanted),
    }
    try:
        admin.create_topics({wanted.topic: order}, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        return msgspec.structs.replace(wanted, made=False)  # somebody was faster
    except InvalidReplicationFactorError:
        what = f"{wanted.replication} copies, and there are fewer brokers"
        raise UnavailableError(where, what, "set replication and min_insync in [topics]") from None
    except AuthorizationError:
        remedy = "give it the right on the broker, or let the broker's owner make the topics"
        raise UnavailableError(where, "this user may not make topics", remedy) from None
    return wanted


def _configs(wanted: TopicReport) -> dict[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(wanted.retention_days * _MS_PER_DAY),
        "min.insync.replicas": str(wanted.min_insync),
        # As the sensor compressed it.
        "compression.type": "producer",
        # Retention counts from the arrival: packet time may be years ago.
        "message.timestamp.type": "LogAppendTime",
    }


def _compared(admin: Any, found: dict[str, Any], wanted: TopicReport) -> TopicReport:
    from kafka.admin import ConfigResource, ConfigResourceType  # noqa: PLC0415

    resource = ConfigResource(ConfigResourceType.TOPIC, wanted.topic)
    configs = admin.describe_configs([resource], config_filter="all")["topic"][wanted.topic]
    partitions = found["partitions"]
    rows: list[tuple[str, object, object]] = [
        ("partitions", len(partitions), wanted.partitions),
        ("replication", len(partitions[0]["replica_nodes"]), wanted.replication),
    ]
    rows += [(name, configs[name]["value"], value) for name, value in _configs(wanted).items()]
    differences = tuple(f"{name} is {is_now}, not {should}" for name, is_now, should in rows if is_now != should)
    return msgspec.structs.replace(wanted, made=False, differences=differences)
