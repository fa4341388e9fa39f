"""mining.* sessions of coins that have no decoder yet: a finding without coin, never silence, never a wrong name."""

from __future__ import annotations

import pytest

from sensor.event import (
    Job,
    Login,
    Malformed,
    Share,
    ShareResult,
    Standing,
    Subscribe,
    Subscribed,
)
from sensor.wire.dialogue import Dialogue
from sensor.wire.stratum_other import StratumOther
from tests.unit.wire.family import HASH, SEED, UNKNOWN, incomplete, notify, submit, target
from tests.unit.wire.talk import WAYS, C, Message, S, hear, misses, read, says

TARGETED = ("CKB", "Kadena", "IronFish", "Aeternity")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("coin", UNKNOWN)
def test_a_session_of_an_unknown_shape_is_counted_without_coin(coin: str, way: str) -> None:
    dialogue = Dialogue()
    events = hear(UNKNOWN[coin], way, dialogue)
    assert (dialogue.dialect, dialogue.miner, dialogue.standing) == ("stratum-other", C, Standing.CONFIRMED)
    assert misses(events) == []
    (job,) = [event for event in events if isinstance(event, Job)]
    (share,) = [event for event in events if isinstance(event, Share)]
    (result,) = [event for event in events if isinstance(event, ShareResult)]
    assert (job.coin, job.algorithm) == (None, None)
    assert share.job_id == job.job_id != ""
    assert (result.key, result.accepted) == (share.key, True)
    assert (job.work is not None) == (coin in TARGETED)
    assert share.work == job.work


@pytest.mark.parametrize("coin", UNKNOWN)
def test_each_side_alone_and_any_start_never_has_a_wrong_name(coin: str) -> None:
    for part in incomplete(UNKNOWN[coin]):
        dialogue = Dialogue()
        events = hear(part, dialogue=dialogue)
        if any(isinstance(event, Job) for event in events):
            assert (dialogue.dialect, dialogue.miner) == ("stratum-other", C)
        else:
            assert dialogue.dialect in (None, "stratum-v1", "stratum-other")


@pytest.mark.parametrize("coin", ["Handshake", "CKB", "Xelis"])
def test_the_worker_is_the_logins(coin: str) -> None:
    events = hear(UNKNOWN[coin])
    assert {event.worker for event in events if isinstance(event, (Login, Share))} == {"rig3"}


def test_a_submit_that_begins_with_the_job_names_no_worker() -> None:
    (share,) = [event for event in hear(UNKNOWN["Warthog"]) if isinstance(event, Share)]
    assert share.worker is None


def test_a_difficulty_is_worth_nothing_of_a_relative_that_was_assumed_before_the_job() -> None:
    """A short nonce in the answer to the subscription is NiceHash's form of Ethash, until the job belies it."""
    job = {"jobId": "1a", "fromGroup": 0, "toGroup": 1, "headerBlob": "ab" * 100, "txsBlob": "", "targetBlob": HASH}
    share = {"jobId": "1a", "nonce": "00" * 24, "worker": "acct.rig3"}
    events = hear(
        [
            says(C, id=1, method="mining.subscribe", params=["GoldMiner/1.0"]),
            says(S, id=1, result=[None, "ab12"], error=None),
            says(C, id=2, method="mining.authorize", params=["acct.rig3", "x"]),
            says(S, id=2, result=True, error=None),
            says(S, id=None, method="mining.set_difficulty", params=[4096]),
            notify(job),
            says(C, id=3, method="mining.submit", params=share),
        ]
    )
    (told,) = [event for event in events if isinstance(event, Job)]
    (sent,) = [event for event in events if isinstance(event, Share)]
    assert (told.value, told.work) == (sent.value, sent.work) == (4096.0, None)


@pytest.mark.parametrize("login", [[], {}, [[]], None, 7])
def test_a_submit_whose_login_is_no_text_names_no_worker(login: object) -> None:
    (share,) = read(StratumOther(), [submit(4, login, "1a", "0x00")])
    assert isinstance(share, Share)
    assert share.worker is None


def test_ironfish_logs_in_with_its_subscription() -> None:
    assert hear(UNKNOWN["IronFish"])[:3] == [
        Subscribe(C, 0, "m/1"),
        Login(C, 0, HASH, "rig3", None, None),
        Subscribed(S, 0, True),
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


NOBODYS = [
    says(C, id=1, method="mining.subscribe", params=["m/1"]),
    says(S, id=1, result=[[["mining.notify", "1"]], "e9695791", 4], error=None),
    says(S, id=None, method="mining.work", params=["7", HASH]),
    says(C, id=2, method="mining.solution", params=["acct.rig", "7", "00"]),
    says(S, id=2, result=True, error=None),
]


def test_what_is_handed_in_under_the_number_it_was_handed_out_under_is_a_share() -> None:
    dialogue = Dialogue()
    told = hear([*NOBODYS, *NOBODYS[2:]], dialogue=dialogue)
    assert [type(event) for event in told[-6:]] == [Job, Share, ShareResult] * 2
    assert (dialogue.dialect, dialogue.standing) == ("stratum-other", Standing.CONFIRMED)


def test_a_word_that_nobody_knows_is_no_share_without_such_a_number() -> None:
    strange = [says(C, id=3, method="mining.solution", params=["acct.rig", "8", "00"]), says(S, id=3, result=True)]
    dialogue = Dialogue()
    told = hear([*NOBODYS[:3], *strange], dialogue=dialogue)
    assert not any(isinstance(event, (Job, Share)) for event in told)
    assert dialogue.standing is Standing.UNDECIDED


@pytest.mark.parametrize(
    "result", [[None, "64290b"], ["a1b2c3d4", "5f3e0000aa"], ["s", HASH, 32, SEED], ["sess", "abcd"], "true", True]
)
def test_an_answer_that_is_not_bitcoins_keeps_its_name_away(result: object) -> None:
    """Until the login is taken the miner's own words count: it may have asked a pool of something else for Bitcoin."""
    dialogue = Dialogue()
    hear(
        [
            says(C, id=1, method="mining.subscribe", params=["m/1"]),
            says(S, id=1, result=result, error=None),
            says(C, id=2, method="mining.authorize", params=["acct.rig", "x"]),
            says(S, id=2, result=True, error=None),
        ],
        dialogue=dialogue,
    )
    assert dialogue.dialect not in (None, "stratum-v1")
