"""The builder of the tables of equipment, on facts small enough to reason about."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from signatures.equipment_file import load_equipment
from signatures.loader import PACKAGED

BUILDER = PACKAGED.parent / "tools" / "build_equipment.py"
FACTS = Path(__file__).parent / "equipment_facts"
Row = dict[str, str]


def run(facts: Path, out: Path, seed: str = "0") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, BUILDER, facts, "--out", out],
        env={"PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built")
    assert run(FACTS, out).returncode == 0
    return out


def rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_output_is_byte_equal_whatever_the_hash_seed(built: Path, tmp_path: Path) -> None:
    assert run(FACTS, tmp_path, seed="1").returncode == 0
    for path in sorted(built.rglob("*.csv")):
        assert (tmp_path / path.relative_to(built)).read_bytes() == path.read_bytes()


def test_what_was_built_is_sound(built: Path) -> None:
    load_equipment(built)


def test_machines_stand_by_algorithm_and_rate_without_the_rate_in_their_name(built: Path) -> None:
    sha256d = rows(built / "hardware" / "sha256d.csv")
    assert [(row["model"], row["hashrate_hs"]) for row in sha256d] == [
        ("Bitaxe Gamma", "1071000000000"),
        ("Antminer S19j Pro", "96000000000000"),
        ("Antminer S19j Pro", "104000000000000"),
    ]
    assert [row["marks"] for row in sha256d] == ["BM1370", "BHB42", "BHB42"]


def test_boards_and_processors_are_told_from_machines(built: Path) -> None:
    kinds = {row["model"]: row["kind"] for path in (built / "hardware").glob("*.csv") for row in rows(path)}
    assert kinds["RTX 3070"] == "gpu"
    assert kinds["Intel Xeon E5-2690 v4 (14c)"] == "cpu"
    assert kinds["Antminer S19j Pro"] == "asic"


def test_names_of_algorithms_are_ours(built: Path) -> None:
    assert {path.stem for path in (built / "hardware").glob("*.csv")} == {"sha256d", "ethash", "randomx"}
    ethash = next(row for row in rows(built / "algorithms.csv") if row["algorithm"] == "ethash")
    assert (ethash["aliases"], ethash["hashes_per_difficulty"], ethash["kinds"]) == ("etchash", "", "asic;gpu")


def test_a_source_that_nobody_checked_says_so(built: Path) -> None:
    (xeon,) = rows(built / "hardware" / "randomx.csv")
    assert xeon["source"] == "unverified"


def test_rules_are_rewritten_where_ours_say_more(built: Path) -> None:
    rules = {row["software"]: row for row in rows(built / "agents.csv")}
    stock = rules["Bitmain stock (model/date)"]
    assert (stock["model"], stock["vendor"], stock["firmware"]) == ("Antminer {}", "Bitmain", "stock")
    assert rules["LuxOS (LUXminer)"]["firmware"] == "other"
    unknown = rules["cgminer fork"]
    assert (unknown["algorithms"], unknown["is_complete"]) == ("sha256d;scrypt;x11", "no")


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("algorithms.csv", "H/s", "per rig", "counts in 'per rig', which is no unit of work"),
        ("user_agents.csv", "(?i)^flu ?miner", "(?i)^flue", "no agent begins with '(?i)^flu ?miner'"),
    ],
)
def test_facts_that_do_not_fit_end_the_build(tmp_path: Path, name: str, old: str, new: str, said: str) -> None:
    facts = tmp_path / "facts"
    shutil.copytree(FACTS, facts)
    path = facts / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    done = run(facts, tmp_path / "out")
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
