"""getblocktemplate over HTTP: templates short and long, blocks, Monero's nodes, and who asks."""

from __future__ import annotations

import json

import pytest

from sensor.event import Job, Login, LowShare, Renamed, Share, ShareResult, Standing
from sensor.wire.http_dialogue import HttpDialogue
from tests.lab.dialects.over_http import basic
from tests.unit.wire.over_http import WORK, answers, asks, hear, mines, of
from tests.unit.wire.talk import C, Message, S, misses

PREVIOUS = "00000000" + "cd" * 28
BLOCK = f"00000020{bytes.fromhex(PREVIOUS)[::-1].hex()}{'ab' * 32}4f9c2d6628f10217deadbeef01"
TARGET = "0" * 8 + "f" * 56
TEMPLATE = {"version": 2, "previousblockhash": PREVIOUS, "transactions": [], "target": TARGET, "height": 850_000}
LONG = {**TEMPLATE, "transactions": [{"data": "ee" * 300, "txid": "ff" * 32}] * 40, "height": 7}
MONERO = {"blocktemplate_blob": "10" * 60, "difficulty": 300_000, "prev_hash": PREVIOUS, "height": 3_200_000}
RULES = [{"capabilities": ["coinbasetxn", "workid"], "rules": ["segwit"]}]
XMRIG = {"User_Agent": "XMRig/6.22.2 (Linux x86_64)"}
WORK_OF_TARGET = 2.0**32


@pytest.mark.parametrize("cut", [0, 1, 700])
@pytest.mark.parametrize("template", [TEMPLATE, LONG], ids=["short", "long"])
def test_a_template_and_a_block(template: dict[str, object], cut: int) -> None:
    dialogue = HttpDialogue()
    said = [
        mines("getblocktemplate", RULES, Authorization=basic("solo", "x")),
        answers(template),
        mines("submitblock", [BLOCK, {"workid": "1"}], 2),
        answers(None, 2),
    ]
    events = hear(said, dialogue, cut=cut)
    assert [(job.job_id, job.work) for job in of(Job, events)] == [(PREVIOUS, WORK_OF_TARGET)]
    assert [(one.job_id, one.work) for one in of(Share, events)] == [(PREVIOUS, WORK_OF_TARGET)]
    assert of(ShareResult, events) == [ShareResult(S, 0, 1, True, False, False, None)]
    assert [one.login for one in of(Login, events)] == ["solo"]
    assert misses(events) == []
    assert (dialogue.dialect, dialogue.standing) == ("getblocktemplate", Standing.CONFIRMED)


def test_a_long_block_is_read_by_its_beginning() -> None:
    long_block = BLOCK + "ab" * 200_000
    said = [mines("getblocktemplate"), answers(TEMPLATE), mines("submitblock", [long_block], 2), answers(None, 2)]
    events = hear(said, cut=1460)
    assert [one.job_id for one in of(Share, events)] == [PREVIOUS]
    assert [one.accepted for one in of(ShareResult, events)] == [True]


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("duplicate", (ShareResult, False, True)),
        ("stale-prevblk", (ShareResult, True, False)),
        ("high-hash", (LowShare, False, False)),
        ("inconclusive", (ShareResult, False, False)),
    ],
)
def test_a_block_is_refused_in_a_word(result: str, expected: tuple[type, bool, bool]) -> None:
    said = [mines("getblocktemplate"), answers(TEMPLATE), mines("submitblock", [BLOCK], 2), answers(result, 2)]
    (refused,) = (event for event in hear(said) if isinstance(event, ShareResult))
    assert (type(refused), refused.stale, refused.duplicate, refused.accepted) == (*expected, False)


def test_who_waits_for_the_next_block_is_answered_with_a_template() -> None:
    waits = mines("getblocktemplate", [{"longpollid": f"{PREVIOUS}1"}], 2)
    assert len(of(Job, hear([mines("getblocktemplate"), answers(TEMPLATE), waits, answers(TEMPLATE, 2)]))) == 2


def test_bits_stand_in_for_a_target() -> None:
    members = {name: value for name, value in TEMPLATE.items() if name != "target"} | {"bits": "1d00ffff"}
    (job,) = of(Job, hear([mines("getblocktemplate"), answers(members)]))
    assert job.work == pytest.approx(2.0**32, rel=1e-4)


def test_moneros_node_says_how_many_hashes_a_block_takes() -> None:
    dialogue = HttpDialogue()
    events = hear(
        [
            asks("getblocktemplate", {"wallet_address": "4example"}, "0", path="/json_rpc", **XMRIG),
            answers(MONERO, "0"),
            asks("submitblock", ["10" * 90], "1", path="/json_rpc", **XMRIG),
            answers({"status": "OK"}, "1"),
        ],
        dialogue,
    )
    assert [(job.job_id, job.work, job.height) for job in of(Job, events)] == [(PREVIOUS, 300_000.0, 3_200_000)]
    assert [one.work for one in of(Share, events)] == [300_000.0]
    assert [one.accepted for one in of(ShareResult, events)] == [True]
    assert dialogue.standing is Standing.CONFIRMED


@pytest.mark.parametrize(
    "said",
    [
        [asks("getblocktemplate", RULES)],
        [asks("getblocktemplate", RULES, Authorization=basic("u", "p"), User_Agent="ckpool/0.9")],
        [asks("submitblock", [BLOCK])],
        [asks("get_block_template", {"wallet_address": "4example"})],
    ],
    ids=["nameless", "named", "a block", "Monero"],
)
def test_a_pools_server_is_given_up_at_once_and_named(said: list[Message]) -> None:
    dialogue = HttpDialogue()
    assert hear([*said, answers(TEMPLATE)], dialogue) == []
    assert (dialogue.refuted, dialogue.is_server, dialogue.dialect) == (True, True, "getblocktemplate")
    assert dialogue.miner is C


def test_a_document_whose_head_was_not_seen_shows_nobody() -> None:
    body = json.dumps({"method": "getblocktemplate", "params": RULES, "id": 1}).encode()
    dialogue = HttpDialogue()
    hear([(C, body), answers(TEMPLATE)], dialogue)
    assert (dialogue.refuted, dialogue.is_server, dialogue.standing) == (False, False, Standing.UNDECIDED)
    hear([mines("getblocktemplate", RULES, 2), answers(TEMPLATE, 2)], dialogue)
    assert (dialogue.standing, dialogue.dialect) == (Standing.CONFIRMED, "getblocktemplate")


def test_who_is_refused_templates_may_ask_for_work_on_the_same_connection() -> None:
    dialogue = HttpDialogue()
    refused = answers(None, status="500 Internal Server Error", error={"code": -32601, "message": "Method not found"})
    events = hear([mines("getblocktemplate"), refused, mines("getwork", number=2), answers(WORK, 2)], dialogue)
    assert (dialogue.dialect, of(Renamed, events)) == ("getwork", [Renamed(0)])
    assert len(of(Job, events)) == 1


def test_pages_about_errors_are_no_answers() -> None:
    page = S, b"HTTP/1.1 404 Not Found\r\nContent-Length: 13\r\n\r\n<html></html>"
    events = hear([mines("getblocktemplate"), page])
    assert misses(events) == []
    strange = S, b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>"
    assert len(misses(hear([mines("getblocktemplate"), strange]))) == 1
