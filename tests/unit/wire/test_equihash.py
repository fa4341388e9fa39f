"""Equihash stratum: ZIP 301's dialogue as events, its neighbours, and which Equihash it is."""

from __future__ import annotations

import json

import pytest

from sensor.event import (
    Difficulty,
    Job,
    Login,
    LoginResult,
    Malformed,
    MalformedCode,
    MiningEvent,
    Notice,
    NoticeKind,
    Restart,
    Share,
    ShareResult,
    Standing,
    Subscribe,
    Subscribed,
    TellingShare,
)
from sensor.wire.dialogue import Dialogue
from sensor.wire.equihash import EquihashStratum
from tests.unit.wire.equihash import (
    EASY,
    LOGIN,
    PREVIOUS,
    ROOT,
    SOLUTION,
    SUBSCRIBE,
    SUBSCRIBED,
    ZCASH,
    notify,
    submit,
)
from tests.unit.wire.family import target
from tests.unit.wire.talk import WAYS, C, Message, S, bare, hear, misses, read, says

YES = {"accepted": True, "stale": False, "duplicate": False, "code": None}


def job(job_id: str, work: float | None = 8192.0, algorithm: str | None = None, coin: str | None = None) -> Job:
    return Job(S, 0, job_id, None, work, algorithm, coin, True, None)


ZCASH_EVENTS: list[MiningEvent] = [
    Subscribe(C, 0, "miner/0.3"),
    Subscribed(S, 0, True),
    Login(C, 0, LOGIN, "rig", None, None),
    LoginResult(S, 0, LOGIN, True, None),
    Difficulty(S, 0, None, 8192.0),
    Notice(C, 0, NoticeKind.EXTRANONCE),
    job("7f2"),
    TellingShare(C, 0, 1, "7f2", "rig", None, 8192.0, None, None, "equihash-200-9", "ZEC"),
    ShareResult(S, 0, 1, **YES),
    Difficulty(S, 0, None, 16384.0),
    Share(C, 0, 2, "7f2", "rig", None, 8192.0),
    ShareResult(S, 0, 2, False, True, False, 21),
    job("7f3", 16384.0, "equihash-200-9", "ZEC"),
    Share(C, 0, 3, "7f3", "rig", None, 16384.0),
    ShareResult(S, 0, 3, False, False, True, 22),
]


@pytest.mark.parametrize("way", WAYS)
def test_a_dialogue_is_read(way: str) -> None:
    dialogue = Dialogue()
    assert hear(ZCASH, way, dialogue) == ZCASH_EVENTS
    assert (dialogue.dialect, dialogue.miner, dialogue.standing) == ("equihash-stratum", C, Standing.CONFIRMED)
    assert (dialogue.malformed, dialogue.unknown) == (0, 0)


def test_the_tallies_start_anew_when_the_target_tells_the_dialect() -> None:
    dialogue = Dialogue()
    for message in ZCASH[:4]:
        dialogue.feed(message[0], 0, 0, message[1])
    assert dialogue.dialect == "stratum-other"
    events = dialogue.feed(S, 0, 0, ZCASH[4][1])
    assert isinstance(events[0], Restart)
    assert [bare(event) for event in events[1:]] == ZCASH_EVENTS[:5]
    assert dialogue.dialect == "equihash-stratum"


@pytest.mark.parametrize("start", range(4, 14))
def test_a_session_is_recognised_from_any_message_on(start: int) -> None:
    dialogue = Dialogue()
    hear(ZCASH[start:], dialogue=dialogue)
    assert (dialogue.dialect, dialogue.miner) == ("equihash-stratum", C)


def test_only_the_miner_is_seen() -> None:
    dialogue = Dialogue()
    events = hear([message for message in ZCASH if message[0] == C], dialogue=dialogue)
    assert (dialogue.dialect, dialogue.miner, dialogue.standing) == ("equihash-stratum", C, Standing.CONFIRMED)
    assert [type(event) for event in events] == [Subscribe, Login, Notice, TellingShare, Share, Share]


