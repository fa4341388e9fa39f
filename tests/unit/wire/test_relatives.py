"""What holds for every relative of Bitcoin's stratum: found in each way, from each part, never under a wrong name."""

from __future__ import annotations

import itertools

import pytest

from sensor.event import Job, Login, Renamed, Share, ShareResult, Standing
from sensor.wire.dialogue import Dialogue
from sensor.wire.jsonrpc import Rpc, parse
from sensor.wire.relative import Claim, Told
from sensor.wire.relatives import RELATIVES
from sensor.wire.stratum_other import StratumOther
from tests.unit.wire.family import (
    BOUND,
    ETHER,
    HASH,
    RELATIVE,
    SEED,
    TARGET,
    UNKNOWN,
    difficulty,
    incomplete,
    notify,
    submit,
    subscribe,
    target,
    yes,
)
from tests.unit.wire.talk import WAYS, C, Message, S, hear, misses, read, says

# The work of a share, the algorithm and the coin that the session shows.
SHOWN: dict[str, tuple[float, str | None, str | None]] = {
    "ethereumstratum-1": (2_147_516_416.5, "ethash", None),
    "ethereumstratum-2": (4_295_032_833.0, "ethash", None),
    "ethash-stratum": (4_295_032_833.0, None, None),
    "progpow-stratum": (4_295_032_833.0, "kawpow", "RVN"),
    "autolykos-stratum": (5.0e9, "autolykos2", "ERG"),
    "octopus-stratum": (5.0e7, "octopus", "CFX"),
    "kaspa": (4 * 2.0**32, "kheavyhash", "KAS"),
}
EACH = pytest.mark.parametrize("dialect", RELATIVE)
JOBS = {
    name: next(data for _, data in messages if b"mining.notify" in data and b'"params"' in data)
    for name, messages in RELATIVE.items()
}
# Shares of these tell the dialect by themselves.
TOLD_BY_SHARES = ("octopus-stratum", "kaspa")


def rpc_of(data: bytes) -> Rpc:
    message = parse(data)
    assert isinstance(message, Rpc)
    return message


def test_the_list_and_the_sessions_are_of_the_same_dialects() -> None:
    assert sorted(relative.dialect for relative in RELATIVES) == sorted(RELATIVE) == sorted(SHOWN)


@pytest.mark.parametrize("way", WAYS)
@EACH
def test_a_session_is_counted_with_work_algorithm_and_coin(dialect: str, way: str) -> None:
    dialogue = Dialogue()
    events = hear(RELATIVE[dialect], way, dialogue)
    assert (dialogue.dialect, dialogue.miner, dialogue.standing) == (dialect, C, Standing.CONFIRMED)
    assert misses(events) == []
    (job,) = [event for event in events if isinstance(event, Job)]
    (share,) = [event for event in events if isinstance(event, Share)]
    (result,) = [event for event in events if isinstance(event, ShareResult)]
    work, algorithm, coin = SHOWN[dialect]
    assert (job.algorithm, job.coin) == (algorithm, coin)
    assert job.work == share.work == pytest.approx(work, rel=1e-9)
    assert share.job_id == job.job_id != ""
    assert (result.key, result.accepted) == (share.key, True)
    assert {event.worker for event in events if isinstance(event, (Login, Share))} == {"rig3"}


@EACH
def test_each_side_alone_and_any_start_has_its_name_or_none(dialect: str) -> None:
    for part in incomplete(RELATIVE[dialect]):
        dialogue = Dialogue()
        events = hear(part, dialogue=dialogue)
        if any(isinstance(event, Job) for event in events):
            assert (dialogue.dialect, dialogue.miner) == (dialect, C)
        else:
            assert dialogue.dialect in (None, "stratum-v1", "stratum-other", dialect)


@EACH
def test_jobs_alone_are_enough(dialect: str) -> None:
    dialogue = Dialogue()
    hear([(S, JOBS[dialect])] * 3, dialogue=dialogue)
    assert (dialogue.dialect, dialogue.miner, dialogue.standing) == (dialect, C, Standing.CONFIRMED)


@EACH
def test_shares_alone_are_mining_and_never_have_another_name(dialect: str) -> None:
    (share,) = [m for m in RELATIVE[dialect] if b"mining.submit" in m[1]]
    dialogue = Dialogue()
    events = hear([share] * 3, dialogue=dialogue)
    assert sum(isinstance(event, Share) for event in events) == 3
    assert dialogue.miner is C
    assert dialogue.dialect == (dialect if dialect in TOLD_BY_SHARES else "stratum-other")


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations(RELATIVE, 2)))
def test_no_job_and_no_proof_fits_two(one: str, other: str) -> None:
    relative = next(relative for relative in RELATIVES if relative.dialect == other)
    for _, data in RELATIVE[one]:
        if b"mining.notify" in data or b"mining.submit" in data:
            message = rpc_of(data)
            if isinstance(message.params, list):
                assert relative.read_job(message.params, message, Told()) is None
                assert relative.claim(message.params, Told()) is not Claim.PROOF


@pytest.mark.parametrize("coin", UNKNOWN)
def test_the_jobs_of_other_coins_fit_none(coin: str) -> None:
    for _, data in UNKNOWN[coin]:
        if b"mining.notify" in data or b"mining.submit" in data:
            message = rpc_of(data)
            for relative in RELATIVES:
                if isinstance(message.params, list):
                    assert relative.read_job(message.params, message, Told()) is None
                    assert relative.claim(message.params, Told()) is not Claim.PROOF


# ---------------------------------------------------------------- assumed, settled, changed


def named(messages: list[Message]) -> str | None:
    dialogue = Dialogue()
    hear(messages, dialogue=dialogue)
    return dialogue.dialect


