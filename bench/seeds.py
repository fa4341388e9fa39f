"""Crafts the conversations that the mix is replicated from: one capture a class, and ``seeds.toml``.

The same seed gives the same bytes. Addresses and names are those set aside for documentation.
"""

from __future__ import annotations

import json
import struct
from ipaddress import IPv4Address, IPv6Address
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from bench.dialogues import DIALOGUES, Counts, Dialogue
from bench.frames import Datagrams, Packet, Socket, Stream, write_capture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_HEADS: Final = (
    "ac",
    "bas",
    "con",
    "del",
    "ex",
    "for",
    "gar",
    "in",
    "jour",
    "key",
    "lan",
    "mar",
    "off",
    "pro",
    "re",
)
_TAILS: Final = (
    "count",
    "der",
    "ent",
    "fer",
    "ing",
    "ket",
    "ly",
    "ment",
    "ness",
    "port",
    "ter",
    "tion",
    "ture",
)
_WORDS: Final = [head + tail for head in _HEADS for tail in _TAILS]
_SERVERS: Final = 200


class Ends(NamedTuple):
    client: Socket
    server: Socket


def _ends(number: int, port: int, rng: Random) -> Ends:
    """Sockets of conversation ``number``; every sixth speaks IPv6. Neighbours' client ports differ."""
    client_port, host = 1024 + number % 60_000, rng.randrange(1, _SERVERS)
    if number % 6 == 5:
        near, far = IPv6Address(f"2001:db8:1::{host:x}"), IPv6Address(f"2001:db8:2::{host:x}")
        return Ends(Socket(near, client_port), Socket(far, port))
    return Ends(Socket(IPv4Address(f"192.0.2.{host}"), client_port), Socket(IPv4Address(f"198.51.100.{host}"), port))


def _size(rng: Random, median: int, most: int) -> int:
    """Sizes on the wire are skewed: most are small, few are very large."""
    return min(most, int(rng.lognormvariate(0, 1.1) * median) + 1)


# ---------------------------------------------------------------- TLS (RFC 8446)


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("!BHH", kind, 0x0303, len(body)) + body


def _hello(rng: Random) -> bytes:
    """A ClientHello; half of them carry a post-quantum key share and so need two segments."""
    name = f"www{rng.randrange(500)}.example.com".encode()
    key = rng.randbytes(1216 if rng.random() < 0.5 else 32)

    def extension(number: int, body: bytes) -> bytes:
        return struct.pack("!HH", number, len(body)) + body

    extensions = extension(0, struct.pack("!HBH", len(name) + 3, 0, len(name)) + name)
    extensions += extension(43, b"\x04\x03\x04\x03\x03") + extension(10, b"\x00\x04\x11\xec\x00\x1d")
    share = struct.pack("!HH", 0x11EC if len(key) > 32 else 0x001D, len(key)) + key
    extensions += extension(51, struct.pack("!H", len(share)) + share) + extension(16, b"\x00\x03\x02h2")
    body = b"\x03\x03" + rng.randbytes(32) + b"\x20" + rng.randbytes(32)
    body += b"\x00\x06\x13\x01\x13\x02\x13\x03\x01\x00" + struct.pack("!H", len(extensions)) + extensions
    return _record(22, b"\x01" + len(body).to_bytes(3) + body)


def _application(rng: Random, size: int) -> bytes:
    """Records of random bytes, 16 KiB at most each."""
    records = [_record(23, rng.randbytes(min(16_384, size - at) + 17)) for at in range(0, size, 16_384)]
    return b"".join(records)


def _tls(number: int, rng: Random) -> list[Packet]:
    stream = Stream(*_ends(number, 443, rng), rng)
    stream.open()
    stream.send(_hello(rng), from_client=True)
    answer = (
        b"\x03\x03" + rng.randbytes(32) + b"\x20" + rng.randbytes(32) + b"\x13\x01\x00\x00\x06\x00\x2b\x00\x02\x03\x04"
    )
    hello = _record(22, b"\x02" + len(answer).to_bytes(3) + answer)
    stream.send(hello + _application(rng, 3_000), from_client=False)
    stream.send(_application(rng, 60), from_client=True)
    for _ in range(rng.randrange(1, 8)):
        stream.wait(rng.randrange(5_000, 400_000))
        for _ in range(rng.randrange(1, 4)):
            stream.send(_application(rng, _size(rng, 180, 1_400)), from_client=True)
        for _ in range(rng.randrange(1, 5)):
            stream.send(_application(rng, _size(rng, 400, 24_000)), from_client=False)
    stream.close()
    return stream.packets


