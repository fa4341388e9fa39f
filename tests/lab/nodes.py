# SPDX-License-Identifier: Apache-2.0
"""What nodes of mined chains say to wallets, explorers and their owners: work, jobs and hashrates, and no mining.

Ethereum and Kaspa over WebSocket, Conflux as JSON-RPC by line, Ergo over HTTP; and a page that explains how to mine
them.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable

from tests.lab.background import Visit, get, http
from tests.lab.dialogue import Talk
from tests.lab.seeded import SECOND, Seeded

UPGRADE = (
    "GET / HTTP/1.1\r\nHost: node.example.net\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
SWITCHED = (
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
Exchange = tuple[dict[str, object], list[dict[str, object]]]


def ethereum_websocket(visit: Visit) -> Talk:
    """A dapp subscribes to new blocks and to new work of an Ethereum node."""
    rng = Seeded(visit.seed)
    work = [f"0x{rng.hex(32)}", f"0x{rng.hex(32)}", f"0x{rng.hex(32)}", "0x132b4e0"]
    pushed = {"subscription": "0x9c", "result": work}
    return _websocket(
        visit,
        [
            (_call(1, "eth_subscribe", ["newHeads"]), [_result(1, "0x9c")]),
            (_call(2, "eth_subscribe", ["newWork", {}]), [_result(2, "0x9d"), _push("eth_subscription", pushed)]),
            (_call(3, "eth_mining", []), [_result(3, True)]),
            (_call(4, "eth_hashrate", []), [_result(4, "0x1dcd6500")]),
        ],
    )


def kaspa_websocket(visit: Visit) -> Talk:
    """A wallet asks a Kaspa node for a block template, an address' balance and notifications."""
    rng = Seeded(visit.seed)
    address = "kaspa:q" + rng.word("qpzry9x8gf2tvdw0s3jn54khce6mua7l", 60)
    header = {"hash": rng.hex(32), "timestamp": 1_772_438_400_000, "bits": 0x1B00D3CD, "nonce": rng.below(1 << 53)}
    return _websocket(
        visit,
        [
            (
                {"id": 1, "method": "getBlockTemplate", "params": {"payAddress": address}},
                [_result(1, {"block": header})],
            ),
            ({"id": 2, "method": "subscribe", "params": {"NewBlockTemplate": {}}}, [_result(2, {})]),
            ({"id": 3, "method": "getBalanceByAddress", "params": {"address": address}}, [_result(3, {"balance": 5})]),
        ],
    )


def conflux_lines(visit: Visit) -> Talk:
    """Conflux' interface by line: the same port kind as its stratum, other methods, answers in text."""
    rng = Seeded(visit.seed)
    digest = f"0x{rng.hex(32)}"
    return _by_line(
        visit,
        [
            (_call(1, "cfx_getStatus", []), [_result(1, {"bestHash": digest, "epochNumber": "0x55d4a80"})]),
            (
                _call(2, "cfx_subscribe", ["newHeads"]),
                [_result(2, "0x1"), _push("cfx_subscription", {"result": digest})],
            ),
            (_call(3, "cfx_getBlockByHash", [digest, False]), [_result(3, {"hash": digest, "height": "90000000"})]),
            (_call(4, "submit", ["w", digest, "0x30", digest]), [_result(4, ["false", "no such method"])]),
        ],
    )


def ergo_http(visit: Visit) -> Talk:
    """The candidate block of an Ergo node, as its owner's tools ask for it."""
    rng = Seeded(visit.seed)
    candidate = {"msg": rng.hex(32), "b": 23158417847463239084714197, "h": 1_400_000, "pk": f"03{rng.hex(32)}"}
    page = json.dumps(candidate).encode()
    return http(visit, get("node.example.net:9053", "/mining/candidate"), page, "application/json")


def mining_guide(visit: Visit) -> Talk:
    """A page that explains these dialects, an example a line."""
    examples = "\n".join(
        (
            '{"id":1,"method":"mining.subscribe","params":["miner/1.0","EthereumStratum/1.0.0"]}',
            '{"id":1,"result":[true,"EthereumStratum/1.0.0"],"error":null}',
            '{"id":null,"method":"mining.notify","params":["12",[1,2,3,4],1700000000123]}',
            '{"id":3,"method":"mining.submit","params":["kaspa:qexample.rig","12","0x9abcdef000112233"]}',
            '{"method":"mining.set","params":{"epoch":"dc","target":"0112e0be","algo":"ethash"}}',
        )
    )
    return http(visit, get("docs.example.com", "/kaspa.html"), f"<pre>\n{examples}\n</pre>\n".encode())


NODES: dict[str, tuple[int, Callable[[Visit], Talk]]] = {
    "ethereum-websocket": (8546, ethereum_websocket),
    "kaspa-websocket": (18110, kaspa_websocket),
    "conflux-lines": (12539, conflux_lines),
    "ergo-http": (9053, ergo_http),
    "mining-guide": (80, mining_guide),
}


def _call(number: int, method: str, params: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def _result(number: int, result: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": number, "result": result}


def _push(method: str, params: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "method": method, "params": params}


def _by_line(visit: Visit, exchanges: list[Exchange]) -> Talk:
    rng, talk = Seeded(visit.seed), visit.talk()
    for number, (request, replies) in enumerate(exchanges):
        now = visit.start_ns + number * 2 * SECOND
        talk.ask(now, json.dumps(request).encode() + b"\n")
        for reply in replies:
            now += rng.wait_ns(20, 60)
            talk.answer(now, json.dumps(reply).encode() + b"\n")
    return talk


def _websocket(visit: Visit, exchanges: list[Exchange]) -> Talk:
    rng, talk = Seeded(visit.seed), visit.talk()
    talk.ask(visit.start_ns, UPGRADE.encode())
    talk.answer(visit.start_ns + rng.wait_ns(20, 60), SWITCHED.encode())
    for number, (request, replies) in enumerate(exchanges, 1):
        now = visit.start_ns + number * 2 * SECOND
        talk.ask(now, _frame(json.dumps(request).encode(), rng.bytes(4)))
        for reply in replies:
            now += rng.wait_ns(20, 60)
            talk.answer(now, _frame(json.dumps(reply).encode()))
    return talk


def _frame(text: bytes, mask: bytes = b"") -> bytes:
    """A text frame (RFC 6455), masked where a client sends it."""
    size = len(text)
    flag = 0x80 if mask else 0
    head = bytes((0x81, flag | size)) if size < 126 else bytes((0x81, flag | 126)) + struct.pack(">H", size)
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(text)) if mask else head + text
