"""Sessions of the mining.* family as lines, and the words to write more: of each relative, and of coins that have no
decoder.
"""

from __future__ import annotations

from tests.unit.wire.talk import C, Message, S, says

HASH = "1f" * 32
SEED = "2e" * 32
TARGET = "00000000ffff" + "0" * 52
WORK = 4295032833.000015


def notify(*params: object, **more: object) -> Message:
    return says(S, id=None, method="mining.notify", params=list(params), **more)


def submit(ident: object, *params: object, **more: object) -> Message:
    return says(C, id=ident, method="mining.submit", params=list(params), **more)


def subscribe(*params: object) -> Message:
    return says(C, id=1, method="mining.subscribe", params=list(params))


def subscribed(result: object) -> Message:
    return says(S, id=1, result=result, error=None)


def log_in(login: str) -> Message:
    return says(C, id=2, method="mining.authorize", params=[login, "x"])


def yes(ident: object) -> Message:
    return says(S, id=ident, result=True, error=None)


def target(value: object) -> Message:
    return says(S, id=None, method="mining.set_target", params=[value])


def difficulty(value: object) -> Message:
    return says(S, id=None, method="mining.set_difficulty", params=[value])


def incomplete(messages: list[Message]) -> list[list[Message]]:
    """Each side of a session alone, and the session from each of its messages on."""
    sides = [[message for message in messages if message[0] == side] for side in (C, S)]
    return sides + [messages[start:] for start in range(len(messages) - 1)]


# 5e9 hashes of Ergo a share.
BOUND = "23158417847463239084714197001737581570567512855814980876521032628303"
ETHER = "0x" + "c0" * 20 + ".rig3"
RAVEN = "R" + "V" * 33 + ".rig3"
KASPA = "kaspa:q" + "p" * 60 + ".rig3"
CONFLUX = "cfx:aa" + "p" * 40 + ".rig3"
BLOCK = {"fromGroup": 0, "toGroup": 1, "jobId": "0a", "headerBlob": "00" * 40, "txsBlob": "", "targetBlob": TARGET}

