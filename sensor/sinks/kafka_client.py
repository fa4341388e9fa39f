"""What every client of Kafka here needs: the options, TLS, and the library's last word where it gives none.

The client library is imported by whoever uses Kafka, and then only: a third of a second that no other command pays.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sensor.failure import UnavailableError
from sensor.sinks.kafka_probe import probe
from sensor.targets import KafkaSettings
from system.fault import words

_MS_PER_SECOND: Final = 1000
_LOGGER: Final = logging.getLogger("kafka")


class KafkaAccess:
    """Settings and the password that belongs to them: what it takes to reach Kafka."""

    def __init__(self, settings: KafkaSettings, password: str = "") -> None:
        self.settings = settings
        self._password = password
        # The library writes about each attempt of its own to the terminal; what counts is said in one line of ours.
        _LOGGER.propagate = False
        if not _LOGGER.handlers:
            _LOGGER.addHandler(logging.NullHandler())

    @property
    def where(self) -> str:
        return f"kafka {','.join(self.settings.bootstrap)}"

    def options(self) -> dict[str, Any]:
        """The client library's options. Raises UnavailableError where no server is a broker that takes us."""
        settings = self.settings
        context = tls_context(settings)
        probe(settings, context)
        options: dict[str, Any] = {
            "bootstrap_servers": list(settings.bootstrap),
            "client_id": settings.client_id,
            "security_protocol": settings.security,
            "bootstrap_timeout_ms": settings.connect_seconds_max * _MS_PER_SECOND,
        }
        if context is not None:
            options["ssl_context"] = context
        if settings.is_authenticated:
            options["sasl_mechanism"] = settings.sasl_mechanism
            options["sasl_plain_username"] = settings.username
            options["sasl_plain_password"] = self._password
        return options

    @contextmanager
    def in_words(self) -> Iterator[None]:
        """The library's errors, while it connects, become UnavailableError."""
        from kafka.errors import (  # noqa: PLC0415
            AuthorizationError,
            KafkaConnectionError,
            KafkaError,
            SaslAuthenticationFailedError,
        )

        with _LastWord() as last_word:
            try:
                yield
            except KafkaError as error:
                cause = last_word.error or error
                # The broker was there a moment ago, so where it closes now it is for the login: its answer may be lost.
                is_login = self.settings.is_authenticated and isinstance(cause, KafkaConnectionError)
                if is_login or isinstance(cause, SaslAuthenticationFailedError):
                    what = f"it refuses the login of {self.settings.username!r}"
                    remedy = "check [kafka] username and the password in password_file"
                elif isinstance(cause, AuthorizationError):
                    what, remedy = refusal(cause), "give this user the right on the broker"
                else:
                    what, remedy = refusal(cause), "check the broker, and what it advertises as its address"
                raise UnavailableError(self.where, what, remedy) from error


def tls_context(settings: KafkaSettings) -> ssl.SSLContext | None:
    """The certificates of the settings; None without TLS. Raises UnavailableError for a file that is none."""
    if not settings.is_encrypted:
        return None
    file = settings.ca_file
    try:
        context = ssl.create_default_context(cafile=settings.ca_file or None)
        file = settings.cert_file
        if settings.cert_file:
            context.load_cert_chain(settings.cert_file, settings.key_file)
    except (OSError, ValueError) as error:
        what = "no certificate and key in PEM form"
        if isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
            what = words(error)
        raise UnavailableError(f"{file!r}", what, "correct ca_file, cert_file and key_file in [kafka]") from None
    return context


def refusal(error: BaseException) -> str:
    """A library error's own words, without the request that it quotes."""
    text = getattr(error, "description", "") or str(error) or type(error).__name__
    return " ".join(text.split()).rstrip(".").partition(": Request '")[0]


class _LastWord(logging.Handler):
    """Keeps the error behind the library's warnings: where it gives up it says only that its time is over."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.error: BaseException | None = None

    def __enter__(self) -> _LastWord:
        _LOGGER.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        _LOGGER.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        from kafka.errors import KafkaConnectionError, KafkaTimeoutError, RequestTimedOutError  # noqa: PLC0415

        values = record.args if isinstance(record.args, tuple) else ()
        for error in values:
            if not isinstance(error, BaseException) or isinstance(error, KafkaTimeoutError):
                continue  # it gave up: why was said before
            # Any cause is followed by lost connections and by requests for which no time is left: they say less.
            if self.error is None or not isinstance(error, (KafkaConnectionError, RequestTimedOutError)):
                self.error = error
