"""getwork over HTTP, Bitcoin's and Ethash's: work, shares, heads, and who asks."""

from __future__ import annotations

import pytest

from sensor.event import (
    HashrateReport,
    Job,
    Login,
    LoginResult,
    LowShare,
    Malformed,
    Redirect,
    Share,
    ShareResult,
    Standing,
    Subscribe,
    Unknown,
    UnknownCode,
)
from sensor.limits import UNDECIDED_MESSAGES_MAX, UNEARNED_ERRANDS_MAX
from sensor.wire.http_dialogue import HttpDialogue
from tests.lab.dialects.over_http import answer, basic, request
from tests.unit.wire.over_http import DATA, MINER, ROOT, SOLVED, WORK, answers, asks, hear, mines, of
from tests.unit.wire.talk import SECOND, C, Message, S, misses

ADDRESS = "0x" + "5a" * 20
HEADER = "0x" + "ab" * 32
ETHASH = [HEADER, "0x" + "cd" * 32, "0x" + "00" * 4 + "ff" * 28]
BROUGHT = ["0x" + "11" * 8, HEADER, "0x" + "22" * 32]
CONVERSATION = [
    mines("getwork", Authorization=basic("account.rig1", "hunter2"), X_Mining_Hashrate="4000000000"),
    answers(WORK, X_Long_Polling="/LP", X_Roll_NTime="expire=120"),
    mines("getwork", [SOLVED], 2, Authorization=basic("account.rig1", "hunter2")),
    answers(True, 2),
    mines("getwork", [SOLVED], 3, Authorization=basic("account.rig1", "hunter2")),
    answers(False, 3, X_Reject_Reason="duplicate"),
]


@pytest.mark.parametrize("cut", [0, 1, 7, 100])
def test_a_conversation_is_read_as_login_work_and_shares(cut: int) -> None:
    dialogue = HttpDialogue()
    events = hear(CONVERSATION, dialogue, cut=cut)
    work = 2.0**256 / (int("f" * 56, 16) + 1)
    assert of(Login, events) == [Login(C, 0, "account.rig1", "rig1", "cgminer 3.7.2", None)]
    assert of(LoginResult, events) == [LoginResult(S, 0, "account.rig1", True, None)]
    assert of(HashrateReport, events) == [HashrateReport(C, 0, 4e9, "rig1")]
    assert [(job.job_id, job.work, job.value) for job in of(Job, events)] == [(ROOT, work, None)]
    assert of(Share, events) == [Share(C, 0, key, ROOT, "rig1", None, work) for key in (1, 2)]
    assert of(ShareResult, events) == [
        ShareResult(S, 0, 1, True, False, False, None),
        ShareResult(S, 0, 2, False, False, True, None),
    ]
    assert misses(events) == []
    assert (dialogue.dialect, dialogue.miner, dialogue.standing) == ("getwork", C, Standing.CONFIRMED)
    assert (dialogue.is_server, dialogue.messages) == (False, (3, 3))


def test_the_password_is_a_secret_until_it_is_forgotten() -> None:
    dialogue = HttpDialogue()
    dialogue.feed(*(CONVERSATION[0][0], SECOND, 0, CONVERSATION[0][1]))
    assert dialogue.secrets == ("hunter2",)
    dialogue.forget_secrets()
    assert "hunter2" not in dialogue.secrets
    assert dialogue.secrets


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("stale-prevblk", (ShareResult, True, False)),
        ("duplicate", (ShareResult, False, True)),
        ("high-hash", (LowShare, False, False)),
        ("unknown-work", (ShareResult, True, False)),
        ("because", (ShareResult, False, False)),
    ],
)
def test_the_reason_of_a_rejection_stands_in_the_head(reason: str, expected: tuple[type, bool, bool]) -> None:
    said = [*CONVERSATION[:2], mines("getwork", [SOLVED], 2), answers(False, 2, X_Reject_Reason=reason)]
    (result,) = (event for event in hear(said) if isinstance(event, ShareResult))
    assert (type(result), result.stale, result.duplicate) == expected
    assert not result.accepted


def test_who_waits_on_the_path_of_the_pool_is_answered_with_work() -> None:
    waits = C, b"GET /LP HTTP/1.1\r\nX-Mining-Extensions: longpoll\r\n\r\n"
    assert len(of(Job, hear([*CONVERSATION[:2], waits, answers(WORK, None)]))) == 2


def test_a_connection_only_to_wait_on_is_a_miners_where_its_head_says_so() -> None:
    for waits, expected in ((MINER, Standing.CONFIRMED), ({}, Standing.UNDECIDED)):
        dialogue = HttpDialogue()
        fields = "".join(f"{name}: {value}\r\n" for name, value in waits.items())
        asked = f"GET /LP HTTP/1.1\r\n{fields}Authorization: {basic('account', 'x')}\r\n\r\n".encode()
        events = hear([(C, asked), answers(WORK, None)], dialogue)
        assert dialogue.standing is expected
        assert len(of(Job, events)) == (expected is Standing.CONFIRMED)