# Each: a session of the dialect from its start, with one job and one accepted share.
RELATIVE: dict[str, list[Message]] = {
    "ethereumstratum-1": [
        subscribe("m/1", "EthereumStratum/1.0.0"),
        subscribed([["mining.notify", "ae", "EthereumStratum/1.0.0"], "080c"]),
        log_in(ETHER),
        yes(2),
        difficulty(0.5),
        notify("bf0488aa", SEED, HASH, True),
        submit(4, ETHER, "bf0488aa", "6a909d9bbc0f"),
        yes(4),
    ],
    "ethash-stratum": [
        subscribe(),
        subscribed(True),
        log_in(ETHER),
        yes(2),
        notify("4a", "0x" + HASH, "0x" + SEED, "0x" + TARGET, True, height=5),
        submit(4, ETHER, "4a", "0x" + "0b" * 8, "0x" + HASH, "0x" + SEED, worker="rig3"),
        yes(4),
    ],
    "progpow-stratum": [
        subscribe("m/1", None, "rvn.example", "4505"),
        subscribed([None, "64290b"]),
        log_in(RAVEN),
        yes(2),
        target(TARGET),
        notify("3f1b", HASH, SEED, TARGET, True, 3204411, "1b00d3cd"),
        submit(3, RAVEN, "3f1b", "0x64290b0000a1b2c3", "0x" + HASH, "0x" + SEED),
        yes(3),
    ],
    "kaspa": [
        subscribe("asic/1"),
        subscribed([True, "EthereumStratum/1.0.0"]),
        log_in(KASPA),
        yes(2),
        says(S, id=None, method="set_extranonce", params=["abcd", 6]),
        difficulty(4),
        notify("12", [2**64 - 1, 2**63, 1, 2], 1700000000123),
        submit(3, KASPA, "12", "0x9abcdef000112233"),
        says(S, id=3, result=True),
    ],
    "autolykos-stratum": [
        subscribe("m/1"),
        subscribed([[["mining.notify", "a"]], "0a0b", 6]),
        log_in("9abc.rig3"),
        yes(2),
        difficulty(1),
        notify("j", 900000, HASH, "", "", 2, BOUND, "", True),
        submit(3, "9abc.rig3", "j", "0a0b0c", "", "0a0b0c0d0e0f0a0b"),
        yes(3),
    ],
    "octopus-stratum": [
        subscribe(CONFLUX, "x"),
        subscribed("true"),
        says(S, id=7, method="mining.notify", params=["0x" + HASH, "4985137", "0x" + HASH, "0x55e63b88c2" + "0" * 48]),
        submit(3, CONFLUX, "0x" + HASH, "0x30000000002978da", "0x" + HASH),
        says(S, id=3, result=["true"]),
    ],
    "ethereumstratum-2": [
        says(C, id=0, method="mining.hello", params={"agent": "m/1", "proto": "EthereumStratum/2.0.0"}),
        says(S, id=0, result={"proto": "EthereumStratum/2.0.0", "timeout": "b4"}),
        says(C, id=1, method="mining.subscribe"),
        says(S, id=1, result="s-12345"),
        log_in(ETHER),
        says(S, id=2, result="w-123"),
        says(S, method="mining.set", params={"epoch": "dc", "target": TARGET, "algo": "ethash", "extranonce": "af4c"}),
        notify("bf0488aa", "6526d5", HASH, "0"),
        submit(6, "bf0488aa", "68765fccd712", "w-123"),
        says(S, id=6),
    ],
}
# The same of coins that have no decoder.
UNKNOWN: dict[str, list[Message]] = {
    "Handshake": [
        subscribe("m/1"),
        subscribed([[["mining.notify", "a"]], "00006bf2", 24]),
        log_in("hs1q.rig3"),
        yes(2),
        difficulty(16),
        notify("j", HASH, SEED, SEED, SEED, SEED, "00000000", "1a00a4ea", "59eeb494"),
        submit(3, "hs1q.rig3", "j", "00" * 24, "59eeb495", "0a0b0c0d"),
        yes(3),
    ],
    "Decred": [
        subscribe("m/1"),
        subscribed([[["mining.notify", "a"]], "00006bf2", 12]),
        log_in("Ds1.rig3"),
        yes(2),
        difficulty(16),
        notify("j", HASH, "dd" * 100, "05000000", [], "05000000", "1a00a4ea", "59eeb494", False),
        submit(3, "Ds1.rig3", "j", "00" * 12, "59eeb495", "0a0b0c0d"),
        yes(3),
    ],
    "CKB": [
        subscribe("m/1"),
        subscribed([None, "0a0b0c0d", 12]),
        log_in("ckb1.rig3"),
        yes(2),
        target(TARGET),
        notify("j", HASH, 12000000, SEED, True),
        submit(3, "ckb1.rig3", "j", "00" * 12),
        yes(3),
    ],
    "Kadena": [
        log_in("k:abc.rig3"),
        yes(2),
        subscribe("m/1"),
        subscribed([None, "a331", 6]),
        target(TARGET),
        notify("j", "00" * 286, True),
        submit(3, "k:abc.rig3", "j", "00" * 6),
        yes(3),
    ],
    "Aleo": [
        subscribe("m/1", "AleoStratum/1.0.0", None),
        subscribed([None, "0a", "aleo1abc"]),
        log_in("aleo1.rig3"),
        yes(2),
        target(100000),
        notify("j", "00" * 20, None, True),
        submit(3, "aleo1.rig3", "j", "00" * 8, "11" * 48, "22" * 48),
        yes(3),
    ],
    "Alephium": [
        difficulty(2.5),
        log_in("1ALPH.rig3"),
        yes(2),
        says(S, method="mining.set_extranonce", params=["515a"]),
        says(S, id=2, method="mining.notify", params=[BLOCK] * 16),
        says(C, id=3, method="mining.submit", params={"jobId": "0a", "nonce": "00" * 24, "worker": "1ALPH.rig3"}),
        yes(3),
    ],
    "IronFish": [
        says(
            C,
            id=0,
            method="mining.subscribe",
            body={"version": 3, "name": "rig3", "publicAddress": HASH, "agent": "m/1"},
        ),
        says(S, id=1, method="mining.subscribed", body={"clientId": 17, "xn": "9a0c"}),
        says(S, id=2, method="mining.set_target", body={"target": TARGET}),
        says(S, id=3, method="mining.notify", body={"miningRequestId": 4471, "header": "00" * 180}),
        says(C, id=4, method="mining.submit", body={"miningRequestId": 4471, "randomness": "9a0c00000000e221"}),
        says(S, id=5, method="mining.submitted", body={"id": 4, "result": True}),
    ],
    "Sia": [
        subscribe("m/1"),
        subscribed(True),
        log_in("acct.rig3"),
        yes(2),
        says(S, id=6, method="mining.notify", params=["j", "0x" + "00" * 80, "0x" + TARGET]),
        submit(3, "acct.rig3", "j", "00" * 80),
        yes(3),
    ],
    "Xelis": [
        subscribe("m/1"),
        subscribed(["s", "00" * 32, 32, "00" * 32]),
        says(C, id=2, method="mining.authorize", params=["xel:abc.rig3", "rig3", "x"]),
        yes(2),
        difficulty(5000),
        notify("j", "018e", HASH, "xel/v2", True),
        submit(3, "xel:abc.rig3", "j", "00" * 8),
        yes(3),
    ],
    "Warthog": [
        subscribe("m/1"),
        subscribed([[["mining.notify", "a"]], "0a", 4]),
        log_in("acct.rig3"),
        yes(2),
        difficulty(5000),
        notify("j", HASH, "00" * 20, "00000001", "1b00d3cd", "66b3c0de", True),
        submit(3, "j", "0003", "66b3c0e4", "8f2a11c0"),
        yes(3),
    ],
    "Aeternity": [
        subscribe("m/1", None, "ae.example", 3033),
        subscribed(["s", "0a0b"]),
        log_in("ak_x.rig3"),
        yes(2),
        target(TARGET),
        notify("j", 5, HASH, True),
        submit(3, "ak_x.rig3", "j", "00" * 6, list(range(42))),
        yes(3),
    ],
    "CodeChain": [
        subscribe(),
        subscribed([]),
        log_in("acct.rig3"),
        yes(2),
        says(S, id=3, method="mining.notify", params={"powHash": "0x" + HASH, "target": 100}),
        submit(3, "0x" + HASH, [HASH]),
        yes(3),
    ],
}
