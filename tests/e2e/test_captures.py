# SPDX-License-Identifier: Apache-2.0
"""Every capture of ``pcaps/`` against what its maker knows: findings, sightings, and silence where nobody mines."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from msgspec import UNSET

from sensor.detect.masking import CUT
from sensor.figures import Related, Relation
from sensor.finding import ReasonCode, SightingKind, TlsFacts
from sensor.model import NameKind
from tests.e2e.outcome import known
from tests.e2e.sensing import Seen, sense
from tests.e2e.stated import found, miner_of, true
from tests.lab.captures import CAPTURES, Capture
from tests.lab.cast import asic, gpu
from tests.lab.demonstration import FARM, HOUSE_6, RACK
from tests.lab.dialects import ethproxy_session, stratum_v1_session
from tests.lab.dialogue import Speaker, Truth, View
from tests.lab.scene import wire_of
from tests.lab.tcp import segments

FOLDER = Path(__file__).parents[2] / "pcaps"
EACH = pytest.mark.parametrize("capture", CAPTURES.values(), ids=list(CAPTURES))
ATTEMPTS = (SightingKind.ATTEMPTED, SightingKind.REFUSED)
OFFICE_STATION = "198.51.100.23"
# What a miner names by one word and a maker by another.
ALGORITHMS = {"rx/0": "randomx", "ethash": "etchash"}


@cache
def seen(name: str) -> Seen:
    return sense(FOLDER / name)


def mining(capture: Capture) -> list[Truth]:
    """What the findings of a capture have to say, in the order of the sessions' making."""
    truths = [truth for truth in capture.truths if truth.grade != "D"]
    if capture.name == "one-way-pool.pcap":
        # Of this rig's answers some may be those to its reports of the hashrate.
        alone = known(ethproxy_session(gpu(1)), View(frozenset({Speaker.SERVER})))
        truths = [alone if truth.miner == alone.miner else truth for truth in truths]
    return truths


@EACH
def test_each_session_is_found_as_its_truth_says(capture: Capture) -> None:
    expected = Counter((truth.miner, true(truth)) for truth in mining(capture))
    if capture.name == "network-faults.pcap":
        # The one that was open when its port was used again is ended by that.
        reused = next(key for key in expected if key[1].ending == "open" and "account.rig20" in key[1].logins)
        expected.subtract([reused])
        expected[reused[0], replace(reused[1], ending="port_reused")] += 1
    stated = Counter(
        (miner_of(finding), replace(found(finding), gaps_bytes=0)) for finding in seen(capture.name).findings
    )
    assert stated - expected == Counter()
    assert expected - stated == Counter()


# What stands in the message behind a reason, whatever its dialect.
SAID = {
    ReasonCode.SUBSCRIBED: ("subscribe", ".hello"),
    ReasonCode.LOGIN_SENT: (".auth", "ogin", "Authorization", "POST /0x"),
    ReasonCode.LOGIN_ACCEPTED: ('"result"',),
    ReasonCode.JOB_SEEN: (".notify", '"job', '["0x', '"midstate"', '"previousblockhash"'),
    ReasonCode.SHARE_SENT: (
        "ubmit",
        "getwork",
        "7f02",
        "7f03",
        "7f12",
        "7f13",
    ),  # BTCAgent's shares are binary, shown in hex
    # EthereumStratum/2.0.0 says no more than the id.
    ReasonCode.SHARE_ACCEPTED: ('"result"', '{"id":', "7f10"),
}


@EACH
def test_each_reason_is_proved_by_its_own_message(capture: Capture) -> None:
    proofs = [
        (reason.code, reason.proof)
        for finding in seen(capture.name).findings
        for reason in finding.reasons
        # What was cut may have lost the word.
        if reason.code in SAID and reason.proof is not UNSET and not reason.proof.endswith(CUT)
    ]
    assert [(code, proof) for code, proof in proofs if not any(word in proof for word in SAID[code])] == []
    assert proofs or not seen(capture.name).findings


