"""CryptoNote stratum: its dialogues as events, and the many that use the same words."""

from __future__ import annotations

import pytest

from sensor.event import (
    Job,
    Login,
    LoginResult,
    LowShare,
    Malformed,
    MalformedCode,
    MiningEvent,
    Notice,
    NoticeKind,
    Redirect,
    Share,
    ShareResult,
    Standing,
    TellingShare,
    Unknown,
    UnknownCode,
)
from sensor.wire.cryptonote import CryptoNote
from sensor.wire.dialogue import Dialogue
from tests.unit.wire.cryptonote import (
    BLOB,
    SEED,
    STAK,
    STAK_LOGIN,
    WALLET,
    XMRIG,
    job_of,
    login,
    no,
    ok,
    push,
    submit,
    welcome,
)
from tests.unit.wire.talk import WAYS, C, Message, S, hear, read, says

YES = {"accepted": True, "stale": False, "duplicate": False, "code": None}


def job(job_id: str, work: float | None = 10000.0, **more: object) -> Job:
    facts: dict[str, object] = {"algorithm": "rx/0", "coin": "XMR", "height": None, **more}
    return Job(side=S, ts_ns=0, job_id=job_id, value=work, work=work, clean=None, **facts)  # type: ignore[arg-type]


XMRIG_EVENTS: list[MiningEvent] = [
    Login(C, 0, WALLET, "rack7", "XMRig/6.22.2 (Linux x86_64)", None),
    LoginResult(S, 0, WALLET, True, None),
    job("J1", height=3254412),
    Share(C, 0, 1, "J1", "rack7", 10000.0, 10000.0),
    ShareResult(S, 0, 1, **YES),
    Share(C, 0, 2, "J1", "rack7", 10000.0, 10000.0),
    LowShare(S, 0, 2, False, False, False, -1),
    job("J2", 5000.0, height=3254413),
    Share(C, 0, 3, "J1", "rack7", 10000.0, 10000.0),
    ShareResult(S, 0, 3, False, True, False, -1),
    Share(C, 0, 4, "J2", "rack7", 5000.0, 5000.0),
    ShareResult(S, 0, 4, False, False, True, -1),
    Notice(C, 0, NoticeKind.KEEPALIVE),
    Notice(S, 0, NoticeKind.KEEPALIVE),
    Redirect(S, 0, "pool2.example.org", 3333),
]

STAK_EVENTS: list[MiningEvent] = [
    Login(C, 0, STAK_LOGIN, "ryzen", "xmr-stak/1", 5000.0),
    LoginResult(S, 0, STAK_LOGIN, True, None),
    job("72", 20000.0, algorithm="cn/0"),
    Share(C, 0, 1, "72", "ryzen", 20000.0, 20000.0),
    Share(C, 0, 2, "72", "ryzen", 20000.0, 20000.0),
    ShareResult(S, 0, 1, **YES),
    LowShare(S, 0, 2, False, False, False, None),
]

# A proxy behind a pool: its jobs are block templates, its wallet no address, and it asks for jobs.
TEMPLATE = {"blocktemplate_blob": BLOB, "job_id": "T1", "difficulty": 4e11, "target_diff": 250000, "height": 9}
PROXY: list[Message] = [
    says(C, id="l", method="login", params={"login": "farm", "pass": "x", "agent": "xmr-node-proxy/0.1"}),
    says(S, id="l", error=None, result={"id": "p", "job": TEMPLATE, "status": "OK"}),
    says(C, id="g", method="getjobtemplate", params={"id": "p"}),
    says(S, id="g", error=None, result=TEMPLATE),
    says(C, id="h", method="getjob", params={"id": "p"}),
    says(S, id="h", error=None, result={"blob": "", "job_id": "", "target": ""}),
]
PROXY_EVENTS: list[MiningEvent] = [
    Login(C, 0, "farm", None, "xmr-node-proxy/0.1", None),
    LoginResult(S, 0, "farm", True, None),
    job("T1", 250000.0, algorithm=None, coin=None, height=9),
    Notice(C, 0, NoticeKind.GETWORK),
    job("T1", 250000.0, algorithm=None, coin=None, height=9),
    Notice(C, 0, NoticeKind.GETWORK),
    Notice(S, 0, NoticeKind.REPLY),
]

SELF_SELECT: list[Message] = [
    login(mode="self-select", agent="XMRig/6"),
    welcome(pool_wallet=WALLET, extra_nonce="0a", job_id="J1", target="b88d0600"),
    says(C, id=2, method="block_template", params={"id": "s1", "job_id": "J1", "blob": BLOB, "height": 5}),
    ok(2),
    submit(3, "J1"),
    ok(3),
]
SELF_SELECT_EVENTS: list[MiningEvent] = [
    Login(C, 0, WALLET, None, "XMRig/6", None),
    LoginResult(S, 0, WALLET, True, None),
    job("J1", algorithm=None, coin=None),
    Notice(C, 0, NoticeKind.TRANSACTIONS),
    Notice(S, 0, NoticeKind.REPLY),
    Share(C, 0, 1, "J1", None, 10000.0, 10000.0),
    ShareResult(S, 0, 1, **YES),
]

