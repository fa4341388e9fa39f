# SPDX-License-Identifier: Apache-2.0
"""Who calls a node over HTTP and does not mine: wallets, explorers, scripts that watch, pages and logs that quote; and
the servers of pools, which ask for work all day (``POOL_SERVERS``) and are to be named so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from tests.lab.background import Visit, http, post
from tests.lab.dialects.over_http import answer, basic, request
from tests.lab.dialogue import Talk
from tests.lab.seeded import MS, SECOND, Seeded

Call = tuple[str, list[object], object]
HEX = "ab" * 32
TEMPLATE = {
    "version": 0x20000000,
    "previousblockhash": HEX,
    "transactions": [],
    "longpollid": f"{HEX}7",
    "target": f"{'0' * 16}{'f' * 48}",
    "bits": "1702f128",
    "height": 850_000,
}
WORK = [f"0x{HEX}", f"0x{HEX}", f"0x{'0' * 8}{'f' * 56}", "0x132b4e0"]
CAPABILITIES: list[object] = [{"capabilities": ["coinbasetxn", "workid", "coinbase/append"], "rules": ["segwit"]}]


def _calls(visit: Visit, calls: Iterable[Call], agent: str = "", *, apart: bool = False) -> Talk:
    """Calls on one connection, a second apart. ``apart``: each head and its document are sent one after the other."""
    rng, talk, now = Seeded(visit.seed), visit.talk(), visit.start_ns
    fields = {"Authorization": basic("rpcuser", "hunter2")} | ({"User-Agent": agent} if agent else {})
    for number, (method, params, result) in enumerate(calls, 1):
        body = json.dumps({"jsonrpc": "1.0", "id": number, "method": method, "params": params}).encode()
        whole = request("/", fields, body)
        head = len(whole) - len(body) if apart else 0
        if head:
            talk.ask(now, whole[:head])
        talk.ask(now + MS, whole[head:])
        reply = json.dumps({"result": result, "error": None, "id": number}).encode() + b"\n"
        talk.answer(now + rng.wait_ns(5, 40), answer(reply))
        now += SECOND
    return talk


def wallet(visit: Visit) -> Talk:
    calls: list[Call] = [
        ("getblockchaininfo", [], {"chain": "main", "blocks": 850_000}),
        ("getbalance", [], 0.25),
        ("listunspent", [1], [{"txid": HEX, "vout": 0, "amount": 0.25}]),
        ("sendtoaddress", ["bc1qexample", 0.1], HEX),
    ]
    return _calls(visit, calls, "bitcoin-gui/1.2")


def explorer(visit: Visit) -> Talk:
    calls: list[Call] = [
        ("getblockhash", [850_000], HEX),
        ("getblock", [HEX, 2], {"hash": HEX, "bits": "1702f128", "previousblockhash": HEX, "tx": []}),
        ("getrawtransaction", [HEX, True], {"txid": HEX, "hex": HEX}),
        ("getmempoolinfo", [], {"size": 9000}),
    ]
    return _calls(visit, calls, "axios/1.7.2", apart=True)


def watching_script(visit: Visit) -> Talk:
    calls: list[Call] = [
        ("getmininginfo", [], {"blocks": 850_000, "difficulty": 8.4e13, "networkhashps": 6e20}),
        ("getnetworkhashps", [], 6e20),
        ("getdifficulty", [], 8.4e13),
        ("getblockstats", [850_000], {"txs": 3000}),
    ]
    return _calls(visit, calls, "curl/8.5.0")


def dapp(visit: Visit) -> Talk:
    calls: list[Call] = [
        ("eth_blockNumber", [], "0x132b4e0"),
        ("eth_mining", [], False),
        ("eth_hashrate", [], "0x0"),
        ("eth_getBlockByNumber", ["latest", False], {"number": "0x132b4e0", "mixHash": f"0x{HEX}"}),
    ]
    return _calls(visit, calls, "Mozilla/5.0")


def question(visit: Visit) -> Talk:
    """Somebody asks in a forum why his miner is not given work, and quotes it."""
    quoted = f'POST / HTTP/1.1\nX-Mining-Extensions: longpoll\n\n{{"method":"getwork","params":["{HEX * 4}"],"id":1}}'
    body = json.dumps({"topic": "getblocktemplate or getwork?", "text": quoted}).encode()
    return http(visit, post("forum.example.net", "/api/posts", body), b'{"id":7,"status":"ok"}', "application/json")


def shipped_log(visit: Visit) -> Talk:
    """A server's log goes to a collector, line by line."""
    lines = [{"at": number, "msg": f'rpc {{"method":"getblocktemplate","id":{number}}}'} for number in range(4)]
    body = b"\n".join(json.dumps(line).encode() for line in lines)
    return http(visit, post("logs.example.net", "/_bulk", body), b'{"took":3,"errors":false}', "application/json")


# ---------------------------------------------------------------- pools' servers


def pool_server(visit: Visit) -> Talk:
    """Asks its node once a second, waits for the next block, pays its miners, and brings a block."""
    calls: list[Call] = [
        ("validateaddress", ["bc1qexample"], {"isvalid": True}),
        ("getblocktemplate", CAPABILITIES, TEMPLATE),
        ("getblocktemplate", [{"rules": ["segwit"], "longpollid": f"{HEX}7"}], TEMPLATE),
        ("submitblock", ["00000020" + HEX * 3], None),
        ("sendmany", ["", {"bc1qexample": 0.1}], HEX),
    ]
    return _calls(visit, calls)


def template_reader(visit: Visit) -> Talk:
    """An explorer that shows the next block before it is found; in Python, which sends heads and documents apart."""
    rules: list[object] = [{"rules": ["segwit"]}]
    calls: list[Call] = [("getblocktemplate", rules, TEMPLATE), ("getmempoolinfo", [], {"size": 9000})]
    return _calls(visit, calls, "python-requests/2.32.3", apart=True)


def ethereum_pool_server(visit: Visit) -> Talk:
    """Asks for the pending block and for work in turns, and brings a solution."""
    pending: Call = ("eth_getBlockByNumber", ["pending", False], {"number": "0x132b4e0"})
    work: Call = ("eth_getWork", [], WORK)
    brought: Call = ("eth_submitWork", [f"0x{HEX[:16]}", f"0x{HEX}", f"0x{HEX}"], True)
    return _calls(visit, [work, pending, work, brought, pending, work], "Go-http-client/1.1")


def monero_pool_server(visit: Visit) -> Talk:
    template = {"blocktemplate_blob": HEX * 4, "difficulty": 300_000_000_000, "prev_hash": HEX, "height": 3_200_000}
    params: list[object] = [{"wallet_address": "4example", "reserve_size": 8}]
    calls: list[Call] = [("getblocktemplate", params, template), ("getlastblockheader", [], {"status": "OK"})]
    return _calls(visit, calls)


Maker = Callable[[Visit], Talk]
NODE_CALLERS: dict[str, tuple[int, Maker]] = {
    "wallet-over-http": (8332, wallet),
    "explorer-over-http": (8332, explorer),
    "watching-script": (8332, watching_script),
    "dapp-over-http": (8545, dapp),
    "question-about-getwork": (80, question),
    "shipped-log": (9200, shipped_log),
}
POOL_SERVERS: dict[str, tuple[int, Maker]] = {
    "pool-server": (8332, pool_server),
    "template-reader": (8332, template_reader),
    "ethereum-pool-server": (8545, ethereum_pool_server),
    "monero-pool-server": (18081, monero_pool_server),
}