def test_a_job_belies_what_words_made_one_assume() -> None:
    start = RELATIVE["kaspa"][:4]
    assert named(start) == "kaspa"
    ergo = notify("j", 900000, HASH, "", "", 2, BOUND, "", True)
    assert named([*start, ergo]) == "autolykos-stratum"
    unknown = notify("j", "018e", HASH, "xel/v2", True)
    assert named([*start, unknown]) == "stratum-other"


def test_a_share_that_does_not_fit_ends_an_assumption() -> None:
    asked = [subscribe("m/1", "EthereumStratum/1.0.0"), RELATIVE["ethereumstratum-1"][2]]
    assert named(asked) == "ethereumstratum-1"
    assert named([*asked, submit(4, ETHER, "bf", "6a909d9bbc0f")]) == "ethereumstratum-1"
    assert named([*asked, submit(4, "acct.rig3", "12", "0x9abcdef000112233")]) == "stratum-other"


def test_a_pool_of_many_algorithms_changes_the_name_and_loses_no_share() -> None:
    session = [
        *RELATIVE["ethereumstratum-1"],
        notify("j", 900000, HASH, "", "", 2, BOUND, "", True),
        submit(7, ETHER, "j", "0a0b0c", "", "0a0b0c0d0e0f0a0b"),
        yes(7),
        notify("3f1b", HASH, SEED, TARGET, True, 3204411, "1b00d3cd"),
        submit(8, ETHER, "3f1b", "0x64290b0000a1b2c3", "0x" + HASH, "0x" + SEED),
        yes(8),
    ]
    dialogue = Dialogue()
    events = hear(session, dialogue=dialogue)
    assert dialogue.dialect == "progpow-stratum"
    assert sum(isinstance(event, Renamed) for event in events) == 3
    works = [event.work for event in events if isinstance(event, Share)]
    # The difficulty that was in force is Ethash's, and not a factor of Ergo's bound.
    assert works == pytest.approx([2_147_516_416.5, 5.0e9, 4_295_032_833.0])
    assert sum(isinstance(event, ShareResult) and event.accepted for event in events) == 3


def test_a_difficulty_belongs_to_the_algorithm_that_it_was_sent_for() -> None:
    ergo = notify("j", 900000, HASH, "", "", 2, BOUND, "", True)
    ethash = notify("bf0488ab", SEED, HASH, True)
    session = [*RELATIVE["ethereumstratum-1"], ergo, ethash, difficulty(2), ergo, ethash, difficulty(4), ethash]
    works = [event.work for event in hear(session) if isinstance(event, Job)]
    one = 2.0**48 / 0xFFFF
    # The 2 came right before Ergo's job, so it is Ergo's; the 4 before Ethash's.
    assert works == pytest.approx([one / 2, 5.0e9, one / 2, 2.5e9, one / 2, 4 * one])


def test_a_login_to_a_pool_of_monero_may_go_on_in_progpows_words() -> None:
    """xmrig, where the pool chooses KawPow of what it can hash."""
    wallet = "4" + "A" * 94
    ask = {"login": wallet, "pass": "x", "agent": "XMRig/6.22.2", "rigid": "rig3", "algo": ["rx/0", "kawpow"]}
    given = {"id": "4eb1", "algo": "kawpow", "extra_nonce": "64290b"}
    share = submit(2, wallet, "3f1b", "0x64290b0000a1b2c3", "0x" + HASH, "0x" + SEED)
    session = [
        says(C, id=1, jsonrpc="2.0", method="login", params=ask),
        says(S, id=1, jsonrpc="2.0", error=None, result=given),
        target(TARGET),
        notify("3f1b", HASH, SEED, TARGET, True, 3204411, "1b00d3cd", algo="kawpow"),
        share,
        says(S, id=2, jsonrpc="2.0", error=None, result={"status": "OK"}),
    ]
    dialogue = Dialogue()
    events = hear(session, dialogue=dialogue)
    assert (dialogue.dialect, dialogue.miner, misses(events)) == ("progpow-stratum", C, [])
    (login,) = [event for event in events if isinstance(event, Login)]
    assert (login.login, login.worker, login.agent) == (wallet, "rig3", "XMRig/6.22.2")
    (result,) = [event for event in events if isinstance(event, ShareResult)]
    assert result.accepted


@pytest.mark.parametrize(
    "params", [{"login": "ann", "pass": "x"}, {"login": "ann", "algo": "rx/0"}, {"algo": ["rx/0"]}, ["ann"], None]
)
def test_no_other_login_is_waited_for(params: object) -> None:
    decoder = StratumOther()
    read(decoder, [says(C, id=1, method="login", params=params)])
    assert decoder.standing is Standing.REFUTED


def test_a_known_job_gives_its_name_to_a_session_that_had_none() -> None:
    unknown = notify("j", "018e", HASH, "xel/v2", True)
    assert named([*RELATIVE["ethash-stratum"][:4], unknown, *RELATIVE["ethash-stratum"][4:]]) == "ethash-stratum"


@EACH
def test_another_job_in_a_settled_session_is_malformed(dialect: str) -> None:
    decoder = StratumOther()
    read(decoder, RELATIVE[dialect])
    for message in (notify("a"), notify("a", "b"), notify("a", 1, None, {}, [])):
        read(decoder, [message])
    assert (decoder.name, decoder.standing, decoder.malformed_count) == (dialect, Standing.CONFIRMED, 3)


@EACH
def test_a_difficulty_in_between_neither_stops_nor_doubles_the_count(dialect: str) -> None:
    """Some pools send one for show, beside targets."""
    decoder = StratumOther()
    events = read(decoder, [*RELATIVE[dialect], difficulty(7), target(TARGET)])
    assert decoder.name == dialect
    assert decoder.malformed_count == 0
    assert sum(isinstance(event, Share) for event in events) == 1
