"""Conflux' stratum: boundaries with 0x, a subscription that logs in, answers in a list."""

from __future__ import annotations

import pytest

from sensor.event import (
    Login,
    LoginResult,
    Renamed,
    Share,
    ShareResult,
    Standing,
    Subscribe,
    Subscribed,
    TellingShare,
)
from sensor.wire.dialogue import Dialogue
from sensor.wire.stratum_other import StratumOther
from tests.unit.wire.family import CONFLUX, HASH, RELATIVE, subscribe, subscribed
from tests.unit.wire.talk import C, Message, S, hear, jobs, misses, read, says, talk

SESSION = RELATIVE["octopus-stratum"]
HEADER = "0x" + HASH
BOUNDARY = "0x55e63b88c2" + "0" * 48


def job(*params: object, **more: object) -> Message:
    return says(S, id=3, jsonrpc="2.0", method="mining.notify", params=list(params), **more)


def share(*params: object) -> Message:
    return says(C, id=5, jsonrpc="2.0", method="mining.submit", params=list(params))


@pytest.mark.parametrize(
    ("message", "height"),
    [
        (job(HEADER, "4985137", HEADER, BOUNDARY), 4_985_137),
        (job("0000000086cef644", 2302785, HEADER, BOUNDARY, xn="30"), 2_302_785),
        (job("2a1730c8", "1641369", HEADER, BOUNDARY, **{"xn:": "01ab"}), 1_641_369),
        (job(HEADER, HEADER, BOUNDARY), None),
    ],
)
def test_the_job_is_read_in_every_writing(message: Message, height: int | None) -> None:
    events = hear([message])
    (found,) = jobs(events)
    assert (found.work, found.height) == (pytest.approx(5.0e7), height)
    assert (found.algorithm, found.coin) == ("octopus", "CFX")
    assert misses(events) == []


def test_the_subscription_is_the_login() -> None:
    assert [event for event in hear(SESSION[:2]) if not isinstance(event, Renamed)] == [
        Subscribe(C, 0, None),
        Login(C, 0, CONFLUX, "rig3", None, None),
        Subscribed(S, 0, True),
        LoginResult(S, 0, CONFLUX, True, None),
    ]


def test_an_address_in_ethereums_form_is_a_login_too() -> None:
    address = "0x1" + "a" * 39 + ".rig3"
    events = hear([subscribe(address, ""), subscribed("true"), SESSION[2]])
    assert Login(C, 0, address, "rig3", None, None) in events
    assert Subscribe(C, 0, address) not in events


def test_a_programs_name_in_its_place_is_an_agent() -> None:
    events = hear([subscribe("cfxmine", ""), subscribed("true"), SESSION[2]])
    assert Subscribe(C, 0, "cfxmine") in events
    assert not [event for event in events if isinstance(event, (Login, LoginResult))]


@pytest.mark.parametrize(
    ("result", "accepted", "stale"),
    [
        (["true"], True, False),
        (True, True, False),
        (["false", "invalid nonce"], False, False),
        (["false", "Stale share"], False, True),
        (False, False, False),
    ],
)
def test_answers_are_lists_of_words(result: object, accepted: bool, stale: bool) -> None:
    messages = [*SESSION[:4], says(S, id=3, result=result)]
    (found,) = [event for event in hear(messages) if isinstance(event, ShareResult)]
    assert (found.accepted, found.stale) == (accepted, stale)


def test_answers_count_where_only_the_pool_is_seen() -> None:
    answers = [says(S, id=number, result=["true"]) for number in range(5, 9)]
    events = hear([SESSION[2], *answers, says(S, id=9, result=["false", "invalid nonce"])])
    assert [event.accepted for event in events if isinstance(event, ShareResult)] == [True] * 4 + [False]


def test_a_nodes_nonce_has_32_bytes() -> None:
    events = hear([share("cfxmine", HEADER, "0x" + "21" * 32, HEADER)])
    assert [event.job_id for event in events if isinstance(event, Share)] == [HEADER]


def test_a_share_alone_is_proof() -> None:
    dialogue = Dialogue()
    share = hear([SESSION[3]], dialogue=dialogue)[-1]
    assert isinstance(share, TellingShare)
    assert (share.algorithm, share.coin) == ("octopus", "CFX")
    assert (dialogue.dialect, dialogue.standing) == ("octopus-stratum", Standing.CONFIRMED)


@pytest.mark.parametrize(
    "params",
    [
        ("w", HEADER, "30000000002978da", HEADER),
        ("w", HEADER, "0x30000000002978da", HASH),
        ("w", HEADER, "0x3000000000297xda", HEADER),
        ("w", HEADER, "0x", HEADER),
        ("w", HEADER, "0x30"),
        ("w", HEADER, "0x30", [1] * 42),
        ("w", "0003", "66b3c0e4", "8f2a11c0"),  # Warthog
    ],
)
def test_a_share_of_another_form_is_none(params: tuple[object, ...]) -> None:
    decoder = StratumOther()
    read(decoder, [share(*params)])
    assert decoder.name == "stratum-other"


@pytest.mark.parametrize(
    "message",
    [
        job("j", "0x" + "00" * 80, "0x" + HASH),  # Sia
        job(HEADER, "4985137", HASH, BOUNDARY),
        job(HEADER, "4985137", HEADER, BOUNDARY[2:]),
        job(HEADER, "height", HEADER, BOUNDARY),
        job(HEADER, "4985137", HEADER, "0x" + "0" * 64),
    ],
)
def test_a_job_of_another_form_is_not_its(message: Message) -> None:
    decoder = StratumOther()
    read(decoder, [message])
    assert decoder.name == "stratum-other"


@pytest.mark.parametrize(
    "words",
    [
        'C> {"jsonrpc":"2.0","id":1,"method":"cfx_getStatus","params":[]}\nS> {"jsonrpc":"2.0","id":1,"result":{}}',
        'C> {"jsonrpc":"2.0","id":1,"method":"cfx_subscribe","params":["newHeads"]}',
        'S> {"jsonrpc":"2.0","id":1,"result":["true"]}',
        'S> {"jsonrpc":"2.0","id":1,"result":["false","no such block"]}',
    ],
)
def test_a_nodes_own_interface_is_not_mining(words: str) -> None:
    dialogue = Dialogue()
    hear(talk(words) * 30, dialogue=dialogue)
    assert dialogue.dialect is None
    assert dialogue.miner is None
