# SPDX-License-Identifier: Apache-2.0
"""What the configuration excludes is counted and not told, by the whole program."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.commandline import ROOT, run

DEMO = ROOT / "pcaps" / "demo.pcap"
FARM = "198.51.100.200"
FARM_SESSIONS = 11
MISSPELT = "no-such-pool.example"
CONFIG = f"""
[[exclusions]]
owner = "network operations"
reason = "a farm with a permit"
expires = 2099-01-01
prefix = "{FARM}/32"

[[exclusions]]
owner = "network operations"
reason = "nobody wrote it right"
expires = 2099-01-01
pool = "{MISSPELT}"

[[exclusions]]
owner = "network operations"
reason = "it was a test"
expires = 2020-01-01
rule = "cryptonote"
"""


def test_what_is_excluded_is_not_told_and_the_summary_says_how_much_it_is(tmp_path: Path) -> None:
    (tmp_path / "sensor.toml").write_text(CONFIG)
    metrics = tmp_path / "metrics.prom"
    options = ("--sightings", "--health", "--metrics-file", metrics)
    result = run("scan", "--json", *options, "--config", tmp_path / "sensor.toml", DEMO)
    everything = run("scan", "--json", "--sightings", "--health", DEMO)
    assert (result.returncode, everything.returncode) == (0, 0)

    lines = [json.loads(line) for line in result.stdout.splitlines()]
    all_lines = [json.loads(line) for line in everything.stdout.splitlines()]
    bodies = [line for line in lines if line["kind"] != "health"]
    assert bodies == [line for line in all_lines if line["kind"] != "health" and line["miner"]["ip"] != FARM]
    assert {line["protocol"].get("dialect") for line in bodies} >= {"cryptonote"}, (
        "an exclusion that is over hides nothing"
    )

    hidden, misspelt, late = [line for line in result.stderr.decode().splitlines() if line.startswith("excluded")]
    assert f"{FARM_SESSIONS} findings" in hidden
    assert f"prefix {FARM}/32 until 2099-01-01 (network operations: a farm with a permit)" in hidden
    assert f"0 findings, 0 sightings by pool {MISSPELT}" in misspelt
    assert "more met it after that day and were told" in late

    health = lines[-1]
    assert health["exclusions"]["rows"] == 3
    assert health["exclusions"]["findings"] == FARM_SESSIONS
    assert health["findings"] == all_lines[-1]["findings"] - FARM_SESSIONS
    assert "exclusions" not in all_lines[-1]
    assert f'minesensor_excluded_total{{kind="finding"}} {FARM_SESSIONS}.0' in metrics.read_text()
