# SPDX-License-Identifier: Apache-2.0
"""Sessions are deterministic, well-formed, and mine as fast as their script says."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.lab.cast import asic, conflux, cpu, equihash, ergo, ethash, gpu, kaspa, kawpow, nervos, nicehash
from tests.lab.dialects import (
    autolykos_factor_session,
    autolykos_session,
    cryptonote_session,
    equihash_session,
    ethash_stratum_session,
    ethereumstratum_1_session,
    ethereumstratum_2_session,
    ethproxy_session,
    kaspa_session,
    kawpow_session,
    nervos_session,
    octopus_session,
    stratum_v1_session,
)
from tests.lab.dialects.cryptonote import TargetSize, target_hex
from tests.lab.dialogue import Meaning, Session, Speaker
from tests.lab.script import Odds, Reach, Script, Style

Maker = tuple[Callable[..., Script], Callable[[Script], Session]]
MAKERS: dict[str, Maker] = {
    "stratum-v1": (asic, stratum_v1_session),
    "ethproxy": (gpu, ethproxy_session),
    "cryptonote": (cpu, cryptonote_session),
    "equihash": (equihash, equihash_session),
    "kawpow": (kawpow, kawpow_session),
    "kaspa": (kaspa, kaspa_session),
    "ethereumstratum-1": (nicehash, ethereumstratum_1_session),
    "ethereumstratum-2": (ethash, ethereumstratum_2_session),
    "ethash-stratum": (ethash, ethash_stratum_session),
    "autolykos": (ergo, autolykos_session),
    "autolykos, factor": (ergo, autolykos_factor_session),
    "octopus": (conflux, octopus_session),
    "nervos": (nervos, nervos_session),
}
EVERY = pytest.mark.parametrize("maker", MAKERS.values(), ids=list(MAKERS))
EVERY_FATE = Odds(low=0.1, stale=0.1, duplicate=0.1, unanswered=0.1)


@EVERY
def test_the_seed_alone_decides_what_is_said(maker: Maker) -> None:
    script, play = maker
    first, again, other = (play(script(1, seed=seed)).dialogue for seed in (7, 7, 8))
    assert first.sayings() == again.sayings()
    assert first.stream(Speaker.CLIENT) != other.stream(Speaker.CLIENT)


@EVERY
@pytest.mark.parametrize("style", list(Style))
def test_every_saying_is_one_json_object_and_a_line_feed(maker: Maker, style: Style) -> None:
    script, play = maker
    for saying in play(script(1, style=style, odds=EVERY_FATE)).dialogue.sayings():
        assert saying.data.count(b"\n") == 1
        assert saying.data.endswith(b"\n")
        assert isinstance(json.loads(saying.data), dict)


@EVERY
def test_accepted_work_tells_the_hashrate_within_three_sigma(maker: Maker) -> None:
    script, play = maker
    truth = play(script(1, seconds=40_000, job_seconds=300)).truth()
    assert truth.accepted is not None
    assert truth.accepted > 2_000
    measured = truth.work_accepted / 40_000 / truth.facts.hashrate_hs
    # Shares at least 100 ms apart cost a hundredth at ten seconds a share.
    assert abs(measured - 0.995) < 3 / math.sqrt(truth.accepted)


@EVERY
@pytest.mark.parametrize(
    ("reach", "stage"),
    [
        (Reach.ATTEMPTED, "attempted"),
        (Reach.REFUSED, "refused"),
        (Reach.JOINED, "joined"),
        (Reach.WORKING, "working"),
    ],
)
def test_a_session_gets_as_far_as_its_script_says(maker: Maker, reach: Reach, stage: str) -> None:
    script, play = maker
    truth = play(script(1, reach=reach)).truth()
    assert truth.stage == stage
    assert bool(truth.jobs) == (reach in (Reach.JOINED, Reach.WORKING))


@EVERY
def test_every_fate_occurs_and_is_answered_as_such(maker: Maker) -> None:
    script, play = maker
    truth = play(script(1, seconds=2_000, odds=EVERY_FATE)).truth()
    assert truth.stale
    assert truth.duplicate
    assert truth.unanswered
    assert truth.rejected is not None
    assert truth.rejected > truth.stale + truth.duplicate


def test_a_duplicate_repeats_a_share_and_a_stale_one_names_an_earlier_job() -> None:
    sayings = stratum_v1_session(asic(1, seconds=2_000, odds=EVERY_FATE)).dialogue.sayings()
    jobs: list[str] = []
    shares: dict[int, list[str]] = {}
    accepted: list[list[str]] = []
    for saying in sayings:
        message = json.loads(saying.data)
        meanings = saying.note.meanings
        if Meaning.JOB in meanings:
            jobs.append(message["params"][0])
        elif Meaning.SUBMIT in meanings:
            shares[message["id"]] = message["params"]
        elif Meaning.ACCEPTED in meanings:
            accepted.append(shares[message["id"]])
        elif Meaning.DUPLICATE in meanings:
            assert shares[message["id"]] in accepted
        elif Meaning.STALE in meanings:
            assert shares[message["id"]][1] in jobs[:-1]


def test_vardiff_goes_out_with_a_job_and_only_when_it_changes() -> None:
    script = asic(1, seconds=300, difficulties=((0, 65_536.0), (100, 262_144.0)))
    lines = [json.loads(s.data) for s in stratum_v1_session(script).dialogue.sayings()]
    values = [line["params"][0] for line in lines if line.get("method") == "mining.set_difficulty"]
    assert values == [65_536, 262_144]
    following = [b.get("method") for a, b in itertools.pairwise(lines) if a.get("method") == "mining.set_difficulty"]
    assert following == ["mining.notify", "mining.notify"]


def test_several_workers_log_in_and_submit_over_one_connection() -> None:
    logins = tuple(f"farm.rig{number}" for number in range(5))
    truth = stratum_v1_session(asic(1, logins=logins, seconds=2_000)).truth()
    assert truth.logins == logins
    assert set(truth.workers) == {f"rig{number}" for number in range(5)}


@pytest.mark.parametrize(
    ("difficulty", "size", "text"),
    [
        (10_000, TargetSize.SHORT, "b88d0600"),
        (5_000, TargetSize.SHORT, "711b0d00"),
        (20_000, TargetSize.SHORT, "dc460300"),
        (10_000_000_000, TargetSize.LONG, "677ff36d00000000"),
    ],
)
def test_cryptonote_targets_are_those_that_pools_send(difficulty: float, size: TargetSize, text: str) -> None:
    assert target_hex(difficulty, size) == text


def test_an_equihash_share_carries_a_whole_solution() -> None:
    for saying in equihash_session(equihash(1)).dialogue.sayings():
        if Meaning.SUBMIT in saying.note.meanings:
            solution = json.loads(saying.data)["params"][4]
            assert solution.startswith("fd4005")
            assert len(solution) == 2 * (3 + 1344)


def test_a_silent_monero_miner_says_every_minute_that_it_lives() -> None:
    script = replace(cpu(1, seconds=400, job_seconds=20), reach=Reach.JOINED)
    stream = cryptonote_session(script).dialogue.stream(Speaker.CLIENT)
    assert stream.count(b'"keepalived"') == 6
