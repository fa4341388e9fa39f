"""EthereumStratum/2.0.0: greetings, settings, tokens, and answers that say nothing where all is well."""

from __future__ import annotations

import pytest

from sensor.event import (
    Difficulty,
    HashrateReport,
    Job,
    Login,
    LoginResult,
    MiningEvent,
    Notice,
    NoticeKind,
    Redirect,
    Renamed,
    Share,
    ShareResult,
    Standing,
    Subscribe,
    Subscribed,
)
from sensor.wire.dialogue import Dialogue
from sensor.wire.stratum_other import StratumOther
from tests.unit.wire.family import ETHER, HASH, RELATIVE, TARGET, WORK, notify, submit
from tests.unit.wire.talk import C, Message, S, hear, misses, read, says

SESSION = RELATIVE["ethereumstratum-2"]
GREETED = SESSION[:4]
JOB = notify("bf0488aa", "6526d5", HASH, "0")


def setting(**members: object) -> Message:
    return says(S, method="mining.set", params=members)


def results(events: list[MiningEvent]) -> list[tuple[bool, bool]]:
    return [(event.accepted, event.stale) for event in events if isinstance(event, ShareResult)]


def test_a_session_is_read_message_by_message() -> None:
    assert [event for event in hear(SESSION) if not isinstance(event, Renamed)] == [
        Subscribe(C, 0, "m/1"),
        Subscribed(S, 0, True),
        Subscribe(C, 0, None),
        Subscribed(S, 0, True),
        Login(C, 0, ETHER, "rig3", None, None),
        LoginResult(S, 0, ETHER, True, None),
        Difficulty(S, 0, None, WORK),
        Job(S, 0, "bf0488aa", None, WORK, "ethash", None, False, 0x6526D5),
        Share(C, 0, 1, "bf0488aa", "rig3", None, WORK),
        ShareResult(S, 0, 1, True, False, False, None),
    ]


def test_the_answer_to_a_share_is_its_number_alone() -> None:
    assert results(hear(SESSION)) == [(True, False)]


@pytest.mark.parametrize(
    ("code", "words", "accepted", "stale"),
    [
        (202, "Stale", True, True),
        (215, "Accepted with a remark", True, False),
        (404, "Job not found", False, True),
        (406, "Bad nonce", False, False),
        (500, "Internal error", False, False),
    ],
)
def test_a_code_from_200_to_299_accepts(code: int, words: str, accepted: bool, stale: bool) -> None:
    remark = says(S, id=7, error={"code": code, "message": words})
    events = hear([*SESSION, submit(7, "bf0488aa", "68765fccd713", "w-123"), remark])
    assert results(events)[1:] == [(accepted, stale)]


def test_a_worker_whose_name_is_not_liked_is_let_in() -> None:
    remark = says(S, id=2, error={"code": 215, "message": "Invalid Worker Name"})
    (result,) = [e for e in hear([*SESSION[:5], remark]) if isinstance(e, LoginResult)]
    assert (result.accepted, result.code) == (True, 215)


def test_a_login_may_be_accepted_without_a_word() -> None:
    (result,) = [e for e in hear([*SESSION[:5], says(S, id=2)]) if isinstance(e, LoginResult)]
    assert (result.login, result.accepted) == (ETHER, True)


def test_shares_of_several_workers_are_told_apart_by_their_tokens() -> None:
    second = [
        says(C, id=3, method="mining.authorize", params=["0x" + "c0" * 20 + ".rig4", "x"]),
        says(S, id=3, result="w-124"),
        submit(7, "bf0488aa", "68765fccd713", "w-124"),
        submit(8, "bf0488aa", "68765fccd714", "w-999"),
    ]
    workers = [event.worker for event in hear([*SESSION, *second]) if isinstance(event, Share)]
    assert workers == ["rig3", "rig4", None]


def test_a_session_may_be_resumed_by_its_name() -> None:
    resumed = [*SESSION[:2], says(C, id=1, method="mining.subscribe", params="s-12345"), SESSION[3]]
    assert misses(hear(resumed)) == []