# ---------------------------------------------------------------- text


def _sentence(rng: Random, size: int) -> str:
    words = " ".join(rng.choices(_WORDS, k=size // 4 + 1))
    return words[:size]


def _object(rng: Random, size: int) -> str:
    """A JSON document of about ``size`` bytes."""
    rows = []
    length = 0
    while length < size:
        row = {
            rng.choice(_WORDS): rng.randrange(10**6),
            "id": rng.randrange(10**9),
            "text": _sentence(rng, 60),
        }
        rows.append(row)
        length += 120
    return json.dumps({"status": "ok", "rows": rows})


def _page(rng: Random, size: int) -> str:
    paragraphs = [f'<p class="{rng.choice(_WORDS)}">{_sentence(rng, 300)}</p>' for _ in range(size // 320 + 1)]
    return "<!doctype html><html><head><title>" + _sentence(rng, 30) + "</title></head>" + "\n".join(paragraphs)


def _http(number: int, rng: Random) -> list[Packet]:
    stream = Stream(*_ends(number, rng.choice((80, 80, 8080)), rng), rng)
    stream.open()
    for _ in range(rng.randrange(1, 8)):
        path = f"/{rng.choice(_WORDS)}/{rng.choice(_WORDS)}?{rng.choice(_WORDS)}={rng.randrange(10**6)}"
        agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
        head = f"Host: www{number % 50}.example.org\r\nUser-Agent: {agent}\r\nAccept: */*\r\n"
        if rng.random() < 0.5:
            body = _object(rng, _size(rng, 200, 2_000))
            request = f"POST {path} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}"
            answer, kind = _object(rng, _size(rng, 700, 20_000)), "application/json"
        else:
            request = f"GET {path} HTTP/1.1\r\n{head}Cookie: {_sentence(rng, 120)}\r\n\r\n"
            answer, kind = _page(rng, _size(rng, 900, 20_000)), "text/html; charset=utf-8"
        stream.send(request.encode(), from_client=True)
        reply = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(answer)}\r\n\r\n{answer}"
        stream.send(reply.encode(), from_client=False)
        stream.wait(rng.randrange(20_000, 900_000))
    stream.close()
    return stream.packets


def _json_lines(number: int, rng: Random) -> list[Packet]:
    """A wallet's server or a device's telemetry: a JSON object a line, no mining."""
    stream = Stream(*_ends(number, rng.choice((50_001, 9_000)), rng), rng)
    stream.open()
    for turn in range(rng.randrange(4, 20)):
        method = rng.choice(
            ("server.ping", "blockchain.headers.subscribe", "blockchain.scripthash.get_history", "login")
        )
        request = {"id": turn, "jsonrpc": "2.0", "method": method, "params": [rng.randbytes(32).hex()]}
        stream.send(json.dumps(request).encode() + b"\n", from_client=True)
        answer = {
            "id": turn,
            "jsonrpc": "2.0",
            "result": {"hex": rng.randbytes(_size(rng, 80, 600)).hex(), "height": turn},
        }
        stream.send(json.dumps(answer).encode() + b"\n", from_client=False)
        stream.wait(rng.randrange(50_000, 800_000))
    stream.close()
    return stream.packets


# ---------------------------------------------------------------- DNS (RFC 1035), QUIC-like, SSH-like, probes


def _dns(number: int, rng: Random) -> list[Packet]:
    talk = Datagrams(*_ends(number, 53, rng))
    labels = (rng.choice(_WORDS), rng.choice(_WORDS), "example", "com")
    name = b"".join(bytes((len(label),)) + label.encode() for label in labels) + b"\0"
    is_aaaa = rng.random() < 0.4
    kind = 28 if is_aaaa else 1
    question = name + struct.pack("!HH", kind, 1)
    ident = rng.randrange(65_536)
    talk.send(struct.pack("!HHHHHH", ident, 0x0100, 1, 0, 0, 0) + question, from_client=True)
    talk.wait(rng.randrange(1_000, 40_000))
    answers = rng.randrange(1, 5)
    body = b""
    for answer in range(answers):
        ip = IPv6Address(f"2001:db8::{answer + 1}") if is_aaaa else IPv4Address(f"203.0.113.{answer + 1}")
        body += struct.pack("!HHHIH", 0xC00C, kind, 1, 300, len(ip.packed)) + ip.packed
    talk.send(struct.pack("!HHHHHH", ident, 0x8180, 1, answers, 0, 0) + question + body, from_client=False)
    return talk.packets


def _quic(number: int, rng: Random) -> list[Packet]:
    talk = Datagrams(*_ends(number, 443, rng))
    for from_client in (True, False, True):
        talk.send(b"\xc3\x00\x00\x00\x01\x08" + rng.randbytes(1_194), from_client=from_client)
        talk.wait(15_000)
    for _ in range(rng.randrange(2, 30)):
        talk.send(b"\x43" + rng.randbytes(_size(rng, 60, 1_200)), from_client=True)
        for _ in range(rng.randrange(0, 3)):
            talk.send(b"\x43" + rng.randbytes(_size(rng, 300, 1_200)), from_client=False)
        talk.wait(rng.randrange(1_000, 200_000))
    return talk.packets


def _ssh(number: int, rng: Random) -> list[Packet]:
    stream = Stream(*_ends(number, 22, rng), rng)
    stream.open()
    stream.send(b"SSH-2.0-OpenSSH_9.2\r\n", from_client=True)
    stream.send(b"SSH-2.0-OpenSSH_9.6\r\n", from_client=False)
    for size in (1_400, 1_100, 48, 500):
        stream.send(struct.pack("!I", size) + rng.randbytes(size), from_client=size % 3 != 0)
    for _ in range(rng.randrange(5, 40)):
        stream.send(rng.randbytes(36), from_client=True)
        stream.send(rng.randbytes(36 + 16 * rng.randrange(6)), from_client=False)
        if rng.random() < 0.5:
            stream.acknowledge()
        stream.wait(rng.randrange(50_000, 500_000))
    stream.close()
    return stream.packets


def _probe(number: int, rng: Random) -> list[Packet]:
    stream = Stream(*_ends(number, rng.choice((23, 445, 3_333, 3_389)), rng), rng)
    stream.knock()
    return stream.packets


# ---------------------------------------------------------------- mining


def _mining(number: int, rng: Random, dialogue: Dialogue) -> list[Packet]:
    stream = Stream(*_ends(number, rng.choice((3_333, 4_444, 14_444)), rng), rng)
    stream.open()
    for line in dialogue.lines:
        stream.wait(line.wait_ms * 1_000)
        stream.send(line.text, from_client=line.from_miner)
    stream.acknowledge()
    stream.close()
    return stream.packets


_ORDINARY: Final[dict[str, tuple[int, Callable[[int, Random], list[Packet]]]]] = {
    "tls": (400, _tls),
    "http": (220, _http),
    "json-lines": (40, _json_lines),
    "dns": (600, _dns),
    "quic": (90, _quic),
    "ssh": (40, _ssh),
    "probe": (60, _probe),
}
_MINING_SESSIONS: Final = 24


def craft(folder: Path, seed: int) -> int:
    """Writes all seeds into ``folder`` and returns the number of packets crafted."""
    folder.mkdir(parents=True, exist_ok=True)
    packets = 0
    for name, (count, conversation) in _ORDINARY.items():
        rng = Random(f"{seed} {name}")
        packets += write_capture(folder / f"{name}.pcap", (conversation(number, rng) for number in range(count)))
    manifest = ""
    for name, dialogue in DIALOGUES.items():
        rng = Random(f"{seed} {name}")
        dialogues = [dialogue(rng) for _ in range(_MINING_SESSIONS)]
        talks = (_mining(number, rng, said) for number, said in enumerate(dialogues))
        packets += write_capture(folder / f"{name}.pcap", talks)
        manifest += f"{name} = [\n{''.join(_row(said.counts) for said in dialogues)}]\n"
    (folder / "seeds.toml").write_text(manifest, encoding="utf-8")
    return packets


def _row(counts: Counts) -> str:
    members = ", ".join(f"{name} = {count}" for name, count in counts._asdict().items())
    return f"    {{ {members} }},\n"
