"""EthereumStratum/1.0.0: difficulties in Bitcoin's measure, a name that others use as well."""

from __future__ import annotations

import pytest

from sensor.event import Difficulty, Notice, NoticeKind, Share, ShareResult, Standing
from sensor.wire.dialogue import Dialogue
from sensor.wire.stratum_other import StratumOther
from tests.unit.wire.family import ETHER, HASH, RELATIVE, SEED, difficulty, log_in, notify, submit, subscribe, yes
from tests.unit.wire.talk import C, Message, S, hear, jobs, read, says, talk

SESSION = RELATIVE["ethereumstratum-1"]
JOB = notify("bf0488aa", SEED, HASH, True)


def without(words: bytes) -> list[Message]:
    return [message for message in SESSION if words not in message[1]]


def test_before_its_first_difficulty_it_is_1() -> None:
    (job,) = jobs(hear(without(b"set_difficulty")))
    assert (job.value, job.work) == (1.0, pytest.approx(4_295_032_833))


def test_but_not_where_the_first_may_have_been_lost() -> None:
    decoder = StratumOther()
    read(decoder, SESSION[:4])
    decoder.gap(S, 66, 0)
    (job,) = jobs(read(decoder, [JOB]))
    assert (job.value, job.work) == (None, None)


def test_a_job_whose_subscription_was_not_seen_names_no_algorithm() -> None:
    (job,) = jobs(hear([message for message in SESSION[2:] if b"EthereumStratum" not in message[1]]))
    assert (job.algorithm, job.work) == (None, pytest.approx(2_147_516_416.5))


def test_in_the_middle_of_a_session_the_difficulty_is_not_known_until_it_is_sent() -> None:
    early, late = jobs(hear([JOB, difficulty(4), JOB]))
    assert (early.value, early.work) == (None, None)
    assert (late.value, late.work) == (4, pytest.approx(4 * 4_295_032_833))


def test_once_the_dialect_is_known_a_difficulty_is_told_in_hashes() -> None:
    events = read(StratumOther(), [*SESSION, difficulty(2)])
    assert events[-1] == Difficulty(S, 0, 2, 2 * 2.0**48 / 0xFFFF)


def test_a_share_keeps_the_difficulty_of_its_job() -> None:
    second = notify("bf0488ab", SEED, HASH, False)
    late = [submit(5, ETHER, "bf0488aa", "6a909d9bbc10"), submit(6, ETHER, "bf0488ab", "6a909d9bbc11")]
    events = hear([*SESSION, difficulty(2), second, *late])
    assert [event.value for event in events if isinstance(event, Share)] == [0.5, 0.5, 2]


def test_the_extranonce_may_be_asked_for_and_changed() -> None:
    messages = [
        *SESSION[:2],
        says(C, id=2, method="mining.extranonce.subscribe", params=[]),
        yes(2),
        says(S, id=None, method="mining.set_extranonce", params=["af4c"]),
    ]
    assert read(StratumOther(), messages)[-3:] == [
        Notice(C, 0, NoticeKind.EXTRANONCE),
        Notice(S, 0, NoticeKind.REPLY),
        Notice(S, 0, NoticeKind.EXTRANONCE),
    ]


def test_a_pool_that_says_no_in_an_object_is_heard() -> None:
    refusal = says(S, id=5, result=False, error={"code": -1, "message": "rejected"})
    events = hear([*SESSION, submit(5, ETHER, "bf0488aa", "6a909d9bbc10"), refusal])
    assert [event.accepted for event in events if isinstance(event, ShareResult)] == [True, False]


@pytest.mark.parametrize(
    "job",
    [
        notify("bf", SEED, HASH),
        notify("bf", SEED, HASH, "true"),
        notify("bf", "0x" + SEED, "0x" + HASH, True),
        notify("bf", SEED[:-2], HASH, True),
        notify("bf", 5, HASH, True),  # Aeternity
        notify("bf", SEED, HASH, True, 7),
        notify(None, SEED, HASH, True),
    ],
)
def test_a_job_of_another_form_is_not_its(job: Message) -> None:
    decoder = StratumOther()
    read(decoder, [*SESSION[:4], job])
    assert (decoder.name, decoder.standing) == ("stratum-other", Standing.CONFIRMED)


def test_the_protocols_name_alone_is_only_assumed() -> None:
    dialogue = Dialogue()
    hear([subscribe("m/1", "EthereumStratum/1.0.0"), log_in(ETHER)], dialogue=dialogue)
    assert (dialogue.dialect, dialogue.standing) == ("ethereumstratum-1", Standing.UNDECIDED)


@pytest.mark.parametrize(
    "words",
    [
        # A subscription of an Ethereum node, as it is sent over WebSocket and over a local socket.
        'C> {"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}',
        'C> {"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newWork"]}',
        'S> {"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0x1","result":["0x1","0x2"]}}',
        'C> {"id":1,"method":"connect","params":["EthereumStratum/1.0.0"]}',
        'S> {"id":1,"result":{"protocols":["EthereumStratum/1.0.0","EthereumStratum/2.0.0"]}}',
    ],
)
def test_neighbours_are_not_mining(words: str) -> None:
    dialogue = Dialogue()
    hear(talk(words) * 20, dialogue=dialogue)
    assert (dialogue.dialect, dialogue.refuted) == (None, True)
