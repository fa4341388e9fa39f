"""The judge as a whole, over a small folder made of the repository's own captures."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from sensor.finding import Stage
from tests.corpus import __main__ as judge
from tests.corpus import differences, exceptions
from tests.corpus.scanning import Scanner
from tests.corpus.truth import TRUTH_FILE
from tests.corpus.wireshark import Dissected, Wireshark
from tests.lab.__main__ import FOLDER
from tests.lab.captures import CAPTURES
from tests.lab.dialogue import Truth

POSITIVE = "positives/stratum-v1.pcap"
ORDINARY = "benign/near-misses.pcap"
needs_wireshark = pytest.mark.skipif(not Wireshark.is_present(), reason="sharkd comes with tshark: not installed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Mining with its truth, ordinary traffic and near misses."""
    for kind in ("positives", "benign", "nearmiss"):
        (tmp_path / kind).mkdir()
    shutil.copy(FOLDER / "stratum-v1.pcap", tmp_path / POSITIVE)
    shutil.copy(FOLDER / "near-misses.pcap", tmp_path / ORDINARY)
    shutil.copy(FOLDER / "near-misses.pcap", tmp_path / "nearmiss/web.pcap")
    streams = [told(truth, number) for number, truth in enumerate(CAPTURES["stratum-v1.pcap"].truths)]
    write(tmp_path, streams)
    return tmp_path


def told(truth: Truth, number: int) -> dict[str, object]:
    """What a truth file says of a session that the lab made."""
    return {
        "stream": number,
        "client": f"{truth.miner.ip}:{truth.miner.port}",
        "server": f"{truth.pool.ip}:{truth.pool.port}",
        "variant": "stratum-v1",
        "stage": truth.stage,
        "first": 0.0,
        "duration": 1e10,
        "jobs": truth.jobs,
        "submits": truth.submitted,
        "accepted": truth.accepted,
        "rejected": truth.rejected,
        "agents": [truth.agent] if truth.agent else [],
        "users": list(truth.logins),
    }


def write(folder: Path, streams: list[dict[str, object]]) -> None:
    (folder / TRUTH_FILE).write_text(json.dumps({POSITIVE: {"streams": streams}}), encoding="utf-8")


def streams(folder: Path) -> list[dict[str, object]]:
    return json.loads((folder / TRUTH_FILE).read_text(encoding="utf-8"))[POSITIVE]["streams"]


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner()


def positives(folder: Path, scanner: Scanner, rows: Sequence[exceptions.Excepted] = ()) -> list[str]:
    report = judge.Report()
    judge.positives(folder, scanner, list(rows), report)
    return report.failures


def working(folder: Path) -> tuple[list[dict[str, object]], dict[str, object]]:
    """All streams, and the first of them that submits."""
    every = streams(folder)
    return every, next(stream for stream in every if stream["stage"] == Stage.WORKING)


def test_a_true_truth_has_no_failure(folder: Path, scanner: Scanner) -> None:
    assert positives(folder, scanner) == []


@pytest.mark.parametrize("count", ["jobs", "submits", "accepted", "rejected"])
def test_a_wrong_count_fails(folder: Path, scanner: Scanner, count: str) -> None:
    every, stream = working(folder)
    right = stream[count]
    assert isinstance(right, int)
    stream[count] = right + 1
    write(folder, every)
    (failure,) = positives(folder, scanner)
    assert f"{count} is {right}, the truth says {right + 1}" in failure


def test_a_missing_finding_fails(folder: Path, scanner: Scanner) -> None:
    every, stream = working(folder)
    write(folder, [*every, {**stream, "stream": 99, "client": "192.0.2.99:1"}])
    (failure,) = positives(folder, scanner)
    assert "finding is absent, the truth says working" in failure


def test_a_finding_too_many_fails(folder: Path, scanner: Scanner) -> None:
    every, stream = working(folder)
    write(folder, [other for other in every if other is not stream])
    (failure,) = positives(folder, scanner)
    assert "finding is working stratum-v1, the truth says absent" in failure


def test_a_wrong_grade_fails(folder: Path, scanner: Scanner) -> None:
    every, stream = working(folder)
    stream.update(submits=0, accepted=0, rejected=0)
    write(folder, every)
    assert any("grade A is True, the truth says False" in failure for failure in positives(folder, scanner))


def excepted(folder: Path, quote: str = "mining.notify…true]}") -> list[exceptions.Excepted]:
    """The truth counts a job too many, and an exception says so with a line of the stream."""
    every, stream = working(folder)
    jobs = int(str(stream["jobs"]))
    stream["jobs"] = jobs + 1
    write(folder, every)
    row = {"file": POSITIVE, "field": "jobs", "truth": f"{jobs + 1}", "ours": f"{jobs}"}
    quotes = {str(stream["stream"]): quote}
    return [msgspec.convert({**row, "reason": "One of them was counted twice.", "quotes": quotes}, exceptions.Excepted)]


