# SPDX-License-Identifier: Apache-2.0
"""Protocols of their own that look like mining: JSON a line, or the words ``login``, ``submit``, ``job`` and ``work``.

Each is what such a service really says, or a little nearer to mining than that. Written as who says what, a second
apart.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.lab.background import Visit
from tests.lab.dialogue import Talk
from tests.lab.seeded import SECOND

# ("C" or "S", bytes): the client's and the server's lines.
Lines = list[tuple[str, bytes]]

HASH = "5e" * 32
WALLET = "0x" + "c0" * 20
WORK = [f"0x{'1a' * 32}", f"0x{HASH}", f"0x00000000{'f' * 56}"]


def spoken(visit: Visit, lines: Lines, pause_ns: int = SECOND) -> Talk:
    """The lines, ``pause_ns`` apart."""
    talk = visit.talk()
    for number, (speaker, data) in enumerate(lines):
        (talk.ask if speaker == "C" else talk.answer)(visit.start_ns + number * pause_ns, data)
    return talk


def line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def calls(*exchanges: tuple[str, object, object], jsonrpc: bool = True) -> Lines:
    """JSON-RPC: method, parameters and result of each call, numbered from 1."""
    lines: Lines = []
    version: dict[str, Any] = {"jsonrpc": "2.0"} if jsonrpc else {}
    for number, (method, params, result) in enumerate(exchanges, start=1):
        lines.append(("C", line({**version, "id": number, "method": method, "params": params})))
        error = {"error": result} if isinstance(result, dict) and "code" in result else {"result": result}
        lines.append(("S", line({**version, "id": number, **error})))
    return lines


def told(method: str, params: object) -> tuple[str, bytes]:
    return "S", line({"jsonrpc": "2.0", "method": method, "params": params})


OK = {"status": "OK"}
HELLO = {"login": "example-user", "pass": "x", "agent": "desk/2.1"}


# ---------------------------------------------------------------- login, submit, job


CHAT = calls(
    ("login", HELLO, {"status": "OK", "id": "s-1"}),
    ("keepalived", {"id": "s-1"}, {"status": "KEEPALIVED"}),
    ("submit", {"id": "s-1", "form": "holiday", "days": 3}, OK),
    ("job", {"id": "s-1", "job_id": "print-17", "target": "printer-2"}, {"status": "queued"}),
    ("keepalived", {"id": "s-1"}, OK),
)
QUIET_CHAT = calls(
    ("login", HELLO, {"status": "OK", "id": "s-1"}),
    *[("keepalived", {"id": "s-1"}, OK)] * 6,
)
DIRECTORY = calls(
    ("login", {"login": "uid=7", "pass": "deadbeef", "algo": "sha256"}, OK),
    ("login", {"login": "uid=8", "pass": "deadbeef", "algo": ["sha256", "sha512"]}, OK),
    ("keepalive", {"id": "7"}, OK),
)
RACKS = calls(
    ("login", {"login": "ops", "pass": "x", "rigid": "rack7-12"}, {"id": "a", "status": "OK"}),
    ("getjob", {"id": "a"}, {"job_id": "81", "blob": "c2V0dXA=", "target": "linux"}),
    ("submit", {"id": "a", "job_id": "81", "nonce": "0000002a", "result": "passed"}, OK),
)
BUILDS = calls(
    ("login", {"login": "runner", "pass": "x", "agent": "runner/15.1"}, {"status": "OK", "id": "r1"}),
    (
        "getjob",
        {"id": "r1"},
        {"job_id": "81", "blob": "8f" * 20, "target": "release", "status": "OK"},
    ),
    ("submit", {"id": "r1", "job_id": "81", "nonce": "17", "result": HASH}, OK),
    ("getjob", {"id": "r1"}, {"job_id": "", "blob": "", "target": ""}),
)
ARTIFACTS = calls(
    (
        "login",
        {"login": "runner", "pass": "x"},
        {"id": "a", "status": "OK", "job": {"job_id": "7", "blob": "ab" * 100, "target": "cafe"}},
    ),
    ("submit", {"id": "a", "job_id": "7", "artifact": HASH, "result": "success"}, OK),
    ("submit", {"id": "a", "job_id": "7", "artifact": HASH, "result": "success"}, OK),
)
PRINTERS = [
    *calls(("login", HELLO, {"id": "p", "status": "OK", "job": {"job_id": "1", "queue": "print"}})),
    told("job", {"job_id": "2", "queue": "print", "pages": 3}),
    told("job", {"job_id": "3", "queue": "print", "pages": 1}),
]
GAME = [
    *calls(
        (
            "login",
            {"login": "miner49er", "pass": "x", "agent": "dig/1.3"},
            {"id": "p1", "job": "smith", "status": "OK"},
        ),
        ("submit", {"id": "p1", "job_id": "dig-4", "nonce": 12, "result": {"ore": 3}}, OK),
    ),
    told("job", {"job_id": "dig-5", "target": "iron", "blob": "vein"}),
    told("job", {"job_id": "dig-6", "target": "gold", "blob": "vein"}),
]
PITS = [
    *calls(("mining.start", ["pit-4"], True), ("mining.stop", ["pit-4"], True), ("mining.reward", [], 12)),
    told("mining.collapsed", ["pit-4"]),
]

# ---------------------------------------------------------------- nodes and wallets


ELECTRUM = [
    *calls(
        ("server.version", ["electrum/4.5.5", "1.4"], ["ElectrumX 1.16.0", "1.4"]),
        ("mining.get_status", [], {"code": -32601, "message": "unknown method"}),
        ("blockchain.scripthash.subscribe", [HASH], None),
        ("server.ping", [], None),
    ),
    told("blockchain.headers.subscribe", [{"hex": "00" * 80, "height": 870_001}]),
]
ETHEREUM = calls(
    ("eth_mining", [], True),
    ("eth_hashrate", [], "0x1dcd6500"),
    ("eth_getWork", [], WORK),
    ("eth_blockNumber", [], "0x132b4e0"),
    ("eth_submitHashrate", ["0x500", f"0x{HASH}"], True),
)
POOL_AND_NODE = calls(*[("eth_getWork", [], WORK)] * 5)
POOL_AND_NODE_LIKE_A_RIG = calls(*[("eth_getWork", [], WORK), ("eth_submitHashrate", ["0x500", f"0x{HASH}"], True)] * 3)
ETHEREUM_SUBSCRIPTION = [
    *calls(("eth_subscribe", ["newHeads"], f"0x{'0b' * 16}")),
    *[told("eth_subscription", {"subscription": "0x0b", "result": {"number": hex(n), "nonce": "0x0"}}) for n in (7, 8)],
]
SOLANA = [
    *calls(
        ("getSlot", [], 254_000_123),
        ("getLatestBlockhash", [{"commitment": "finalized"}], {"value": {"blockhash": "4sGjMW1s"}}),
        ("sendTransaction", ["4hXTCk"], "2id3YC"),
        ("slotSubscribe", [], 4),
    ),
    told("slotNotification", {"result": {"slot": 254_000_124}, "subscription": 4}),
]
SUBSTRATE = [
    *calls(
        ("system_chain", [], "Development"),
        ("chain_subscribeNewHeads", [], "x1"),
        ("author_submitExtrinsic", [f"0x{HASH}"], f"0x{HASH}"),
        ("author_rotateKeys", [], f"0x{HASH}"),
    ),
    told("chain_newHead", {"result": {"number": "0x1b4", "digest": {"logs": [f"0x{HASH}"]}}, "subscription": "x1"}),
]
BITCOIN_NODE = calls(
    ("getmininginfo", [], {"blocks": 870_000, "difficulty": 1.0e14, "networkhashps": 7e20}),
    ("getblocktemplate", [{"rules": ["segwit"]}], {"previousblockhash": HASH, "target": "00" * 4 + "ff" * 28}),
    ("submitblock", ["00" * 80], None),
    jsonrpc=False,
)
MONERO_NODE = calls(
    ("get_block_template", {"wallet_address": "4" * 95}, {"blocktemplate_blob": "10" * 80, "difficulty": 5, **OK}),
    ("submit_block", ["10" * 80], OK),
    ("get_info", {}, {"height": 3_254_412, "target": 120, "status": "OK"}),
)
TENDERMINT = calls(
    ("status", [], {"node_info": {"network": "hub-4"}}),
    ("subscribe", ["tm.event='NewBlock'"], {}),
    ("broadcast_tx_sync", ["CgYK"], {"code": 0, "hash": HASH}),
)
LIGHTNING = calls(("getinfo", [], {"id": "02" * 33}), ("pay", ["lnbc1"], {"payment_hash": HASH, "status": "complete"}))

# ---------------------------------------------------------------- tools and things


LANGUAGE_SERVER = calls(
    ("initialize", {"processId": 1, "capabilities": {}}, {"capabilities": {"completionProvider": {}}}),
    ("textDocument/completion", {"position": {"line": 3}}, {"items": [{"label": "mining.subscribe"}]}),
    ("shutdown", None, None),
)
TOOL_SERVER = calls(
    ("initialize", {"protocolVersion": "2025-06-18", "clientInfo": {"name": "x"}}, {"serverInfo": {"name": "docs"}}),
    ("tools/list", {}, {"tools": [{"name": "search", "description": "explains mining.notify"}]}),
    (
        "tools/call",
        {"name": "search", "arguments": {"query": "mining.submit"}},
        {"content": [{"type": "text", "text": '{"id":4,"method":"mining.submit","params":["a.b","6a"]}'}]},
    ),
)
DEBUGGER: Lines = [
    (who, b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    for who, body in [
        ("C", b'{"seq":1,"type":"request","command":"launch","arguments":{"program":"miner"}}'),
        ("S", b'{"seq":2,"type":"response","request_seq":1,"success":true,"command":"launch"}'),
        ("S", b'{"seq":3,"type":"event","event":"output","body":{"output":"mining.notify\\n"}}'),
    ]
]
HOME: Lines = [
    ("S", line({"type": "auth_required", "ha_version": "2026.1.0"})),
    ("C", line({"type": "auth", "access_token": "x" * 40})),
    ("S", line({"type": "auth_ok", "ha_version": "2026.1.0"})),
    ("C", line({"id": 18, "type": "subscribe_events", "event_type": "state_changed"})),
    ("S", line({"id": 18, "type": "result", "success": True, "result": None})),
    ("S", line({"id": 18, "type": "event", "event": {"data": {"entity_id": "sensor.rig_hashrate"}}})),
]
MEDIA = [
    *calls(("Player.Open", {"item": {"file": "a.mkv"}}, "OK"), ("JSONRPC.Ping", {}, "pong")),
    told("Player.OnPlay", {"data": {"item": {"type": "movie"}}}),
]
DOWNLOADS = calls(
    ("aria2.addUri", [["http://example.org/a"]], "2089b05e"), ("aria2.tellStatus", ["2089b05e"], {"status": "active"})
)
RIG_MONITOR: Lines = [
    ("C", b'{"command":"summary","parameter":""}'),
    ("S", b'{"STATUS":[{"STATUS":"S","Msg":"Summary"}],"SUMMARY":[{"Accepted":3,"Rejected":0}],"id":1}\0'),
    ("C", b'{"command":"pools"}'),
    ("S", b'{"STATUS":[{"STATUS":"S"}],"POOLS":[{"URL":"stratum+tcp://pool.example.org:3333","User":"a.b"}],"id":1}\0'),
]
ALERTS: Lines = [
    (
        "C",
        line(
            {
                "timestamp": f"2026-03-02T08:00:0{n}.1+0000",
                "event_type": "alert",
                "alert": {"signature": "ET COINMINER mining.subscribe"},
                "payload_printable": '{"id":1,"method":"mining.subscribe","params":["cgminer/4.12.0"]}\n',
            }
        ),
    )
    for n in range(4)
]

_LINES: dict[str, tuple[int, Lines]] = {
    "chat-with-agent": (3333, CHAT),
    "quiet-chat": (3333, QUIET_CHAT),
    "directory": (7000, DIRECTORY),
    "racks": (7001, RACKS),
    "builds": (7002, BUILDS),
    "artifacts": (7003, ARTIFACTS),
    "printers": (3334, PRINTERS),
    "game": (4444, GAME),
    "pits": (4444, PITS),
    "electrum-asked-for-mining": (50001, ELECTRUM),
    "ethereum-node": (8545, ETHEREUM),
    "pool-and-node": (8545, POOL_AND_NODE),
    "pool-and-node-like-a-rig": (8545, POOL_AND_NODE_LIKE_A_RIG),
    "ethereum-subscription": (8546, ETHEREUM_SUBSCRIPTION),
    "solana-node": (8900, SOLANA),
    "substrate-node": (9944, SUBSTRATE),
    "bitcoin-node-lines": (8332, BITCOIN_NODE),
    "monero-node-lines": (18081, MONERO_NODE),
    "tendermint-node": (26657, TENDERMINT),
    "lightning-node": (9835, LIGHTNING),
    "language-server-lines": (2087, LANGUAGE_SERVER),
    "tool-server": (3001, TOOL_SERVER),
    "debugger": (4711, DEBUGGER),
    "home": (8123, HOME),
    "media": (9090, MEDIA),
    "downloads": (6800, DOWNLOADS),
    "rig-monitor": (4028, RIG_MONITOR),
    "alerts": (5140, ALERTS),
}


def maker(lines: Lines) -> Callable[[Visit], Talk]:
    """Who says the lines on any visit."""
    return lambda visit: spoken(visit, lines)


NEIGHBOURS: dict[str, tuple[int, Callable[[Visit], Talk]]] = {
    name: (port, maker(lines)) for name, (port, lines) in _LINES.items()
}