@EACH
def test_a_machine_has_one_class(capture: Capture) -> None:
    for finding in seen(capture.name).findings:
        if finding.estimate is not UNSET and finding.estimate.hardware is not UNSET:
            assert finding.miner_identity.hardware_class == finding.estimate.hardware.class_


def test_a_developer_fee_is_related_to_its_machine_and_counted_once() -> None:
    main, fee = sorted(seen("developer-fee.pcap").findings, key=lambda finding: finding.first_seen)
    assert fee.related == (Related(main.finding_id, Relation.DEVELOPER_FEE, is_main=True),)
    assert main.related == (Related(fee.finding_id, Relation.DEVELOPER_FEE, is_main=False),)
    assert main.estimate is not UNSET
    assert fee.estimate is not UNSET
    assert (main.estimate.rigs.best, fee.estimate.rigs.best) == (1, 0)
    assert (fee.estimate.hashrate_hs is UNSET, fee.estimate.power_w) == (False, UNSET)


@EACH
def test_the_pool_of_each_finding_is_the_one_that_was_dialled(capture: Capture) -> None:
    pools = {(truth.miner, truth.pool.ip, truth.pool.port) for truth in mining(capture)}
    assert {(miner_of(one), one.pool.ip, one.pool.port) for one in seen(capture.name).findings} == pools


@EACH
def test_coin_and_algorithm_are_the_true_ones_or_absent(capture: Capture) -> None:
    facts = {(truth.miner, truth.pool.port): truth.facts for truth in mining(capture)}
    for finding in seen(capture.name).findings:
        truth = facts[miner_of(finding), finding.pool.port]
        if truth.dialect == "stratum-other":
            assert (finding.coin, finding.algorithm) == (UNSET, UNSET)
        assert finding.coin in (UNSET, truth.coin)
        algorithm = finding.algorithm
        assert algorithm is UNSET or ALGORITHMS.get(algorithm, algorithm) == truth.algorithm


@EACH
def test_what_is_missing_is_said_in_bytes(capture: Capture) -> None:
    gaps = sum(finding.gaps_bytes for finding in seen(capture.name).findings)
    assert gaps == MISSING.get(capture.name, lambda: 0)()


def _lost_in_faults() -> int:
    """A job and an answer to a share: what ``network_faults`` takes away."""
    lost_job, lost_answer = (stratum_v1_session(asic(number)) for number in range(2))
    jobs = [s.data for s in lost_job.dialogue.sayings() if s.note.meanings and s.note.meanings[0].name == "JOB"]
    yes = [s.data for s in lost_answer.dialogue.sayings() if s.note.meanings and s.note.meanings[0].name == "ACCEPTED"]
    return len(jobs[2]) + len(yes[1])


def _beyond_the_snap_length() -> int:
    """Of frames cut at 256 bytes: 54 are headers, so 202 of payload are left."""
    talk = stratum_v1_session(asic(0)).dialogue
    return sum(max(0, len(segment.payload) - 202) for segment in segments(talk, wire_of(talk)))


MISSING = {"network-faults.pcap": _lost_in_faults, "snap-length.pcap": _beyond_the_snap_length}


# ---------------------------------------------------------------- sightings, and silence


@pytest.mark.parametrize("name", ["sightings.pcap", "over-http.pcap"])
def test_attempts_and_refusals_are_sightings_with_a_count(name: str) -> None:
    capture = CAPTURES[name]
    expected = Counter((truth.miner.ip, truth.pool.ip, truth.stage) for truth in capture.truths if truth.grade == "D")
    rows = [row for row in seen(capture.name).sightings if row.what in ATTEMPTS]
    assert {(row.miner.ip, row.pool.ip, row.what.value): row.count for row in rows} == dict(expected)
    assert all(row.grade == "D" for row in rows)


