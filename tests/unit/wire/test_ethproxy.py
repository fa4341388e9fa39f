"""ETHPROXY: its dialogues as events, job pushes among answers, and a node's RPC that is no mining."""

from __future__ import annotations

import pytest

from sensor.event import (
    HashrateReport,
    Job,
    Login,
    LoginResult,
    LowShare,
    Malformed,
    MalformedCode,
    MiningEvent,
    Notice,
    NoticeKind,
    Share,
    ShareResult,
    Standing,
    Unknown,
    UnknownCode,
)
from sensor.wire.dialogue import Dialogue
from sensor.wire.ethproxy import EthProxy
from tests.unit.wire.ethproxy import (
    CLAYMORE,
    ETHMINER,
    HEADERS,
    LOG_IN,
    LOGIN,
    SEED,
    TARGET,
    poll,
    push,
    rate,
    submit,
    yes,
)
from tests.unit.wire.talk import WAYS, C, Message, S, hear, misses, read, says

YES = {"accepted": True, "stale": False, "duplicate": False, "code": None}


def job(header: str, work: float | None = 2.0**32, height: int | None = None) -> Job:
    return Job(S, 0, header, None, work, None, None, None, height)


ETHMINER_EVENTS: list[MiningEvent] = [
    Login(C, 0, LOGIN, "eth1", None, None),
    LoginResult(S, 0, LOGIN, True, None),
    Notice(C, 0, NoticeKind.GETWORK),
    job(HEADERS[0], height=0x12A05F2),
    job(HEADERS[1]),
    Share(C, 0, 1, HEADERS[1], "rig3", None, 2.0**32),
    ShareResult(S, 0, 1, **YES),
    Share(C, 0, 2, HEADERS[0], "eth1", None, 2.0**32),
    LowShare(S, 0, 2, False, False, False, 23),
    HashrateReport(C, 0, 30467105.0, "rig3"),
    Notice(S, 0, NoticeKind.REPLY),
    Share(C, 0, 3, HEADERS[2], "eth1", None, None),
    ShareResult(S, 0, 3, False, False, False, None),
]

SHORT_WORK = 2**256 / (int("0225c17d04dad2965cc5a02a23e254c0c3f75d9178046a", 16) + 1)
CLAYMORE_EVENTS: list[MiningEvent] = [
    Login(C, 0, LOGIN, "rig3", None, None),
    LoginResult(S, 0, LOGIN, True, None),
    Notice(C, 0, NoticeKind.GETWORK),
    job(HEADERS[0], SHORT_WORK),
    Notice(C, 0, NoticeKind.GETWORK),
    Notice(S, 0, NoticeKind.REPLY),
    HashrateReport(C, 0, 1000.0, "rig3"),
    Share(C, 0, 1, HEADERS[0], "rig3", None, SHORT_WORK),
    Share(C, 0, 2, HEADERS[0], "rig3", None, SHORT_WORK),
    Notice(S, 0, NoticeKind.REPLY),
    ShareResult(S, 0, 1, **YES),
    ShareResult(S, 0, 2, False, False, True, 22),
    Notice(S, 0, NoticeKind.SHOW_MESSAGE),
]

REFUSED = [LOG_IN, says(S, id=1, jsonrpc="2.0", result=None, error={"code": -1, "message": "Invalid login"})]
REFUSED_EVENTS: list[MiningEvent] = [Login(C, 0, LOGIN, "eth1", None, None), LoginResult(S, 0, LOGIN, False, -1)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("messages", "events"),
    [(ETHMINER, ETHMINER_EVENTS), (CLAYMORE, CLAYMORE_EVENTS), (REFUSED, REFUSED_EVENTS)],
    ids=["ethminer", "claymore", "refused"],
)
def test_a_dialogue_is_read(messages: list[Message], events: list[MiningEvent], way: str) -> None:
    dialogue = Dialogue()
    assert hear(messages, way, dialogue) == events
    assert (dialogue.dialect, dialogue.miner, dialogue.standing) == ("ethproxy", C, Standing.CONFIRMED)
    assert (dialogue.malformed, dialogue.unknown) == (0, 0)


