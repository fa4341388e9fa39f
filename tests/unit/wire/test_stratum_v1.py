"""Bitcoin's stratum: its dialogues as events, and what it is not."""

from __future__ import annotations

import pytest

from sensor.event import (
    Difficulty,
    Job,
    Login,
    LoginResult,
    Malformed,
    MalformedCode,
    MiningEvent,
    Notice,
    NoticeKind,
    Redirect,
    Share,
    ShareResult,
    Standing,
    Subscribe,
    Subscribed,
    TellingShare,
)
from sensor.wire.dialogue import Dialogue
from sensor.wire.stratum_v1 import StratumV1
from tests.unit.wire.family import difficulty, yes
from tests.unit.wire.stratum_v1 import (
    ACCEPTED,
    ASIC,
    ASIC_EVENTS,
    AUTHORIZE,
    BRANCHES,
    COINBASE,
    OUTPUTS,
    PREVIOUS,
    SUBSCRIBE,
    SUBSCRIBED,
    job,
    notify,
    submit,
)
from tests.unit.wire.talk import WAYS, C, Message, S, hear, read, says

# cgminer 3: parameters first, ids from 0, a space behind each colon; the job comes before the login's answer.
OLD_CGMINER: list[Message] = [
    (C, b'{"id": 0, "method": "mining.subscribe", "params": ["cgminer/3.1.0", "aa01"]}\n'),
    (S, b'{"id": 0, "result": [["mining.notify", "aa01"], "08000002", 4], "error": null}\n\n'),
    (C, b'{"id": 1, "method": "mining.authorize", "params": ["acct", ""]}\r\n'),
    difficulty(0.5),
    notify("1"),
    yes(1),
    (
        C,
        b'{"params": ["acct", "1", "01000000", "5385c669", "d3560b00"], "id": 2,"method": "mining.submit"}\n',
    ),
    yes(2),
]
OLD_CGMINER_EVENTS: list[MiningEvent] = [
    Subscribe(C, 0, "cgminer/3.1.0"),
    Subscribed(S, 0, True),
    Login(C, 0, "acct", None, None, None),
    Difficulty(S, 0, 0.5, None),
    job("1", 0.5),
    LoginResult(S, 0, "acct", True, None),
    Share(C, 0, 1, "1", None, 0.5, None),
    ShareResult(S, 0, 1, **ACCEPTED),
]

# What pools and miners say beside shares.
CHATTER: list[Message] = [
    says(C, id=None, method="mining.suggest_target", params=["0" * 8 + "f" * 56]),
    says(C, id="sub", method="mining.subscribe", params=[]),
    says(S, id="sub", result=[None, "0a", 8], error=None),
    says(C, id="auth", method="mining.auth", params=["acct.a"]),
    yes("auth"),
    says(C, id="xnsub", method="mining.extranonce.subscribe", params=[]),
    says(S, id="xnsub", result=None, error=[20, "Not supported.", None]),
    says(C, id=9, method="mining.suggest_difficulty(1000)", params=[]),
    says(C, id=10, method="mining.multi_version", params=[4]),
    says(S, id=10, result=False, error=None),
    says(S, params=["welcome"], id=None, method="client.show_message"),
    says(S, id=42, method="mining.ping", params=[]),
    says(C, id=42, method="pong", params=[]),
    says(S, id=43, method="client.get_version", params=[]),
    says(C, id=43, result="asic/1.0", error=None),
    says(S, id=None, method="mining.set_version_mask", params=["1fffe000"]),
    says(S, id=None, method="mining.set_extranonce", params=["0b", 8]),
    notify("j"),
    says(C, id="txlistj", method="mining.get_transactions", params=["j"]),
    says(S, id="txlistj", result=None, error=True),
    says(S, id=None, method="client.reconnect", params=["pool2.example.org", "3334", 5]),
    says(S, id=None, method="client.reconnect", params=[]),
]
CHATTER_EVENTS: list[MiningEvent] = [
    Notice(C, 0, NoticeKind.WISH),
    Subscribe(C, 0, None),
    Subscribed(S, 0, True),
    Login(C, 0, "acct.a", "a", None, None),
    LoginResult(S, 0, "acct.a", True, None),
    Notice(C, 0, NoticeKind.EXTRANONCE),
    Notice(S, 0, NoticeKind.REPLY),
    Notice(C, 0, NoticeKind.WISH),
    Notice(C, 0, NoticeKind.VERSION_MASK),
    Notice(S, 0, NoticeKind.REPLY),
    Notice(S, 0, NoticeKind.SHOW_MESSAGE),
    Notice(S, 0, NoticeKind.KEEPALIVE),
    Notice(C, 0, NoticeKind.KEEPALIVE),
    Notice(S, 0, NoticeKind.VERSION),
    Notice(C, 0, NoticeKind.VERSION),
    Notice(S, 0, NoticeKind.VERSION_MASK),
    Notice(S, 0, NoticeKind.EXTRANONCE),
    job("j"),
    Notice(C, 0, NoticeKind.TRANSACTIONS),
    Notice(S, 0, NoticeKind.TRANSACTIONS),
    Redirect(S, 0, "pool2.example.org", 3334),
    Redirect(S, 0, None, None),
]