@pytest.mark.parametrize("name", ["sightings.pcap", "names.pcap", "demo.pcap"])
def test_listed_names_are_sightings_where_nobody_was_seen_to_mine(name: str) -> None:
    capture = CAPTURES[name]
    miners = {truth.miner.ip for truth in mining(capture)}
    expected = Counter(
        (glimpse.kind.value, glimpse.client.ip, glimpse.name)
        for glimpse in capture.glimpses
        # The invented address stands on no shipped list; names that led to a finding are told with it.
        if glimpse.kind is not NameKind.ADDRESS and glimpse.client.ip not in miners
    )
    if name == "demo.pcap":
        # Somebody reads a pool's web pages: who asks for the name may mine, who speaks to its web server does not.
        expected += Counter([("dns", "198.51.100.30", "www.supportxmr.com")])
    rows = [row for row in seen(name).sightings if row.what not in ATTEMPTS]
    assert Counter({(row.what.value, row.miner.ip, row.pool.host): row.count for row in rows}) == expected


def test_of_tls_to_listed_servers_fingerprint_and_certificate_are_told() -> None:
    """JA4 by its specification, from what the maker of these greetings writes into them."""
    ciphers, kinds = "1301,1302,1303,c02b,c02c,c02f,c030,cca8,cca9", "000a,000d,002b,0033"
    texts = (ciphers, f"{kinds}_0403,0804,0401,0503,0805,0501,0806")
    ja4 = "_".join(["t13d0906h2", *(hashlib.sha256(text.encode()).hexdigest()[:12] for text in texts)])
    names = ("ss.antpool.com", *(f"server{number}.example.net" for number in range(7)))
    told = {
        (row.what.value, row.miner.ip[-2:]): row.protocol.tls
        for row in seen("names.pcap").sightings
        if row.protocol.tls is not UNSET
    }
    assert told == {
        ("learned", "10"): TlsFacts(ja4),
        ("sni", "30"): TlsFacts(ja4, names),
        ("learned", "31"): TlsFacts(ja4, ("localhost", "ss.antpool.com")),
    }


def test_who_asks_a_node_for_work_without_mining_is_named_so() -> None:
    told = [row for row in seen("over-http.pcap").sightings if row.what is SightingKind.POOL_SERVER]
    assert Counter((row.pool.port, row.protocol.dialect) for row in told) == {
        (8332, "getblocktemplate"): 2,
        (18081, "getblocktemplate"): 1,
        (8545, "getwork"): 1,
    }
    assert {reason.code for row in told for reason in row.reasons} == {ReasonCode.NODE_ASKED}


def test_of_near_misses_nothing_is_told() -> None:
    assert (seen("near-misses.pcap").revisions, seen("near-misses.pcap").sightings) == ([], [])


@EACH
def test_no_finding_is_withdrawn(capture: Capture) -> None:
    told = {finding.finding_id for finding in seen(capture.name).revisions}
    assert told == {finding.finding_id for finding in seen(capture.name).findings}


@EACH
def test_every_packet_has_one_fate(capture: Capture) -> None:
    counters = seen(capture.name).counters
    assert sum(count for name, count in counters.items() if name.startswith("fate_")) == counters["packets"] > 0


# ---------------------------------------------------------------- the demonstration


def test_the_demonstration_shows_an_office_a_farm_a_household_and_a_rack() -> None:
    findings = seen("demo.pcap").findings
    rows = Counter((one.miner.ip, one.protocol.dialect, one.miner_identity.account) for one in findings)
    wallets = {one.miner_identity.account for one in findings if one.protocol.dialect == "equihash-stratum"}
    assert rows[FARM, "stratum-v1", "northfarm"] == 11
    assert Counter(ip for ip, _, _ in rows.elements()) == {OFFICE_STATION: 1, FARM: 11, HOUSE_6: 1} | {
        f"{RACK}{number}0": 1 for number in (1, 2, 3)
    }
    assert len(wallets) == 1
    office = next(one for one in findings if one.miner.ip == OFFICE_STATION)
    assert (office.pool.host, office.pool.name) == ("pool.supportxmr.com", "SupportXMR")