def test_requests_may_be_sent_before_the_answers_and_behind_a_100_continue() -> None:
    share = mines("getwork", [SOLVED], 0)[1]
    said: list[Message] = [
        (C, mines("getwork", number=0)[1] + share + share),
        (S, b"HTTP/1.1 100 Continue\r\n\r\n" + answers(WORK, 0)[1] + answers(True, 0)[1] + answers(False, 0)[1]),
    ]
    events = hear(said)
    assert [(one.key, one.accepted) for one in of(ShareResult, events)] == [(1, True), (2, False)]
    assert len(of(Job, events)) == 1


def test_calls_in_one_document_are_answered_by_their_ids() -> None:
    body = b'[{"method":"getwork","params":[],"id":5},{"method":"getwork","params":["%s"],"id":6}]' % SOLVED.encode()
    reply = b'[{"id":6,"result":true,"error":null},{"id":5,"result":{"data":"%s","target":"%s"}}]'
    filled = reply % (DATA.encode(), str(WORK["target"]).encode())
    events = hear([(C, request("/", MINER, body)), (S, answer(filled))])
    assert [(one.key, one.accepted) for one in of(ShareResult, events)] == [(1, True)]
    assert len(of(Job, events)) == 1


def test_a_refused_login_and_another_place() -> None:
    first = mines("getwork", Authorization=basic("account", "x"))
    refused = hear([first, (S, answer(b"", "401 Unauthorized"))])
    assert of(LoginResult, refused) == [LoginResult(S, 0, "account", False, 401)]
    moved = hear([first, answers(WORK, X_Stratum="stratum+tcp://eu.pool.example:3334")])
    assert of(Redirect, moved) == [Redirect(S, 0, "eu.pool.example", 3334)]


def test_a_pool_of_lines_that_answers_without_heads_leaves_an_attempt() -> None:
    dialogue = HttpDialogue()
    events = hear([mines("getwork"), (S, b'{"id":999,"result": null,"error": [20, "Invalid JSON"]}\n')], dialogue)
    assert (dialogue.dialect, dialogue.standing, dialogue.refuted) == ("getwork", Standing.CONFIRMED, False)
    assert of(Subscribe, events) == [Subscribe(C, 0, "cgminer 3.7.2")]
    assert not of(Malformed, events)


# ---------------------------------------------------------------- who asks


def test_of_the_pool_alone_its_heads_tell() -> None:
    dialogue = HttpDialogue()
    events = hear([answers(WORK, X_Long_Polling="/LP"), answers(True, 2), answers(WORK, 3)], dialogue)
    assert (dialogue.dialect, dialogue.miner, dialogue.standing) == ("getwork", C, Standing.CONFIRMED)
    assert (len(of(Job, events)), [one.accepted for one in of(ShareResult, events)]) == (2, [True])
    silent = HttpDialogue()
    hear([answers(WORK)] * (UNDECIDED_MESSAGES_MAX + 2), silent)
    assert (silent.refuted, silent.is_server, silent.dialect) == (True, False, None)


def test_a_solution_shows_a_miner_without_a_name() -> None:
    dialogue = HttpDialogue()
    hear([asks("getwork"), answers(WORK)], dialogue)
    assert (dialogue.standing, dialogue.is_server) == (Standing.UNDECIDED, True)
    hear([asks("getwork", [SOLVED], 2), answers(True, 2)], dialogue)
    assert (dialogue.standing, dialogue.is_server, dialogue.dialect) == (Standing.CONFIRMED, False, "getwork")


def test_who_only_asks_is_no_miner() -> None:
    dialogue = HttpDialogue()
    hear([asks("getwork"), answers(WORK)] * (UNEARNED_ERRANDS_MAX + 1), dialogue)
    assert (dialogue.refuted, dialogue.is_server, dialogue.dialect) == (True, True, "getwork")


@pytest.mark.parametrize(
    ("said", "is_server"),
    [
        ([asks("getwork"), answers(WORK), asks("getinfo", number=2)], True),
        ([asks("eth_getWork"), answers(ETHASH), asks("eth_getBlockByNumber", ["pending", False], 2)], True),
        ([asks("getbalance")], False),
        ([asks("getblockchaininfo"), answers({}), asks("getwork", number=2)], False),
        ([(C, request("/", {}, b'{"text": "\\"getwork\\""}'))], False),
        ([(C, request("/", {}, b"a=getwork&b=1"))], False),
    ],
    ids=["pool", "ethereum pool", "wallet", "wallet first", "page", "form"],
)
def test_other_calls_are_not_a_miners(said: list[Message], is_server: bool) -> None:
    dialogue = HttpDialogue()
    hear(said, dialogue)
    assert (dialogue.is_server, dialogue.standing is Standing.CONFIRMED) == (is_server, False)


