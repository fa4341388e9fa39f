from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

import signatures
from sensor.finding import Finding, Grade, Stage
from sensor.native import Plan
from tests.corpus import accounting, splice
from tests.corpus.scanning import Scanner
from tests.lab.__main__ import FOLDER
from tests.lab.captures import CAPTURES
from tests.lab.dialogue import Truth

needs_wireshark = pytest.mark.skipif(
    shutil.which("mergecap") is None, reason="editcap and mergecap come with tshark: not installed"
)
DIALOGUE = "format-le-ns.pcap"
ORDINARY = ("near-misses.pcap", "sightings.pcap")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return accounting.audit_plan(signatures.load())


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ORDINARY:
        shutil.copy(FOLDER / name, tmp_path / name)
    (tmp_path / "text").write_text("no capture at all", encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def told(scanner: Scanner) -> tuple[Finding, Truth]:
    (truth,) = CAPTURES[DIALOGUE].truths
    (finding,) = scanner.scan(FOLDER / DIALOGUE).findings
    return finding, truth


def test_only_sound_captures_are_spliced_into(folder: Path, plan: Plan) -> None:
    found = dict(splice.candidates(folder, plan))
    assert sorted(path.name for path in found) == sorted(ORDINARY)
    assert all(found.values())


@needs_wireshark
def test_a_dialogue_is_found_in_ordinary_captures(folder: Path, scanner: Scanner, plan: Plan) -> None:
    steps: list[None] = []
    assert splice.run(folder, scanner, plan, lambda: steps.append(None)) == (2, [])
    assert len(steps) == 2


class Blind(Scanner):
    """A sensor that sees only the first half of each file."""

    def scan(self, path: Path):
        whole = path.read_bytes()
        half = path.with_suffix(".half")
        half.write_bytes(whole[: len(whole) // 2])
        return super().scan(half)


@needs_wireshark
def test_a_dialogue_that_is_not_found_whole_is_missed(folder: Path, plan: Plan) -> None:
    done, missed = splice.run(folder, Blind(), plan, lambda: None)
    assert (done, sorted(missed)) == (2, sorted(ORDINARY))


def test_missing_tools_are_told_with_the_remedy(
    folder: Path, scanner: Scanner, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(folder))
    done, told = splice.run(folder, scanner, plan, lambda: None)
    assert done == 0
    assert [line.partition(" ")[0] for line in told] == ["editcap", "mergecap"]
    assert all("apt-get install tshark" in line for line in told)


def test_the_dialogue_itself_is_found_whole(told: tuple[Finding, Truth]) -> None:
    finding, truth = told
    assert splice.is_found((finding,), truth)


@pytest.mark.parametrize(
    "changes", [{"stage": Stage.JOINED}, {"grade": Grade.B}, {"jobs": 1_000}], ids=["stage", "grade", "jobs"]
)
def test_a_wrong_field_is_not_found_whole(told: tuple[Finding, Truth], changes: dict[str, object]) -> None:
    finding, truth = told
    assert not splice.is_found((msgspec.structs.replace(finding, **changes),), truth)


@pytest.mark.parametrize("count", ["submitted", "accepted", "rejected"])
def test_a_wrong_count_of_shares_is_not_found_whole(told: tuple[Finding, Truth], count: str) -> None:
    finding, truth = told
    shares = msgspec.structs.replace(finding.shares, **{count: 1_000})
    assert not splice.is_found((msgspec.structs.replace(finding, shares=shares),), truth)


def test_a_dialogue_found_twice_or_not_at_all_is_not_found_whole(told: tuple[Finding, Truth]) -> None:
    finding, truth = told
    assert not splice.is_found((finding, finding), truth)
    assert not splice.is_found((), truth)
