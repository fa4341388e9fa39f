from __future__ import annotations

import socket
import ssl
import struct
from typing import Any

import pytest

from sensor.failure import UnavailableError
from sensor.sinks.kafka_probe import probe
from sensor.targets import KafkaSettings
from tests import strangers
from tests.strangers import Answer, listening

PRODUCE, METADATA, HANDSHAKE, VERSIONS = 0, 3, 17, 18
NEW = ((PRODUCE, 0, 11), (METADATA, 0, 12), (HANDSHAKE, 0, 1), (VERSIONS, 0, 4))
METADATA_BODY = struct.pack(">iii", 0, 1, 0)


def mechanisms(error: int, *names: str) -> bytes:
    listed = b"".join(struct.pack(">H", len(name)) + name.encode() for name in names)
    return struct.pack(">hi", error, len(names)) + listed


def settings(*ports: int, **changes: Any) -> KafkaSettings:
    return KafkaSettings(bootstrap=tuple(f"127.0.0.1:{port}" for port in ports), connect_seconds_max=1, **changes)


LOGIN = {"security": "SASL_PLAINTEXT", "username": "sensor", "password_file": "/none"}
ADDRESS = "correct [kafka] bootstrap"
STRANGERS: dict[str, tuple[Answer, dict[str, str], str]] = {
    "closes": (strangers.closes, {}, f"what answers there is no Kafka broker; {ADDRESS}, or security"),
    "silent": (strangers.is_silent, {}, f"no answer within 1 s; start the broker, or {ADDRESS}"),
    "web": (strangers.web_server, {}, f"what answers there is no Kafka broker; {ADDRESS}, or security"),
    "shell": (strangers.shell_server, {}, f"what answers there is no Kafka broker; {ADDRESS}, or security"),
    "tls": (strangers.tls_server, {}, "it speaks TLS; set [kafka] security to 'SSL' or 'SASL_SSL'"),
    "0.9 closes": (strangers.closes, LOGIN, f"what answers there is no Kafka broker; {ADDRESS}, or security"),
    "2.0": (
        strangers.broker((PRODUCE, 0, 6), (METADATA, 0, 6)),
        {},
        "a broker older than Kafka 2.1; name a newer one in [kafka] bootstrap",
    ),
    "controller": (
        strangers.broker((METADATA, 0, 12), (VERSIONS, 0, 4)),
        {},
        f"it takes no messages: perhaps a controller's port; {ADDRESS}",
    ),
    "wants a login": (
        strangers.broker(*NEW),
        {},
        "it wants a login; set [kafka] security, username and password_file",
    ),
    "other login": (
        strangers.broker(*NEW, then=[mechanisms(33, "GSSAPI", "PLAIN")]),
        LOGIN,
        "no login by SCRAM-SHA-512, but by GSSAPI, PLAIN; set [kafka] sasl_mechanism",
    ),
    "no login": (
        strangers.broker(*NEW),
        LOGIN,
        "it takes no login; set [kafka] security to 'PLAINTEXT' or 'SSL'",
    ),
    "cut short": (
        strangers.broker(*NEW, then=[mechanisms(33, "GSSAPI")[:-3]]),
        LOGIN,
        "no login by SCRAM-SHA-512, but by GSS; set [kafka] sasl_mechanism",
    ),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_each_stranger_is_told_apart_in_one_line(name: str) -> None:
    answer, changes, line = STRANGERS[name]
    with listening(answer) as port, pytest.raises(UnavailableError) as caught:
        probe(settings(port, **changes), None)
    assert str(caught.value) == f"kafka 127.0.0.1:{port}: {line}"


@pytest.mark.parametrize(
    ("answer", "changes"),
    [
        (strangers.broker(*NEW, then=[METADATA_BODY]), {}),
        (strangers.broker(*NEW, then=[mechanisms(0, "SCRAM-SHA-512")]), LOGIN),
    ],
    ids=["clear", "login"],
)
def test_a_broker_passes(answer: Answer, changes: dict[str, str]) -> None:
    with listening(answer) as port:
        probe(settings(port, **changes), None)


def test_one_good_server_is_enough_and_the_first_is_told_where_none_is() -> None:
    good = strangers.broker(*NEW, then=[METADATA_BODY])
    with listening(strangers.closes) as bad, listening(good) as fine:
        probe(settings(bad, fine), None)
    with (
        listening(strangers.web_server) as first,
        listening(strangers.closes) as second,
        pytest.raises(UnavailableError, match=f"127.0.0.1:{first}: "),
    ):
        probe(settings(first, second), None)


def test_where_nobody_listens_it_is_said_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(UnavailableError, match="connection refused; start the broker, or correct"):
        probe(settings(port), None)


def test_a_name_that_does_not_exist_is_said() -> None:
    with pytest.raises(UnavailableError, match="no such host; correct"):
        probe(KafkaSettings(bootstrap=("no-such-host.invalid:9092",)), None)


def test_tls_where_there_is_none_is_said() -> None:
    with listening(strangers.web_server) as port, pytest.raises(UnavailableError, match="it speaks no TLS"):
        probe(settings(port, security="SSL"), ssl.create_default_context())
