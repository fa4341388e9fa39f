"""Mid-stream and one-sided: which kinds of message make a flow a candidate when they are the first ones seen.

Sessions last for days and an ISP often sees one direction, so every message kind of the dialects stands in
one of the two tables. A kind in the second table is found with the next message of its side.
"""

from __future__ import annotations

import pytest

from signatures.examples import is_candidate
from signatures.loader import load
from signatures.schema import AnchorSide

ANCHORS = load().anchors
HEX = "ab" * 32
M, P = AnchorSide.MINER, AnchorSide.POOL

CANDIDATES = {
    # Stratum V1, miner
    "configure": (M, '{"id":1,"method":"mining.configure","params":[["minimum-difficulty"],{}]}'),
    "subscribe": (M, '{"id": 1, "method": "mining.subscribe", "params": []}'),
    "authorize": (M, '{"id":2,"method":"mining.authorize","params":["a.b"]}'),
    "authorize-short": (M, '{"id":2,"method":"mining.auth","params":["a.b"]}'),
    "submit": (M, '{"id":4,"method":"mining.submit","params":["a.b","1","00","66b3c0e4","00000000"]}'),
    "submit-method-last": (M, f'{{"params": ["a.b", "{HEX * 20}"], "id": 4, "method": "mining.submit"}}'),
    "suggest-difficulty": (M, '{"id":4,"method":"mining.suggest_difficulty","params":[1000]}'),
    "suggest-target": (M, '{"id": null, "method": "mining.suggest_target", "params": ["00"]}'),
    "extranonce-subscribe": (M, '{"id":"xnsub","method":"mining.extranonce.subscribe","params":[]}'),
    "get-transactions": (M, '{"id":"txlist1","method":"mining.get_transactions","params":["1"]}'),
    "get-txnhashes": (M, '{"id":"txlist1","method":"mining.get_txnhashes","params":["1"]}'),
    "multi-version": (M, '{"id":1,"method":"mining.multi_version","params":[4]}'),
    "capabilities": (M, '{"id":null,"method":"mining.capabilities","params":[{"notify":[]}]}'),
    "client-ping": (M, '{"id":6,"method":"mining.ping","params":[]}'),
    "agent-capabilities-of-ether": (M, '{"id":"caps","method":"agent.get_capabilities","params":[["subres"]]}'),
    "term": (M, '{"method":"mining.term","params":[]}'),
    "passthrough": (M, '{"method": "mining.passthrough","params": ["ckpool/1"]}'),
    "node-link": (M, '{"method": "mining.node","params": ["ckpool/1"]}'),
    "remote-link": (M, '{"method": "mining.remote","params": ["ckpool/1"]}'),
    "agent-capabilities": (M, '{"id":"conn_test","method":"agent.get_capabilities","params":[["verrol"]]}'),
    # Stratum V1, pool
    "subscribed": (P, '{"id":1,"result":[["mining.notify","ae"],"0a0b",4],"error":null}'),
    "configured": (P, '{"id":1,"result":{"version-rolling":true},"error":null}'),
    "set-difficulty": (P, '{"id":null,"method":"mining.set_difficulty","params":[1]}'),
    "notify": (P, '{"id":null,"method":"mining.notify","params":["1"]}'),
    "notify-method-last": (P, f'{{"params":["{HEX * 40}"],"id":null,"method":"mining.notify"}}'),
    "set-extranonce": (P, '{"id":null,"method":"mining.set_extranonce","params":["00",4]}'),
    "set-version-mask": (P, '{"id":null,"method":"mining.set_version_mask","params":["1fffe000"]}'),
    "set-goal": (P, '{"id":null,"method":"mining.set_goal","params":["g",{}]}'),
    "reconnect": (P, '{"id":null,"method":"client.reconnect","params":[]}'),
    "show-message": (P, '{"id":null,"method":"client.show_message","params":["welcome"]}'),
    "get-version": (P, '{"id":7,"method":"client.get_version","params":[]}'),
    "get-algo": (P, '{"id":7,"method":"client.get_algo","params":[]}'),
    "pool-ping": (P, '{"params":[],"id":42,"method":"mining.ping"}'),
    "agent-capabilities-granted": (P, '{"id":"caps","result":{"capabilities":["verrol"]}}'),
    # Ethereum family
    "submit-login": (M, '{"id":1,"method":"eth_submitLogin","params":["0x00"]}'),
    "get-work": (M, '{"id": 5, "method": "eth_getWork", "params": []}'),
    "submit-work": (M, '{"worker": "r", "params": ["0x00"], "id": 4, "method": "eth_submitWork"}'),
    "submit-hashrate": (M, '{"id":9,"method":"eth_submitHashrate","params":["0x00","0x01"]}'),
    "work-pushed": (P, f'{{"id":0,"jsonrpc":"2.0","result":["0x{HEX}","0x{HEX}","0x{HEX}"]}}'),
    "work-pushed-spaced": (P, f'{{"id": 0, "jsonrpc": "2.0", "result": ["0x{HEX}", "0x{HEX}"]}}'),
    "es1-subscribed": (P, '{"id":1,"result":[["mining.notify","ae","EthereumStratum/1.0.0"],"080c"]}'),
    "es2-hello": (M, '{"id":0,"method":"mining.hello","params":{"agent":"x"}}'),
    "es2-hello-answered": (P, '{"id":0,"result":{"proto":"EthereumStratum/2.0.0","encoding":"plain"}}'),
    "es2-set": (P, '{"method":"mining.set","params":{"target":"01"}}'),
    "es2-hashrate": (M, '{"id":16,"method":"mining.hashrate","params":["500000","w"]}'),
    "es2-noop": (M, '{"id":50,"method":"mining.noop"}'),
    "es2-bye": (P, '{"method":"mining.bye"}'),
    "es2-reconnect": (P, '{"method":"mining.reconnect","params":{"host":"alt.example.net"}}'),
    "kaspa-subscribed": (P, '{"id":1,"result":[true,"KaspaStratum/1.0.0"]}'),
    "kaspa-set-extranonce": (P, '{"id":null,"method":"set_extranonce","params":["ab"]}'),
    # Over HTTP
    "extensions": (M, "POST / HTTP/1.1\r\nX-Mining-Extensions: longpoll\r\n\r\n"),
    "hashrate-in-small-letters": (M, "POST / HTTP/1.1\r\nx-mining-hashrate: 5\r\n\r\n"),
    "getwork": (M, 'POST / HTTP/1.1\r\n\r\n{"method": "getwork", "params": []}'),
    "template": (M, '{"method":"getblocktemplate","params":[]}'),
    "template-of-monero": (M, '{"method":"get_block_template","params":{}}'),
    "block": (M, '{"method":"submitblock","params":["00"]}'),
    "long-polling": (P, 'HTTP/1.1 200 OK\r\nX-Long-Polling: /LP\r\n\r\n{"result":true}'),
    "rolling": (P, 'HTTP/1.1 200 OK\r\nX-Roll-NTime: Y\r\n\r\n{"result":true}'),
    "rejected": (P, 'HTTP/1.1 200 OK\r\nX-Reject-Reason: stale\r\n\r\n{"result":false}'),
    "sent-elsewhere": (P, 'HTTP/1.1 200 OK\r\nX-Stratum: stratum+tcp://a\r\n\r\n{"result":true}'),
    "work": (P, '{"result":{"midstate":"00","data":"00"}}'),
    # CryptoNote
    "login": (M, '{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"w","pass":"x"}}'),
    "login-method-last": (M, f'{{"params":{{"algo":["{"rx/0" * 300}"],"login":"w"}},"id":1,"method":"login"}}'),
    "cn-submit": (
        M,
        '{"id":2,"method":"submit","params":{"id":"s","job_id":"j","nonce":"00","result":"00"}}',
    ),
    "keepalived": (M, '{"id":3,"method":"keepalived","params":{"id":"s"}}'),
    "getjob": (M, '{"id":3,"method":"getjob","params":{"id":"s"}}'),
    "getjobtemplate": (M, '{"id":3,"method":"getjobtemplate","params":{"id":"s"}}'),
    "block-template": (M, '{"id":3,"method":"block_template","params":{"id":"s","job_id":"j","blob":"00"}}'),
    "login-answered": (P, '{"id":1,"result":{"id":"s","job":{"blob":"00","job_id":"j","target":"00"}}}'),
    "job": (P, f'{{"jsonrpc":"2.0","method":"job","params":{{"blob":"{HEX * 7}","job_id":"j"}}}}'),
    "self-select-job": (P, '{"method":"job","params":{"pool_wallet":"4w","extra_nonce":"00","job_id":"j"}}'),
    "proxy-job": (P, f'{{"method":"job","params":{{"blocktemplate_blob":"{HEX * 60}","job_id":"j"}}}}'),
    "keepalive-answered": (P, '{"id":3,"result":{"status":"KEEPALIVED"}}'),
    # Others
    "pong": (M, '{"id":7,"method":"mining.pong","params":[]}'),
    "aleo-subscribe-answered": (P, '{"id":1,"result":[null,"00",null],"agent":"AleoStratum/1.0.0"}'),
    # Equihash
    "zip301-subscribe": (M, '{"id":1,"method":"mining.subscribe","params":["x",null,"p.example.net",3357]}'),
    "set-target": (P, '{"id":null,"method":"mining.set_target","params":["00"]}'),
    "zip301-submit-long": (
        M,
        f'{{"params":["w","j","t","n","{"0" * 2694}"],"id":4,"method":"mining.submit"}}',
    ),
}

