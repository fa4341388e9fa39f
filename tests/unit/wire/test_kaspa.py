"""Kaspa's stratum: numbers of 64 bits, two forms of a job, and the chains that copied it."""

from __future__ import annotations

import pytest

from sensor.event import Difficulty, Notice, NoticeKind, Share, ShareResult, Standing, TellingShare
from sensor.wire.dialogue import Dialogue
from sensor.wire.stratum_other import StratumOther
from tests.unit.wire.family import ETHER, KASPA, RELATIVE, difficulty, log_in, notify, submit, subscribe, subscribed
from tests.unit.wire.talk import C, Message, S, hear, jobs, misses, read, says, talk

SESSION = RELATIVE["kaspa"]
WORDS = [6417187243563447809, 12098432110034455667, 1330055667788990011, 991122334455667788]
JOB = notify("12", WORDS, 1700000000123)
HEX_JOB = notify("12", "5a" * 40)


def test_a_difficulty_is_worth_2_to_the_32() -> None:
    (found,) = jobs(hear(SESSION))
    assert (found.value, found.work) == (4, 4 * 2.0**32)


@pytest.mark.parametrize(
    "job",
    [
        JOB,
        HEX_JOB,
        notify("12", "5a" * 40, 1700000000123),
        notify(12, WORDS, 1700000000123),
        says(S, jsonrpc="2.0", id=12, method="mining.notify", params=["12", WORDS, 1700000000123]),
    ],
)
def test_the_job_is_read_in_every_writing(job: Message) -> None:
    events = hear([*SESSION[:6], job])
    (found,) = jobs(events)
    assert (found.job_id, found.work, found.algorithm) == ("12", 4 * 2.0**32, "kheavyhash")
    assert misses(events) == []


def test_the_first_difficulty_may_come_behind_the_first_job() -> None:
    events = hear([*SESSION[:5], JOB, difficulty(4), SESSION[7]])
    (found,) = [event for event in events if isinstance(event, Share)]
    assert found.work == 4 * 2.0**32
    assert Difficulty(S, 0, 4, 4 * 2.0**32) in events


def test_without_a_difficulty_a_share_is_not_worth_1() -> None:
    (found,) = jobs(hear([*SESSION[:5], JOB]))
    assert (found.value, found.work) == (None, None)


@pytest.mark.parametrize(
    ("login", "algorithm", "coin"),
    [
        (KASPA, "kheavyhash", "KAS"),
        ("karlsen:q" + "p" * 60 + ".rig3", None, None),
        ("spectre:q" + "p" * 62, None, None),
        ("account.rig3", "kheavyhash", None),
        ("1LXeP87tRaoFk58i6hyJUSmoerL13SzUEu", "kheavyhash", None),
        ("kaspa:short.rig3", "kheavyhash", None),
    ],
)
def test_the_address_tells_the_chain(login: str, algorithm: str | None, coin: str | None) -> None:
    (found,) = jobs(hear([*SESSION[:2], log_in(login), *SESSION[3:7]]))
    assert (found.algorithm, found.coin, found.work) == (algorithm, coin, 4 * 2.0**32)


@pytest.mark.parametrize(
    "result", [[True, "EthereumStratum/1.0.0"], ["KaspaStratum/1.0.0"], [True, "KaspaStratum/1.0.0"]]
)
def test_the_answer_to_its_subscription_is_assumed_to_be_its(result: object) -> None:
    dialogue = Dialogue()
    hear([subscribe("lolMiner 1.76", "EthereumStratum/1.0.0"), subscribed(result)], dialogue=dialogue)
    assert (dialogue.dialect, dialogue.standing) == ("kaspa", Standing.UNDECIDED)


def test_an_extranonce_without_prefix_is_a_bridges() -> None:
    message = says(S, id=None, jsonrpc="2.0", method="set_extranonce", params=["fbba", 6])
    decoder = StratumOther()
    assert read(decoder, [message])[-1] == Notice(S, 0, NoticeKind.EXTRANONCE)
    assert decoder.name == "kaspa"


def test_its_address_alone_is_an_attempt_in_this_dialect() -> None:
    dialogue = Dialogue()
    hear([subscribe("asic/1"), log_in(KASPA)], dialogue=dialogue)
    assert (dialogue.dialect, dialogue.standing) == ("kaspa", Standing.UNDECIDED)