def test_only_the_pool_is_seen() -> None:
    dialogue = Dialogue()
    events = hear([message for message in ZCASH if message[0] == S], dialogue=dialogue)
    assert (dialogue.dialect, dialogue.miner, dialogue.standing) == ("equihash-stratum", C, Standing.CONFIRMED)
    assert [event for event in events if isinstance(event, ShareResult)] == [
        ShareResult(S, 0, None, **YES),
        ShareResult(S, 0, None, False, True, False, 21),
        ShareResult(S, 0, None, False, False, True, 22),
    ]


def test_a_target_behind_the_first_job_is_that_jobs_where_the_start_was_seen() -> None:
    events = read(EquihashStratum(), [SUBSCRIBE, SUBSCRIBED, notify("a"), target(EASY), submit(4, "a")])
    told = (None, None, "equihash-200-9", "ZEC", LOGIN)
    assert events[-1] == TellingShare(C, 0, 1, "a", "rig", None, 8192.0, *told)
    events = read(EquihashStratum(), [notify("a"), target(EASY), submit(4, "a")])
    assert events[-1] == TellingShare(C, 0, 1, "a", "rig", None, None, *told)


@pytest.mark.parametrize(
    ("prefix", "size", "algorithm"),
    [
        ("fd4005", 1344, "equihash-200-9"),
        ("fd8005", 1408, "equihash-210-9"),
        ("fd9001", 400, "equihash-192-7"),
        ("64", 100, "equihash-144-5"),
        ("44", 68, "equihash-96-5"),
        ("34", 52, "equihash-125-4"),
    ],
)
def test_the_length_of_a_solution_names_the_algorithm(prefix: str, size: int, algorithm: str) -> None:
    decoder = EquihashStratum()
    events = read(decoder, [submit(4, "a", prefix + "8a" * size), notify("b")])
    assert decoder.standing is Standing.CONFIRMED
    # The share names a t1 address, which is Zcash's only with its own parameters.
    assert events[-1] == job("b", None, algorithm, "ZEC" if algorithm == "equihash-200-9" else None)


@pytest.mark.parametrize(
    ("more", "algorithm", "coin"),
    [
        (["144_5"], "equihash-144-5", None),
        (["144_5", "BgoldPoW"], "equihash-144-5", "BTG"),
        (["200_9", "ZcashPoW"], "equihash-200-9", None),
        (["1_1", "SomePoW"], None, None),
        (["fd4005" + "00" * 100], "verushash", "VRSC"),
        ([None], None, None),
    ],
)
def test_more_parameters_name_algorithm_and_coin(more: list[object], algorithm: str | None, coin: str | None) -> None:
    assert read(EquihashStratum(), [notify("a", *more)]) == [job("a", None, algorithm, coin)]


def test_an_address_that_several_coins_share_is_zcash_only_with_its_algorithm() -> None:
    log_in = says(C, id=2, method="mining.authorize", params=[LOGIN, "x"])
    events = read(EquihashStratum(), [log_in, notify("a"), submit(4, "a", "34" + "8a" * 52), notify("b")])
    assert [event.coin for event in events if isinstance(event, Job)] == [None, None]


def test_a_job_may_have_a_number_for_its_name() -> None:
    named = says(S, id=None, method="mining.notify", params=[7, *json.loads(notify("a")[1])["params"][1:]])
    share = says(C, id=4, method="mining.submit", params=[LOGIN, 7, "0ab3de01", "8a" * 24, SOLUTION])
    shares = [event for event in read(EquihashStratum(), [target(EASY), named, share]) if isinstance(event, Share)]
    assert [(event.job_id, event.work) for event in shares] == [("7", 8192.0)]


@pytest.mark.parametrize("version", range(1, 9))
def test_verus_is_told_by_a_solution_alone(version: int) -> None:
    """It is as long as Zcash's, and begins with a version that no solution of Equihash does."""
    solution = f"fd4005{version:02x}000000" + "8a" * 1340
    events = read(EquihashStratum(), [submit(4, "a", solution), submit(5, "a", solution), notify("b")])
    assert isinstance(events[0], TellingShare)
    assert (events[0].algorithm, events[0].coin) == ("verushash", None)
    assert events[-1] == job("b", None, "verushash", None)


