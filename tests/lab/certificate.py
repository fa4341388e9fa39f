# SPDX-License-Identifier: Apache-2.0
"""Certificates in DER (RFC 5280, X.690) and TLS 1.2 connections that show them (RFC 5246). Nothing is signed."""

from __future__ import annotations

from tests.lab.background import Visit, client_hello
from tests.lab.dialogue import Talk
from tests.lab.seeded import Seeded

_SEQUENCE, _SET, _INTEGER, _BITS, _OCTETS, _OBJECT, _UTF8, _TIME = 0x30, 0x31, 0x02, 0x03, 0x04, 0x06, 0x0C, 0x17
_COMMON_NAME, _ALTERNATIVE_NAME = b"\x55\x04\x03", b"\x55\x1d\x11"
_ECDSA_SHA256 = bytes.fromhex("2a8648ce3d040302")
_EC_KEY, _P256 = bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2a8648ce3d030107")


def certificate(common_name: str, names: tuple[str, ...], rng: Seeded) -> bytes:
    """A certificate for these host names, as one that issued itself; key and signature are random bytes."""
    name = _der(_SEQUENCE, _der(_SET, _der(_SEQUENCE, _der(_OBJECT, _COMMON_NAME), _der(_UTF8, common_name.encode()))))
    validity = _der(_SEQUENCE, _der(_TIME, b"260101000000Z"), _der(_TIME, b"360101000000Z"))
    algorithm = _der(_SEQUENCE, _der(_OBJECT, _ECDSA_SHA256))
    key = _der(
        _SEQUENCE,
        _der(_SEQUENCE, _der(_OBJECT, _EC_KEY), _der(_OBJECT, _P256)),
        _der(_BITS, b"\0\4" + rng.bytes(64)),
    )
    listed = _der(_SEQUENCE, *(_der(0x82, one.encode()) for one in names))
    extension = _der(_SEQUENCE, _der(_OBJECT, _ALTERNATIVE_NAME), _der(_OCTETS, listed))
    body = _der(
        _SEQUENCE,
        _der(0xA0, _der(_INTEGER, b"\2")),
        _der(_INTEGER, b"\1"),
        algorithm,
        name,
        validity,
        name,
        key,
        _der(0xA3, _der(_SEQUENCE, extension)),
    )
    signature = _der(_SEQUENCE, _der(_INTEGER, b"\1" + rng.bytes(31)), _der(_INTEGER, b"\1" + rng.bytes(31)))
    return _der(_SEQUENCE, body, algorithm, _der(_BITS, b"\0" + signature))


def tls12(visit: Visit, name: str, shown: bytes) -> Talk:
    """A TLS 1.2 connection to ``name`` on which the server shows a certificate, in records of 1000 bytes."""
    rng, talk = Seeded(visit.seed), visit.talk()
    talk.ask(visit.start_ns, client_hello(name, rng))
    hello = _message(2, b"\x03\x03" + rng.bytes(32) + b"\0" + bytes.fromhex("c02b00") + bytes.fromhex("0005ff01000100"))
    chain = _message(11, _sized(_sized(shown)))
    exchange = _message(
        12, bytes.fromhex("03001741") + b"\4" + rng.bytes(64) + bytes.fromhex("04030008") + rng.bytes(8)
    )
    flight = hello + chain + exchange + _message(14, b"")
    now = visit.start_ns + rng.wait_ns(15, 40)
    talk.answer(now, b"".join(_record(22, flight[at : at + 1000]) for at in range(0, len(flight), 1000)))
    now += rng.wait_ns(2, 6)
    finished = _record(20, b"\1") + _record(22, rng.bytes(40))
    talk.ask(now, _record(22, _message(16, b"\x41\4" + rng.bytes(64))) + finished)
    now += rng.wait_ns(15, 40)
    talk.answer(now, finished)
    talk.ask(now + rng.wait_ns(2, 6), _record(23, rng.bytes(90)))
    return talk


def _der(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _sized(content: bytes) -> bytes:
    return len(content).to_bytes(3, "big") + content


def _message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + _sized(body)


def _record(kind: int, content: bytes) -> bytes:
    return bytes([kind, 3, 3]) + len(content).to_bytes(2, "big") + content
