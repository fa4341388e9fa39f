"""Sessions of an Ethereum proxy as lines, and the words to write more."""

from __future__ import annotations

from tests.unit.wire.talk import C, Message, S, says, talk

HEADERS = ["0x" + digit * 64 for digit in "123456"]
SEED = "0x" + "5e" * 32
TARGET = "0x00000000" + "f" * 56  # 2^32 hashes
MIX = "0x" + "aa" * 32
LOGIN = "0x" + "c0" * 20 + ".rig3/me@example.org"


def push(header: str, target: str = TARGET, *more: str) -> Message:
    return says(S, id=0, jsonrpc="2.0", result=[header, SEED, target, *more])


def submit(ident: object, header: str, **more: object) -> Message:
    return says(C, id=ident, method="eth_submitWork", params=["0x" + "0b" * 8, header, MIX], **more)


def poll(ident: object = 5) -> Message:
    return says(C, id=ident, jsonrpc="2.0", method="eth_getWork", params=[])


def rate(ident: object, value: object, worker: str | None = "rig3") -> Message:
    return says(C, id=ident, jsonrpc="2.0", method="eth_submitHashrate", worker=worker, params=[value, MIX])


def yes(ident: object) -> Message:
    return says(S, id=ident, jsonrpc="2.0", result=True)


LOG_IN = says(C, id=1, jsonrpc="2.0", method="eth_submitLogin", worker="eth1", params=[LOGIN, "x"])

ETHMINER: list[Message] = [
    LOG_IN,
    yes(1),
    poll(),
    says(S, id=5, jsonrpc="2.0", result=[HEADERS[0], SEED, TARGET, "0x12a05f2"]),
    push(HEADERS[1]),
    submit(40, HEADERS[1], worker="rig3"),
    yes(40),
    submit(41, HEADERS[0]),
    says(S, id=41, jsonrpc="2.0", result=None, error={"code": 23, "message": "Invalid share"}),
    rate(9, "0x1d0e421"),
    yes(9),
    submit(42, HEADERS[2]),
    says(S, id=42, jsonrpc="2.0", result=False),
]

# Claymore: its own order of members, an empty worker, constant ids; the pool answers a poll with a push of id 0.
CLAYMORE = talk(
    f"""
    C> {{"worker": "", "jsonrpc": "2.0", "params": ["{LOGIN}", "x"], "id": 2, "method": "eth_submitLogin"}}
    S> {{"jsonrpc":"2.0","id":2,"result":true}}
    C> {{"worker": "", "jsonrpc": "2.0", "params": [], "id": 3, "method": "eth_getWork"}}
    S> {{"jsonrpc":"2.0","id":0,"result":["{HEADERS[0]}","{SEED}","0x0225c17d04dad2965cc5a02a23e254c0c3f75d9178046a"]}}
    C> {{"worker": "", "jsonrpc": "2.0", "params": [], "id": 3, "method": "eth_getWork"}}
    S> {{"jsonrpc":"2.0","id":3,"result":null,"error":{{"code":0,"message":"Work not ready"}}}}
    C> {{"id":6,"jsonrpc":"2.0","method":"eth_submitHashrate","params":["0x3e8", "0x0"]}}
    C> {{"id":4,"worker":"","jsonrpc":"2.0","method":"eth_submitWork","params":["0x1","{HEADERS[0]}","{MIX}"]}}
    C> {{"id":4,"worker":"","jsonrpc":"2.0","method":"eth_submitWork","params":["0x2","{HEADERS[0]}","{MIX}"]}}
    S> {{"jsonrpc":"2.0","id":6,"result":true}}
    S> {{"jsonrpc":"2.0","id":4,"result":true}}
    S> {{"jsonrpc":"2.0","id":4,"result":null,"error":{{"code":22,"message":"Duplicate share"}}}}
    S> {{"jsonrpc":"2.0","id":999,"result":null,"error":{{"code":999,"message":"Invalid JSON request"}}}}
    """
)
