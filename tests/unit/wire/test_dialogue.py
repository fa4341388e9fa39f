"""The dialogue: who leads, who is refuted, and what hostile bytes may do to it."""

from __future__ import annotations

import itertools
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor.event import (
    Job,
    Login,
    Malformed,
    MalformedCode,
    Notice,
    Restart,
    RigShare,
    Share,
    ShareResult,
    Standing,
    Subscribe,
    Unknown,
    UnknownCode,
)
from sensor.limits import (
    BACKLOG_EVENTS_MAX,
    MINER_LINE_BYTES_MAX,
    POOL_LINE_BYTES_MAX,
    QUOTED_WORDS_MAX,
    UNDECIDED_ANSWERS_MAX,
    UNDECIDED_MESSAGES_MAX,
)
from sensor.model import Side
from sensor.wire import DECODERS, DIALECTS
from sensor.wire.dialogue import Dialogue
from tests.unit.wire.dialogues import DIALOGUES
from tests.unit.wire.family import yes
from tests.unit.wire.stratum_v1 import ASIC, ASIC_EVENTS, OUTPUTS, notify, submit
from tests.unit.wire.talk import SECOND, C, Message, S, hear, misses, read, says, talk

SUBMIT_FRAME = bytes.fromhex("7f020f000701002a000000efbeadde")


def test_every_dialect_stands_on_the_list_once() -> None:
    names = [decoder.dialect for decoder in DECODERS]
    assert names == ["ethproxy", "cryptonote", "btcagent", "stratum-v1", "equihash-stratum", "stratum-other"]
    assert len(set(DIALECTS)) == len(DIALECTS) > len(DECODERS)


def test_objects_that_share_the_first_line_are_all_heard() -> None:
    glued = [(C, b"".join(data.rstrip(b"\n") for side, data in ASIC[:5] if side is C) + b"\n"), *ASIC[5:]]
    events = hear(glued)
    assert [type(event) for event in events[:3]] == [Notice, Subscribe, Login]


# ---------------------------------------------------------------- neighbours


NEIGHBOURS: dict[str, list[Message]] = {
    "electrum": talk(
        """
        C> {"id":0,"method":"server.version","params":["wallet/4.5","1.4"]}
        S> {"jsonrpc":"2.0","result":["server/1.16","1.4"],"id":0}
        C> {"id":1,"method":"blockchain.scripthash.subscribe","params":["5e"]}
        """
    ),
    "electrum, only the server": talk(
        """
        S> {"jsonrpc":"2.0","result":["server/1.16","1.4"],"id":0}
        S> {"jsonrpc":"2.0","method":"blockchain.headers.subscribe","params":[{"height":5}]}
        """
    ),
    "node rpc": talk(
        """
        C> {"jsonrpc":"2.0","id":1,"method":"eth_getWork","params":[]}
        C> {"jsonrpc":"2.0","id":2,"method":"eth_blockNumber","params":[]}
        """
    ),
    "bitcoin rpc": talk('C> {"jsonrpc":"1.0","id":"x","method":"getblocktemplate","params":[{"rules":["segwit"]}]}'),
    "language server": talk('C> {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}'),
    "log lines": talk('C> {"time":"2026-11-23","level":"info","message":"mining.submit accepted","job_id":"5"}'),
    "our own findings": talk('C> {"kind":"finding","protocol":{"dialect":"stratum-v1"},"miner":{"ip":"192.0.2.1"}}'),
    "http api": [
        (C, b"GET /api/pool HTTP/1.1\r\nHost: pool.example.org\r\n\r\n"),
        (S, b'HTTP/1.1 200 OK\r\n\r\n{"id":1,"method":"mining.subscribe","params":[]}\n'),
    ],
    "http post of a node": [
        (C, b'POST / HTTP/1.1\r\nHost: x\r\n\r\n{"id":1,"method":"eth_submitWork","params":["0x1","0x2","0x3"]}\n')
    ],
    "page of examples": talk(
        """
        S> {"id":1,"method":"mining.subscribe","params":["miner/1.0"]}
        S> {"id":null,"method":"mining.set_difficulty","params":[16]}
        S> {"id":2,"method":"mining.authorize","params":["acct.rig","x"]}
        S> {"id":null,"method":"mining.set_difficulty","params":[32]}
        """
    )
    * QUOTED_WORDS_MAX,
    "mail": [
        (S, b"220 mail.example.org ESMTP\r\n"),
        *[(C, f"Line {index} of a mail about mining.subscribe\r\n".encode()) for index in range(20)],
        (C, b'{"id":1,"method":"mining.subscribe","params":[]}\r\n'),
    ],
}


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_neighbours_are_refuted_and_have_no_dialect(name: str) -> None:
    dialogue = Dialogue()
    hear(NEIGHBOURS[name], dialogue=dialogue)
    assert dialogue.refuted
    assert (dialogue.dialect, dialogue.standing) == (None, Standing.REFUTED)


