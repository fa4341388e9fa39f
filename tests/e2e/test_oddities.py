# SPDX-License-Identifier: Apache-2.0
"""However oddly a dialogue is spelt, prefaced or begun, what is found in it is what was said.

Through a capture file, the engine and the pipeline; each case is a connection of its own in one capture.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sensor.model import Endpoint, Side
from tests.e2e.conversations import FIRST_PORT, POOL, Messages, played, sighted, talk, told
from tests.unit.wire.cryptonote import XMRIG, job_of, login, no, ok, push, welcome
from tests.unit.wire.cryptonote import submit as cn_submit
from tests.unit.wire.equihash import ZCASH
from tests.unit.wire.equihash import notify as zec_notify
from tests.unit.wire.equihash import submit as zec_submit
from tests.unit.wire.ethproxy import ETHMINER, HEADERS, LOG_IN, poll, rate
from tests.unit.wire.ethproxy import push as eth_push
from tests.unit.wire.ethproxy import submit as eth_submit
from tests.unit.wire.family import difficulty, yes
from tests.unit.wire.family import target as zec_target
from tests.unit.wire.hathor import HATHOR
from tests.unit.wire.hathor import job as hathor_job
from tests.unit.wire.stratum_v1 import ASIC, AUTHORIZE, SUBSCRIBE, SUBSCRIBED, notify, submit
from tests.unit.wire.talk import C, Message, S, says

# ---------------------------------------------------------------- spelling


def respelt(messages: Messages, respell: Callable[[dict[str, object]], str]) -> list[Message]:
    return [(side, respell(json.loads(data)).encode() + b"\n") for side, data in messages]


def with_text_ids(members: dict[str, object]) -> str:
    return json.dumps(
        {name: str(value) if name == "id" and value is not None else value for name, value in members.items()}
    )


def with_more(members: dict[str, object]) -> str:
    return json.dumps({"seq": 7, **members, "meta": {"a": [1, None, {"b": "}{"}]}, "note": "mining.notify login"})


def joined(messages: Messages, glue: bytes = b"") -> list[Message]:
    """What one side says in a row as one segment; ``glue`` in the place of the line's end between them."""
    turns: list[Message] = []
    for side, data in messages:
        if turns and turns[-1][0] is side:
            before = turns[-1][1].rstrip(b"\n") + glue if glue else turns[-1][1]
            turns[-1] = (side, before + data)
        else:
            turns.append((side, data))
    return turns