def test_verus_shares_keep_their_algorithm() -> None:
    template = "fd4005" + "00" * 100
    events = read(EquihashStratum(), [notify("a", template), submit(4, "a"), notify("b", template)])
    assert events[-1] == job("b", None, "verushash", "VRSC")


# ---------------------------------------------------------------- what it is not


@pytest.mark.parametrize(
    "messages",
    [
        [says(S, id=1, method="mining.notify", params=["a", PREVIOUS, ROOT, EASY, True, 3204411, "1b00d3cd"])],
        [says(S, id=1, method="mining.notify", params=["a", PREVIOUS, 5, ROOT, True])],
        [
            says(
                S, id=1, method="mining.notify", params=["a", PREVIOUS, *[ROOT] * 4, "20000000", "17034219", "66b3c0de"]
            )
        ],
        [says(C, id=1, method="mining.submit", params=["x", "a", "0003", "66b3c0e4", "8f2a11c0"])],
        [says(C, id=1, method="mining.submit", params=["x", "a", "0ab3de01", "8a" * 24, "fd4005" + "8a" * 1343])],
        [says(C, id=1, method="server.version", params=[])],
    ],
    ids=["kawpow", "ckb", "handshake", "btc", "cut", "electrum"],
)
def test_other_shapes_are_refuted(messages: list[Message]) -> None:
    decoder = EquihashStratum()
    read(decoder, messages)
    assert decoder.standing is Standing.REFUTED


@pytest.mark.parametrize(
    "messages",
    [
        [SUBSCRIBE, says(S, id=1, result=[None, "64290b"], error=None), target(EASY)],
        [SUBSCRIBE, says(S, id=1, result=[None, "64290b10", 12], error=None), target(EASY)],
        [SUBSCRIBE, says(S, id=1, result=[[["mining.notify", "x"]], "64290b10", 12], error=None), target(EASY)],
        [target(1000)],
        [target("00ff")],
        [says(C, id=1, method="mining.hello", params={"agent": "m"})],
    ],
    ids=["short nonce", "three parts", "subscriptions", "number", "short", "es2"],
)
def test_what_a_relative_says_makes_no_claim_but_a_job_of_ours_is_believed(messages: list[Message]) -> None:
    decoder = EquihashStratum()
    read(decoder, messages)
    assert (decoder.standing, decoder.claimed) == (Standing.UNDECIDED, False)
    dialogue = Dialogue()
    hear([*messages, notify("7f2")], dialogue=dialogue)
    assert (dialogue.dialect, dialogue.standing) == ("equihash-stratum", Standing.CONFIRMED)


def test_a_subscription_with_four_parameters_alone_decides_nothing() -> None:
    dialogue = Dialogue()
    hear([SUBSCRIBE], dialogue=dialogue)
    assert (dialogue.dialect, dialogue.standing) == ("stratum-v1", Standing.UNDECIDED)


@pytest.mark.parametrize("params", [[], None, {}, "a"])
def test_an_empty_job_decides_nothing(params: object) -> None:
    decoder = EquihashStratum()
    events = read(decoder, [says(S, id=None, method="mining.notify", params=params)])
    assert events == [Malformed(S, 0, MalformedCode.BAD_PARAMS, 0)]
    assert decoder.standing is Standing.UNDECIDED


def test_once_confirmed_a_strange_message_is_only_malformed() -> None:
    decoder = EquihashStratum()
    strange = [
        says(S, id=1, method="mining.notify", params=["a", PREVIOUS, True]),
        says(C, id=7, method="mining.submit", params=[LOGIN, "a", "0ab3de01", "8a" * 24, "00"]),
        says(C, id=8, method="mining.submit", params=[LOGIN, "a", "time", "8a" * 24, SOLUTION]),
        target("0" * 64),
    ]
    events = read(decoder, [notify("a"), *strange])
    assert misses(events) == events[1:]
    assert decoder.standing is Standing.CONFIRMED