# ---------------------------------------------------------------- records that quote messages


def recorded(data: bytes, **members: object) -> bytes:
    return json.dumps({**members, **json.loads(data)}).encode() + b"\n"


def test_members_that_mining_software_does_not_send_are_told() -> None:
    dialogue = Dialogue()
    hear(ASIC, dialogue=dialogue)
    events = dialogue.feed(S, 99 * SECOND, 0, recorded(notify("b")[1], ts="2026-01-01T00:00:00Z", host="pool1"))
    assert [type(event) for event in events] == [Unknown, Job]
    assert events[0] == Unknown(S, 99 * SECOND, UnknownCode.MEMBERS)


@pytest.mark.parametrize("members", [{"jsonrpc": "2.0"}, {"algo": "erg"}, {"height": 5, "xn": "ab"}, {"client_id": 7}])
def test_members_that_mining_software_sends_are_not(members: dict[str, object]) -> None:
    (event,) = hear([(S, recorded(notify("b")[1], **members))])
    assert isinstance(event, Job)


# ---------------------------------------------------------------- patience


def test_what_nobody_recognises_is_given_up() -> None:
    dialogue = Dialogue()
    for index in range(UNDECIDED_MESSAGES_MAX):
        assert not dialogue.refuted
        dialogue.feed(S, 0, 0, b'{"id":%d,"result":"x"}\n' % index)
    assert dialogue.refuted
    assert dialogue.feed(S, 0, 0, b'{"id":null,"method":"mining.notify","params":[]}\n') == []


@pytest.mark.parametrize(
    "answer",
    [
        {"result": True, "error": None},
        {"result": None, "error": [23, "Low difficulty share", None]},
        {"jsonrpc": "2.0", "error": None, "result": {"status": "OK"}},
        {"result": False},
    ],
    ids=["yes", "refusal", "status", "no"],
)
def test_answers_in_a_word_do_not_wear_patience_out(answer: dict[str, object]) -> None:
    """A farm of which only the pool's side is seen: thousands of answers may come before the first job."""
    dialogue = Dialogue()
    for index in range(UNDECIDED_ANSWERS_MAX - 1):
        dialogue.feed(S, index, 0, says(S, id=index, **answer)[1])
    (event,) = dialogue.feed(S, UNDECIDED_ANSWERS_MAX, 0, notify("a")[1])
    assert isinstance(event, Job)
    assert (dialogue.dialect, dialogue.standing) == ("stratum-v1", Standing.CONFIRMED)


def test_answers_in_a_word_alone_are_given_up_at_last() -> None:
    dialogue = Dialogue()
    for index in range(UNDECIDED_ANSWERS_MAX):
        assert not dialogue.refuted
        dialogue.feed(S, index, 0, b'{"id":%d,"result":true}\n' % index)
    assert dialogue.refuted