@pytest.mark.parametrize("nonce", ["0x9abcdef000112233", "9abcdef000112233", "0x9abcdef00011223"])
def test_a_share_with_its_address_is_proof(nonce: str) -> None:
    dialogue = Dialogue()
    hear([submit(3, KASPA, "12", nonce)], dialogue=dialogue)
    assert (dialogue.dialect, dialogue.standing) == ("kaspa", Standing.CONFIRMED)


@pytest.mark.parametrize(
    ("login", "shown"), [(KASPA, ("kheavyhash", "KAS")), ("karlsen:q" + "p" * 60 + ".rig3", (None, None))]
)
def test_the_first_share_shows_what_is_mined_where_no_job_was_seen(login: str, shown: tuple[str, str]) -> None:
    first, second = hear([submit(3, login, "12", "0x01"), submit(4, login, "12", "0x02")])[-2:]
    assert isinstance(first, TellingShare)
    assert (first.algorithm, first.coin, first.worker) == (*shown, "rig3")
    assert type(second) is Share


@pytest.mark.parametrize(
    ("login", "nonce"),
    [("account.rig3", "0x9abcdef000112233"), (ETHER, "0x9abcdef000112233"), (KASPA, "0x"), (KASPA, "0x" + "1" * 17)],
)
def test_any_other_share_is_none(login: str, nonce: str) -> None:
    decoder = StratumOther()
    read(decoder, [submit(3, login, "12", nonce)])
    assert decoder.standing is Standing.UNDECIDED


@pytest.mark.parametrize(
    ("result", "stale", "duplicate"),
    [
        ([21, "Job not found", None], True, False),
        ([22, "Duplicate", None], False, True),
        ([20, "no"], False, False),
    ],
)
def test_a_bridge_refuses_in_the_result(result: list[object], stale: bool, duplicate: bool) -> None:
    messages = [*SESSION[:8], says(S, id=3, result=result)]
    (found,) = [event for event in hear(messages) if isinstance(event, ShareResult)]
    assert (found.accepted, found.stale, found.duplicate, found.code) == (False, stale, duplicate, result[0])
    blind = [JOB, *[says(S, id=number, result=result) for number in range(3, 6)]]
    assert [event.accepted for event in hear(blind) if isinstance(event, ShareResult)] == [False] * 3


def test_shares_keep_their_connection_to_the_job_across_vardiff() -> None:
    later = [
        difficulty(8),
        notify("13", WORDS, 1700000001123),
        submit(4, KASPA, "12", "0x01"),
        submit(5, KASPA, "13", "0x02"),
    ]
    events = hear([*SESSION, *later])
    assert [event.value for event in events if isinstance(event, Share)] == [4, 4, 8]


@pytest.mark.parametrize(
    "job",
    [
        notify("12", WORDS[:3], 1700000000123),
        notify("12", [*WORDS[:3], 2**64], 1700000000123),
        notify("12", [*WORDS[:3], 1.5], 1700000000123),
        notify("12", [*WORDS[:3], True], 1700000000123),
        notify("12", "5a" * 39, 1700000000123),
        notify("12", "00" * 286, True),  # Kadena
        notify([1], WORDS, 1700000000123),
    ],
)
def test_a_job_of_another_form_is_not_its(job: Message) -> None:
    decoder = StratumOther()
    read(decoder, [job])
    assert decoder.name == "stratum-other"


@pytest.mark.parametrize(
    "words",
    [
        'C> {"id":1,"method":"getBlockTemplateRequest","params":{"payAddress":"' + KASPA + '"}}',
        'C> {"getInfoRequest":{}}\nS> {"getInfoResponse":{"serverVersion":"0.15.0"}}',
        'C> {"id":1,"method":"subscribe","params":{"VirtualDaaScoreChanged":{}}}',
        'C> {"id":1,"method":"login","params":["' + KASPA + '"]}',
    ],
)
def test_a_nodes_own_interface_is_not_mining(words: str) -> None:
    dialogue = Dialogue()
    hear(talk(words) * 20, dialogue=dialogue)
    assert (dialogue.dialect, dialogue.refuted) == (None, True)


def test_the_order_of_sides_does_not_matter_for_the_role() -> None:
    dialogue = Dialogue()
    hear([(C, JOB[1])] * 3, dialogue=dialogue)
    assert (dialogue.dialect, dialogue.miner) == ("kaspa", S)
