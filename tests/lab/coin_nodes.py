# SPDX-License-Identifier: Apache-2.0
"""Nodes and services of coins that are mined in dialects beside Bitcoin's, and bytes that begin like a farm's agent.

They speak of headers, targets, nonces and solutions, a JSON line each, and are not mining at a pool.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from tests.lab.background import Visit
from tests.lab.dialogue import Talk
from tests.lab.neighbours import HASH, WALLET, Lines, calls, line, maker, spoken, told
from tests.lab.seeded import MS, Seeded

OTHER = "7b" * 32
TARGET = "00000000ffff" + "0" * 52
KASPA = "kaspa:" + "q" * 61
ERGO = "9" + "f" * 50
CONFLUX = "cfx:" + "a" * 42

RAVENCOIN = [
    *calls(
        (
            "getblocktemplate",
            [{"rules": ["segwit"]}],
            {"pprpcheader": HASH, "pprpcepoch": 427, "target": TARGET, "height": 3_204_411, "bits": "1b00d3cd"},
        ),
        ("getkawpowhash", [HASH, OTHER, "0x64290b0000a1b2c3", 3_204_411], {"result": "true", "digest": OTHER}),
        ("pprpcsb", [HASH, OTHER, "0x64290b0000a1b2c3"], "high-hash"),
        ("getmininginfo", [], {"blocks": 3_204_411, "difficulty": 78_412.5}),
    ),
]
ZCASH = calls(
    (
        "getblocktemplate",
        [],
        {"version": 4, "finalsaplingroothash": HASH, "target": TARGET, "curtime": 1_772_438_400, "bits": "1c0f0f21"},
    ),
    ("z_getoperationstatus", [[]], []),
    ("submitblock", ["04000000" + HASH + "fd4005" + "ab" * 1344], "invalid"),
)
ETHEREUM_WORK = [
    *calls(("eth_subscribe", ["newWork"], f"0x{'0c' * 16}")),
    *[
        told("eth_subscription", {"subscription": "0x0c", "result": [f"0x{HASH}", f"0x{OTHER}", f"0x{TARGET}", hex(n)]})
        for n in (7, 8, 9)
    ],
    *calls(("eth_blockNumber", [], "0x132b4e0"), ("eth_unsubscribe", [f"0x{'0c' * 16}"], True)),
]
FEATURES: Lines = [
    ("C", line({"id": 1, "method": "pool.features", "params": [WALLET]})),
    ("S", line({"id": 1, "result": {"protocols": ["EthereumStratum/1.0.0", "EthereumStratum/2.0.0"], "ssl": True}})),
    ("C", line({"id": 2, "method": "hello", "params": {"agent": "status/1.0", "proto": "EthereumStratum/2.0.0"}})),
    ("S", line({"id": 2, "error": {"code": 405, "message": "not here"}})),
    ("C", line({"id": 3, "method": "hashrate", "params": ["500000", "w-123"]})),
    ("S", line({"id": 3, "result": "500000"})),
]
ERGO_NODE: Lines = [
    ("C", line({"get": "/mining/candidate", "api_key": "hello"})),
    ("S", line({"msg": HASH, "b": int("9" * 67), "h": 900_000, "pk": f"02{HASH}"})),
    ("C", line({"post": "/mining/solution", "pk": f"02{HASH}", "w": f"03{OTHER}", "n": "0000aa0000000001", "d": 0})),
    ("S", line({"error": 400, "reason": "bad.request"})),
    ("C", line({"get": "/mining/rewardAddress"})),
    ("S", line({"rewardAddress": ERGO})),
]
CONFLUX_NODE = [
    *calls(
        ("cfx_getBlockTemplate", [], {"powHash": f"0x{HASH}", "boundary": f"0x{TARGET}", "height": "0x4c10f1"}),
        ("cfx_getBalance", [CONFLUX], "0x0"),
        ("cfx_subscribe", ["newHeads"], "0x2e"),
    ),
    told("cfx_subscription", {"subscription": "0x2e", "result": {"hash": f"0x{HASH}", "nonce": "0x21b49d38"}}),
    told("cfx_subscription", {"subscription": "0x2e", "result": {"hash": f"0x{OTHER}", "nonce": "0x21b49d39"}}),
]
KASPA_NODE = [
    *calls(
        (
            "getBlockTemplate",
            {"payAddress": KASPA, "extraData": "rig"},
            {"block": {"header": {"nonce": 0}}, "isSynced": True},
        ),
        ("submitBlock", {"block": {"header": {"nonce": 11_141_120, "bits": 486_722_099}}}, {"report": "success"}),
        ("subscribe", {"NewBlockTemplate": {}}, {}),
    ),
    told("NewBlockTemplateNotification", {}),
    told("NewBlockTemplateNotification", {}),
]
ALEPHIUM_NODE = [
    told("block_notify", {"blockHash": HASH, "chainFrom": 0, "chainTo": 1, "target": "1d00ffff", "nonce": "0c" * 24}),
    told("block_notify", {"blockHash": OTHER, "chainFrom": 2, "chainTo": 1, "target": "1d00ffff", "nonce": "0d" * 24}),
    told("jobs", [{"fromGroup": 0, "toGroup": 0, "headerBlob": "ab" * 80, "targetBlob": TARGET}]),
    *calls(("submit", {"block": "ab" * 80}, {"fromGroup": 0, "toGroup": 0, "accepted": False})),
]

_LINES: dict[str, tuple[int, Lines]] = {
    "ravencoin-node": (8766, RAVENCOIN),
    "zcash-node": (8232, ZCASH),
    "ethereum-work": (8546, ETHEREUM_WORK),
    "pool-features": (4444, FEATURES),
    "ergo-node": (9053, ERGO_NODE),
    "conflux-node": (12_535, CONFLUX_NODE),
    "kaspa-node": (18_110, KASPA_NODE),
    "alephium-node": (11_973, ALEPHIUM_NODE),
}


def programs(visit: Visit) -> Talk:
    """Programs are handed over a bare connection: each begins with the byte of an agent's frame."""
    rng = Seeded(visit.seed)
    program = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00" + rng.bytes(600)
    return spoken(visit, [("C", b"\x7f"), ("S", program), ("C", b"\x7f"), ("S", program)], 300 * MS)


def metering(visit: Visit) -> Talk:
    """A protocol of meters whose records have the byte, a kind and a length, which do not fit an agent's."""
    rng = Seeded(visit.seed)

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<BBH", 0x7F, kind, 4 + len(body)) + body

    reading = record(0x02, rng.bytes(3)) + record(0x05, struct.pack("<BH", 14, 9) + rng.bytes(4))
    registered = record(0x01, struct.pack("<H", 7) + b"\x01\x02meter\0")
    return spoken(visit, [("C", registered), ("S", record(0x10, b"\x01")), *[("C", reading)] * 4], 700 * MS)


COIN_NODES: dict[str, tuple[int, Callable[[Visit], Talk]]] = {
    **{name: (port, maker(lines)) for name, (port, lines) in _LINES.items()},
    "programs": (9000, programs),
    "metering": (9001, metering),
}