BASES: dict[str, tuple[list[Message], str]] = {
    "stratum-v1": (ASIC, "stratum-v1 working A 2 jobs, 5/1/3"),
    "cryptonote": (XMRIG, "cryptonote working A 2 jobs, 4/1/3"),
    "ethproxy": (ETHMINER, "ethproxy working A 2 jobs, 3/1/2"),
    "equihash-stratum": (ZCASH, "equihash-stratum working A 2 jobs, 3/1/2"),
}
SPELLINGS: dict[str, Callable[[Messages], list[Message]]] = {
    "as written": list,
    "CR LF": lambda messages: [(side, data[:-1] + b"\r\n") for side, data in messages],
    "empty lines": lambda messages: [(side, data + b"\n") for side, data in messages],
    "blanks before": lambda messages: [(side, b" \t" + data) for side, data in messages],
    "blanks within": lambda messages: respelt(messages, lambda members: json.dumps(members, separators=(" , ", " : "))),
    "LF and NUL": lambda messages: [(side, data + b"\0") for side, data in messages],
    "NUL for LF": lambda messages: [(side, data[:-1] + b"\0") for side, data in messages],
    "the mark of UTF-8": lambda messages: [(side, b"\xef\xbb\xbf" + data) for side, data in messages],
    "over several lines": lambda messages: respelt(messages, lambda members: json.dumps(members, indent=2)),
    "over several lines, without an end": lambda messages: [
        (side, json.dumps(json.loads(data), indent="\t").encode()) for side, data in messages
    ],
    "each in an array": lambda messages: [(side, b"[" + data[:-1] + b"]\n") for side, data in messages],
    "a turn in an array": lambda messages: [(side, b"[" + data[:-1] + b"]\n") for side, data in joined(messages, b",")],
    "members reversed": lambda messages: respelt(messages, lambda members: json.dumps(dict(reversed(members.items())))),
    "ids as text": lambda messages: respelt(messages, with_text_ids),
    "asked by text, answered by number": lambda messages: [
        message if message[0] is S else respelt([message], with_text_ids)[0] for message in messages
    ],
    "more members": lambda messages: respelt(messages, with_more),
    "a turn in one segment": joined,
    "a turn without ends of lines": lambda messages: joined(messages, b" "),
    "PROXY line": lambda messages: [(C, b"PROXY TCP4 192.0.2.10 203.0.113.5 50000 3333\r\n"), *messages],
    "PROXY line with the first message": lambda messages: [
        (C, b"PROXY TCP4 192.0.2.10 203.0.113.5 50000 3333\r\n" + messages[0][1]),
        *messages[1:],
    ],
    "PROXY v2": lambda messages: [
        (C, bytes.fromhex("0d0a0d0a000d0a515549540a2111000cc000020acb007105c3500d05") + messages[0][1]),
        *messages[1:],
    ],
    "SOCKS": lambda messages: [
        (C, bytes.fromhex("050100")),
        (S, bytes.fromhex("0500")),
        (C, bytes.fromhex("05010001cb0071050d05")),
        (S, bytes.fromhex("05000001000000000000")),
        *messages,
    ],
    "CONNECT": lambda messages: [
        (C, b"CONNECT pool.example.org:3333 HTTP/1.1\r\nHost: pool.example.org:3333\r\n\r\n"),
        (S, b"HTTP/1.1 200 Connection established\r\n\r\n"),
        *messages,
    ],
}


@pytest.mark.parametrize("dialect", BASES)
def test_spelling_and_preface_change_nothing(dialect: str, tmp_path: Path) -> None:
    messages, expected = BASES[dialect]
    names = list(SPELLINGS)
    talks = [talk(spell(messages), FIRST_PORT + index) for index, spell in enumerate(SPELLINGS.values())]
    seen = played(talks, tmp_path / "spelt.pcap")
    found = {names[finding.miner.port - FIRST_PORT]: told(finding) for finding in seen.findings}
    assert found == dict.fromkeys(names, expected)
    assert seen.sightings == []
    identities = {finding.miner_identity.logins for finding in seen.findings}
    assert len(identities) == 1
    assert len({finding.miner_identity.agent for finding in seen.findings}) == 1


@pytest.mark.parametrize("port", [25, 53, 80, 443, 8080])
def test_no_port_hides_a_session(port: int, tmp_path: Path) -> None:
    pool = Endpoint(POOL.ip, port)
    talks = [talk(messages, FIRST_PORT + index, pool) for index, (messages, _) in enumerate(BASES.values())]
    found = sorted(told(finding) for finding in played(talks, tmp_path / "port.pcap").findings)
    assert found == sorted(expected for _, expected in BASES.values())


def test_one_port_may_mine_at_several_pools_at_once(tmp_path: Path) -> None:
    pools = [Endpoint(f"203.0.113.{number}", 3333) for number in (5, 6, 7)]
    seen = played([talk(ASIC, FIRST_PORT, pool) for pool in pools], tmp_path / "pools.pcap")
    assert {finding.pool.ip: told(finding) for finding in seen.findings} == {
        pool.ip: BASES["stratum-v1"][1] for pool in pools
    }


# ---------------------------------------------------------------- what is said


CONFIGURE = says(C, id=0, method="mining.configure", params=[["version-rolling"], {"version-rolling.mask": "ffffffff"}])
CONFIGURED = says(S, id=0, result={"version-rolling": True, "version-rolling.mask": "1fffe000"}, error=None)
HANDSHAKE = [SUBSCRIBE, SUBSCRIBED, AUTHORIZE, yes(3), difficulty(1024), notify("a")]
REFUSED = says(S, id=3, result=None, error=[24, "Unauthorized worker", None])
ZEC_SUBSCRIBE = ZCASH[0]
LISTED = says(S, id=1, result=[[["mining.set_target", "x"], ["mining.notify", "x"]], "5f3e0000", 28], error=None)

