"""mining.* sessions of coins that have no decoder yet: a finding without coin, never silence, never a wrong name."""

from __future__ import annotations

import pytest

from sensor.model import Job, Login, Malformed, Share, ShareResult, Standing, Subscribe, Subscribed
from sensor.wire.dialogue import Dialogue
from sensor.wire.stratum_other import StratumOther
from tests.unit.wire.family import HASH, SEED, UNKNOWN, notify, submit, target
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
    messages = UNKNOWN[coin]
    parts = [[m for m in messages if m[0] == C], [m for m in messages if m[0] == S]]
    parts += [messages[start:] for start in range(len(messages) - 1)]
    for part in parts:
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