NOT_BEFORE_THE_NEXT_MESSAGE = {
    "accepted": (P, '{"id":4,"result":true,"error":null}'),
    "rejected": (P, '{"id":4,"result":null,"error":[23,"Low difficulty share",null]}'),
    "subscribed-without-names": (P, '{"id":1,"result":[null,"64290b"],"error":null}'),
    "version-told": (M, '{"id":7,"result":"examplerig/1.0","error":null}'),
    "pong-without-prefix": (M, '{"id":7,"method":"pong","params":[]}'),
    "transactions": (P, '{"id":"txlist1","result":[],"error":null}'),
    "cn-accepted": (P, '{"id":2,"jsonrpc":"2.0","error":null,"result":{"status":"OK"}}'),
    "cn-rejected": (P, '{"id":2,"jsonrpc":"2.0","error":{"code":-1,"message":"Low difficulty share"}}'),
    "cn-keepalive-short": (M, '{"id":3,"method":"keepalive","params":{"id":"s"}}'),
    "cn-reconnect-short": (P, '{"method":"reconnect","params":["p.example.net","3333"]}'),
    "es2-noop-answered": (P, '{"id":50}'),
}


@pytest.mark.parametrize(("side", "text"), CANDIDATES.values(), ids=CANDIDATES.keys())
def test_message_seen_first_makes_a_candidate(side: AnchorSide, text: str) -> None:
    assert is_candidate(ANCHORS, side, text)


@pytest.mark.parametrize(("side", "text"), NOT_BEFORE_THE_NEXT_MESSAGE.values(), ids=NOT_BEFORE_THE_NEXT_MESSAGE.keys())
def test_message_without_a_word_of_its_own_does_not(side: AnchorSide, text: str) -> None:
    assert not is_candidate(ANCHORS, side, text)


def test_every_anchor_is_needed_by_some_message() -> None:
    texts = [text.encode() for _, text in CANDIDATES.values()]
    assert [anchor.pattern for anchor in ANCHORS if not any(anchor.pattern in text for text in texts)] == []
