"""What all mining.* dialects share, shown on Bitcoin's: pairing of answers, one side only, starts from the middle."""

from __future__ import annotations

import pytest

from sensor.event import (
    DifficultyMissed,
    HashrateReport,
    Login,
    LoginResult,
    LowShare,
    Malformed,
    MalformedCode,
    Notice,
    NoticeKind,
    Share,
    ShareResult,
    Standing,
    Subscribe,
    Subscribed,
    Unknown,
    UnknownCode,
)
from sensor.limits import JOBS_PER_SESSION_MAX
from sensor.model import Side
from sensor.wire.dialogue import Dialogue
from sensor.wire.stratum_v1 import StratumV1
from tests.unit.wire.family import yes
from tests.unit.wire.stratum_v1 import ACCEPTED, ASIC, ASIC_EVENTS, AUTHORIZE, SUBSCRIBE, SUBSCRIBED, notify, submit
from tests.unit.wire.talk import SECOND, C, Message, S, hear, misses, read, says

# ---------------------------------------------------------------- several workers, odd ids


def test_several_workers_on_one_connection_keep_their_names() -> None:
    logins = [says(C, id=n, method="mining.authorize", params=[f"farm.r{n}", "x"]) for n in (1, 2, 3)]
    shares = [submit(10 + n, f"farm.r{n}", "a") for n in (3, 1, 2)]
    answers = [yes(11), says(S, id=13, result=None, error=[24, "Unauthorized worker", None]), yes(12)]
    events = read(StratumV1(), [*logins, yes(1), yes(2), says(S, id=3, result=False), notify("a"), *shares, *answers])
    assert [(e.login, e.accepted) for e in events if isinstance(e, LoginResult)] == [
        ("farm.r1", True),
        ("farm.r2", True),
        ("farm.r3", False),
    ]
    assert [event.worker for event in events if isinstance(event, Share)] == ["r3", "r1", "r2"]
    assert [(e.key, e.accepted, e.code) for e in events if isinstance(e, ShareResult)] == [
        (2, True, None),
        (1, False, 24),
        (3, True, None),
    ]


@pytest.mark.parametrize("ident", [4, "share", 4.0])
def test_shares_with_a_constant_id_are_answered_in_order(ident: object) -> None:
    answers = [
        yes(ident),
        says(S, id=ident, result=None, error=[23, "Low difficulty share", None]),
        yes(ident),
    ]
    events = read(StratumV1(), [notify("a"), *[submit(ident, "x.y", "a")] * 3, *answers])
    assert [(event.key, event.accepted) for event in events[4:] if isinstance(event, ShareResult)] == [
        (1, True),
        (2, False),
        (3, True),
    ]


def test_the_miners_of_a_backbone_link_may_use_the_same_ids() -> None:
    def share(client: int) -> Message:
        params = [f"a.{client}", "j", "0003", "66b3c0e4", "8f2a11c0"]
        return says(C, id=5, client_id=client, method="mining.submit", params=params)

    messages = [
        (C, b'{"method": "mining.passthrough","params": ["ckpool/0.9"]}\n'),
        (S, b'{"result": true}\n'),
        notify("j"),
        share(7),
        share(8),
        says(S, id=5, client_id=8, result=True, error=None),
        says(S, id=5, client_id=7, result=False, error=None),
    ]
    events = read(StratumV1(), messages)
    assert events[:2] == [Subscribe(C, 0, "ckpool/0.9"), Subscribed(S, 0, True)]
    assert [(e.key, e.accepted) for e in events if isinstance(e, ShareResult)] == [(2, True), (1, False)]


def test_a_pool_that_numbers_its_first_answer_itself_is_understood() -> None:
    events = read(StratumV1(), [SUBSCRIBE, says(S, id=1, result=True)])
    assert events == [Subscribe(C, 0, "asic/1.0"), Subscribed(S, 0, True)]