REFUSED = [login(agent="XMRig/6"), no(1, "Invalid payment address provided")]
REFUSED_EVENTS: list[MiningEvent] = [Login(C, 0, WALLET, None, "XMRig/6", None), LoginResult(S, 0, WALLET, False, -1)]

DIALOGUES = {
    "xmrig": (XMRIG, XMRIG_EVENTS),
    "xmr-stak": (STAK, STAK_EVENTS),
    "proxy": (PROXY, PROXY_EVENTS),
    "self-select": (SELF_SELECT, SELF_SELECT_EVENTS),
    "refused": (REFUSED, REFUSED_EVENTS),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", DIALOGUES)
def test_a_dialogue_is_read(name: str, way: str) -> None:
    messages, events = DIALOGUES[name]
    dialogue = Dialogue()
    assert hear(messages, way, dialogue) == events
    assert (dialogue.dialect, dialogue.miner) == ("cryptonote", C)
    assert (dialogue.malformed, dialogue.unknown) == (0, 0)
    assert dialogue.standing is (Standing.UNDECIDED if name == "refused" else Standing.CONFIRMED)


@pytest.mark.parametrize("start", range(1, 9))
def test_a_session_is_recognised_from_any_message_on(start: int) -> None:
    dialogue = Dialogue()
    hear(XMRIG[start:], dialogue=dialogue)
    assert (dialogue.dialect, dialogue.miner, dialogue.standing) == ("cryptonote", C, Standing.CONFIRMED)


def test_several_workers_on_one_connection_keep_their_names() -> None:
    messages = [
        login(1, rigid="a"),
        login(2, rigid=""),
        welcome(1, "s1", **job_of("J1")),
        welcome(2, "s2", **job_of("J2")),
        submit(3, "J2", "s2"),
        submit(4, "J1", "s1"),
    ]
    events = read(CryptoNote(), messages)
    assert [event.worker for event in events if isinstance(event, Login)] == ["a", None]
    assert [event.worker for event in events if isinstance(event, Share)] == [None, "a"]
    assert [event.job_id for event in events if isinstance(event, Job)] == ["J1", "J2"]
    assert [event.accepted for event in events if isinstance(event, LoginResult)] == [True, True]


@pytest.mark.parametrize(
    ("result", "accepted"),
    [
        ({"id": "2", "result": True}, True),
        ({"id": "2", "result": False}, False),
        ({}, True),
        ({"status": "DENIED"}, False),
        (None, False),
    ],
)
def test_an_answer_without_error_and_status_accepts(result: object, accepted: bool) -> None:
    answer = says(S, id="1", result=result, error=None)
    *_, event = read(CryptoNote(), [push("J1"), submit(1, "J1"), answer])
    assert isinstance(event, ShareResult)
    assert event.accepted is accepted


def test_a_target_between_job_and_submit_is_that_of_the_next_job() -> None:
    events = read(CryptoNote(), [push("J1"), push("J2", "711b0d00"), submit(1, "J1"), submit(2, "J2"), submit(3, "J9")])
    assert [event.work for event in events if isinstance(event, Share)] == [10000.0, 5000.0, None]


@pytest.mark.parametrize("target", ["b88d06", "00000000", "b88d0600ff"])
def test_a_target_of_another_form_leaves_the_work_unknown(target: str) -> None:
    *_, event = read(CryptoNote(), [push("J0"), push("J1", target)])
    assert isinstance(event, Job)
    assert event.work is None


# ---------------------------------------------------------------- one side only


def test_only_the_miner_is_seen() -> None:
    dialogue = Dialogue()
    events = hear([message for message in XMRIG if message[0] == C], dialogue=dialogue)
    assert (dialogue.dialect, dialogue.standing) == ("cryptonote", Standing.CONFIRMED)
    shares = [TellingShare] * 4
    assert [type(event) for event in events] == [Login, *shares, Notice]


def test_only_the_pool_is_seen() -> None:
    dialogue = Dialogue()
    events = hear([message for message in XMRIG if message[0] == S], dialogue=dialogue)
    assert (dialogue.dialect, dialogue.miner, dialogue.unknown) == ("cryptonote", C, 0)
    assert [event for event in events if isinstance(event, (LoginResult, ShareResult))] == [
        LoginResult(S, 0, None, True, None),
        ShareResult(S, 0, None, **YES),
        LowShare(S, 0, None, False, False, False, -1),
        ShareResult(S, 0, None, False, True, False, -1),
        ShareResult(S, 0, None, False, False, True, -1),
    ]


def test_a_job_that_answers_a_question_is_one_where_only_the_pool_is_seen() -> None:
    answer = says(S, id=4, jsonrpc="2.0", error=None, result=job_of("J3", algo="rx/0"))
    events = hear([message for message in [*XMRIG, answer] if message[0] == S])
    assert [event.job_id for event in events if isinstance(event, Job)] == ["J1", "J2", "J3"]


def test_an_unasked_answer_is_unknown_while_the_miner_is_seen() -> None:
    events = read(CryptoNote(), [push("J1"), submit(2, "J1"), ok(2), ok(3)])
    assert events[-1] == Unknown(S, 0, UnknownCode.REPLY)


def test_a_hole_on_the_miners_side_explains_an_answer() -> None:
    decoder = CryptoNote()
    read(decoder, [push("J1"), submit(2, "J1"), ok(2)])
    decoder.gap(C, 60, 0)
    assert read(decoder, [ok(3), ok(4)]) == [ShareResult(S, 0, None, **YES), Unknown(S, 0, UnknownCode.REPLY)]


def test_a_refusal_of_the_session_is_no_share() -> None:
    events = read(CryptoNote(), [push("J1"), no(9, "Unauthenticated"), no(10, "IP Address currently banned")])
    assert events[1:] == [Notice(S, 0, NoticeKind.REPLY)] * 2


# ---------------------------------------------------------------- what it is not


LOOKALIKES: dict[str, list[Message]] = {
    "chat": [
        says(C, id=1, method="login", params={"login": "bob", "pass": "secret"}),
        says(S, id=1, result={"token": "5f2c", "user": "bob"}),
    ],
    "chat with an agent": [
        says(C, id=1, method="login", params={"login": "bob", "pass": "secret", "agent": "chat/2"}),
        says(S, id=1, result={"token": "5f2c"}),
    ],
    "job queue": [
        says(C, id=1, method="submit", params={"job_id": "17", "queue": "mail"}),
        says(S, id=1, result={"status": "OK"}),
    ],
    "job service": [says(S, method="job", params={"job_id": "17", "target": "mail", "state": "queued"})],
    "grin": [
        says(C, id="0", jsonrpc="2.0", method="login", params={"login": "u", "pass": "x", "agent": "grin-miner 4"}),
        says(S, id="0", jsonrpc="2.0", method="login", result="ok", error=None),
    ],
    "grin job": [
        says(S, id="Stratum", method="job", params={"difficulty": 16, "height": 5, "job_id": 17, "pre_pow": "00" * 80})
    ],
    "grin submit": [says(C, id="3", method="submit", params={"height": 5, "job_id": 1, "nonce": 7, "pow": [1, 2]})],
    "beam": [says(C, method="login", api_key="k.w", id="login", jsonrpc="2.0")],
    "beam job": [says(S, id="9", method="job", difficulty=5, input=SEED, height=7)],
    "bytom": [says(C, id=1, method="login", params=["antminer", "x", "bmminer/2"])],
    "bytom job": [says(S, method="job", params={"version": "01", "job_id": "1", "target": "b88d0600", "seed": SEED})],
    "dynex": [says(C, id=1, method="login", params={"login": WALLET, "pass": "x", "agent": "d", "mallob_id": "5"})],
    "short blob": [says(S, method="job", params={"blob": "00ff", "job_id": "1", "target": "b88d0600"})],
    "no hash": [says(C, id=1, method="submit", params={"id": "1", "job_id": "2", "nonce": "d0030040", "result": "x"})],
    "electrum": [says(C, id=0, method="server.version", params=["w", "1.4"])],
    "log line": [says(C, level="info", job_id="17", blob=BLOB)],
}


@pytest.mark.parametrize("name", LOOKALIKES)
def test_who_uses_the_same_words_is_refuted(name: str) -> None:
    decoder = CryptoNote()
    read(decoder, LOOKALIKES[name])
    assert decoder.standing is Standing.REFUTED


@pytest.mark.parametrize("name", LOOKALIKES)
def test_a_dialogue_of_the_same_words_has_no_dialect(name: str) -> None:
    dialogue = Dialogue()
    hear(LOOKALIKES[name], dialogue=dialogue)
    assert dialogue.dialect is None


def test_a_login_that_could_be_anybodys_is_kept_back_until_the_pool_answers_with_a_job() -> None:
    plain = says(C, id=1, method="login", params={"login": "farm", "pass": "x"})
    dialogue = Dialogue()
    assert hear([plain], dialogue=dialogue) == []
    assert dialogue.dialect is None
    assert hear([plain, welcome()])[:2] == [
        Login(C, 0, "farm", None, None, None),
        LoginResult(S, 0, "farm", True, None),
    ]


@pytest.mark.parametrize(
    "message",
    [
        says(C, id=7, method="submit", params={"id": "s1", "nonce": "d0030040"}),
        says(C, id=7, method="submit", params=[1, 2]),
        says(S, method="job", params={"job_id": "x"}),
        says(C, id=7, method="login", params={}),
    ],
)
def test_once_confirmed_a_strange_message_is_only_malformed(message: Message) -> None:
    decoder = CryptoNote()
    events = read(decoder, [push("J1"), submit(2, "J1"), message])
    assert events[2:] == [Malformed(message[0], 0, MalformedCode.BAD_PARAMS, 0)]
    assert decoder.standing is Standing.CONFIRMED


def test_once_confirmed_a_strange_method_is_only_unknown() -> None:
    events = read(CryptoNote(), [push("J1"), says(C, id=7, method="status", params={}), ok(7)])
    assert events[1:] == [Unknown(C, 0, UnknownCode.METHOD), Notice(S, 0, NoticeKind.REPLY)]
