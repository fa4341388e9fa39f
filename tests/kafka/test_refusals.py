# SPDX-License-Identifier: Apache-2.0
"""A real broker that does not take us, or not this message: one clear line, and nothing is lost.

Servers that are no broker, or an old one, are those of tests/strangers.py: see tests/unit/sinks/test_kafka_probe.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from sensor.envelope import Envelope, Topic
from sensor.finding import SCHEMA_VERSION
from tests import strangers
from tests.kafka.broker import STRANGER, Broker, make_certificate
from tests.kafka.site import Site, login
from tests.messages import envelope
from tests.strangers import listening


def tls(site: Site, authority: Path) -> dict[str, Any]:
    return {"bootstrap": [f"127.0.0.1:{site.broker.tls}"], "security": "SSL", "ca_file": str(authority)}


def put_in(site: Site, *envelopes: Envelope) -> None:
    """Messages of this site's sensor, as if a scan had found them."""
    spool = site.spool()
    spool.add([msgspec.structs.replace(each, sensor_id=site.sensor_id, headers=_of(site, each)) for each in envelopes])
    spool.close()


def _of(site: Site, made: Envelope) -> tuple[tuple[str, str], ...]:
    source = f"/minesensor/{site.sensor_id}"
    return tuple((name, source if name == "ce_source" else text) for name, text in made.headers)


def refused(site: Site, **kafka: Any) -> str:
    """What ``spool flush`` says with these settings; the message still waits."""
    put_in(site, envelope(1))
    site.configure(**kafka)
    done = site.command("spool", "flush")
    (line,) = done.err.splitlines()
    assert done.code == 1
    assert line.endswith("; 1 message wait in the spool for 'minesensor spool flush'")
    assert site.waiting() == 1
    return line.removeprefix("minesensor: ").removesuffix("; 1 message wait in the spool for 'minesensor spool flush'")


def test_a_wrong_password(site: Site) -> None:
    line = refused(site, **login(site, text="wrong horse"))
    assert line == (
        f"kafka 127.0.0.1:{site.broker.login}: it refuses the login of 'sensor'; "
        "check [kafka] username and the password in password_file"
    )


def test_a_user_without_rights(site: Site) -> None:
    line = refused(site, **login(site, STRANGER))
    assert line.endswith("topic mining.findings.v1: this user may not write to it; give it the right on the broker")


def test_no_login_where_one_is_wanted(site: Site) -> None:
    line = refused(site, bootstrap=[f"127.0.0.1:{site.broker.login}"])
    assert line.endswith("it wants a login; set [kafka] security, username and password_file")


def test_another_kind_of_login(site: Site) -> None:
    line = refused(site, **login(site), sasl_mechanism="PLAIN")
    assert line.endswith("no login by PLAIN, but by SCRAM-SHA-512; set [kafka] sasl_mechanism")


def test_a_certificate_of_another_authority(site: Site, tmp_path: Path) -> None:
    make_certificate(tmp_path)
    line = refused(site, **tls(site, tmp_path / "certificate.pem"))
    assert "its certificate is not trusted (self-signed certificate)" in line
    assert line.endswith("set [kafka] ca_file to the authority that signed it")


def test_a_file_that_is_no_certificate(site: Site) -> None:
    line = refused(site, **tls(site, site.config))
    what = f"'{site.config}': no certificate and key in PEM form"
    assert line == f"{what}; correct ca_file, cert_file and key_file in [kafka]"


def test_tls_and_clear_text_mixed_up(site: Site) -> None:
    line = refused(site, bootstrap=[f"127.0.0.1:{site.broker.tls}"])
    assert line.endswith("it speaks TLS; set [kafka] security to 'SSL' or 'SASL_SSL'")


def test_the_controllers_port(site: Site) -> None:
    line = refused(site, bootstrap=[f"127.0.0.1:{site.broker.controller}"])
    assert line.endswith("it takes no messages: perhaps a controller's port; correct [kafka] bootstrap")


def test_a_broker_of_an_old_version(site: Site) -> None:
    with listening(strangers.broker((0, 0, 6), (3, 0, 6))) as port:
        line = refused(site, bootstrap=[f"127.0.0.1:{port}"])
    assert line == f"kafka 127.0.0.1:{port}: a broker older than Kafka 2.1; name a newer one in [kafka] bootstrap"


@pytest.mark.parametrize("way", [login, lambda site: tls(site, site.broker.authority)], ids=["login", "tls"])
def test_the_right_password_and_the_right_authority_deliver(way: Any, site: Site) -> None:
    put_in(site, envelope(1))
    site.configure(**way(site))
    site.flush()
    site.configure()
    assert len(site.ledger().events) == 1


# ---------------------------------------------------------------- topics that do not take it


@contextmanager
def without_topic(broker: Broker, topic: Topic) -> Iterator[None]:
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    try:
        admin.delete_topics([topic.value])
        yield
    finally:
        admin.close()


@contextmanager
def changed(broker: Broker, topic: Topic, **configs: str) -> Iterator[None]:
    """Settings of a topic, put back afterwards."""
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    names = {name.replace("_", "."): value for name, value in configs.items()}
    try:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.value, configs=names)])
        yield
    finally:
        admin.reset_configs([ConfigResource(ConfigResourceType.TOPIC, topic.value, configs=dict.fromkeys(names))])
        admin.close()


def test_a_topic_that_is_not_there_is_made_by_the_command_that_is_named(site: Site) -> None:
    site.configure(connect_seconds_max=1)
    with without_topic(site.broker, Topic.SIGHTINGS):
        put_in(site, envelope(1), msgspec.structs.replace(envelope(2), name=_sighted(2)))
        done = site.command("spool", "flush")
        assert done.code == 1
        assert done.err == (
            f"minesensor: kafka {site.broker.bootstrap}, topic mining.sightings.v1: no such topic; "
            "make it: minesensor topics create; 1 message wait in the spool for 'minesensor spool flush'\n"
        )
        assert site.command("topics", "create").code == 0
    site.flush()
    ledger = site.ledger()
    assert (len(ledger.events), ledger.missing()) == (2, {})


def _sighted(number: int) -> Any:
    return msgspec.structs.replace(envelope(number).name, topic=Topic.SIGHTINGS.value)


def test_a_message_too_large_for_the_topic_is_announced_and_the_others_arrive(site: Site) -> None:
    large = msgspec.structs.replace(envelope(2), value=b'{"kind":"finding","pad":"' + b"x" * 60_000 + b'"}')
    with changed(site.broker, Topic.FINDINGS, max_message_bytes="20000", compression_type="uncompressed"):
        put_in(site, envelope(1), large, envelope(3))
        site.flush()
    ledger = site.ledger()
    assert ledger.missing() == {}
    (told,) = ledger.announced
    assert (told["from"], told["to"], told["reason"], told["schema_version"]) == (2, 2, "rejected", SCHEMA_VERSION)
    assert len(ledger.events) == 2