def test_an_exception_with_a_quote_that_stands_there_is_no_failure(folder: Path, scanner: Scanner) -> None:
    rows = excepted(folder)
    assert positives(folder, scanner, rows) == []


def test_a_stale_exception_fails(folder: Path, scanner: Scanner) -> None:
    before = streams(folder)
    rows = excepted(folder)
    write(folder, before)
    (failure,) = positives(folder, scanner, rows)
    assert "the exception for jobs no longer applies; remove it" in failure


def test_a_quote_that_stands_nowhere_fails(folder: Path, scanner: Scanner) -> None:
    rows = excepted(folder, "mining.nothing…true]}")
    (failure,) = positives(folder, scanner, rows)
    assert "the bytes quoted for jobs do not stand there" in failure


# ---------------------------------------------------------------- silence


def test_ordinary_traffic_without_a_finding_is_no_failure(folder: Path, scanner: Scanner) -> None:
    report = judge.Report()
    judge.silence(folder, scanner, report)
    assert report.failures == []
    assert report.parts["silence"]["benign: captures"] == 1


@pytest.mark.parametrize("kind", ["benign", "nearmiss"])
def test_a_finding_in_ordinary_traffic_fails(folder: Path, scanner: Scanner, kind: str) -> None:
    shutil.copy(folder / POSITIVE, folder / kind / "mining.pcap")
    report = judge.Report()
    judge.silence(folder, scanner, report)
    assert len(report.failures) == sum(truth.grade != "D" for truth in CAPTURES["stratum-v1.pcap"].truths)
    assert all(f"{kind}/mining.pcap: a finding in ordinary traffic" in failure for failure in report.failures)


# ---------------------------------------------------------------- accounting


def known(folder: Path, text: str = "") -> differences.Known:
    path = folder / "differences.toml"
    path.write_text(text, encoding="utf-8")
    return differences.Known(path)


def account(folder: Path, listed: str = "") -> judge.Report:
    report = judge.Report()
    with closing(Wireshark(folder / "kept")) as wireshark:
        judge.account(folder, wireshark, known(folder, listed), report)
    return report


@needs_wireshark
def test_captures_that_count_alike_are_no_failure(folder: Path) -> None:
    report = account(folder)
    assert report.failures == []
    assert report.parts["accounting"]["equal to the dissectors"] == 3
    assert report.parts["accounting, each difference"] == {}


@needs_wireshark
def test_a_difference_that_nothing_explains_and_too_small_a_share_fail(folder: Path) -> None:
    account(folder)
    digest = hashlib.sha256((folder / POSITIVE).read_bytes()).hexdigest()
    (kept,) = (folder / "kept").glob(f"{digest}.*")
    answer = msgspec.json.decode(kept.read_bytes(), type=Dissected)
    answer.packets += 1
    kept.write_bytes(msgspec.json.encode(answer))
    report = account(folder)
    shown = f"packets {answer.packets - 1} (dissectors: {answer.packets})"
    assert report.failures == [
        f"{POSITIVE}: {shown}; no cause is known",
        "accounting: equal on 66.67 % of the files only",
    ]
    listed = f'[[difference]]\nreason = "one of them is no packet"\n[difference.files]\n"{POSITIVE}" = "{shown}"\n'
    assert account(folder, listed).failures == ["accounting: equal on 66.67 % of the files only"]


@needs_wireshark
def test_a_file_that_nobody_can_read_is_no_part_of_the_share(folder: Path) -> None:
    (folder / "benign/text").write_text("no capture at all", encoding="utf-8")
    report = account(folder)
    assert report.failures == []
    assert report.parts["accounting"]["share of equal ones among those that the dissectors read"] == "100.00 %"


@needs_wireshark
def test_a_listed_difference_that_is_none_fails(folder: Path) -> None:
    row = f'reason = "a flow by another name"\n[difference.files]\n"{ORDINARY}" = "udp_flows 1 (dissectors: 2)"\n'
    (failure,) = account(folder, "[[difference]]\n" + row).failures
    assert failure == f"{ORDINARY}: listed in differences.toml otherwise than it is (equal to the dissectors)"


# ---------------------------------------------------------------- the command


@needs_wireshark
def test_the_command_says_0_for_a_true_truth_and_1_for_a_wrong_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(judge, "_CACHE", folder / "kept")
    monkeypatch.setattr("sys.argv", ["corpus", "--json", str(folder)])
    assert judge.main() == 0
    assert json.loads(capsys.readouterr().out)["failures"] == []
    every, stream = working(folder)
    write(folder, [other for other in every if other is not stream])
    assert judge.main() == 1
    assert len(json.loads(capsys.readouterr().out)["failures"]) == 1


def test_a_folder_without_truth_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["corpus", str(tmp_path)])
    assert judge.main() == 2
    assert capsys.readouterr().err.count("\n") == 1