FINDINGS: dict[str, tuple[Messages, str]] = {
    # BTC
    "login before subscription": (
        [AUTHORIZE, yes(3), SUBSCRIBE, SUBSCRIBED, difficulty(1), notify("a"), submit(4, "acct.rig07", "a"), yes(4)],
        "stratum-v1 working A 1 jobs, 1/1/0",
    ),
    "login never answered": (
        [SUBSCRIBE, SUBSCRIBED, AUTHORIZE, notify("a"), submit(4, "acct.rig07", "a"), yes(4)],
        "stratum-v1 working A 1 jobs, 1/1/0",
    ),
    "one id for all shares": (
        [*HANDSHAKE, *[submit(4, "acct.rig07", "a")] * 3, yes(4), says(S, id=4, result=None, error=[23, "x"]), yes(4)],
        "stratum-v1 working A 1 jobs, 3/2/1",
    ),
    "no id at all": (
        [*HANDSHAKE, submit(None, "acct.rig07", "a"), yes(None), submit(None, "acct.rig07", "a"), yes(None)],
        "stratum-v1 working A 1 jobs, 2/2/0",
    ),
    "answers out of order": (
        [*HANDSHAKE, submit(4, "a", "a"), submit(5, "a", "a"), says(S, id=5, result=False, error=None), yes(4)],
        "stratum-v1 working A 1 jobs, 2/1/1",
    ),
    "answers of 1 and 0": (
        [*HANDSHAKE, submit(4, "a", "a"), says(S, id=4, result=1), submit(5, "a", "a"), says(S, id=5, result=0)],
        "stratum-v1 working A 1 jobs, 2/1/1",
    ),
    "the pool asks for the version and pings": (
        [
            *HANDSHAKE,
            says(S, id=1, method="client.get_version", params=[]),
            says(C, id=1, result="asic/1.0", error=None),
            says(S, id=42, method="mining.ping", params=[]),
            says(C, id=42, result="pong", error=None),
            submit(4, "acct.rig07", "a"),
            yes(4),
        ],
        "stratum-v1 working A 1 jobs, 1/1/0",
    ),
    "an extension that is refused": (
        [
            SUBSCRIBE,
            SUBSCRIBED,
            says(C, id="xnsub", method="mining.extranonce.subscribe", params=[]),
            says(S, id="xnsub", result=None, error=[20, "Not supported.", None]),
            AUTHORIZE,
            yes(3),
            notify("a"),
            submit(4, "acct.rig07", "a"),
            yes(4),
        ],
        "stratum-v1 working A 1 jobs, 1/1/0",
    ),
    "refused, then another login": (
        [
            SUBSCRIBE,
            SUBSCRIBED,
            AUTHORIZE,
            REFUSED,
            says(C, id=4, method="mining.authorize", params=["acct.two", "x"]),
            yes(4),
            notify("a"),
        ],
        "stratum-v1 joined B 1 jobs, 0/0/0",
    ),
    "subscribed anew on the same connection": (
        [*ASIC, SUBSCRIBE, SUBSCRIBED, AUTHORIZE, yes(3), notify("z"), submit(20, "acct.rig07", "z"), yes(20)],
        "stratum-v1 working A 3 jobs, 6/2/3",
    ),
    "a target before the job of Bitcoin": (
        [SUBSCRIBE, SUBSCRIBED, AUTHORIZE, yes(3), zec_target("00" * 4 + "ff" * 28), notify("a")],
        "stratum-v1 joined B 1 jobs, 0/0/0",
    ),
    "a relative's words before the job of Bitcoin": (
        [SUBSCRIBE, SUBSCRIBED, says(C, id=9, method="mining.noop"), AUTHORIZE, yes(3), notify("a")],
        "stratum-v1 joined B 1 jobs, 0/0/0",
    ),
    "members of single miners, from the miner alone": (
        [
            (C, json.dumps({**json.loads(submit(at, "acct.rig07", "a")[1]), "ttl": 2}).encode() + b"\n")
            for at in (7, 8, 9)
        ],
        "stratum-v1 working B - jobs, 3/-/-",
    ),
    "nonces without their zeros": (
        [
            *HANDSHAKE,
            says(C, id=4, method="mining.submit", params=["acct.rig07", "a", "0003", "66b3c0e4", "f2a11c0"]),
            says(S, id=4, result=False, error=None, **{"reject-reason": "Invalid nonce"}),
            submit(5, "acct.rig07", "a"),
            yes(5),
        ],
        "stratum-v1 working A 1 jobs, 2/1/1",
    ),
    "nonces without their zeros, from the miner alone": (
        [
            says(C, id=at, method="mining.submit", params=["acct.rig07", "a", "0003", "66b3c0e4", nonce])
            for at, nonce in enumerate(("f2a11c0", "8f2a11c0", "2a11c0"))
        ],
        "stratum-v1 working B - jobs, 3/-/-",
    ),
    "words of a share in other types": (
        [
            *HANDSHAKE,
            says(C, id=4, method="mining.submit", params=["acct.rig07", "a", "0003", 1723056356, "0x8f2a11c0"]),
            yes(4),
        ],
        "stratum-v1 working A 1 jobs, 1/1/0",
    ),
    "a login in an object, and a ping": (
        [
            SUBSCRIBE,
            SUBSCRIBED,
            says(C, id=3, method="mining.authorize", params={"worker": "acct.rig07", "password": "x"}),
            yes(3),
            notify("a"),
            says(C, id=4, method="ping", params=[]),
            says(S, id=None, result=[], method="pong"),
            submit(5, "acct.rig07", "a"),
            yes(5),
        ],
        "stratum-v1 working A 1 jobs, 1/1/0",
    ),
    "errors that are none": (
        [
            SUBSCRIBE,
            SUBSCRIBED,
            AUTHORIZE,
            says(S, id=3, result=True, error={"code": 0, "message": "ok"}),
            notify("a"),
            submit(4, "acct.rig07", "a"),
            says(S, id=4, result=True, error=[0, "", None]),
            submit(5, "acct.rig07", "a"),
            says(S, id=5, result="Accepted", error="null"),
            submit(6, "acct.rig07", "a"),
            says(S, id=6, result=None, error=[0, "", None]),
        ],
        "stratum-v1 working A 1 jobs, 3/2/1",
    ),
    "an answer whose id has lost its quotes": (
        [
            SUBSCRIBE,
            SUBSCRIBED,
            says(C, id="auth", method="mining.authorize", params=["acct.rig07", "x"]),
            (S, b'{"error":null,"id":auth,"result":true}\n'),
        ],
        "stratum-v1 joined B 0 jobs, 0/0/0",
    ),
    "only the miner": (
        [submit(number, "acct.rig07", "a") for number in (7, 8, 9)],
        "stratum-v1 working B - jobs, 3/-/-",
    ),
    "only the pool": (
        [notify("a"), yes(30), says(S, id=31, result=None, error=[21, "Stale"]), yes(32)],
        "stratum-v1 joined B 1 jobs, -/2/1",
    ),
    # CryptoNote
    "a job behind the login": (
        [login(agent="a/1"), says(S, id=1, result={"id": "s1", "status": "OK"}), push("J1"), cn_submit(2, "J1"), ok(2)],
        "cryptonote working A 1 jobs, 1/1/0",
    ),
    "an error without a code": (
        [login(agent="a/1"), welcome(), cn_submit(2, "J1"), says(S, id=2, error={"message": "Low diff share"})],
        "cryptonote working A 1 jobs, 1/0/1",
    ),
    "numbered jobs and sessions": (
        [
            login(agent="a/1", rigid="rack7"),
            says(S, id=1, error=None, result={"id": 40, "job": {**job_of(""), "job_id": 7}, "status": "OK"}),
            says(C, id=2, method="submit", params={"id": 40, "job_id": 7, "nonce": "d0030040", "result": "7f" * 32}),
            ok(2),
        ],
        "cryptonote working A 1 jobs, 1/1/0",
    ),
    "id 1 for everything": (
        [login(agent="a/1"), welcome(), cn_submit(1, "J1"), cn_submit(1, "J1"), ok(1), no(1, "Duplicate share")],
        "cryptonote working A 1 jobs, 2/1/1",
    ),
    "work that is asked for": (
        [
            login(agent="a/1"),
            welcome(),
            says(C, id=3, method="getjob", params={"id": "s1"}),
            says(S, id=3, error=None, result=job_of("J5")),
            cn_submit(4, "J5"),
            ok(4),
        ],
        "cryptonote working A 2 jobs, 1/1/0",
    ),
    "a nonce without its zero": (
        [
            login(agent="a/1"),
            welcome(),
            says(C, id=2, method="submit", params={"id": "s1", "job_id": "J1", "nonce": "3004", "result": "7f" * 32}),
            no(2, "Duplicate share"),
        ],
        "cryptonote working A 1 jobs, 1/0/1",
    ),
    # ETHPROXY
    "shares taken as Monero's are": (
        [
            LOG_IN,
            says(S, id=1, error=None, result="true"),
            eth_push(HEADERS[0]),
            eth_submit(40, HEADERS[0]),
            says(S, id=40, error=None, result={"status": "OK"}),
            eth_submit(41, HEADERS[0]),
            says(S, id=41, error={"code": -1, "message": "Low difficulty share"}),
        ],
        "ethproxy working A 1 jobs, 2/1/1",
    ),
    "shares taken as Monero's are, from the pool alone": (
        [
            *[eth_push(header) for header in HEADERS[:2]],
            says(S, id=40, error=None, result={"status": "OK"}),
            says(S, id=41, error=None, result={"status": "OK"}),
        ],
        "ethproxy joined B 2 jobs, -/2/0",
    ),
    "work pushed by a word of another dialect": (
        [
            LOG_IN,
            says(S, id=1, result=True),
            says(S, id=None, method="mining.set_difficulty", params=[4000000000]),
            says(S, id=None, method="mining.notify", params=json.loads(eth_push(HEADERS[0])[1])["result"]),
            eth_submit(40, HEADERS[0]),
            says(S, id=40, result=True),
        ],
        "ethproxy working A 1 jobs, 1/1/0",
    ),
    # Zcash
    "a list of subscriptions": (
        [ZEC_SUBSCRIBE, LISTED, *ZCASH[2:5], zec_notify("7f2"), zec_submit(5, "7f2"), yes(5)],
        "equihash-stratum working A 1 jobs, 1/1/0",
    ),
    "parameters before the method": (
        [
            (C, json.dumps(dict(reversed(json.loads(zec_submit(number, "7f2")[1]).items()))).encode() + b"\n")
            for number in (5, 6, 7)
        ],
        "equihash-stratum working B - jobs, 3/-/-",
    ),
    # Others
    "words without their prefix": (HATHOR, "stratum-other working A 1 jobs, 1/1/0"),
    "words without their prefix, from the pool alone": (
        [message for message in [*HATHOR, hathor_job("5b" * 16), *HATHOR[4:]] if message[0] is S],
        "stratum-other joined B 2 jobs, -/2/0",
    ),
}
SIGHTINGS: dict[str, tuple[Messages, str]] = {
    "only extensions": ([CONFIGURE], "stratum-v1 attempted x1"),
    "extensions answered": ([CONFIGURE, CONFIGURED], "stratum-v1 attempted x1"),
    "only a wish": ([says(C, id=None, method="mining.suggest_target", params=["00" * 32])], "stratum-v1 attempted x1"),
    "wishes, and jobs without a login": (
        [says(C, id=3, method="mining.suggest_difficulty", params=[512]), *[notify(job) for job in "abc"]],
        "stratum-v1 attempted x1",
    ),
    "keep-alives, and jobs without a login": (
        [says(C, id=26, method="keepalived", params={"id": "s1"}), push("J1"), push("J2"), push("J3")],
        "cryptonote attempted x1",
    ),
    "work without a login": (
        [poll(), *[eth_push(header) for header in HEADERS[:3]], poll()],
        "ethproxy attempted x1",
    ),
    "subscribed": ([SUBSCRIBE, SUBSCRIBED, difficulty(1), notify("a")], "stratum-v1 attempted x1"),
    "refused": ([SUBSCRIBE, SUBSCRIBED, AUTHORIZE, REFUSED], "stratum-v1 refused x1"),
    "refused without a word": ([SUBSCRIBE, AUTHORIZE, says(S, id=3, result=False)], "stratum-v1 refused x1"),
    "an HTTP answer": ([SUBSCRIBE, (S, b"HTTP/1.1 400 Bad Request\r\n\r\n")], "stratum-v1 attempted x1"),
    "a login of CryptoNote": ([login(agent="a/1")], "cryptonote attempted x1"),
    "a login of CryptoNote, refused": ([login(agent="a/1"), no(1, "Invalid address")], "cryptonote refused x1"),
    "a login of ETHPROXY": ([LOG_IN], "ethproxy attempted x1"),
    "a login of ETHPROXY, refused": ([LOG_IN, says(S, id=1, result=False)], "ethproxy refused x1"),
    "a rate of ETHPROXY": ([rate(9, "0x5f5e100")], "ethproxy attempted x1"),
    "a target of Zcash": ([*ZCASH[:2], ZCASH[4]], "equihash-stratum attempted x1"),
}