@pytest.mark.parametrize("name", DIALOGUES)
def test_answers_before_a_dialogue_cost_nothing_of_it(name: str) -> None:
    """The capture begins in the middle, with a burst of the pool's answers."""
    before = [says(S, id=1000 + index, result=True, error=None) for index in range(30)]
    kinds = (Job, Share)
    heard = [event for event in hear([*before, *DIALOGUES[name]]) if isinstance(event, kinds)]
    assert heard == [event for event in hear(DIALOGUES[name]) if isinstance(event, kinds)]


def test_a_line_without_end_is_given_up_where_nothing_was_recognised() -> None:
    dialogue = Dialogue()
    for _ in range(50):
        dialogue.feed(C, 0, 0, b"\x16\x03\x01" + b"x" * 1457)
    assert dialogue.refuted


# ---------------------------------------------------------------- framing inside the dialogue


def test_a_known_miners_lines_may_be_no_longer_than_a_miners() -> None:
    dialogue = Dialogue()
    hear(ASIC[:9], dialogue=dialogue)
    (event,) = dialogue.feed(C, 1, 0, b"{" + b" " * MINER_LINE_BYTES_MAX)
    assert isinstance(event, Malformed)
    assert event.code is MalformedCode.LINE_TOO_LONG
    assert dialogue.feed(S, 1, 0, b"{" + b" " * MINER_LINE_BYTES_MAX) == []


def test_the_first_job_may_be_as_long_as_any() -> None:
    """It settles the dialect, so that before it nobody is sure of one."""
    at = next(index for index, (_, data) in enumerate(ASIC) if OUTPUTS.encode() in data)
    side, job = ASIC[at]
    outputs = b"ab" * MINER_LINE_BYTES_MAX
    assert len(outputs) < POOL_LINE_BYTES_MAX
    dialogue = Dialogue()
    hear([*ASIC[:at], (side, job.replace(OUTPUTS.encode(), outputs))], dialogue=dialogue)
    assert (dialogue.standing, dialogue.malformed) == (Standing.CONFIRMED, 0)


def test_one_stray_frame_changes_nothing_and_two_make_the_session_an_agents() -> None:
    messages = [(ASIC[index][0], ASIC[index][1]) for index in range(9)]
    assert hear([*messages, (C, SUBMIT_FRAME), *ASIC[9:]]) == ASIC_EVENTS
    dialogue = Dialogue()
    events = hear([*messages, (C, SUBMIT_FRAME), (C, SUBMIT_FRAME)], dialogue=dialogue)
    assert (dialogue.dialect, dialogue.frames) == ("btcagent", 2)
    assert [type(event) for event in events] == [RigShare, RigShare]


def test_a_side_that_never_ends_its_lines_is_ended_by_the_others_turn_and_by_the_close() -> None:
    assert hear([(side, data.rstrip(b"\n")) for side, data in ASIC]) == ASIC_EVENTS


def test_two_objects_on_one_line_are_two_messages() -> None:
    joined = [(S, ASIC[7][1].strip() + ASIC[8][1])]
    assert hear([*ASIC[:7], *joined, *ASIC[9:]]) == ASIC_EVENTS


def test_the_offset_of_a_malformed_message_counts_the_bytes_of_its_side() -> None:
    dialogue = Dialogue()
    for side, data in ASIC[:9]:
        dialogue.feed(side, 0, 0, data)
    seen = sum(len(data) for side, data in ASIC[:9] if side == C)
    empty = b'{"id":9,"method":"mining.submit","params":[]}\n'
    assert dialogue.feed(C, 5, 10, b"x\n" + empty) == [Malformed(C, 5, MalformedCode.BAD_PARAMS, seen + 12)]
    offset = seen + 12 + len(empty)
    assert dialogue.feed(C, 6, 0, b"[1]\n") == [Malformed(C, 6, MalformedCode.NOT_AN_OBJECT, offset)]
    assert dialogue.malformed == 2