REFUSED: list[Message] = [
    SUBSCRIBE,
    SUBSCRIBED,
    AUTHORIZE,
    says(S, id=3, result=None, error=[29, "Invalid username", None]),
]
REFUSED_EVENTS: list[MiningEvent] = [
    Subscribe(C, 0, "asic/1.0"),
    Subscribed(S, 0, True),
    Login(C, 0, "acct.rig07", "rig07", None, 512.0),
    LoginResult(S, 0, "acct.rig07", False, 29),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("messages", "events"),
    [
        (ASIC, ASIC_EVENTS),
        (OLD_CGMINER, OLD_CGMINER_EVENTS),
        (CHATTER, CHATTER_EVENTS),
        (REFUSED, REFUSED_EVENTS),
    ],
    ids=["asic", "old cgminer", "chatter", "refused"],
)
def test_a_dialogue_is_read(messages: list[Message], events: list[MiningEvent], way: str) -> None:
    dialogue = Dialogue()
    assert hear(messages, way, dialogue) == events
    assert (dialogue.dialect, dialogue.miner) == ("stratum-v1", C)
    assert (dialogue.malformed, dialogue.unknown) == (0, 0)


def test_only_the_job_confirms() -> None:
    dialogue = Dialogue()
    hear(ASIC[:8], dialogue=dialogue)
    assert dialogue.standing is Standing.UNDECIDED
    dialogue = Dialogue()
    hear(ASIC[:9], dialogue=dialogue)
    assert dialogue.standing is Standing.CONFIRMED


# ---------------------------------------------------------------- what a share is worth


def test_a_difficulty_between_job_and_submit_is_that_of_the_next_job() -> None:
    events = read(
        StratumV1(),
        [
            difficulty(8),
            notify("a"),
            difficulty(16),
            submit(1, "x.y", "a"),
            notify("b"),
            submit(2, "x.y", "b"),
        ],
    )
    assert [event.value for event in events if isinstance(event, Share)] == [8.0, 16.0]


def test_a_first_job_before_any_difficulty_takes_the_first_one_where_the_start_was_seen() -> None:
    events = read(StratumV1(), [SUBSCRIBE, SUBSCRIBED, notify("a"), difficulty(8192), submit(4, "x.y", "a")])
    assert events[-1] == TellingShare(C, 0, 1, "a", "y", 8192.0, None, login="x.y")


def test_a_job_of_unknown_difficulty_stays_so_where_the_start_was_not_seen() -> None:
    events = read(StratumV1(), [notify("a"), difficulty(8192), submit(4, "x.y", "a")])
    assert events[-1] == TellingShare(C, 0, 1, "a", "y", None, None, login="x.y")


