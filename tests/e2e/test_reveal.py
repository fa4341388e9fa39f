# SPDX-License-Identifier: Apache-2.0
"""``minesensor explain --reveal``: with key and reason, by the list of customers or the capture; always logged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.commandline import ROOT, run

DEMO = ROOT / "pcaps" / "demo.pcap"
CUSTOMERS = """prefix,kind,customer,enterprise,site,address,division
198.51.100.200/32,enterprise,C-1041,North Data (demo) Ltd,Hall 2,Demo Road 7,150602
198.51.100.23,household,C-77120,,,Demo Road 12 flat 3,150602
"""
FAMILY = "198.51.100.23"
STRANGER = "192.0.2.110"
REASON = "case 2026-17"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with key, customers, findings, and a configuration that names them."""
    folder = tmp_path_factory.mktemp("reveal")
    (folder / "customers.csv").write_text(CUSTOMERS)
    assert run("privacy", "new-key", folder / "privacy.key").returncode == 0
    (folder / "sensor.toml").write_text(
        f'[enrichment]\ncustomers = ["{folder}/customers.csv"]\n'
        f'[privacy]\nkey_file = "{folder}/privacy.key"\nreveal_log = "{folder}/reveals.log"\n'
    )
    done = run("scan", "--json", "--config", folder / "sensor.toml", "--findings", folder / "out.jsonl", DEMO)
    assert done.returncode == 0, done.stderr
    return folder


def finding_of(case: Path, *, is_household: bool) -> dict[str, Any]:
    rows = [json.loads(line) for line in (case / "out.jsonl").read_bytes().splitlines()]
    kind = "household" if is_household else "unknown"
    return next(row for row in rows if row["attribution"]["kind"] == kind)


def explain(case: Path, finding: dict[str, Any], *options: str | Path) -> tuple[int, str, str]:
    done = run("explain", finding["finding_id"], "--findings", case / "out.jsonl", *options)
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("ascii")


def log_of(case: Path) -> list[dict[str, Any]]:
    path = case / "reveals.log"
    return [json.loads(line)["asked"] for line in path.read_bytes().splitlines()] if path.exists() else []


def test_a_household_is_found_in_the_list_and_logged(case: Path) -> None:
    finding = finding_of(case, is_household=True)
    before = len(log_of(case))
    code, out, err = explain(case, finding, "--config", case / "sensor.toml", "--reveal", "--reason", REASON)
    assert (code, err) == (0, "")
    subject = finding["miner"]["subject"]
    assert f"{subject} is a household: customer C-77120, address Demo Road 12 flat 3, division 150602" in out
    (entry,) = log_of(case)[before:]
    assert (entry["subject"], entry["reason"], entry["outcome"]) == (subject, REASON, "revealed")
    assert "Demo Road" not in json.dumps(entry)


def test_a_stranger_is_found_in_the_capture(case: Path) -> None:
    finding = finding_of(case, is_household=False)
    options = ("--config", case / "sensor.toml", "--reveal", "--reason", REASON, "--capture", DEMO, "--json")
    code, out, err = explain(case, finding, *options)
    assert (code, err) == (0, "")
    rows = [json.loads(line) for line in out.splitlines()]
    (address,) = [row for row in rows if row["code"] == "revealed_address"]
    assert address["params"]["subject"] == finding["miner"]["subject"]
    (entry,) = [row for row in rows if row["code"] == "revealed_entry"]
    assert len(entry["params"]["hash"]) == 64
    done = run("privacy", "check-log", case / "reveals.log")
    assert done.returncode == 0


def test_without_asking_nothing_is_revealed_and_nothing_logged(case: Path) -> None:
    before = log_of(case)
    for is_household in (True, False):
        finding = finding_of(case, is_household=is_household)
        code, out, _ = explain(case, finding, "--config", case / "sensor.toml", "--capture", DEMO)
        assert code == 0
        for secret in (FAMILY, STRANGER, "C-77120", "Demo Road 12"):
            assert secret not in out
    assert log_of(case) == before


REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "no reason": (("--config", "sensor.toml"), "no reason is given; say why in some words"),
    "no key": (("--reason", REASON), "no key is given; name the key file with --key-file"),
    "no log": (("--reason", REASON, "--key-file", "privacy.key"), "no log of reveals; name one with --reveal-log"),
    "no list": (
        ("--reason", REASON, "--key-file", "privacy.key", "--reveal-log", "reveals.log"),
        "nobody in the lists and captures given has this pseudonym; give the list of customers",
    ),
    "no such key": (("--reason", REASON, "--key-file", "none", "--reveal-log", "x.log"), "none: no such file"),
    "no such list": (
        ("--reason", REASON, "--config", "sensor.toml", "--customers", "none.csv"),
        "none.csv: no such file",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_missing_is_one_line_and_nothing_is_told(name: str, case: Path) -> None:
    options, words = REFUSED[name]
    named = [str(case / option) if (case / option).exists() else option for option in options]
    code, out, err = explain(case, finding_of(case, is_household=True), "--reveal", *named)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_a_log_that_was_tampered_with_ends_it(case: Path, tmp_path: Path) -> None:
    log = tmp_path / "reveals.log"
    finding = finding_of(case, is_household=True)
    options = ("--config", case / "sensor.toml", "--reveal", "--reason", REASON, "--reveal-log", log)
    assert explain(case, finding, *options)[0] == 0
    log.write_bytes(log.read_bytes().replace(b"2026-17", b"2026-18"))
    code, out, err = explain(case, finding, *options)
    assert (code, out) == (1, "")
    assert f"{log}:1: " in err


def test_a_finding_that_hides_nobody_says_so(case: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (case / "out.jsonl").read_bytes().splitlines()]
    finding = next(row for row in rows if row["attribution"]["kind"] == "enterprise")
    code, out, err = explain(case, finding, "--config", case / "sensor.toml", "--reveal", "--reason", REASON)
    assert (code, out) == (2, "")
    assert f"finding {finding['finding_id']} hides nobody; leave --reveal out" in err
