"""The tables of equipment: what they hold, and what is wrong with one that cannot be used."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from signatures.agents import HardwareClass
from signatures.equipment import Equipment, plain
from signatures.equipment_file import check_equipment, load_equipment, pattern_problem
from signatures.loader import PACKAGED

EQUIPMENT = load_equipment(PACKAGED)
Complain = Callable[[Callable[[], object]], str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the packaged tables that a test may spoil."""
    for name in ("algorithms.csv", "agents.csv"):
        shutil.copy(PACKAGED / name, tmp_path / name)
    shutil.copytree(PACKAGED / "hardware", tmp_path / "hardware")
    return tmp_path


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


# ---------------------------------------------------------------- what they hold


def test_the_packaged_tables_are_sound() -> None:
    check_equipment(EQUIPMENT)
    assert len(EQUIPMENT.machines) == 572
    assert len(EQUIPMENT.algorithms) == 34
    assert len(EQUIPMENT.agents.rules) == 88


def test_every_row_has_a_source() -> None:
    for path in [PACKAGED / "algorithms.csv", PACKAGED / "agents.csv", *(PACKAGED / "hardware").glob("*.csv")]:
        rows = path.read_text(encoding="utf-8").splitlines()
        assert rows[0].endswith(",source")
        assert not any(row.endswith(",") for row in rows[1:])


def test_a_machine_needs_what_its_maker_says() -> None:
    (fast,) = [machine for machine in EQUIPMENT.of_model("Antminer S19j Pro") if machine.hashrate_hs == 104e12]
    assert (fast.vendor, fast.power_w, fast.kind) == ("Bitmain", 3068, "asic")
    assert fast.joules == pytest.approx(29.5e-12)


def test_models_are_found_as_agents_write_them() -> None:
    assert plain("  S21  XP Hyd. ") == "s21 xp hyd"
    assert {m.model for m in EQUIPMENT.of_model("antminer s21 xp hyd.")} == {"Antminer S21 XP Hyd"}
    assert {m.model for m in EQUIPMENT.of_model("BHB42")} == {"Antminer S19j Pro", "Antminer S19j Pro+"}
    assert EQUIPMENT.of_model("no such") == ()


def test_machines_of_an_algorithm_come_by_their_rate() -> None:
    for algorithm in {machine.algorithm for machine in EQUIPMENT.machines}:
        rates = [machine.hashrate_hs for machine in EQUIPMENT.of_algorithm(algorithm)]
        assert rates == sorted(rates)


def test_coins_with_one_proof_of_work_name_it() -> None:
    assert EQUIPMENT.algorithm_of_coin("LTC") == "scrypt"
    # Five algorithms, and merge-mined ones.
    assert EQUIPMENT.algorithm_of_coin("DGB") is None


def test_efficiencies_are_in_joules_a_hash() -> None:
    found = EQUIPMENT.algorithm("sha256d")
    assert found is not None
    assert (found.joules["any"].low, found.joules["any"].high) == pytest.approx((13.5e-12, 98e-12))
    solutions = EQUIPMENT.algorithm("equihash-200-9")
    assert solutions is not None
    assert solutions.joules["any"].best == pytest.approx(3.6e-3)
    graphs = EQUIPMENT.algorithm("cuckatoo32")
    assert graphs is not None
    assert graphs.joules["any"].best == 78


