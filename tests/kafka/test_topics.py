# SPDX-License-Identifier: Apache-2.0
"""``minesensor topics create`` makes what is missing, changes nothing, and says what it did."""

from __future__ import annotations

import json
from typing import Any

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from sensor.envelope import Topic
from tests.kafka.broker import STRANGER
from tests.kafka.site import Site, login

DAY_MS = 86_400_000


@pytest.fixture
def bare(site: Site) -> Site:
    """A site whose broker has no topics yet; every test leaves them made."""
    admin = KafkaAdminClient(bootstrap_servers=site.broker.bootstrap)
    admin.delete_topics(list(Topic))
    admin.close()
    return site


def created(site: Site) -> list[dict[str, Any]]:
    done = site.command("topics", "create", "--json")
    assert (done.code, done.err) == (0, "")
    return [json.loads(line) for line in done.out.splitlines()]


def test_what_is_missing_is_made_and_a_second_time_nothing(bare: Site) -> None:
    first = created(bare)
    assert [(row["topic"], row["made"], row["partitions"]) for row in first] == [
        (Topic.FINDINGS, True, 6),
        (Topic.SIGHTINGS, True, 6),
        (Topic.HEALTH, True, 1),
    ]
    assert [(row["made"], row["differences"]) for row in created(bare)] == [(False, [])] * 3
    assert bare.command("topics", "create").out.splitlines() == [
        f"{topic}: there already, as it should be" for topic in Topic
    ]
    admin = KafkaAdminClient(bootstrap_servers=bare.broker.bootstrap)
    resource = ConfigResource(ConfigResourceType.TOPIC, Topic.FINDINGS.value)
    configs = admin.describe_configs([resource], config_filter="all")["topic"][Topic.FINDINGS.value]
    admin.close()
    assert {name: configs[name]["value"] for name in ("cleanup.policy", "retention.ms", "message.timestamp.type")} == {
        "cleanup.policy": "delete",
        "retention.ms": str(90 * DAY_MS),
        "message.timestamp.type": "LogAppendTime",
    }


def test_a_topic_that_differs_stays_and_the_differences_are_told(site: Site) -> None:
    text = site.config.read_text(encoding="utf-8") + "findings_days = 30\npartitions = 3\n"
    site.config.write_text(text, encoding="utf-8")
    differences = {row["topic"]: row["differences"] for row in created(site)}
    assert differences == {
        Topic.FINDINGS: ["partitions is 6, not 3", f"retention.ms is {90 * DAY_MS}, not {30 * DAY_MS}"],
        Topic.SIGHTINGS: ["partitions is 6, not 3"],
        Topic.HEALTH: [],
    }


def test_more_copies_than_brokers_is_one_line(bare: Site) -> None:
    good = bare.config.read_text(encoding="utf-8")
    bare.config.write_text(good.replace("replication = 1", "replication = 3"), encoding="utf-8")
    done = bare.command("topics", "create")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"minesensor: kafka {bare.broker.bootstrap}, topic mining.findings.v1: 3 copies, and there are fewer brokers; "
        "set replication and min_insync in [topics]\n"
    )
    bare.config.write_text(good, encoding="utf-8")
    assert len(created(bare)) == 3


def test_a_user_without_rights_is_one_line(bare: Site) -> None:
    bare.configure(**login(bare, STRANGER))
    done = bare.command("topics", "create")
    assert done.code == 1
    (line,) = done.err.splitlines()
    assert "this user may not make topics; give it the right on the broker" in line
    bare.configure()
    assert len(created(bare)) == 3