def test_a_setting_of_the_target_holds_from_the_next_job_on() -> None:
    events = hear([*SESSION, setting(target="0112e0be826d694b2e62d01511f12a6061fbaec8bc02357593e70e52ba"), JOB])
    works = [event.work for event in events if isinstance(event, Job)]
    assert works == pytest.approx([WORK, 4.0e9])


def test_the_algorithm_is_what_the_pool_says_or_nothing() -> None:
    events = hear([*SESSION[:6], setting(algo="progpow", target=TARGET), JOB, setting(algo="etchash"), JOB])
    assert [event.algorithm for event in events if isinstance(event, Job)] == [None, "etchash"]


def test_small_talk_is_known() -> None:
    messages = [
        says(C, id=16, method="mining.hashrate", params=["500000", "w-123"]),
        says(S, id=16),
        says(C, id=7, method="mining.noop"),
        says(S, id=7),
        setting(extranonce="af"),
        says(S, method="mining.hashrate", params={"interval": 60, "hr": "500000", "accepted": [36, 2], "rejected": 0}),
        says(S, method="mining.reconnect", params={"host": "alt.example", "port": "d80", "resume": "1"}),
        says(S, method="mining.bye"),
        says(C, method="mining.bye"),
    ]
    decoder = StratumOther()
    read(decoder, SESSION)
    assert read(decoder, messages) == [
        HashrateReport(C, 0, float(0x500000), None),
        Notice(S, 0, NoticeKind.REPLY),
        Notice(C, 0, NoticeKind.KEEPALIVE),
        Notice(S, 0, NoticeKind.REPLY),
        Notice(S, 0, NoticeKind.EXTRANONCE),
        Notice(S, 0, NoticeKind.SHOW_MESSAGE),
        Redirect(S, 0, "alt.example", 0xD80),
        Notice(S, 0, NoticeKind.KEEPALIVE),
        Notice(C, 0, NoticeKind.KEEPALIVE),
    ]


def test_a_bare_answer_whose_question_was_not_seen_is_no_share() -> None:
    """So are signs of life answered."""
    events = hear([message for message in SESSION if message[0] is S] + [says(S, id=31), says(S, id=32)])
    assert results(events) == []


def test_a_refused_greeting_is_an_attempt_in_this_dialect() -> None:
    dialogue = Dialogue()
    refusal = says(S, id=0, error={"code": 400, "message": "Bad protocol request"})
    hear([SESSION[0], refusal], dialogue=dialogue)
    assert (dialogue.dialect, dialogue.standing) == ("ethereumstratum-2", Standing.UNDECIDED)


@pytest.mark.parametrize(
    "message",
    [
        says(C, id=0, method="mining.hello", params={"agent": "m/1"}),  # Alephium's, too
        says(C, id=0, method="mining.hello", params=["m/1"]),
        says(C, id=0, method="mining.hello", params={"proto": 2}),
        says(C, id=0, method="mining.hello", params={"proto": "EthereumStratum/1.0.0"}),
    ],
)
def test_a_greeting_of_another_protocol_names_none(message: Message) -> None:
    decoder = StratumOther()
    read(decoder, [message])
    assert decoder.name == "stratum-other"


@pytest.mark.parametrize(
    "job",
    [
        notify("bf0488aa", "6526d5", HASH, 0),
        notify("bf0488aa", "6526d5", HASH, "2"),
        notify("bf0488aa", "0x6526d5", HASH, "0"),
        notify("bf0488aa", "6526dz", HASH, "0"),
        notify("bf0488aa", "6526d5", "0x" + HASH, "0"),
        notify("bf0488aa", 6526, HASH, "0"),
    ],
)
def test_a_job_of_another_form_is_not_its(job: Message) -> None:
    decoder = StratumOther()
    read(decoder, [*GREETED, job])
    assert decoder.name == "stratum-other"


def test_a_setting_of_nothing_settles_nothing() -> None:
    decoder = StratumOther()
    read(decoder, [setting(volume=11)])
    assert (decoder.name, decoder.standing) == ("stratum-other", Standing.UNDECIDED)
