# SPDX-License-Identifier: Apache-2.0
"""Conversations that look like mining to a careless reader and are not.

Neighbouring protocols (Electrum, node RPC, peer-to-peer networks), other JSON-RPC with the words
``login``, ``submit`` and ``job``, and texts that quote mining messages: pages, logs, mails, database
answers, our own findings. No reader may make a finding of any of them.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable

from tests.lab.background import Visit, get, http, post
from tests.lab.dialogue import Talk
from tests.lab.node_callers import NODE_CALLERS
from tests.lab.nodes import NODES
from tests.lab.seeded import SECOND, Seeded

SUBSCRIBE = '{"id":1,"method":"mining.subscribe","params":["cgminer/4.12.0"]}'
SUBMIT = '{"id":4,"method":"mining.submit","params":["acct.rig1","6a10","00000001","69a50000","deadbeef"]}'
LOGIN = '{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"acct","pass":"x","agent":"XMRig/6.22.2"}}'


def _lines(visit: Visit, exchanges: list[tuple[dict[str, object], dict[str, object]]], end: str = "\n") -> Talk:
    """Requests and answers, one JSON object a line, two seconds apart."""
    rng, talk = Seeded(visit.seed), visit.talk()
    for number, (request, reply) in enumerate(exchanges):
        now = visit.start_ns + number * 2 * SECOND
        talk.ask(now, json.dumps(request).encode() + end.encode())
        talk.answer(now + rng.wait_ns(20, 60), json.dumps(reply).encode() + end.encode())
    return talk


def _rpc(number: int, method: str, params: object, result: object) -> tuple[dict[str, object], dict[str, object]]:
    return (
        {"jsonrpc": "2.0", "id": number, "method": method, "params": params},
        {"jsonrpc": "2.0", "id": number, "result": result},
    )


# ---------------------------------------------------------------- neighbouring protocols


def electrum(visit: Visit) -> Talk:
    """A wallet and its server: line JSON-RPC that is called "stratum" in old texts."""
    rng = Seeded(visit.seed)
    script = rng.hex(32)
    return _lines(
        visit,
        [
            _rpc(0, "server.version", ["electrum/4.5.5", "1.4"], ["ElectrumX 1.16.0", "1.4"]),
            _rpc(1, "blockchain.headers.subscribe", [], {"hex": rng.hex(80), "height": 870_000}),
            _rpc(2, "blockchain.scripthash.subscribe", [script], rng.hex(32)),
            _rpc(
                3,
                "blockchain.scripthash.get_history",
                [script],
                [{"tx_hash": rng.hex(32), "height": 869_990}],
            ),
            _rpc(4, "server.ping", [], None),
        ],
    )


def node_rpc(visit: Visit) -> Talk:
    """A dapp and an Ethereum node over plain line JSON-RPC: the methods beside those of mining."""
    rng = Seeded(visit.seed)
    return _lines(
        visit,
        [
            _rpc(1, "web3_clientVersion", [], "Geth/v1.14.0-stable/linux-amd64/go1.22.2"),
            _rpc(2, "eth_blockNumber", [], "0x132b4e0"),
            _rpc(3, "eth_mining", [], False),
            _rpc(4, "eth_getBalance", [f"0x{rng.hex(20)}", "latest"], "0x2386f26fc10000"),
            _rpc(5, "eth_subscribe", ["newHeads"], f"0x{rng.hex(16)}"),
            _rpc(6, "eth_getTransactionCount", [f"0x{rng.hex(20)}", "latest"], "0x1c"),
            _rpc(
                7,
                "eth_call",
                [{"to": f"0x{rng.hex(20)}", "data": f"0x{rng.hex(36)}"}, "latest"],
                f"0x{rng.hex(32)}",
            ),
        ],
    )


def node_rpc_http(visit: Visit) -> Talk:
    """The same over HTTP, where geth and besu really listen."""
    rng = Seeded(visit.seed)
    call = json.dumps(_rpc(1, "eth_getBlockByNumber", ["latest", False], None)[0]).encode()
    block = {"number": "0x132b4e0", "hash": f"0x{rng.hex(32)}", "mixHash": f"0x{rng.hex(32)}", "nonce": "0x0"}
    reply = json.dumps({"jsonrpc": "2.0", "id": 1, "result": block}).encode()
    return http(visit, post("node.example.net:8545", "/", call), reply, "application/json")


def chat(visit: Visit) -> Talk:
    """A chat service: JSON-RPC ``login`` with a user name, ``submit`` of a form, ``job`` of a print queue."""
    return _lines(
        visit,
        [
            _rpc(
                1,
                "login",
                {"login": "example-user", "pass": "x", "client": "chat/2.1"},
                {"status": "OK", "id": "s-1"},
            ),
            _rpc(2, "join", {"room": "garden"}, {"status": "OK"}),
            _rpc(3, "submit", {"id": "s-1", "form": "holiday", "days": 3}, {"status": "OK"}),
            _rpc(4, "job", {"id": "s-1", "job_id": "print-17", "target": "printer-2"}, {"status": "queued"}),
            _rpc(5, "keepalive", {"id": "s-1"}, {"status": "OK"}),
        ],
    )


def language_server(visit: Visit) -> Talk:
    """JSON-RPC with headers, as editors use it."""
    rng, talk = Seeded(visit.seed), visit.talk()
    for number, method in enumerate(("initialize", "textDocument/completion", "shutdown")):
        request, reply = _rpc(number, method, {"capabilities": {}}, {"items": [rng.hex(5), rng.hex(5)]})
        now = visit.start_ns + number * SECOND
        for speak, when, message in (
            (talk.ask, now, request),
            (talk.answer, now + rng.wait_ns(5, 30), reply),
        ):
            body = json.dumps(message).encode()
            speak(when, f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return talk


def bitcoin_p2p(visit: Visit) -> Talk:
    """A full node's peer connection: version, verack, ping, inventory (magic f9beb4d9)."""
    rng, talk = Seeded(visit.seed), visit.talk()

    def message(command: str, body: bytes) -> bytes:
        digest = hashlib.sha256(hashlib.sha256(body).digest()).digest()
        return (
            b"\xf9\xbe\xb4\xd9" + command.encode().ljust(12, b"\0") + struct.pack("<I", len(body)) + digest[:4] + body
        )

    agent = b"/Satoshi:27.0.0/"
    version = struct.pack("<IQQ", 70016, 1033, visit.start_ns // SECOND) + bytes(52) + rng.bytes(8)
    version += bytes([len(agent)]) + agent + struct.pack("<I?", 870_000, True)
    now = visit.start_ns
    talk.ask(now, message("version", version))
    talk.answer(now + rng.wait_ns(20, 40), message("version", version) + message("verack", b""))
    talk.ask(now + 50_000_000, message("verack", b""))
    for number in range(1, 4):
        nonce = rng.bytes(8)
        talk.ask(now + number * 2 * SECOND, message("ping", nonce))
        talk.answer(now + number * 2 * SECOND + rng.wait_ns(20, 40), message("pong", nonce))
        inventory = b"\x02" + (struct.pack("<I", 1) + rng.bytes(32)) * 2
        talk.answer(now + number * 2 * SECOND + rng.wait_ns(300, 400), message("inv", inventory))
    return talk


def monero_p2p(visit: Visit) -> Talk:
    """Levin: a Monero node's handshake and timed syncs."""
    rng, talk = Seeded(visit.seed), visit.talk()

    def message(command: int, body: bytes, *, request: bool) -> bytes:
        head = struct.pack("<QQBIiII", 0x0101010101012101, len(body), request, command, 0, 1 if request else 2, 1)
        return head + body

    body = b"\x01\x11\x01\x01\x01\x01\x02\x01\x01\x08\x09node_data\x0c\x10" + rng.bytes(160)
    for number, command in enumerate((1001, 1002, 1002)):
        now = visit.start_ns + number * 3 * SECOND
        talk.ask(now, message(command, body, request=True))
        talk.answer(now + rng.wait_ns(20, 40), message(command, body + rng.bytes(90), request=False))
    return talk


def ethereum_p2p(visit: Visit) -> Talk:
    """RLPx: an encrypted handshake behind a two-byte length, then frames that look random."""
    rng, talk = Seeded(visit.seed), visit.talk()
    now = visit.start_ns
    talk.ask(now, struct.pack(">H", 420) + rng.bytes(420))
    talk.answer(now + rng.wait_ns(20, 40), struct.pack(">H", 380) + rng.bytes(380))
    for number in range(1, 4):
        talk.ask(now + number * SECOND, rng.bytes(96 + 16 * rng.below(8)))
        talk.answer(now + number * SECOND + rng.wait_ns(20, 40), rng.bytes(96 + 16 * rng.below(8)))
    return talk


# ---------------------------------------------------------------- texts that hold the words


def documentation(visit: Visit) -> Talk:
    """A page that explains the protocol, its examples at the start of lines."""
    page = f"<html><body><h1>Stratum</h1><pre>\n{SUBSCRIBE}\n{SUBMIT}\n</pre><p>then {LOGIN}</p></body></html>\n"
    return http(visit, get("docs.example.com", "/stratum"), page.encode())


def raw_example(visit: Visit) -> Talk:
    """A text file that begins with a mining message, in a segment of its own: only the head tells."""
    rng, talk = Seeded(visit.seed), visit.talk()
    body = f"{SUBSCRIBE}\n{SUBMIT}\n{LOGIN}\n".encode()
    talk.ask(visit.start_ns, get("raw.example.com", "/example.txt"))
    now = visit.start_ns + rng.wait_ns(20, 40)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
    talk.answer(now, head.encode())
    talk.answer(now + 500_000, body)
    return talk


def pool_dashboard(visit: Visit) -> Talk:
    """The numbers behind a pool's web page, over plain HTTP."""
    rng = Seeded(visit.seed)
    workers = [{"worker": f"rig{n}", "hashrate": 10**14 + rng.below(10**12), "stale": n} for n in range(8)]
    stats = {"pool": "pool.example", "method": "mining.notify", "workers": workers, "job": rng.hex(4)}
    return http(visit, get("www.pool.example", "/api/stats"), json.dumps(stats).encode(), "application/json")


def log_lines(visit: Visit) -> Talk:
    """A log shipper: lines that quote what a pool server saw, pushed one by one over TCP."""
    rng, talk = Seeded(visit.seed), visit.talk()
    for number, text in enumerate((SUBSCRIBE, SUBMIT, LOGIN, SUBMIT)):
        stamp = f"<134>1 2026-03-02T08:00:{number:02d}Z host stratum 812 - - "
        talk.ask(visit.start_ns + number * SECOND, f"{stamp}client {rng.hex(2)} sent {text}\n".encode())
    talk.answer(visit.start_ns + 5 * SECOND, b"OK\n")
    return talk


def log_objects(visit: Visit) -> Talk:
    """The same as JSON objects a line: each begins with ``{`` and holds the words as text."""
    talk = visit.talk()
    for number, text in enumerate((SUBSCRIBE, SUBMIT, LOGIN, SUBMIT)):
        record = {"time": f"2026-03-02T08:00:{number:02d}Z", "level": "debug", "message": text}
        talk.ask(visit.start_ns + number * SECOND, json.dumps(record).encode() + b"\n")
    talk.answer(visit.start_ns + 5 * SECOND, b'{"errors":false}\n')
    return talk


def own_findings(visit: Visit) -> Talk:
    """Our own output on its way: a finding quotes what it saw as proof."""
    finding = {
        "kind": "finding",
        "schema_version": 1,
        "stage": "working",
        "grade": "A",
        "miner": {"ip": "192.0.2.10", "port": 50000},
        "pool": {"ip": "203.0.113.5", "port": 3333},
        "protocol": {"dialect": "stratum-v1"},
        "reasons": [{"code": "subscribe", "proof": SUBSCRIBE}, {"code": "submit", "proof": SUBMIT}],
    }
    body = json.dumps(finding, separators=(",", ":")).encode() + b"\n"
    return http(visit, post("findings.example.org", "/v1/findings", body * 3), b'{"stored":3}', "application/json")


def own_findings_stream(visit: Visit) -> Talk:
    """The same, one finding a line over a bare connection."""
    talk = visit.talk()
    for number, proof in enumerate((SUBSCRIBE, SUBMIT, LOGIN)):
        finding = {"kind": "finding", "grade": "A", "reasons": [{"code": "login", "proof": proof}]}
        talk.ask(visit.start_ns + number * SECOND, json.dumps(finding, separators=(",", ":")).encode() + b"\n")
    talk.answer(visit.start_ns + 4 * SECOND, b"stored\n")
    return talk


def mail(visit: Visit) -> Talk:
    """SMTP: a mail that quotes a session in its text."""
    rng, talk = Seeded(visit.seed), visit.talk()
    text = f"Subject: pool trouble\r\n\r\nThe rig sends\r\n{SUBSCRIBE}\r\n{SUBMIT}\r\nand gets nothing.\r\n.\r\n"
    now = visit.start_ns
    talk.answer(now, b"220 mail.example.org ESMTP\r\n")
    steps = (
        ("EHLO client.example.com\r\n", "250 mail.example.org\r\n"),
        ("MAIL FROM:<sender@example.com>\r\n", "250 ok\r\n"),
        ("RCPT TO:<support@example.org>\r\n", "250 ok\r\n"),
        ("DATA\r\n", "354 go on\r\n"),
        (text, "250 queued\r\n"),
        ("QUIT\r\n", "221 bye\r\n"),
    )
    for said, answered in steps:
        now += rng.wait_ns(60, 120)
        talk.ask(now, said.encode())
        talk.answer(now + rng.wait_ns(20, 40), answered.encode())
    return talk


def database(visit: Visit) -> Talk:
    """A database (Redis' protocol) that stores and returns mining messages as values."""
    rng, talk = Seeded(visit.seed), visit.talk()
    for number, text in enumerate((SUBSCRIBE, LOGIN, SUBMIT)):
        now = visit.start_ns + number * SECOND
        key = f"last:{number}"
        talk.ask(now, f"*2\r\n$3\r\nGET\r\n${len(key)}\r\n{key}\r\n".encode())
        talk.answer(now + rng.wait_ns(1, 4), f"${len(text) + 2}\r\n\n{text}\n\r\n".encode())
    return talk


def rule_download(visit: Visit) -> Talk:
    """Rules of an intrusion detection system: full of the very patterns."""
    rule = 'alert tcp any any -> any any (msg:"stratum"; content:"|22|mining.subscribe|22|"; sid:1000001;)\n'
    other = 'alert tcp any any -> any any (msg:"login"; content:"{|22|method|22|: |22|login|22|"; sid:1000002;)\n'
    return http(visit, get("rules.example.com", "/mining.rules"), (rule + other).encode() * 4, "text/plain")


NEAR_MISSES: dict[str, tuple[int, Callable[[Visit], Talk]]] = {
    "electrum": (50001, electrum),
    "node-rpc": (8545, node_rpc),
    "node-rpc-http": (8545, node_rpc_http),
    "chat": (3333, chat),
    "language-server": (4444, language_server),
    "bitcoin-p2p": (8333, bitcoin_p2p),
    "monero-p2p": (18080, monero_p2p),
    "ethereum-p2p": (30303, ethereum_p2p),
    "documentation": (80, documentation),
    "raw-example": (3333, raw_example),
    "pool-dashboard": (80, pool_dashboard),
    "log-lines": (514, log_lines),
    "log-objects": (5044, log_objects),
    "own-findings": (8080, own_findings),
    "own-findings-stream": (9000, own_findings_stream),
    "mail": (25, mail),
    "database": (6379, database),
    "rule-download": (80, rule_download),
    **NODES,
    **NODE_CALLERS,
}