# Agents as they are sent, with the class, the only algorithm, and the model that they tell.
AGENTS = [
    ("Antminer S19j Pro/Fri Oct 15 11:25:11 CST 2021", "asic_sha256_industrial", "sha256d", "Antminer S19j Pro"),
    ("Antminer S21 XP Hyd./Mon Jan 6 15:07:13 CST 2025", "asic_sha256_industrial", "sha256d", "Antminer S21 XP Hyd."),
    ("Antminer BHB42XXX/Fri", "asic_sha256_industrial", "sha256d", "BHB42"),
    ("Antminer T21", "asic_sha256_industrial", "sha256d", "Antminer T21"),
    ("Antminer", "asic_sha256_industrial", "sha256d", ""),
    ("Antminer L7/Fri", "asic_scrypt", "scrypt", "Antminer L7"),
    ("Antminer Z15 Pro/Fri", "asic_other", None, "Antminer Z15 Pro"),
    ("bmminer/2.0.0", "asic_sha256_industrial", "sha256d", ""),
    ("bmminer/2.0.0/Antminer S9/14000", "asic_sha256_industrial", "sha256d", "Antminer S9"),
    ("Antminer S19k Pro|LUXminer 2026.4.3|BHB56902|x", "asic_sha256_industrial", "sha256d", "Antminer S19k Pro"),
    ("2026-01-0-ab-26.04-plus;bosminer-plus-tuner 0.9.0", "asic_sha256_industrial", "sha256d", ""),
    ("bosminer-plus-am1-s9", "asic_sha256_industrial", "sha256d", "Antminer s9"),
    ("xminer-1.2.7", "asic_sha256_industrial", None, ""),
    ("GodMiner/2.0.0", "asic_other", None, ""),
    ("ckbminer-v1.0.0", "asic_eaglesong", "eaglesong", ""),
    ("whatsminer/v1.1", "asic_sha256_industrial", "sha256d", ""),
    ("bitaxe/BM1370/v2.13.1", "asic_sha256_home", "sha256d", "BM1370"),
    ("NerdQAxe++/BM1370/v1.0.36", "asic_sha256_home", "sha256d", "NerdQAxe++"),
    ("NerdOCTAXE-γ/BM1370/v1.0.36", "asic_sha256_home", "sha256d", "NerdOCTAXE gamma"),
    ("NerdMinerV2/V1.8.3", "mcu_lottery", "sha256d", ""),
    ("IceRiverMiner-v1.1", "asic_other", None, ""),
    ("XMRig/6.26.0 (Linux x86_64) libuv/1.48.0 gcc/13.2.0", "cpu", None, ""),
    ("xmrig-proxy/6.22.0", "proxy_aggregate", None, ""),
    ("cpuminer-opt-26.1-x64L", "cpu", None, ""),
    ("lolMiner 1.76", "gpu", None, ""),
    ("lolMiner/1.85beta", "gpu", None, ""),
    ("GMiner/2.09", "gpu", None, ""),
    ("t-rex/0.26.8", "gpu", None, ""),
    ("BzMiner-v11.1.0", "gpu", None, ""),
    ("kawpowminer/1.2", "gpu", "kawpow", ""),
    ("PhoenixMiner/5.5c", "gpu", "ethash", ""),
    ("btccom-agent/2.0.0-mu", "proxy_aggregate", None, ""),
    ("NiceHash/1.0.0", "marketplace", None, ""),
    ("MRR-Hash/1.0.0", "marketplace", None, ""),
    ("cgminer/4.11.1", "asic_unknown", None, ""),
    ("cgminer/3.7.3-nicehash-3", "gpu", "scrypt", ""),
    ("", "unknown", None, ""),
]


@pytest.mark.parametrize(("agent", "hardware_class", "algorithm", "model"), AGENTS)
def test_an_agent_tells_program_and_machine(agent: str, hardware_class: str, algorithm: str | None, model: str) -> None:
    seen = EQUIPMENT.agents.match(agent)
    assert seen is not None
    assert (seen.rule.hardware_class, seen.algorithm, seen.model) == (hardware_class, algorithm, model)


@pytest.mark.parametrize("agent", ["Mozilla/5.0", "x" * 100_000, "Electrum 4.5", "\x00\x1b[2J"])
def test_an_agent_that_no_rule_knows_tells_nothing(agent: str) -> None:
    assert EQUIPMENT.agents.match(agent) is None


def test_the_models_that_agents_name_are_in_the_tables() -> None:
    named = {model for _, _, _, model in AGENTS if model}
    assert [model for model in named if not EQUIPMENT.of_model(model)] == []


