"""mining.* sessions of coins that have no decoder yet: a finding without coin, never silence, never a wrong name."""

from __future__ import annotations

import pytest

from sensor.model import (
    Difficulty,
    HashrateReport,
    Job,
    Login,
    LoginResult,
    Malformed,
    MiningEvent,
    Notice,
    NoticeKind,
    Redirect,
    Share,
    ShareResult,
    Standing,
    Subscribe,
    Subscribed,
)
from sensor.wire.dialogue import Dialogue
from sensor.wire.stratum_other import StratumOther
from tests.unit.wire.talk import WAYS, C, Message, S, hear, misses, read, says

HASH = "1f" * 32
SEED = "2e" * 32
TARGET = "00000000ffff" + "0" * 52
WORK = 4295032833.000015
YES = {"accepted": True, "stale": False, "duplicate": False, "code": None}


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


ETHER = "0x" + "c0" * 20 + ".rig3"
BLOCK = {"fromGroup": 0, "toGroup": 1, "jobId": "0a", "headerBlob": "00" * 40, "txsBlob": "", "targetBlob": TARGET}

# Each: a session of the coin from its start, with one job and one accepted share.
SESSIONS: dict[str, list[Message]] = {
    "EthereumStratum/1.0.0": [
        subscribe("m/1", "EthereumStratum/1.0.0"),
        subscribed([["mining.notify", "ae", "EthereumStratum/1.0.0"], "080c"]),
        log_in(ETHER),
        yes(2),
        difficulty(0.5),
        notify("bf0488aa", SEED, HASH, True),
        submit(4, ETHER, "bf0488aa", "6a909d9bbc0f"),
        yes(4),
    ],
    "plain Ethash": [
        subscribe(),
        subscribed(True),
        log_in(ETHER),
        yes(2),
        notify("4a", "0x" + HASH, "0x" + SEED, "0x" + TARGET, True, height=5),
        submit(4, ETHER, "4a", "0x" + "0b" * 8, "0x" + HASH, "0x" + SEED, worker="rig3"),
        yes(4),
    ],
    "KawPow": [
        subscribe("m/1", None, "rvn.example", "4505"),
        subscribed([None, "64290b"]),
        log_in("R" + "V" * 33 + ".rig3"),
        yes(2),
        target(TARGET),
        notify("3f1b", HASH, SEED, TARGET, True, 3204411, "1b00d3cd"),
        submit(3, "R" + "V" * 33 + ".rig3", "3f1b", "0x64290b0000a1b2c3", "0x" + HASH, "0x" + SEED),
        yes(3),
    ],
    "Kaspa": [
        subscribe("asic/1"),
        subscribed([True, "EthereumStratum/1.0.0"]),
        log_in("kaspa:qpexample.rig3"),
        yes(2),
        says(S, id=None, method="set_extranonce", params=["abcd", 6]),
        difficulty(4),
        notify("12", [2**64 - 1, 2**63, 1, 2], 1700000000123),
        submit(3, "kaspa:qpexample.rig3", "12", "0x9abcdef000112233"),
        says(S, id=3, result=True),
    ],
    "Ergo": [
        subscribe("m/1"),
        subscribed([[["mining.notify", "a"]], "0a0b", 6]),
        log_in("9abc.rig3"),
        yes(2),
        difficulty(1),
        notify("j", 900000, HASH, "", "", 2, "1" * 78, "", True),
        submit(3, "9abc.rig3", "j", "0a0b0c", "", "0a0b0c0d0e0f0a0b"),
        yes(3),
    ],
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
    "Conflux": [
        subscribe("cfx.rig3", "x"),
        subscribed("true"),
        says(S, id=7, method="mining.notify", params=["0x" + HASH, "4985137", "0x" + HASH, "0x2641ed57a336dee0"]),
        submit(3, "cfx.rig3", "0x" + HASH, "0x30000000002978da", "0x" + HASH),
        says(S, id=3, result=["true"]),
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
    "EthereumStratum/2.0.0": [
        says(C, id=0, method="mining.hello", params={"agent": "m/1", "proto": "EthereumStratum/2.0.0"}),
        says(S, id=0, result={"proto": "EthereumStratum/2.0.0", "timeout": "b4"}),
        says(C, id=1, method="mining.subscribe"),
        says(S, id=1, result="s-12345"),
        log_in(ETHER),
        says(S, id=2, result="w-123"),
        says(S, method="mining.set", params={"epoch": "dc", "target": TARGET, "algo": "ethash", "extranonce": "af4c"}),
        notify("bf0488aa", "6526d5", HASH, "0"),
        submit(6, "bf0488aa", "68765fccd712", "w-123"),
        says(S, id=6, result=True),
    ],
}
# What a job or a setting shows: the algorithm, and the work of a share.
SHOWN = {
    "EthereumStratum/1.0.0": ("ethash", 2_147_516_416.5),
    "EthereumStratum/2.0.0": ("ethash", None),
}
TARGETED = ("KawPow", "CKB", "Kadena", "IronFish", "Aeternity", "EthereumStratum/2.0.0")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("coin", SESSIONS)
def test_a_session_of_an_unknown_shape_is_counted_without_coin(coin: str, way: str) -> None:
    dialogue = Dialogue()
    events = hear(SESSIONS[coin], way, dialogue)
    assert (dialogue.dialect, dialogue.miner, dialogue.standing) == ("stratum-other", C, Standing.CONFIRMED)
    assert misses(events) == []
    (job,) = [event for event in events if isinstance(event, Job)]
    (share,) = [event for event in events if isinstance(event, Share)]
    (result,) = [event for event in events if isinstance(event, ShareResult)]
    algorithm, work = SHOWN.get(coin, (None, None))
    assert (job.coin, job.algorithm) == (None, algorithm)
    assert work is None or job.work == pytest.approx(work)
    assert share.job_id == job.job_id != ""
    assert (result.key, result.accepted) == (share.key, True)
    assert (job.work is not None) == (coin in TARGETED or coin in SHOWN)
    assert share.work == job.work


@pytest.mark.parametrize("coin", SESSIONS)
def test_each_side_alone_and_any_start_never_has_a_wrong_name(coin: str) -> None:
    messages = SESSIONS[coin]
    parts = [[m for m in messages if m[0] == C], [m for m in messages if m[0] == S]]
    parts += [messages[start:] for start in range(len(messages) - 1)]
    for part in parts:
        dialogue = Dialogue()
        events = hear(part, dialogue=dialogue)
        if any(isinstance(event, Job) for event in events):
            assert (dialogue.dialect, dialogue.miner) == ("stratum-other", C)
        else:
            assert dialogue.dialect in (None, "stratum-v1", "stratum-other")


@pytest.mark.parametrize("coin", ["EthereumStratum/1.0.0", "Kaspa", "Ergo", "Handshake"])
def test_the_worker_is_the_logins(coin: str) -> None:
    events = hear(SESSIONS[coin])
    assert {event.worker for event in events if isinstance(event, (Login, Share))} == {"rig3"}


@pytest.mark.parametrize("coin", ["Warthog", "EthereumStratum/2.0.0"])
def test_a_submit_that_begins_with_the_job_names_no_worker(coin: str) -> None:
    (share,) = [event for event in hear(SESSIONS[coin]) if isinstance(event, Share)]
    assert share.worker is None


@pytest.mark.parametrize("login", [[], {}, [[]], None, 7])
def test_a_submit_whose_login_is_no_text_names_no_worker(login: object) -> None:
    (share,) = read(StratumOther(), [submit(4, login, "1a", "0x00")])
    assert isinstance(share, Share)
    assert share.worker is None


def test_a_dialogue_is_read_message_by_message() -> None:
    events: list[MiningEvent] = [
        Subscribe(C, 0, "m/1"),
        Notice(S, 0, NoticeKind.REPLY),
        Subscribe(C, 0, None),
        Subscribed(S, 0, True),
        Login(C, 0, ETHER, "rig3", None, None),
        LoginResult(S, 0, ETHER, True, None),
        Difficulty(S, 0, None, WORK),
        Job(S, 0, "bf0488aa", None, WORK, "ethash", None, None, None),
        Share(C, 0, 1, "bf0488aa", None, None, WORK),
        ShareResult(S, 0, 1, **YES),
    ]
    heard = hear(SESSIONS["EthereumStratum/2.0.0"])
    assert isinstance(heard[1], Subscribed)
    assert heard[:1] + heard[2:] == events[:1] + events[2:]


def test_ironfish_logs_in_with_its_subscription() -> None:
    assert hear(SESSIONS["IronFish"])[:3] == [
        Subscribe(C, 0, "m/1"),
        Login(C, 0, HASH, "rig3", None, None),
        Subscribed(S, 0, True),
    ]


def test_the_relatives_small_talk_is_known() -> None:
    messages = [
        says(C, id=0, method="mining.hello", params={"agent": "m/1"}),
        says(S, id=0, result={"proto": "EthereumStratum/2.0.0"}),
        says(C, id=16, method="mining.hashrate", params=["500000", "w-123"]),
        says(S, id=16, result=True),
        says(C, id=7, method="mining.noop"),
        says(S, id=7),
        says(S, method="mining.set", params={"extranonce": "af"}),
        says(S, method="mining.reconnect", params={"host": "alt.example", "port": "d80", "resume": "1"}),
        says(S, method="mining.print", params=[0, "hello"]),
        says(S, method="mining.disconnect", body={"reason": "bye"}),
        says(C, method="mining.bye"),
    ]
    assert read(StratumOther(), messages)[2:] == [
        HashrateReport(C, 0, float(0x500000), None),
        Notice(S, 0, NoticeKind.REPLY),
        Notice(C, 0, NoticeKind.KEEPALIVE),
        Notice(S, 0, NoticeKind.REPLY),
        Notice(S, 0, NoticeKind.EXTRANONCE),
        Redirect(S, 0, "alt.example", 0xD80),
        Notice(S, 0, NoticeKind.SHOW_MESSAGE),
        Notice(S, 0, NoticeKind.SHOW_MESSAGE),
        Notice(C, 0, NoticeKind.KEEPALIVE),
    ]


def test_known_shapes_are_left_to_their_dialects() -> None:
    bitcoin = notify("a", HASH, "01" * 50, "ff" * 50, [SEED], "20000000", "17034219", "66b3c0de", True)
    zcash = notify("a", "04000000", HASH, SEED, "00" * 32, "0ab3de01", "bf0f0c21", True)
    solution = submit(1, "x", "a", "0ab3de01", "8a" * 24, "fd4005" + "8a" * 1344)
    for message in (bitcoin, zcash, solution):
        decoder = StratumOther()
        assert read(decoder, [message]) == []
        assert decoder.standing is Standing.REFUTED


@pytest.mark.parametrize(
    "message",
    [
        says(C, id=1, method="login", params={"login": "x"}),
        says(C, id=1, method="eth_getWork", params=[]),
        says(C, id=1, method="server.version", params=[]),
        says(C, id=1, method="initialize", params={"capabilities": {}}),
        says(C, kind="mining.notify"),
    ],
)
def test_other_protocols_are_refuted(message: Message) -> None:
    decoder = StratumOther()
    read(decoder, [message])
    assert decoder.standing is Standing.REFUTED


@pytest.mark.parametrize(
    "message", [notify(), submit(1), submit(1, "x"), target("zz"), target(0), says(S, method="mining.set_target")]
)
def test_empty_messages_are_malformed_and_confirm_nothing(message: Message) -> None:
    decoder = StratumOther()
    (event,) = read(decoder, [message])
    assert isinstance(event, Malformed)
    assert decoder.standing is Standing.UNDECIDED


def test_before_its_first_difficulty_ethereum_stratum_has_difficulty_1() -> None:
    messages = [message for message in SESSIONS["EthereumStratum/1.0.0"] if b"set_difficulty" not in message[1]]
    (job,) = [event for event in hear(messages) if isinstance(event, Job)]
    assert (job.value, job.work) == (1.0, pytest.approx(4_295_032_833))


def test_a_job_of_ethash_whose_subscription_was_not_seen_shows_no_work() -> None:
    messages = [message for message in SESSIONS["EthereumStratum/1.0.0"] if b"subscribe" not in message[1]]
    messages = [message for message in messages if b"EthereumStratum" not in message[1]]
    (job,) = [event for event in hear(messages) if isinstance(event, Job)]
    assert (job.algorithm, job.work) == (None, None)