def test_where_no_login_was_seen_shares_name_the_account_as_often_as_it_changes() -> None:
    names = ["a.1", "a.1", "b.1", "b.1", "a.1"]
    events = read(StratumV1(), [submit(number, name, "j") for number, name in enumerate(names)])
    told = [event.login if isinstance(event, TellingShare) else None for event in events]
    assert told == ["a.1", None, "b.1", None, "a.1"]
    events = read(StratumV1(), [AUTHORIZE, *(submit(number, name, "j") for number, name in enumerate(names))])
    assert not any(isinstance(event, TellingShare) for event in events)


@pytest.mark.parametrize(("login", "coin"), [("bc1q" + "q" * 38 + ".rig", "BTC"), ("acct.rig", None)])
def test_in_the_middle_of_a_session_shares_tell_whom_it_pays(login: str, coin: str | None) -> None:
    *_, job = read(StratumV1(), [submit(1, login, "a"), notify("b", bits="17034219")])
    assert isinstance(job, Job)
    assert (job.algorithm, job.coin) == ("sha256d", coin)


HOST = ["EWBF 0.3.4b", None, "zec.example", "3357"]


@pytest.mark.parametrize(
    ("asked", "result", "name"),
    [
        (HOST, [None, "5f3e0000", 4], "stratum-other"),
        (HOST, ["sess", "5f3e0000", 28], "stratum-other"),
        (HOST, [[["mining.notify", "a"]], "5f3e0000", 4], "stratum-v1"),
        (["cgminer/4.12.0"], [None, "5f3e0000", 4], "stratum-v1"),
        (["cgminer/4.12.0", None, "", ""], [None, "5f3e0000", 4], "stratum-v1"),
    ],
)
def test_an_answer_that_may_be_zcashs_has_no_name_before_the_job(
    asked: list[object], result: object, name: str
) -> None:
    dialogue = Dialogue()
    opening = [
        says(C, id=1, method="mining.subscribe", params=asked),
        says(S, id=1, result=result, error=None),
        AUTHORIZE,
        yes(3),
    ]
    hear(opening, dialogue=dialogue)
    assert dialogue.dialect == name
    hear([notify("a")], dialogue=dialogue)
    assert dialogue.dialect == "stratum-v1"


def test_a_job_with_a_number_as_id_is_that_of_a_share_that_writes_it_either_way() -> None:
    job_params = [5, PREVIOUS, COINBASE, OUTPUTS, BRANCHES, "20000000", "1b00d3cd", "66b3c0de", True]
    share = ["0003", "66b3c0e4", "8f2a11c0"]
    messages = [
        difficulty(8),
        says(S, id=None, method="mining.notify", params=job_params),
        says(C, id=1, method="mining.submit", params=["acct", 5, *share]),
        says(C, id=2, method="mining.submit", params=["acct", "5", *share]),
    ]
    shares = [event for event in read(StratumV1(), messages) if isinstance(event, Share)]
    assert [(share.job_id, share.value) for share in shares] == [("5", 8.0), ("5", 8.0)]


@pytest.mark.parametrize(
    "answer",
    [
        {"id": "txlist6a1f", "result": [], "error": True},
        {"id": "txlist6a1f", "result": None, "error": True},
        {"id": 50, "result": "pong", "error": None},
    ],
)
def test_where_only_the_pool_is_seen_what_no_share_is_answered_with_is_none(answer: dict[str, object]) -> None:
    pools = [message for message in ASIC if message[0] == S]
    plain = [event for event in hear(pools) if isinstance(event, ShareResult)]
    assert [event for event in hear([*pools, says(S, **answer)]) if isinstance(event, ShareResult)] == plain


def test_a_share_of_a_job_that_was_not_seen_has_no_difficulty() -> None:
    events = read(StratumV1(), [difficulty(8), notify("b"), submit(4, "x.y", "a")])
    assert events[-1] == TellingShare(C, 0, 1, "a", "y", None, None, login="x.y")


def test_a_reused_job_id_is_the_newest_job() -> None:
    events = read(StratumV1(), [difficulty(8), notify("a"), difficulty(16), notify("a"), submit(4, "x.y", "a")])
    assert events[-1] == TellingShare(C, 0, 1, "a", "y", 16.0, None, login="x.y")


