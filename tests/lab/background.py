# SPDX-License-Identifier: Apache-2.0
"""Ordinary traffic: web pages over TLS and HTTP, JSON services, SSH, and random records in between.

Every maker takes a ``Visit`` and returns a ``Talk``. Nothing here is mining; the conversations that look
like it are in ``near_misses``.
"""

from __future__ import annotations

import enum
import json
import struct
from dataclasses import dataclass

from sensor.model import Endpoint
from tests.lab.dialogue import Ending, Talk
from tests.lab.seeded import MS, Seeded

RECORD_BYTES_MAX = 16_384


@dataclass(frozen=True)
class Visit:
    """Who talks to whom, from when (the first payload), invented from which seed."""

    client: Endpoint
    server: Endpoint
    start_ns: int
    seed: int
    ending: Ending = Ending.FIN

    def talk(self) -> Talk:
        return Talk(self.client, self.server, self.ending)


# ---------------------------------------------------------------- TLS


class KeyShare(enum.Enum):
    """The key exchange a client offers; the hybrid one makes its greeting longer than a segment."""

    X25519 = (0x001D, 32)
    HYBRID = (0x11EC, 1216)  # X25519MLKEM768


def client_hello(name: str, rng: Seeded, key_share: KeyShare = KeyShare.X25519) -> bytes:
    """A TLS 1.3 ClientHello record (RFC 8446) with server name (RFC 6066) and ALPN (RFC 7301).

    With the hybrid key share the server's name comes last, as in a browser that shuffles its extensions.
    """
    host = name.encode()
    group, share_bytes = key_share.value
    bodies = {
        0: struct.pack(">HBH", len(host) + 3, 0, len(host)) + host,
        10: struct.pack(">HHHH", 6, group, 0x0017, 0x0018),
        13: bytes.fromhex("000e0403080404010503080505010806"),
        16: b"\x00\x0c\x02h2\x08http/1.1",
        43: bytes.fromhex("0403040303"),
        51: struct.pack(">HHH", share_bytes + 4, group, share_bytes) + rng.bytes(share_bytes),
    }
    order = bodies if key_share is KeyShare.X25519 else [*list(bodies)[1:], 0]
    extensions = b"".join(struct.pack(">HH", kind, len(bodies[kind])) + bodies[kind] for kind in order)
    ciphers = bytes.fromhex("130113021303c02bc02fc02cc030cca9cca8")
    body = b"\x03\x03" + rng.bytes(32) + b"\x20" + rng.bytes(32)
    body += struct.pack(">H", len(ciphers)) + ciphers + b"\x01\x00"
    body += struct.pack(">H", len(extensions)) + extensions
    handshake = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack(">H", len(handshake)) + handshake


def tls(
    visit: Visit,
    name: str,
    replies: tuple[int, ...] = (2_500, 6_000),
    key_share: KeyShare = KeyShare.X25519,
) -> Talk:
    """A TLS 1.3 connection: greeting with the server's name, then requests with replies of these sizes."""
    rng, talk = Seeded(visit.seed), visit.talk()
    now = visit.start_ns
    talk.ask(now, client_hello(name, rng, key_share))
    now += rng.wait_ns(15, 40)
    hello = b"\x02\x00\x00\x56\x03\x03" + rng.bytes(32) + b"\x20" + rng.bytes(32) + b"\x13\x01\x00\x00\x0e"
    hello += bytes.fromhex("002b0002030400330004001d0000")
    talk.answer(now, b"\x16\x03\x03" + struct.pack(">H", len(hello)) + hello + b"\x14\x03\x03\x00\x01\x01")
    talk.answer(now, _record(rng, 1_900))
    now += rng.wait_ns(2, 6)
    talk.ask(now, b"\x14\x03\x03\x00\x01\x01" + _record(rng, 58))
    for size in replies:
        now += rng.wait_ns(20, 900)
        talk.ask(now, _record(rng, 120 + rng.below(500)))
        now += rng.wait_ns(20, 60)
        talk.answer(now, _record(rng, size))
    return talk


def _record(rng: Seeded, size: int) -> bytes:
    """Encrypted records (type 23) with ``size`` bytes of content in all."""
    parts = []
    while size > 0:
        piece = min(size, RECORD_BYTES_MAX)
        parts.append(b"\x17\x03\x03" + struct.pack(">H", piece) + rng.bytes(piece))
        size -= piece
    return b"".join(parts)


# ---------------------------------------------------------------- HTTP


def http(visit: Visit, request: bytes, body: bytes, kind: str = "text/html; charset=utf-8") -> Talk:
    """One request (head and body, as sent) and a 200 with this body."""
    rng, talk = Seeded(visit.seed), visit.talk()
    talk.ask(visit.start_ns, request)
    head = f"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    talk.answer(visit.start_ns + rng.wait_ns(20, 80), head.encode() + body)
    return talk


def get(host: str, path: str = "/") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Mozilla/5.0\r\nAccept: */*\r\n\r\n".encode()


def post(host: str, path: str, body: bytes, kind: str = "application/json") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def web_page(visit: Visit, host: str) -> Talk:
    """A page of ordinary text."""
    rng = Seeded(visit.seed)
    rows = "".join(f"<li>offer {rng.hex(4)}: {rng.below(900)} pieces</li>\n" for _ in range(60))
    page = f"<!doctype html><html><head><title>Shop</title></head><body><ul>\n{rows}</ul></body></html>\n"
    return http(visit, get(host, "/offers"), page.encode())


def json_api(visit: Visit, host: str) -> Talk:
    """A REST service that speaks JSON, compact as miners do."""
    rng = Seeded(visit.seed)
    items = [{"id": rng.below(10_000), "name": rng.hex(6), "price": rng.below(900)} for _ in range(20)]
    body = json.dumps({"items": items, "next": None}, separators=(",", ":")).encode()
    return http(visit, get(host, "/api/v1/items?page=2"), body, "application/json")


# ---------------------------------------------------------------- others


def ssh(visit: Visit) -> Talk:
    """Version strings, then packets that look random."""
    rng, talk = Seeded(visit.seed), visit.talk()
    now = visit.start_ns
    talk.ask(now, b"SSH-2.0-OpenSSH_9.6\r\n")
    talk.answer(now + rng.wait_ns(10, 20), b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
    now += 30 * MS
    for _ in range(12):
        talk.ask(now, rng.bytes(36 + 4 * rng.below(16)))
        talk.answer(now + rng.wait_ns(15, 30), rng.bytes(36 + 4 * rng.below(64)))
        now += rng.wait_ns(150, 4_000)
    return talk