def test_what_is_said_is_found(tmp_path: Path) -> None:
    names = list(FINDINGS)
    talks = [talk(messages, FIRST_PORT + index) for index, (messages, _) in enumerate(FINDINGS.values())]
    seen = played(talks, tmp_path / "said.pcap")
    found = {names[finding.miner.port - FIRST_PORT]: told(finding) for finding in seen.findings}
    assert found == {name: expected for name, (_, expected) in FINDINGS.items()}
    assert seen.sightings == []


@pytest.mark.parametrize("side", [C, S])
@pytest.mark.parametrize("messages", [ASIC, XMRIG])
def test_lines_of_one_side_that_a_command_asked_for_are_nothing(side: Side, messages: Messages, tmp_path: Path) -> None:
    quoted = [(S, data) for speaker, data in messages if speaker is side]
    commands = {
        "command": [(C, b'{"cmd":"tail","file":"log"}\n')],
        "command and answer": [(C, b'{"cmd":"tail","file":"log"}\n'), (S, b'{"ok":true}\n')],
        "call": [says(C, id=1, method="tail", params=[]), says(S, id=1, result=True, error=None)],
    }
    talks = [talk([*asked, *quoted * 3], FIRST_PORT + index) for index, asked in enumerate(commands.values())]
    assert played(talks, tmp_path / "quoted.pcap").findings == []