# ---------------------------------------------------------------- what is wrong with a table


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("algorithms.csv", "algorithm,aliases", "algorithm,alias", "algorithms.csv:1: the columns are not"),
        ("algorithms.csv", "sha256d,,H/s", "sha256d,,hashes", "algorithms.csv:2: unit is 'hashes'; write one of H/s"),
        ("algorithms.csv", "any 13.5 28 98", "any 13.5 28", "efficiency is 'any 13.5 28'; write a kind and three"),
        ("algorithms.csv", "any 13.5 28 98", "any 28 13.5 98", "is not in order; write low, best, high"),
        ("algorithms.csv", "4294967296,1,asic", "-1,1,asic", "hashes_per_difficulty is '-1'; write a number above 0"),
        ("algorithms.csv", "4294967296,1,asic", "4294967296,1,fpga", "kinds has 'fpga'; write some of asic, gpu, cpu"),
        ("algorithms.csv", "4294967296,1,asic", "nan,1,asic", "hashes_per_difficulty is 'nan'; write a number"),
        ("agents.csv", "proxy_aggregate", "proxies", "agents.csv:2: hardware_class is 'proxies'; write one of"),
        ("agents.csv", ",yes,", ",perhaps,", "is_complete is 'perhaps'; write one of yes, no"),
        ("hardware/x11.csv", ",asic,", ",,", "hardware/x11.csv:2: kind is ''; write one of asic, gpu, cpu"),
        ("hardware/x11.csv", "20", "19", "released is '1917-09'; write 2021 or 2021-06"),
        ("hardware/x11.csv", ",asic,", ",asic,,", "9 cells, not 8; correct the commas"),
        ("hardware/x11.csv", "unverified", '"unverified', "no valid CSV"),
        ("hardware/x11.csv", "Bitmain", "", "vendor is empty; say it"),
        ("hardware/x11.csv", "Bitmain", "\x1b", "not printable; correct it"),
    ],
)
def test_a_table_that_cannot_be_used_is_one_line(
    folder: Path, complaint: Complain, name: str, old: str, new: str, said: str
) -> None:
    spoil(folder / name, old, new)
    text = complaint(lambda: load_equipment(folder))
    assert text.startswith("signatures/")
    assert re.match(r"signatures/[\w/.-]+:\d+: ", text)
    assert said in text


def test_a_missing_table_is_one_line(folder: Path, complaint: Complain) -> None:
    (folder / "agents.csv").unlink()
    assert complaint(lambda: load_equipment(folder)).startswith("signatures/agents.csv:1: cannot be read")


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (r"^(?=a)b", "looks around"),
        (r"^(a)\1", "looks around or back"),
        (r"^(a+)+$", "repeats a group"),
        (r"^(a|b)*x", "repeats a group"),
        (r"a+b+c+d+", "more than 3 repetitions"),
        (r"a[b", "is no pattern"),
    ],
)
def test_a_pattern_that_may_take_for_ever_is_refused(pattern: str, said: str) -> None:
    assert said in pattern_problem(pattern, has_group=False)


def test_a_model_needs_a_group() -> None:
    assert "no group for the model" in pattern_problem("^Antminer", has_group=True)
    assert pattern_problem(r"(?i)^Antminer ([^|/]+)[+*]\+\*", has_group=True) == ""


def test_rules_that_cannot_be_reached_or_name_nothing_are_refused(folder: Path, complaint: Complain) -> None:
    path = folder / "agents.csv"
    rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*rows, rows[1]]), encoding="utf-8")
    assert "stands above too; remove one" in complaint(lambda: check_equipment(load_equipment(folder)))
    path.write_text("".join(rows).replace("sha256d;ethash,yes", "sha256d;etash,yes", 1), encoding="utf-8")
    said = complaint(lambda: check_equipment(load_equipment(folder)))
    assert said.startswith("signatures/agents.csv:2: algorithm 'etash' has no row")


def test_every_class_is_told_by_some_rule() -> None:
    told = {rule.hardware_class for rule in EQUIPMENT.agents.rules}
    assert told == set(HardwareClass)


def test_an_empty_table_knows_nothing() -> None:
    nothing = Equipment((), (), EQUIPMENT.agents)
    assert nothing.algorithm("sha256d") is None
    assert nothing.of_algorithm("sha256d") == ()
    assert nothing.algorithm_of_coin("BTC") is None