@pytest.mark.parametrize("lost", range(len(ASIC)))
def test_the_loss_of_any_message_costs_no_more_than_that_message(lost: int) -> None:
    dialogue = Dialogue()
    events = []
    missing = {C: 0, S: 0}
    for index, (side, data) in enumerate(ASIC):
        if index == lost:
            missing[side] = len(data)
            continue
        events += dialogue.feed(side, index * SECOND, missing[side], data)
        missing[side] = 0
    lost_event = ASIC_EVENTS[lost]
    assert (dialogue.dialect, dialogue.malformed) == ("stratum-v1", 0)
    for kind in (Job, Share, ShareResult):
        expected = sum(isinstance(event, kind) for event in ASIC_EVENTS) - isinstance(lost_event, kind)
        assert sum(isinstance(event, kind) for event in events) == expected


def test_a_message_cut_by_a_hole_is_lost_and_the_next_one_read() -> None:
    dialogue = Dialogue()
    for side, data in ASIC[:9]:
        dialogue.feed(side, 0, 0, data)
    share = submit(5, "acct.rig07", "6a1f")[1]
    assert dialogue.feed(C, 1, 0, share[:40]) == []
    (event,) = dialogue.feed(C, 2, 10, share[50:] + submit(6, "acct.rig07", "6a1f")[1])
    assert isinstance(event, Share)
    assert dialogue.malformed == 0


# ---------------------------------------------------------------- leading


def test_a_hundred_handshakes_without_a_job_keep_the_backlog_bounded_and_settle() -> None:
    dialogue = Dialogue()
    for index in range(100):
        events = dialogue.feed(C, index, 0, says(C, id=index, method="mining.authorize", params=[f"a.{index}"])[1])
        assert len(events) == 1
    assert (dialogue.dialect, dialogue.standing) == ("stratum-v1", Standing.UNDECIDED)


def test_a_settled_leader_that_turns_out_wrong_is_replaced() -> None:
    dialogue = Dialogue()
    for index in range(UNDECIDED_MESSAGES_MAX + 5):
        dialogue.feed(C, index, 0, submit(index, "acct.rig", "j")[1])
    assert dialogue.dialect == "stratum-v1"
    events = dialogue.feed(
        S, 99, 0, says(S, id=None, method="mining.notify", params=["j", "1f" * 32, 5, "2e" * 32, True])[1]
    )
    assert [type(event) for event in events] == [Restart, Job]
    assert (dialogue.dialect, dialogue.standing) == ("stratum-other", Standing.CONFIRMED)


def test_what_comes_before_the_first_leader_is_not_lost() -> None:
    plain = says(C, id=1, method="login", params={"login": "farm", "pass": "x"})
    job = {"blob": "10" + "d2" * 76, "job_id": "1", "target": "b88d0600"}
    dialogue = Dialogue()
    assert dialogue.feed(*plain[:1], 1, 0, plain[1]) == []
    events = dialogue.feed(S, 2, 0, says(S, id=1, result={"id": "s", "job": job})[1])
    assert [type(event).__name__ for event in events] == ["Login", "LoginResult", "Job"]
    assert [event.ts_ns for event in events] == [1, 2, 2]


def test_firm_roles_are_not_turned_by_a_strange_message() -> None:
    dialogue = Dialogue()
    events = hear([*ASIC[:11], (C, notify("evil")[1]), submit(6, "acct.rig07", "6a1f"), yes(6)], dialogue=dialogue)
    assert dialogue.miner is C
    assert [type(event) for event in events[11:]] == [Unknown, Share, ShareResult]


# ---------------------------------------------------------------- any split, any bytes


