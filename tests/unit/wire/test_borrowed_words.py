"""Sessions of the mining.* family in the words of others: xmrig's login, Hathor's subscription, jobs and shares."""

from __future__ import annotations

import pytest

from sensor.event import Job, Login, LoginResult, Renamed, Share, ShareResult, Standing, Subscribe, Subscribed
from sensor.wire.dialogue import Dialogue
from tests.unit.wire.family import HASH, SEED
from tests.unit.wire.hathor import ADDRESS, OK, TAKEN, UUID, asks, job, share
from tests.unit.wire.talk import WAYS, C, Message, S, hear, misses, says


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("prefixes", [("", ""), ("mining.", ""), ("", "mining."), ("mining.", "mining.")])
def test_hathor_is_read_with_and_without_prefixes(prefixes: tuple[str, str], way: str) -> None:
    first, second = prefixes
    dialogue = Dialogue()
    told = hear([asks(first + "subscribe"), OK, job(), share(method=second + "submit"), TAKEN], way, dialogue)
    assert (dialogue.dialect, dialogue.standing, dialogue.miner) == ("stratum-other", Standing.CONFIRMED, C)
    opening = [
        Subscribe(C, 0, None),
        Login(C, 0, ADDRESS, None, None, None),
        Subscribed(S, 0, True),
        LoginResult(S, 0, ADDRESS, True, None),
    ]
    assert told[:4] == opening
    assert [(type(event), event.work) for event in told[4:6] if isinstance(event, (Job, Share))] == [
        (Job, 2.0**40),
        (Share, 2.0**40),
    ]
    assert isinstance(told[-1], ShareResult)
    assert told[-1].accepted
    assert misses(told) == []


def test_in_the_middle_of_a_session_a_job_of_hathors_shape_is_enough() -> None:
    dialogue = Dialogue()
    told = hear([TAKEN, job(), share(), TAKEN, share("5b" * 16), TAKEN], dialogue=dialogue)
    assert [type(event) for event in told if not misses([event])] == [Job, Share, ShareResult, Share, ShareResult]
    assert dialogue.miner is C


def test_each_side_of_hathor_alone_is_told() -> None:
    dialogue = Dialogue()
    told = hear([OK, job(), TAKEN, job("5b" * 16), TAKEN], dialogue=dialogue)
    assert [type(event) for event in told].count(Job) == 2
    assert (dialogue.dialect, dialogue.miner) == ("stratum-other", C)


@pytest.mark.parametrize(
    "strange",
    [
        job("5"),
        job(data="a text"),
        job(nonce_size=None),
        job(weight="heavy"),
        job(weight=-1),
        job(weight=1e300),
        says(S, id=None, method="job", params=[UUID]),
        says(S, id=None, method="job", params=None),
    ],
)
def test_a_queue_that_hands_out_jobs_is_not_hathor(strange: Message) -> None:
    """Its client subscribes with an address, and hands in under the number that it was given."""
    dialogue = Dialogue()
    told = hear([asks(), OK, strange, share(), TAKEN, strange, share(), TAKEN], dialogue=dialogue)
    assert not [event for event in told if isinstance(event, (Job, Share, ShareResult, LoginResult))]
    assert dialogue.dialect is None


@pytest.mark.parametrize("params", [None, [], ["x"], {}, {"address": 5}, {"channel": "trades"}])
def test_who_subscribes_without_an_address_is_no_miner(params: object) -> None:
    dialogue = Dialogue()
    hear([says(C, id=1, method="subscribe", params=params)], dialogue=dialogue)
    assert dialogue.refuted


@pytest.mark.parametrize("algorithms", [{"algo": ["rx/0", "kawpow"]}, {}])
def test_xmrig_goes_on_in_other_words_where_its_login_is_answered_with_a_job_of_kawpow(algorithms: object) -> None:
    login = {"login": "x.rig", "pass": "x", "agent": "XMRig/6", **algorithms}  # type: ignore[dict-item]
    given = {"blob": HASH, "extra_nonce": "ab", "job_id": "1", "target": "00000000ffff0000", "algo": "kawpow"}
    dialogue = Dialogue()
    told = hear(
        [
            says(C, id=1, method="login", params=login),
            says(S, id=1, result={"id": "a", "job": given, "status": "OK"}, error=None),
            says(C, id=3, method="mining.submit", params=["a", "1", "0x" + "11" * 8, "0x" + HASH, "0x" + SEED]),
            says(S, id=3, result=True, error=None),
        ],
        dialogue=dialogue,
    )
    assert [type(event) for event in told if not isinstance(event, Renamed)] == [Login, LoginResult, Share, ShareResult]
    assert (dialogue.dialect, dialogue.standing) == ("progpow-stratum", Standing.CONFIRMED)


def test_a_login_that_nothing_of_mining_follows_is_none() -> None:
    dialogue = Dialogue()
    hear(
        [
            says(C, id=1, method="login", params={"login": "me", "pass": "x", "agent": "chat/1"}),
            says(S, id=1, result={"status": "OK"}),
            says(C, id=2, method="say", params={"text": "hello"}),
        ],
        dialogue=dialogue,
    )
    assert (dialogue.refuted, dialogue.dialect) == (True, None)
