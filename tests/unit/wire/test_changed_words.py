"""Sessions that go from Monero's words to those of mining.* and back: everything is counted, for what it is worth."""

from __future__ import annotations

import pytest

from sensor.event import Job, Share, ShareResult, Unknown
from sensor.wire.cryptonote import CryptoNote
from sensor.wire.dialogue import Dialogue
from sensor.wire.work import target_work
from tests.unit.wire.family import HASH, SEED, TARGET, notify, submit, target
from tests.unit.wire.talk import C, Message, S, hear, misses, read, says

WALLET = "4" + "A" * 94
WORK = target_work(TARGET)
PROGPOW_JOB = [HASH, SEED, TARGET, True, 3204411, "1b00d3cd"]
PROGPOW_SHARE = ["0x64290b0000a1b2c3", "0x" + HASH, "0x" + SEED]
MONERO_JOB = {"blob": "1010" + "d2" * 76, "target": "b88d0600", "algo": "rx/0", "height": 3254412, "seed_hash": SEED}


def monero_job(job_id: str) -> Message:
    return says(S, jsonrpc="2.0", method="job", params={**MONERO_JOB, "job_id": job_id})


def monero_share(ident: int, job_id: str) -> Message:
    params = {"id": "4eb1", "job_id": job_id, "nonce": "d0030040", "result": HASH}
    return says(C, id=ident, jsonrpc="2.0", method="submit", params=params)


@pytest.mark.parametrize(
    ("given", "dialect"),
    [
        ({"id": "4eb1", "job": {**MONERO_JOB, "job_id": "m1"}, "status": "OK"}, "cryptonote"),
        ({"id": "4eb1", "algo": "kawpow", "extra_nonce": "64290b"}, "progpow-stratum"),
    ],
)
def test_a_pool_may_go_from_moneros_words_to_progpows_and_back(given: dict[str, object], dialect: str) -> None:
    """MoneroOcean, for an xmrig that has a graphics card: all are counted, each for what it is worth."""
    ask = {"login": WALLET, "pass": "x", "agent": "XMRig/6.21.0-mo1", "algo": ["rx/0", "kawpow"]}
    session = [
        says(C, id=1, jsonrpc="2.0", method="login", params=ask),
        says(S, id=1, jsonrpc="2.0", error=None, result=given),
        target(TARGET),
        notify("k1", *PROGPOW_JOB, algo="kawpow"),
        submit(2, WALLET, "k1", *PROGPOW_SHARE),
        says(S, id=2, jsonrpc="2.0", error=None, result=True),
        monero_job("m2"),
        monero_share(3, "m2"),
        says(S, id=3, jsonrpc="2.0", error=None, result={"status": "OK"}),
        notify("k2", *PROGPOW_JOB, algo="kawpow"),
        submit(4, WALLET, "k1", *PROGPOW_SHARE),
        says(S, id=4, jsonrpc="2.0", error={"code": -1, "message": "Block expired"}),
    ]
    dialogue = Dialogue()
    events = hear(session, dialogue=dialogue)
    assert (dialogue.dialect, dialogue.miner, dialogue.unknown, misses(events)) == (dialect, C, 0, [])
    jobs = [(event.job_id, event.coin) for event in events if isinstance(event, Job)]
    assert jobs[-3:] == [("k1", None), ("m2", "XMR"), ("k2", None)]
    shares = [event for event in events if isinstance(event, Share)]
    assert [(share.job_id, share.work) for share in shares] == [("k1", WORK), ("m2", 10_000.0), ("k1", WORK)]
    assert len({share.key for share in shares}) == 3
    results = [event for event in events if isinstance(event, ShareResult)]
    assert [(result.key, result.accepted) for result in results] == [
        (share.key, accepted) for share, accepted in zip(shares, (True, True, False), strict=True)
    ]


def test_what_a_pool_of_monero_says_in_other_words_counts_for_the_pool_alone() -> None:
    decoder = CryptoNote()
    messages = [monero_job("m1"), says(C, id=7, method="mining.notify", params=["k1", *PROGPOW_JOB])]
    _, event = read(decoder, messages)
    assert isinstance(event, Unknown)
    assert decoder.unknown_count == 1