def test_a_command_before_a_session_does_not_hide_it(tmp_path: Path) -> None:
    (finding,) = played([talk([(C, b'{"cmd":"x"}\n'), *ASIC], FIRST_PORT)], tmp_path / "x.pcap").findings
    assert told(finding) == BASES["stratum-v1"][1]


def test_in_the_middle_of_a_session_shares_name_the_account_and_count_its_rigs(tmp_path: Path) -> None:
    wallet = "bc1q" + "q" * 38
    names = [f"{wallet}.rig", "acct.rig", "acct.rig2"]
    shares = [message for at, name in enumerate(names) for message in (submit(at, name, "a"), yes(at))]
    (finding,) = played(
        [talk([notify("a", bits="17034219"), *shares, notify("b", bits="17034219")], 1)], tmp_path / "x.pcap"
    ).findings
    who = finding.miner_identity
    assert (who.account, who.wallet, who.workers, who.workers_count) == (wallet, wallet, ("rig", "rig2"), 3)
    assert (who.logins, finding.algorithm) == ((), "sha256d")


@pytest.mark.parametrize("name", SIGHTINGS)
def test_what_came_to_nothing_is_sighted(name: str, tmp_path: Path) -> None:
    messages, expected = SIGHTINGS[name]
    seen = played([talk(messages, FIRST_PORT)], tmp_path / "tried.pcap")
    assert seen.findings == []
    assert sighted(seen.sightings) == [expected]