def test_the_answer_to_a_malformed_or_unknown_request_is_no_surprise() -> None:
    messages = [
        notify("a"),
        says(C, id=5, method="mining.submit", params=["x"]),
        says(S, id=5, result=None, error=[27, "Illegal params", None]),
        says(C, id=6, method="mining.frobnicate", params=[]),
        says(S, id=6, result=None, error=[26, "Illegal method", None]),
        says(C, id=7, method="mining.submit", params=["x", "b", "zz", "66b3c0e4", "8f2a11c0"]),
        says(S, id=7, result=None, error=[20, "bad", None]),
    ]
    assert read(StratumV1(), messages)[1:] == [
        Malformed(C, 0, MalformedCode.BAD_PARAMS, 0),
        Notice(S, 0, NoticeKind.REPLY),
        Unknown(C, 0, UnknownCode.METHOD),
        Notice(S, 0, NoticeKind.REPLY),
        Malformed(C, 0, MalformedCode.BAD_VALUE, 0),
        Notice(S, 0, NoticeKind.REPLY),
    ]


@pytest.mark.parametrize("name", ["worker", "username", "login"])
def test_a_login_may_come_as_an_object(name: str) -> None:
    asked = says(C, id=2, method="mining.authorize", params={name: "acct.rig07", "pass": "d=512"})
    assert read(StratumV1(), [asked, says(S, id=2, result=True)]) == [
        Login(C, 0, "acct.rig07", "rig07", None, 512.0),
        LoginResult(S, 0, "acct.rig07", True, None),
    ]
    empty = says(C, id=2, method="mining.authorize", params={"password": "x"})
    assert read(StratumV1(), [empty]) == [Malformed(C, 0, MalformedCode.BAD_PARAMS, 0)]


def test_a_hashrate_report_is_a_hint() -> None:
    events = read(
        StratumV1(),
        [
            notify("a"),
            says(C, id=9, method="eth_submitHashrate", worker="w", params=["0x1f4", "0x0"]),
            yes(9),
        ],
    )
    assert events[1:] == [HashrateReport(C, 0, 500.0, "w"), Notice(S, 0, NoticeKind.REPLY)]


# ---------------------------------------------------------------- one side only, and from the middle


def one_side(messages: list[Message], side: Side) -> list[Message]:
    return [message for message in messages if message[0] == side]


def test_only_the_miner_is_seen() -> None:
    dialogue = Dialogue()
    events = hear(one_side(ASIC, C), dialogue=dialogue)
    assert (dialogue.dialect, dialogue.miner) == ("stratum-v1", C)
    assert misses(events) == []
    assert [type(event) for event in events].count(Share) == 5
    assert all(event.value is None for event in events if isinstance(event, Share))


def test_only_the_pool_is_seen_from_the_start() -> None:
    dialogue = Dialogue()
    events = hear(one_side(ASIC, S), dialogue=dialogue)
    assert (dialogue.dialect, dialogue.miner, dialogue.standing) == ("stratum-v1", C, Standing.CONFIRMED)
    assert misses(events) == []
    assert [event for event in events if isinstance(event, LoginResult)] == [LoginResult(S, 0, None, True, None)]
    assert [event for event in events if isinstance(event, ShareResult)] == [
        ShareResult(S, 0, None, **ACCEPTED),
        LowShare(S, 0, None, False, False, False, 23),
        ShareResult(S, 0, None, False, True, False, 21),
        ShareResult(S, 0, None, False, False, True, None),
    ]


def test_only_the_pool_is_seen_from_the_middle() -> None:
    events = hear([notify("a"), yes(77), yes(78), says(S, id=79, result=None, error=[22, "Duplicate share", None])])
    assert events[1:] == [
        ShareResult(S, 0, None, **ACCEPTED),
        ShareResult(S, 0, None, **ACCEPTED),
        ShareResult(S, 0, None, False, False, True, 22),
    ]


def test_answers_right_behind_the_login_may_be_to_what_was_asked_with_it() -> None:
    decoder = StratumV1()
    events = read(decoder, [SUBSCRIBED, notify("a"), yes(3), yes(4)], step_ns=10_000_000)
    assert events[2:] == [LoginResult(S, 0, None, True, None), Notice(S, 0, NoticeKind.REPLY)]
    assert read(decoder, [yes(5)], start_ns=5_000_000_000) == [ShareResult(S, 0, None, **ACCEPTED)]