@pytest.mark.parametrize("start", range(1, len(ETHMINER) - 1))
def test_a_session_is_recognised_from_any_message_on(start: int) -> None:
    dialogue = Dialogue()
    hear(ETHMINER[start:], dialogue=dialogue)
    assert (dialogue.dialect, dialogue.miner) == ("ethproxy", C)


def test_an_array_is_a_job_whatever_its_id() -> None:
    decoder = EthProxy()
    pushed = [says(S, id=ident, result=[HEADERS[0], SEED, TARGET]) for ident in (0, 1, 40, None)]
    events = read(decoder, [LOG_IN, submit(40, HEADERS[0]), *pushed, yes(40)])
    assert events[2:] == [job(HEADERS[0])] * 4 + [ShareResult(S, 0, 1, **YES)]


def test_hashes_may_lack_their_prefix_and_a_height_may_stand_beside() -> None:
    bare = [HEADERS[0][2:], SEED[2:], TARGET[2:], "a1b2c3"]
    events = read(EthProxy(), [says(S, id=0, result=bare, height=77)])
    assert events == [job(HEADERS[0][2:], height=77)]


def test_each_share_is_worth_the_target_of_its_own_job() -> None:
    half = "0x000000007" + "f" * 55
    messages = [push(HEADERS[0]), push(HEADERS[1], half), submit(40, HEADERS[0]), submit(41, HEADERS[1])]
    events = read(EthProxy(), messages)
    assert [event.work for event in events if isinstance(event, Share)] == [2.0**32, 2.0**33]


def test_several_workers_share_one_connection() -> None:
    second = says(C, id=2, method="eth_submitLogin", worker="eth2", params=[LOGIN])
    events = read(EthProxy(), [LOG_IN, second, submit(40, HEADERS[0], worker="eth1"), submit(41, HEADERS[0])])
    assert [event.worker for event in events] == ["eth1", "eth2", "eth1", "eth2"]  # type: ignore[union-attr]


def test_a_mail_address_in_the_login_is_kept_as_sent_and_is_no_worker() -> None:
    (event,) = read(EthProxy(), [says(C, id=1, method="eth_submitLogin", params=[LOGIN, "pass@example.org"])])
    assert event == Login(C, 0, LOGIN, "rig3", None, None)


@pytest.mark.parametrize(
    ("value", "expected"), [("0x1f4", 500.0), ("1f4", 500.0), ("0x" + "0" * 61 + "1f4", 500.0), (500, 500.0)]
)
def test_a_hashrate_is_hex_of_any_length(value: object, expected: float) -> None:
    assert read(EthProxy(), [rate(9, value)]) == [HashrateReport(C, 0, expected, "rig3")]


@pytest.mark.parametrize("value", ["0x", "zz", "0x" + "f" * 64, None, -5, [], True])
def test_a_senseless_hashrate_is_malformed(value: object) -> None:
    assert read(EthProxy(), [rate(9, value)]) == [Malformed(C, 0, MalformedCode.BAD_VALUE, 0)]


@pytest.mark.parametrize("params", [[], None, ["0x1"], ["0x1", "0x2", "0x3"], {"a": 1}, [1, 2, 3]])
def test_a_submit_of_another_shape_is_malformed_and_its_answer_no_share(params: object) -> None:
    events = read(EthProxy(), [LOG_IN, says(C, id=40, method="eth_submitWork", params=params), yes(40)])
    assert events[1:] == [Malformed(C, 0, MalformedCode.BAD_PARAMS, 0), Notice(S, 0, NoticeKind.REPLY)]


# ---------------------------------------------------------------- one side only


def test_only_the_miner_is_seen() -> None:
    dialogue = Dialogue()
    events = hear([message for message in ETHMINER if message[0] == C], dialogue=dialogue)
    assert (dialogue.dialect, dialogue.miner) == ("ethproxy", C)
    assert [type(event) for event in events] == [Login, Notice, Share, Share, HashrateReport, Share]