def test_a_miner_may_call_the_node_for_other_things() -> None:
    dialogue = HttpDialogue()
    hear([*CONVERSATION, mines("getinfo", number=9), answers({}, 9)], dialogue)
    assert (dialogue.refuted, dialogue.standing) == (False, Standing.CONFIRMED)


def test_both_ends_ask_each_other() -> None:
    dialogue = HttpDialogue()
    strange = S, CONVERSATION[0][1]
    assert [event.code for event in of(Unknown, hear([CONVERSATION[0], strange], dialogue))] == [UnknownCode.ROLE]
    assert not dialogue.refuted
    assert hear([strange], dialogue) == []
    assert dialogue.refuted
    assert dialogue.feed(C, 9 * SECOND, 0, CONVERSATION[0][1]) == []


# ---------------------------------------------------------------- Ethash


def test_a_wallet_in_the_path_or_query_is_the_login() -> None:
    for path, login in (
        (f"/{ADDRESS}/rig7/mail", f"{ADDRESS}/rig7/mail"),
        (f"/?miner=30@{ADDRESS}@rig7", f"{ADDRESS}.rig7"),
    ):
        dialogue = HttpDialogue()
        events = hear(
            [
                asks("eth_getWork", path=path),
                answers(ETHASH),
                asks("eth_submitHashrate", ["0x17d78400", "0x00"], 2, path=path),
                answers(True, 2),
                asks("eth_submitWork", BROUGHT, 3, path=path),
                answers(True, 3),
            ],
            dialogue,
        )
        assert of(Login, events) == [Login(C, 0, login, "rig7", None, None)]
        assert of(HashrateReport, events) == [HashrateReport(C, 0, 4e8, "rig7")]
        assert [(job.job_id, job.algorithm) for job in of(Job, events)] == [(HEADER, "ethash")]
        assert [(one.job_id, one.worker, one.work) for one in of(Share, events)] == [(HEADER, "rig7", 2.0**32)]
        assert [one.accepted for one in of(ShareResult, events)] == [True]
        assert (dialogue.dialect, dialogue.standing) == ("getwork", Standing.CONFIRMED)


def test_one_solution_of_ethash_is_a_pools_block_and_two_are_a_miners() -> None:
    dialogue = HttpDialogue()
    said = [asks("eth_getWork"), answers(ETHASH), asks("eth_submitWork", BROUGHT, 2), answers(True, 2)]
    hear(said, dialogue)
    assert (dialogue.standing, dialogue.is_server) == (Standing.UNDECIDED, True)
    hear([asks("eth_submitWork", BROUGHT, 3), answers(True, 3)], dialogue)
    assert (dialogue.standing, dialogue.is_server) == (Standing.CONFIRMED, False)


# ---------------------------------------------------------------- holes


def test_an_answer_that_is_lost_shifts_no_other() -> None:
    dialogue = HttpDialogue()
    share = mines("getwork", [SOLVED], 0)
    events = [event for side, data in (*CONVERSATION[:2], share) for event in dialogue.feed(side, SECOND, 0, data)]
    events += dialogue.feed(*(C, 2 * SECOND, 0, share[1]))
    events += dialogue.feed(S, 3 * SECOND, 120, answers(False, 0)[1])
    assert [(one.key, one.accepted) for one in of(ShareResult, events)] == [(2, False)]


def test_a_request_that_is_lost_explains_its_answer() -> None:
    dialogue = HttpDialogue()
    events = [event for side, data in CONVERSATION[:2] for event in dialogue.feed(side, SECOND, 0, data)]
    events += dialogue.feed(S, 2 * SECOND, 0, answers(True, 7)[1])
    assert len(of(Unknown, events)) == 1
    events += dialogue.feed(C, 3 * SECOND, 400, mines("getwork", number=8)[1])
    assert [(one.key, one.accepted) for one in of(ShareResult, events)] == [(None, True)]


def test_heads_that_change_tell_who_it_is_now() -> None:
    events = hear(
        [
            mines("getwork", Authorization=basic("a", "x")),
            answers(WORK),
            mines("getwork", Authorization=basic("b", "y"), X_Mining_Hashrate="nan"),
            answers(WORK),
        ]
    )
    assert [one.login for one in of(Login, events)] == ["a", "b"]
    assert [one.login for one in of(LoginResult, events)] == ["a", "b"]
    assert of(HashrateReport, events) == []


@pytest.mark.parametrize("value", ["Basic", "Basic !!!", "Basic " + "A" * 600, "Digest x", basic("", "x")])
def test_credentials_that_are_none_are_no_login(value: str) -> None:
    assert of(Login, hear([mines("getwork", Authorization=value)])) == []
