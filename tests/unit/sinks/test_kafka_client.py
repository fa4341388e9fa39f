from __future__ import annotations

import logging

import pytest
from kafka.errors import KafkaConnectionError, KafkaTimeoutError, RequestTimedOutError, SaslAuthenticationFailedError

from sensor.failure import UnavailableError
from sensor.sinks.kafka_client import KafkaAccess
from sensor.targets import KafkaSettings


def test_the_cause_is_told_and_not_what_follows_from_it() -> None:
    """The library tries until its time is over: on a busy machine its last attempt has no time for an answer."""
    settings = KafkaSettings(
        bootstrap=("127.0.0.1:9092",), security="SASL_PLAINTEXT", username="sensor", password_file="none"
    )
    log = logging.getLogger("kafka.net")
    with pytest.raises(UnavailableError, match=r"it refuses the login of 'sensor'"), KafkaAccess(settings).in_words():
        for error in (SaslAuthenticationFailedError(), KafkaConnectionError(), RequestTimedOutError()):
            log.warning("failed: %s", error)
        raise KafkaTimeoutError
