# SPDX-License-Identifier: Apache-2.0
"""Any difficulties and targets at any times, of clocks that are set, with holes: figures are finite and in order."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from msgspec import UNSET

from sensor.finding import Finding
from sensor.model import Chunk, CloseCause, FlowClosed, FlowOpened, Side
from sensor.pipeline import Pipeline, PipelineSettings
from sensor.wire.dialogue import Dialogue
from sensor.wire.http_dialogue import HttpDialogue
from signatures import PACKAGED, load
from tests.fuzz.budget import SEEDS, Budget, tried
from tests.scripted import KEY

SECOND = 1_000_000_000
SIGNATURES = load([PACKAGED])
AGENTS = ("Antminer S19j Pro/Fri Oct 15 11:25:11 CST 2021", "bmminer/2.0.0", "", "NiceHash/1.0.0", "cpuminer/2.5.1")
# Decades that difficulties are drawn from: those of rigs, and all that a double holds.
SCALES = ((0, 6), (-3, 9), (-12, 20), (-323, 308))
Said = tuple[Side, Any]


def stratum_v1(rng: random.Random) -> Iterator[Said]:
    scale = rng.choice(SCALES)
    yield Side.A, {"id": 1, "method": "mining.subscribe", "params": [rng.choice(AGENTS)]}
    yield Side.B, {"id": 1, "result": [[["mining.notify", "ab"]], "e9695791", 4], "error": None}
    yield Side.A, {"id": 2, "method": "mining.authorize", "params": ["account.rig", "x"]}
    yield Side.B, {"id": 2, "result": True, "error": None}
    job = 0
    for number in range(3, rng.randrange(4, 60)):
        what = rng.random()
        if what < 0.25 or number == 3:
            yield Side.B, {"id": None, "method": "mining.set_difficulty", "params": [10 ** rng.uniform(*scale)]}
        if what < 0.4 or number == 3:
            job += 1
            work = [f"{job:x}", "9c" * 32, "01000000" + "00" * 36, "ffffffff0200", ["5e" * 32], "20000000"]
            yield Side.B, {"id": None, "method": "mining.notify", "params": [*work, "17034219", "66b3c0de", True]}
        else:
            named = f"{max(1, job - rng.randrange(2)):x}"
            words = ["account.rig", named, f"{number:08x}", "66b3c0e4", f"{number:08x}"]
            yield Side.A, {"id": number, "method": "mining.submit", "params": words}
            yield Side.B, _answer(number, rng)


def ethproxy(rng: random.Random) -> Iterator[Said]:
    yield Side.A, {"id": 1, "method": "eth_submitLogin", "params": ["0x" + "c0" * 20]}
    yield Side.B, {"id": 1, "jsonrpc": "2.0", "result": True}
    for number in range(10, rng.randrange(12, 60)):
        if number == 10 or rng.random() < 0.3:
            target = rng.choice([1, 1 << 255, (1 << 256) - 1, rng.randrange(1, 1 << rng.randrange(1, 257))])
            yield Side.B, {"id": 0, "result": ["0x" + "9c" * 32, "0x" + "5e" * 32, f"0x{target:064x}"]}
        else:
            words = [f"0x{number:016x}", "0x" + "9c" * 32, "0x" + "5e" * 32]
            yield Side.A, {"id": number, "method": "eth_submitWork", "params": words}
            yield Side.B, _answer(number, rng)


def cryptonote(rng: random.Random) -> Iterator[Said]:
    def job(number: int) -> dict[str, Any]:
        size = rng.choice((4, 8))
        target = rng.choice([1, (1 << 8 * size) - 1, rng.randrange(1, 1 << rng.randrange(1, 8 * size + 1))])
        fields = {"algo": "rx/0", "height": 3, "seed_hash": "5e" * 32}
        return {
            "blob": "1010" + "ab" * 74,
            "job_id": f"a{number}",
            "target": target.to_bytes(size, "little").hex(),
            **fields,
        }

    yield Side.A, {"id": 1, "method": "login", "params": {"login": "4" + "A" * 94, "pass": "x", "agent": "XMRig/6"}}
    yield Side.B, {"id": 1, "error": None, "result": {"id": "s", "job": job(0), "status": "OK"}}
    latest = 0
    for number in range(2, rng.randrange(4, 60)):
        if rng.random() < 0.3:
            latest = number
            yield Side.B, {"jsonrpc": "2.0", "method": "job", "params": job(number)}
        else:
            result = rng.choice(["00" * 32, "ff" * 32, f"{rng.randrange(1 << 256):064x}"])
            share = {"id": "s", "job_id": f"a{latest}", "nonce": f"{number:08x}", "result": result}
            yield Side.A, {"id": number, "method": "submit", "params": share}
            yield Side.B, {"id": number, "error": None, "result": {"status": "OK"}}


def _answer(number: int, rng: random.Random) -> Any:
    fault = rng.choice([None, None, None, None, [23, "Low difficulty share"], [22, "Duplicate share"]])
    return {"id": number, "result": None if fault else True, "error": fault}


def observations(said: Iterator[Said], rng: random.Random) -> Iterator[Any]:
    now = 1_700_000_100 * SECOND
    unseen = rng.choice((None, None, Side.A, Side.B))
    yield FlowOpened(1, now, now, KEY, rng.random() < 0.3, 0, (), ())
    for side, message in said:
        now += round(rng.choice((0.001, 0.1, 1, 30, 400)) * SECOND)
        if rng.random() < 0.03:
            now = max(0, now + rng.choice((-3, -40, -4000, -(10**8), 4000, 10**8)) * SECOND)
        if side is not unseen:
            missing = rng.choice((40, 90, 5000)) if rng.random() < 0.05 else 0
            yield Chunk(1, side, now, missing, json.dumps(message).encode() + b"\n")
    yield FlowClosed(1, now, rng.choice((CloseCause.RST, CloseCause.END)))


@pytest.mark.parametrize("speak", [stratum_v1, ethproxy, cryptonote])
def test_figures_are_finite_and_in_order(speak: Callable[[random.Random], Iterator[Said]], fuzz_budget: Budget) -> None:
    @given(SEEDS)
    def holds(seed: int) -> None:
        rng = random.Random(seed)
        pipeline = Pipeline(PipelineSettings(), SIGNATURES, Dialogue, HttpDialogue)
        told = [*pipeline.feed(observations(speak(rng), rng)).findings, *pipeline.finish(1 << 62).findings]
        for finding in told:
            check(finding)

    tried(fuzz_budget, 1500, holds)


def check(finding: Finding) -> None:
    estimate = finding.estimate
    if estimate is UNSET or estimate.hashrate_hs is UNSET:
        return
    rate, power = estimate.hashrate_hs, estimate.power_w
    assert 0 <= rate.low <= rate.best <= rate.high < math.inf
    if estimate.accepted_hs is not UNSET:
        assert estimate.accepted_hs.best <= rate.best * 1.000001
    if power is not UNSET:
        assert 0 <= power.low <= power.best <= power.high < math.inf
