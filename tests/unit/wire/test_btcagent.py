"""BTCAgent: a farm's lines and frames as events, whose share is answered, and what is no agent's."""

from __future__ import annotations

import pytest

from sensor.event import (
    Difficulty,
    Job,
    Login,
    LoginResult,
    Malformed,
    MiningEvent,
    RigDifficulty,
    RigJoined,
    RigLeft,
    RigResult,
    RigShare,
    Standing,
    Subscribe,
)
from sensor.limits import QUOTED_WORDS_MAX
from sensor.wire.btcagent import BtcAgent
from sensor.wire.dialogue import Dialogue
from tests.lab.dialects.btcagent import register, respond, set_difficulty, submit, unregister
from tests.unit.wire.talk import WAYS, C, Message, S, hear, read, says

ACCEPT, ACCEPT_STALE = 1_798_084_231, 950_395_421
CAPS = says(C, id="caps", method="agent.get_capabilities", params=[["verrol", "subres"]])
GRANTED = says(S, id="caps", result={"capabilities": ["verrol", "subres"]})
SUBSCRIBE = says(C, id="sub", method="mining.subscribe", params=["btccom-agent/2.0.0-mu"])
SUBSCRIBED = says(S, id="sub", result=[[["mining.notify", "0a"]], "0a0b0c0d", 8], error=None)
LOGIN = says(C, id="auth", method="mining.authorize", params=["farm", ""])
ACCEPTED = says(S, id="auth", result=True, error=None)
START = [CAPS, GRANTED, SUBSCRIBE, SUBSCRIBED, LOGIN, ACCEPTED]
QUIET = (Subscribe, Login, LoginResult)


def notify(job: int) -> Message:
    params = [str(job), "1f" * 32, "01" * 50, "02" * 50, [], "20000000", "1d00ffff", "66b3c0de", True]
    return says(S, id=None, method="mining.notify", params=params)


def difficulty(value: float) -> Message:
    return says(S, id=None, method="mining.set_difficulty", params=[value])


def of(events: list[MiningEvent], *kinds: type) -> list[MiningEvent]:
    return [event for event in events if isinstance(event, kinds)]


def share(key: int, rig: int, value: float | None, job: str = "7") -> RigShare:
    return RigShare(C, 0, key, job, None, value, None, rig)


@pytest.mark.parametrize("way", WAYS)
def test_rigs_have_their_own_difficulty_and_answers(way: str) -> None:
    messages = [
        *START,
        difficulty(1024),
        notify(7),
        (C, register(1, "cgminer/4.10.0", "a1") + register(2, "", "a2")),
        (S, set_difficulty(14, (1,))),
        (C, submit(1, 7, 1)),
        (C, submit(2, 7, 2, b"\x00\x00\x00\x66") + submit(1, 7, 3, b"\0" * 8)),
        (S, respond(1, ACCEPT) + respond(0, 23)),
        (S, respond(2, ACCEPT_STALE)),
        (C, unregister(2)),
    ]
    dialogue = Dialogue()
    events = hear(messages, way, dialogue)
    assert (dialogue.dialect, dialogue.standing, dialogue.miner) == ("btcagent", Standing.CONFIRMED, C)
    shares = of(events, RigShare)
    assert [(one.rig, one.value) for one in shares] == [(1, 2.0**14), (2, 1024.0), (1, 2.0**14)]
    assert [
        (one.key, one.rig, one.worth, one.accepted, one.stale, one.is_low, one.code) for one in of(events, RigResult)
    ] == [
        (2, 2, 1024.0, True, False, False, None),
        (1, 1, 2.0**14, False, False, True, 23),
        (3, 1, 2.0**14, True, True, False, None),
    ]
    assert [(one.rig, one.worker, one.agent) for one in of(events, RigJoined)] == [
        (1, "a1", "cgminer/4.10.0"),
        (2, "a2", None),
    ]
    assert [one.rig for one in of(events, RigLeft)] == [2]


def test_a_new_difficulty_holds_from_the_next_job_on() -> None:
    messages = [
        *START,
        difficulty(1024),
        notify(7),
        (S, set_difficulty(14, (1,))),
        (S, set_difficulty(16, (1,))),
        (C, submit(1, 7, 1)),
        notify(8),
        (C, submit(1, 8, 2) + submit(1, 7, 3)),
    ]
    events = hear(messages)
    assert [one.value for one in of(events, RigShare)] == [2.0**14, 2.0**16, 2.0**14]
    assert [one.value for one in of(events, Job)] == [1024.0, 2.0**16]
    assert [(one.value, one.rigs) for one in of(events, RigDifficulty)] == [(2.0**14, (1,)), (2.0**16, (1,))]
    assert [one.value for one in of(events, Difficulty)] == [1024.0, 2.0**14, 2.0**14]