def test_only_the_latest_jobs_are_remembered() -> None:
    messages = [
        difficulty(8),
        notify("first"),
        difficulty(16),
        *[notify(f"{index:x}") for index in range(1000)],
        submit(1, "x", "first"),
        submit(2, "x", "3e7"),
    ]
    events = read(StratumV1(), messages)
    # What the first was worth is forgotten: the share counts as one of the latest that is.
    assert [event.value for event in events if isinstance(event, Share)] == [16.0, 16.0]


@pytest.mark.parametrize("value", [0, -1, 1e300, "x", None, "NaN"])
def test_a_senseless_difficulty_is_malformed_and_changes_nothing(value: object) -> None:
    events = read(StratumV1(), [difficulty(8), difficulty(value), notify("a")])
    assert [type(event) for event in events] == [Difficulty, Malformed, Job]
    assert events[-1] == job("a", 8.0)


@pytest.mark.parametrize("value", ["1e5", "100000", 1e5, 100000])
def test_a_difficulty_may_be_a_string(value: object) -> None:
    assert read(StratumV1(), [difficulty(value)]) == [Difficulty(S, 0, 100000.0, None)]


# ---------------------------------------------------------------- coin


@pytest.mark.parametrize(
    ("login", "bits", "algorithm", "coin"),
    [
        ("bc1q" + "w" * 38 + ".rig", "17034219", "sha256d", "BTC"),
        ("1" + "B" * 33, "170331db", "sha256d", "BTC"),
        # The same address at a multi-coin pool: paid in Bitcoin, but another chain.
        ("bc1q" + "w" * 38 + ".rig", "1b00d3cd", None, None),
        ("1" + "B" * 33, "1802c0de", None, None),
        # A network as hard as Bitcoin's is SHA-256's, whoever is paid; only the address names the coin.
        ("acct.rig", "17034219", "sha256d", None),
        ("4" + "A" * 94, "17034219", "sha256d", None),
    ],
)
def test_bitcoin_needs_its_address_and_its_network_difficulty(
    login: str, bits: str, algorithm: str | None, coin: str | None
) -> None:
    events = read(StratumV1(), [says(C, id=1, method="mining.authorize", params=[login, "x"]), notify("a", bits=bits)])
    assert events[-1] == job("a", algorithm=algorithm, coin=coin)


# ---------------------------------------------------------------- jobs that are and are not


@pytest.mark.parametrize(
    "params",
    [
        ["a", PREVIOUS, COINBASE, OUTPUTS, [], "20000000", "17034219", "66b3c0de", False],
        ["a", PREVIOUS, "5b" * 32, COINBASE, OUTPUTS, BRANCHES, "20000000", "17034219", "66b3c0de", True],
        ["a", PREVIOUS, "5b" * 64, COINBASE, OUTPUTS, [], "20000000", "17034219", "66b3c0de", True],
        ["a", PREVIOUS, COINBASE, OUTPUTS, BRANCHES, "20000000", "17034219", "66b3c0de", "extra", True],
        ["a", PREVIOUS, COINBASE, OUTPUTS, BRANCHES, "20000000", "17034219", "66b3c0de", 0],
        [5, PREVIOUS.upper(), COINBASE, OUTPUTS, BRANCHES, "20000000", "17034219", "66b3c0de", True],
    ],
    ids=["no branches", "claim trie", "state and outputs", "one more behind", "clean as number", "number as job id"],
)
def test_neighbours_with_exactly_this_shape_are_this_dialect(params: list[object]) -> None:
    decoder = StratumV1()
    (event,) = read(decoder, [says(S, id=None, method="mining.notify", params=params)])
    assert isinstance(event, Job)
    assert event.job_id == str(params[0])
    assert event.clean is bool(params[-1])
    # A claim trie is no Bitcoin, however hard its network.
    assert event.algorithm == (None if isinstance(params[5], list) else "sha256d")
    assert decoder.standing is Standing.CONFIRMED