def split(messages: list[Message], seed: int) -> list[Message]:
    """The same bytes in other chunks: lines of one side in a row are joined, then cut anywhere."""
    rng = random.Random(seed)
    runs: list[tuple[Side, bytes]] = []
    for side, data in messages:
        if runs and runs[-1][0] == side:
            runs[-1] = (side, runs[-1][1] + data)
        else:
            runs.append((side, data))
    chunks: list[Message] = []
    for side, data in runs:
        edges = sorted({0, len(data), *(rng.randrange(len(data) + 1) for _ in range(rng.randrange(6)))})
        chunks += [(side, data[start:end]) for start, end in itertools.pairwise(edges)]
    return chunks


@pytest.mark.parametrize("name", DIALOGUES)
def test_any_split_of_a_dialogue_gives_the_same_events(name: str) -> None:
    messages = DIALOGUES[name]
    expected = hear(messages)
    for seed in range(20):
        assert hear(split(messages, seed)) == expected


@pytest.mark.parametrize("name", DIALOGUES)
def test_no_message_of_a_valid_dialogue_is_missed(name: str) -> None:
    assert misses(hear(DIALOGUES[name])) == []


VALID = [message for messages in DIALOGUES.values() for message in messages]
STEPS = st.one_of(
    st.sampled_from(VALID),
    st.tuples(st.sampled_from([C, S]), st.binary(max_size=60)),
    st.tuples(st.sampled_from([C, S]), st.sampled_from([b"\n", b"{", b"}", SUBMIT_FRAME, b'{"id":1,"result":true}\n'])),
    st.tuples(st.sampled_from(VALID), st.integers(0, 300), st.integers(0, 255)).map(
        lambda step: (step[0][0], step[0][1][: step[1]] + bytes([step[2]]) + step[0][1][step[1] + 1 :])
    ),
    st.tuples(st.sampled_from([C, S]), st.integers(1, 500)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_any_bytes_in_any_order_raise_nothing_and_hold_little(steps: list[tuple[Side, bytes | int]]) -> None:
    dialogue = Dialogue()
    for index, (side, what) in enumerate(steps):
        missing, data = (what, b"") if isinstance(what, int) else (0, what)
        events = dialogue.feed(side, index, missing, data)
        assert len(events) <= 2 * BACKLOG_EVENTS_MAX
    dialogue.close(len(steps))


HOSTILE_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(max_size=70)
    | st.just("1f" * 32),
    lambda inner: (
        st.lists(inner, max_size=10) | st.dictionaries(st.sampled_from(["job", "id", "job_id", "blob"]), inner)
    ),
    max_leaves=12,
)
FAMILY = (
    "subscribe authorize submit notify set_difficulty set_target set configure ping hello noop submitted subscribed"
)
FAMILY += " set_extranonce reconnect hashrate auth suggest_difficulty(1) passthrough"
OTHERS = "login submit job keepalived getjob reconnect eth_getWork eth_submitWork eth_submitLogin eth_submitHashrate"
METHODS = [*OTHERS.split(), *[f"mining.{name}" for name in FAMILY.split()]]
MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from([1, 2, "a", None, 4.5, True, [1]]) | HOSTILE_VALUES,
        "method": st.sampled_from(METHODS) | HOSTILE_VALUES,
        "params": HOSTILE_VALUES,
        "result": HOSTILE_VALUES | st.just(True),
        "error": HOSTILE_VALUES,
        "body": HOSTILE_VALUES,
        "worker": HOSTILE_VALUES,
        "client_id": HOSTILE_VALUES,
        "reject-reason": HOSTILE_VALUES,
    },
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([C, S]), MESSAGES), max_size=12), st.sampled_from(sorted(DIALOGUES)))
def test_any_values_in_any_message_raise_nothing(strange: list[tuple[Side, dict[str, object]]], name: str) -> None:
    for decoder_type in DECODERS:
        decoder = decoder_type()
        read(decoder, [says(side, **members) for side, members in strange])
    hear([*DIALOGUES[name], *[says(side, **members) for side, members in strange]])