def test_only_the_pool_is_seen() -> None:
    dialogue = Dialogue()
    events = hear([message for message in ETHMINER if message[0] == S], dialogue=dialogue)
    assert (dialogue.dialect, dialogue.miner, dialogue.standing) == ("ethproxy", C, Standing.CONFIRMED)
    assert [event for event in events if isinstance(event, Job)] == [job(HEADERS[0], height=0x12A05F2), job(HEADERS[1])]
    # A bare yes may be to a hashrate report; "Invalid share" is said of nothing else.
    assert [event for event in events if isinstance(event, ShareResult)] == [
        LowShare(S, 0, None, False, False, False, 23)
    ]


def test_only_the_pool_is_seen_of_a_miner_that_numbers_its_shares_from_40() -> None:
    events = read(EthProxy(), [push(HEADERS[0]), yes(9), yes(40), yes(9), yes(41), says(S, id=42, result=False)])
    assert events[1:] == [
        Notice(S, 0, NoticeKind.REPLY),
        Notice(S, 0, NoticeKind.REPLY),
        Notice(S, 0, NoticeKind.REPLY),
        ShareResult(S, 0, None, **YES),
        ShareResult(S, 0, None, False, False, False, None),
    ]


def test_an_unasked_answer_is_unknown_while_the_miner_is_seen() -> None:
    assert read(EthProxy(), [LOG_IN, yes(1), yes(77)])[-1] == Unknown(S, 0, UnknownCode.REPLY)


# ---------------------------------------------------------------- what it is not


@pytest.mark.parametrize(
    "messages",
    [
        [says(C, id=1, jsonrpc="2.0", method="eth_blockNumber", params=[])],
        [says(C, id=1, jsonrpc="2.0", method="eth_call", params=[{"to": "0x0"}, "latest"])],
        [poll(), says(C, id=2, jsonrpc="2.0", method="web3_clientVersion", params=[])],
        [says(C, id=1, jsonrpc="2.0", method="net_version"), says(S, id=1, result="1")],
        [rate(9, "0x1"), says(S, id=None, method="mining.notify", params=["a", HEADERS[0], SEED, TARGET, True])],
        [says(C, id=1, method="mining.subscribe", params=[])],
        [says(C, time=5, message="eth_submitLogin")],
    ],
)
def test_a_nodes_rpc_and_other_dialects_are_refuted(messages: list[Message]) -> None:
    decoder = EthProxy()
    read(decoder, messages)
    assert decoder.standing is Standing.REFUTED


WORK = [HEADERS[0], SEED, TARGET]


def test_polling_is_no_mining_even_where_it_is_answered_with_work() -> None:
    """Whoever serves a pool polls a node so, and a node answers so."""
    decoder = EthProxy()
    read(decoder, [poll(), says(S, id=5, result=None, error={"code": -32601, "message": "not available"}), poll()])
    assert (decoder.standing, decoder.claimed) == (Standing.UNDECIDED, False)
    read(decoder, [says(S, id=5, result=WORK), poll(), says(S, id=5, result=WORK), rate(8, "0x1f4", worker=None)])
    assert decoder.standing is Standing.UNDECIDED


@pytest.mark.parametrize(
    "messages",
    [
        [poll(), push(HEADERS[0])],
        [push(HEADERS[0]), push(HEADERS[1])],
        [poll(), says(S, id=5, result=WORK), rate(9, "0x1f4")],
        [rate(9, "0x1f4"), says(S, id=5, result=WORK)],
        [says(C, id=3, worker="eth1.0", method="eth_getWork", params=[]), says(S, id=3, result=WORK)],
    ],
    ids=["work unasked", "work again", "a rig behind work", "a rig before work", "a rig that polls"],
)
def test_work_for_a_rig_or_unasked_is_mining(messages: list[Message]) -> None:
    decoder = EthProxy()
    read(decoder, messages)
    assert decoder.standing is Standing.CONFIRMED


@pytest.mark.parametrize(
    "result",
    [
        [HEADERS[0], SEED],
        [HEADERS[0], SEED, "0x"],
        [HEADERS[0], "x", TARGET],
        [1, 2, 3],
        HEADERS,
        [HEADERS[0], SEED, "0x0"],
    ],
)
def test_another_array_is_no_work(result: list[object]) -> None:
    assert misses(read(EthProxy(), [says(S, id=0, result=result)])) == [Unknown(S, 0, UnknownCode.REPLY)]