def test_an_unasked_answer_is_unknown_while_the_miner_is_seen() -> None:
    events = read(StratumV1(), [notify("a"), submit(4, "x.y", "a"), yes(4), yes(5)])
    assert events[-1] == Unknown(S, 0, UnknownCode.REPLY)


def test_a_refusal_that_only_a_share_can_get_counts_all_the_same() -> None:
    answer = says(S, id=5, result=None, error=[21, "Job not found", None])
    events = read(StratumV1(), [notify("a"), submit(4, "x.y", "a"), yes(4), answer])
    assert events[-1] == ShareResult(S, 0, None, False, True, False, 21)


def test_a_hole_on_the_miners_side_explains_as_many_answers_as_submits_fit_into_it() -> None:
    decoder = StratumV1()
    read(decoder, [notify("a"), submit(4, "x.y", "a"), yes(4)])
    assert decoder.gap(C, 110, 0) == []
    assert read(decoder, [yes(5), yes(6), yes(7)]) == [
        ShareResult(S, 0, None, **ACCEPTED),
        ShareResult(S, 0, None, **ACCEPTED),
        Unknown(S, 0, UnknownCode.REPLY),
    ]


def test_an_answer_to_nobody_settles_nothing() -> None:
    events = read(
        StratumV1(),
        [SUBSCRIBE, SUBSCRIBED, AUTHORIZE, says(S, id=None, result=None, error=[201, "no coin", None])],
    )
    assert events[-1] == Notice(S, 0, NoticeKind.REPLY)


@pytest.mark.parametrize("start", range(1, len(ASIC)))
def test_a_session_is_recognised_from_any_message_on(start: int) -> None:
    dialogue = Dialogue()
    hear(ASIC[start:], dialogue=dialogue)
    assert (dialogue.dialect, dialogue.miner) == ("stratum-v1", C)


def test_a_session_may_be_seen_the_other_way_round() -> None:
    turned = [(side.other, data) for side, data in ASIC]
    dialogue = Dialogue()
    events = hear(turned, dialogue=dialogue)
    assert dialogue.miner is S
    assert [type(event) for event in events] == [type(event) for event in ASIC_EVENTS]


# ---------------------------------------------------------------- difficulties and what may have been missed


def test_a_share_of_a_job_long_past_counts_what_the_latest_of_these_was_worth() -> None:
    jobs = [notify(f"{number:x}") for number in range(2 * JOBS_PER_SESSION_MAX)]
    said = [*ASIC[:4], says(S, id=None, method="mining.set_difficulty", params=[512]), *jobs]
    events = read(StratumV1(), [*said, submit(90, "account.rig", "0"), submit(91, "account.rig", "never")])
    assert [event.value for event in events if isinstance(event, Share)] == [512, 512]
    early = read(StratumV1(), [*said[:6], submit(90, "account.rig", "never")])
    assert [event.value for event in early if isinstance(event, Share)] == [None]


@pytest.mark.parametrize(("side", "missing", "count"), [(S, 46, 0), (S, 47, 1), (S, 5000, 1), (C, 5000, 0)])
def test_a_hole_of_the_pools_may_have_held_a_difficulty(side: Side, missing: int, count: int) -> None:
    decoder = StratumV1()
    read(decoder, ASIC)
    assert sum(isinstance(event, DifficultyMissed) for event in decoder.gap(side, missing, 9)) == count


@pytest.mark.parametrize(("begin", "end"), [(0, 20), (20, 40), (30, -1)])
@pytest.mark.parametrize(
    ("line", "count"), [(says(S, id=None, method="mining.set_difficulty", params=[4096]), 1), (yes(9), 0)]
)
def test_a_small_hole_may_tear_a_difficulty_but_no_answer(line: Message, count: int, begin: int, end: int) -> None:
    dialogue = Dialogue()
    hear(ASIC, dialogue=dialogue)
    before, behind = line[1][:begin], line[1][end:]
    events = dialogue.feed(S, 100 * SECOND, 0, before) if before else []
    hole = len(line[1]) - len(before) - len(behind)
    events += dialogue.feed(S, 101 * SECOND, hole, behind + notify("f")[1])
    assert sum(isinstance(event, DifficultyMissed) for event in events) == count