@pytest.mark.parametrize(
    "params",
    [
        ["a", PREVIOUS, "5b" * 32, "5c" * 32, "5d" * 32, "5e" * 32, "20000000", "17034219", "66b3c0de"],
        ["a", 7, PREVIOUS, "", "", 2, "123456789", "", True],
        ["a", PREVIOUS, "ab" * 100, "05000000", [], "05000000", "1a00a4ea", "59eeb494", False],
        ["a", PREVIOUS, COINBASE, OUTPUTS, ["zz" * 32], "20000000", "17034219", "66b3c0de", True],
        ["a", PREVIOUS, COINBASE, OUTPUTS, BRANCHES, "20000000", "17034219", "66b3c0de", "true"],
        ["a", PREVIOUS, COINBASE, OUTPUTS, BRANCHES, "20000000", 17034219, "66b3c0de", True],
        ["a", PREVIOUS[:-1], COINBASE, OUTPUTS, BRANCHES, "20000000", "17034219", "66b3c0de", True],
        ["a", PREVIOUS, COINBASE, OUTPUTS, BRANCHES, "20000000", "17034219", "66b3c0de"],
        {"a": 1},
    ],
    ids=["handshake", "ergo", "decred", "branch", "clean", "bits", "previous", "eight", "object"],
)
def test_another_job_is_another_dialect(params: object) -> None:
    decoder = StratumV1()
    assert read(decoder, [says(S, id=None, method="mining.notify", params=params)]) == []
    assert decoder.standing is Standing.REFUTED


@pytest.mark.parametrize("params", [[], None, {}, "a", 5])
def test_an_empty_job_decides_nothing(params: object) -> None:
    decoder = StratumV1()
    events = read(decoder, [says(S, id=None, method="mining.notify", params=params)])
    assert events == [Malformed(S, 0, MalformedCode.BAD_PARAMS, 0)]
    assert decoder.standing is Standing.UNDECIDED


def test_once_confirmed_a_strange_job_is_only_malformed() -> None:
    decoder = StratumV1()
    events = read(decoder, [notify("a"), says(S, id=None, method="mining.notify", params=["b", PREVIOUS, True])])
    assert events[1:] == [Malformed(S, 0, MalformedCode.BAD_PARAMS, 0)]
    assert decoder.standing is Standing.CONFIRMED


@pytest.mark.parametrize(
    "message",
    [
        says(C, id=1, method="mining.subscribe", params=["m/1", "EthereumStratum/1.0.0"]),
        says(C, id=1, method="mining.subscribe", body={"version": 3}),
        says(S, id=1, method="mining.set_target", params=["0" * 8 + "f" * 56]),
        says(C, id=1, method="mining.hello", params={"agent": "m/1"}),
        says(C, id=1, method="mining.noop"),
    ],
)
def test_what_a_relative_says_makes_no_claim_but_a_job_of_ours_is_believed(message: Message) -> None:
    decoder = StratumV1()
    read(decoder, [message, says(C, id=2, method="mining.authorize", params=["x.y", "x"])])
    assert (decoder.standing, decoder.claimed) == (Standing.UNDECIDED, False)
    dialogue = Dialogue()
    events = hear(
        [message, says(C, id=2, method="mining.authorize", params=["x.y", "x"]), notify("a")], dialogue=dialogue
    )
    assert (dialogue.dialect, dialogue.standing) == ("stratum-v1", Standing.CONFIRMED)
    assert Login(C, 0, "x.y", "y", None, None) in events


@pytest.mark.parametrize(
    "message",
    [
        says(C, id=1, method="mining.submit", params=["x.y", "a", "0xabcdef"]),
        says(C, id=1, method="mining.submit", params=["x.y", "a", "0xabc", "0x" + PREVIOUS, "0x" + PREVIOUS]),
        says(C, id=1, method="server.version", params=["w", "1.4"]),
        says(C, id=1, method="eth_blockNumber", params=[]),
        says(C, level="info", text="mining.submit"),
    ],
)
def test_what_another_protocol_says_refutes(message: Message) -> None:
    decoder = StratumV1()
    read(decoder, [message])
    assert decoder.standing is Standing.REFUTED
