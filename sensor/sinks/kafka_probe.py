"""Is there a Kafka broker that we can talk to, and if not, why? One short conversation with a server, in plain sockets.

The client library retries until its time is over and then says only that it is over. So before it is used, each server
is asked what it speaks (ApiVersions, which every broker since 0.10 answers, also before a login), and what is wrong is
said in words that a person can act on.
"""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from sensor.failure import UnavailableError
from sensor.targets import KafkaSettings
from system.fault import words

_PRODUCE, _METADATA, _SASL_HANDSHAKE, _API_VERSIONS = 0, 3, 17, 18
# zstd came with version 7 of Produce, in Kafka 2.1.
_PRODUCE_VERSION_MIN: Final = 7
_ANSWER_BYTES_MAX: Final = 1024 * 1024
_UNSUPPORTED_MECHANISM: Final = 33
_TLS_ALERT: Final = b"\x15\x03"
_ADDRESS: Final = "correct [kafka] bootstrap"
_SECURITY: Final = "set [kafka] security to what this port speaks"


class _Answer(NamedTuple):
    """A server's answer; ``body`` is empty where it closed the connection."""

    start: bytes
    body: bytes


def probe(settings: KafkaSettings, context: ssl.SSLContext | None) -> None:
    """Returns where one of the servers is a broker; raises the first one's UnavailableError where none is."""
    failures = []
    for host, port in settings.servers():
        try:
            _ask(settings, host, port, context)
        except UnavailableError as failure:
            failures.append(failure)
        else:
            return
    raise failures[0]


def _ask(settings: KafkaSettings, host: str, port: int, context: ssl.SSLContext | None) -> None:
    where = f"kafka {host}:{port}"
    with (
        _in_words(where, settings.connect_seconds_max),
        socket.create_connection((host, port), timeout=settings.connect_seconds_max) as plain,
        context.wrap_socket(plain, server_hostname=host) if context else plain as connection,
    ):
        _check_versions(where, _exchange(connection, _API_VERSIONS, 0, b""))
        if settings.is_authenticated:
            asked = settings.sasl_mechanism.encode("ascii")
            answer = _exchange(connection, _SASL_HANDSHAKE, 1, struct.pack(">h", len(asked)) + asked)
            _check_mechanism(where, answer, settings.sasl_mechanism)
        elif not _exchange(connection, _METADATA, 1, struct.pack(">i", 0)).body:
            raise UnavailableError(where, "it wants a login", "set [kafka] security, username and password_file")


@contextmanager
def _in_words(where: str, seconds: int) -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        what = f"its certificate is not trusted ({error.verify_message})"
        raise UnavailableError(where, what, "set [kafka] ca_file to the authority that signed it") from None
    except ssl.SSLError:
        raise UnavailableError(where, "it speaks no TLS, or no TLS that we accept", _SECURITY) from None
    except socket.gaierror:
        raise UnavailableError(where, "no such host", _ADDRESS) from None
    except TimeoutError:
        raise UnavailableError(where, f"no answer within {seconds} s", f"start the broker, or {_ADDRESS}") from None
    except OSError as error:
        raise UnavailableError(where, words(error), f"start the broker, or {_ADDRESS}") from None


def _exchange(connection: socket.socket, api: int, version: int, body: bytes) -> _Answer:
    """One request and its answer, without the answer's correlation id."""
    request = struct.pack(">hhih", api, version, 1, -1) + body
    connection.sendall(struct.pack(">i", len(request)) + request)
    start = _read(connection, 4)
    if len(start) < 4:
        return _Answer(start, b"")
    (length,) = struct.unpack(">i", start)
    if not 4 <= length <= _ANSWER_BYTES_MAX:
        return _Answer(start, b"")
    return _Answer(start, _read(connection, length)[4:])


def _read(connection: socket.socket, count: int) -> bytes:
    parts = []
    while count > 0:
        try:
            part = connection.recv(count)
        except ConnectionResetError:
            part = b""
        if not part:
            break
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _check_versions(where: str, answer: _Answer) -> None:
    """ApiVersions: error (2), then an array of (api, lowest, highest version), 2 bytes each."""
    if answer.start.startswith(_TLS_ALERT):
        raise UnavailableError(where, "it speaks TLS", "set [kafka] security to 'SSL' or 'SASL_SSL'")
    rows = answer.body[6:]
    if len(answer.body) < 6 or len(rows) < 6 * struct.unpack_from(">i", answer.body, 2)[0]:
        raise UnavailableError(where, "what answers there is no Kafka broker", f"{_ADDRESS}, or security")
    highest = {api: version for api, _, version in struct.iter_unpack(">hhh", rows[: len(rows) // 6 * 6])}
    if _PRODUCE not in highest:
        raise UnavailableError(where, "it takes no messages: perhaps a controller's port", _ADDRESS)
    if highest[_PRODUCE] < _PRODUCE_VERSION_MIN:
        raise UnavailableError(where, "a broker older than Kafka 2.1", "name a newer one in [kafka] bootstrap")


def _check_mechanism(where: str, answer: _Answer, asked: str) -> None:
    """SaslHandshake: error (2), then an array of the names on offer."""
    if len(answer.body) < 6:
        raise UnavailableError(where, "it takes no login", "set [kafka] security to 'PLAINTEXT' or 'SSL'")
    error, count = struct.unpack_from(">hi", answer.body)
    if error != _UNSUPPORTED_MECHANISM:
        return
    offered: list[str] = []
    rest = answer.body[6:]
    while count > len(offered) and len(rest) >= 2:
        (length,) = struct.unpack_from(">H", rest)
        offered.append(rest[2 : 2 + length].decode("ascii", "replace"))
        rest = rest[2 + length :]
    what = f"no login by {asked}, but by {', '.join(offered) or 'nothing'}"
    raise UnavailableError(where, what, "set [kafka] sasl_mechanism")