def test_shares_that_were_lost_shift_no_answer() -> None:
    messages = [*START, notify(7), (C, submit(1, 7, 1)), (S, respond(0, ACCEPT))]
    # The shares numbered 1 and 2 are not seen; that of 2 is answered.
    messages += [(S, respond(2, ACCEPT)), (C, submit(5, 7, 4)), (S, respond(3, ACCEPT))]
    assert [(one.key, one.rig) for one in of(hear(messages), RigResult)] == [(1, 1), (None, None), (2, 5)]


def test_the_count_of_shares_wraps_and_is_found_in_the_middle() -> None:
    shares = [(C, submit(rig, 7, rig)) for rig in range(1, 5)]
    answers = [(S, respond(index, ACCEPT)) for index in (65_534, 65_535, 0, 1)]
    middle = [shares[0], shares[1], answers[0], shares[2], answers[1], answers[2], shares[3], answers[3]]
    assert [one.rig for one in of(hear(middle), RigResult)] == [1, 2, 3, 4]


def test_one_side_alone_is_read() -> None:
    miner = Dialogue()
    events = hear([(C, register(1, "x", "y")), (C, submit(1, 7, 1)), (C, submit(1, 7, 2))], dialogue=miner)
    assert (miner.dialect, miner.miner, len(of(events, RigShare))) == ("btcagent", C, 2)
    pool = Dialogue()
    events = hear([(S, set_difficulty(14, (1, 2))), (S, respond(9, ACCEPT)), (S, respond(10, 21))], dialogue=pool)
    assert (pool.dialect, pool.miner) == ("btcagent", C)
    assert [(one.key, one.accepted, one.stale) for one in of(events, RigResult)] == [
        (None, True, False),
        (None, False, True),
    ]


def test_ethers_difficulties_are_hashes() -> None:
    job = says(S, id=None, method="mining.notify", params=["9a", "2e" * 32, "1f" * 32, True], height=1, header="f90")
    frame = bytes.fromhex("7f02 1200 0100 0102030405060708 6a6f6231")
    events = hear([*START, difficulty(2), job, (C, frame), (S, set_difficulty(33, (1,))), (C, frame)])
    assert [(one.value, one.work) for one in of(events, RigShare)] == [(2.0, 2.0**33), (2.0**33, 2.0**33)]
    assert [(one.algorithm, one.work) for one in of(events, Job)] == [("ethash", 2.0**33)]


def test_an_ether_share_for_a_job_of_one_character_is_its_own_rigs() -> None:
    """It is 15 bytes long, as a share of Bitcoin is: rig, nonce, name there; job, rig, two nonces here."""
    job = says(S, id=None, method="mining.notify", params=["7", "2e" * 32, "1f" * 32, True], height=1, header="f90")
    register_rig = (C, register(0x0201, "x", "r1"))
    frame = bytes.fromhex("7f02 0f00 0102 aabbccdd11223344 37")
    events = hear([*START, register_rig, job, (S, set_difficulty(33, (0x0201,))), (C, frame), (S, respond(0, ACCEPT))])
    assert [(one.rig, one.work) for one in of(events, RigShare)] == [(0x0201, 2.0**33)]
    assert [(one.rig, one.accepted) for one in of(events, RigResult)] == [(0x0201, True)]


def test_plain_stratum_is_no_agents() -> None:
    dialogue = Dialogue()
    messages = [says(C, id=1, method="mining.subscribe", params=["cgminer/4.10.0"]), notify(7), notify(8)]
    hear(messages, dialogue=dialogue)
    assert dialogue.dialect == "stratum-v1"
    decoder = BtcAgent()
    read(decoder, [notify(7), notify(8)])
    assert (decoder.standing, decoder.claimed) == (Standing.UNDECIDED, False)


@pytest.mark.parametrize(
    "messages",
    [
        [(C, submit(1, 7, 1))],
        [(C, b"\x7fELF\x02\x01\x01\x00" + bytes(56))] * 3,
        [(C, bytes.fromhex("7f01 0800 0700 6100"))] * 4,
        [(C, bytes.fromhex("7f05 0900 0e 0200 0100"))] * 4,
        [says(C, id=1, method="agent.capabilities", params=[["verrol"]])],
    ],
)
def test_near_misses(messages: list[Message]) -> None:
    dialogue = Dialogue()
    hear(messages, dialogue=dialogue)
    assert dialogue.dialect is None


def test_frames_of_the_wrong_end_are_not_believed() -> None:
    dialogue = Dialogue()
    messages = [(C, submit(1, 7, 1)), (C, submit(1, 7, 2)), *[(C, respond(9, ACCEPT))] * (QUOTED_WORDS_MAX + 2)]
    hear(messages, dialogue=dialogue)
    assert dialogue.is_quotation


def test_a_frame_that_cannot_be_is_counted_and_the_next_is_read() -> None:
    events = hear([*START, notify(7), (C, bytes.fromhex("7f01 0900 0700 0700 00") + submit(1, 7, 1))])
    assert len(of(events, Malformed)) == len(of(events, RigShare)) == 1
