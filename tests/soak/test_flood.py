"""Working sessions in a flood of SYNs, garbage and well-formed messages from random addresses.

Nothing may displace a session that works, whether a stranger says one thing or speaks like a pool or a miner; and
memory must stay where it is once the tables are full: tables are of fixed size, but their pages count as memory only
when they are used first, so growth is taken from then on. 10 000 sessions are more than the defaults have seats for, so
seats are raised for them; the defaults are held to as many as they promise.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bench.captures import build_mixer
from sensor.limits import SETTLED_SESSIONS_MAX

_SESSIONS = 10_000
_GROWTH_MAX = 0.01


class Flood(NamedTuple):
    packets: int
    fill: int  # packets until every table that a flood can fill is full, and its rows were renewed: then it grows last
    limits: dict[str, int]
    words: tuple[str, ...] = ("--kind", "mixed")
    sessions: int = _SESSIONS

    @property
    def fills(self) -> bool:
        return self.fill < self.packets


# The small floods fill small tables; the long ones fill those of the defaults.
_SEATS = {"settled_sessions_max": _SESSIONS + 2_000}
_SMALL = {"flows_max": 65_536, "young_sessions_max": 512, "sightings_max": 1_024}
_SMALL_ROOM = {"one_sided_sessions_max": 128, "resting_sessions_max": 64}
_TALK = ("--kind", "mixed", "--messages", "4")
_NOTHING_BUT_TALK = ("--kind", "talk", "--messages", "4", "--rate", "50000")
FLOODS = [
    pytest.param(Flood(500_000, 250_000, _SEATS | _SMALL), id="500k"),
    pytest.param(Flood(250_000, 120_000, _SEATS | _SMALL | _SMALL_ROOM, _TALK), id="250k-talk"),
    pytest.param(Flood(80_000, 80_000, {}, _NOTHING_BUT_TALK, sessions=3_000), id="80k-talk-defaults"),
    pytest.param(Flood(50_000_000, 15_000_000, _SEATS), id="50M", marks=pytest.mark.soak),
    pytest.param(Flood(10_000_000, 3_000_000, _SEATS, _TALK), id="10M-talk", marks=pytest.mark.soak),
]


class Outcome(NamedTuple):
    resident_kib: dict[str, int]  # of the sensor, when the flood reached each mark
    expected: dict[str, int]
    findings: list[dict[str, Any]]  # of the sessions, not of the flood


@contextmanager
def _running(*command: str | Path, **streams: Any) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, **streams) as process:
        try:
            yield process
        finally:
            process.kill()


def _resident_kib(process: subprocess.Popen[bytes]) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace")
    resident = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    assert resident, "the sensor has ended early"
    return int(resident.group(1))


def _run(flood: Flood, folder: Path) -> Outcome:
    config, output = folder / "sensor.toml", folder / "findings.jsonl"
    lines = "".join(f"{name} = {value}\n" for name, value in flood.limits.items())
    config.write_text("[limits]\n" + lines, "utf-8")
    mixer = [build_mixer(), "flood", "--sessions", str(flood.sessions)]
    mixer += ["--packets", str(flood.packets), "--fill", str(flood.fill), *flood.words]
    scan = [Path(sys.executable).with_name("minesensor"), "scan", "--json", "--config", config, "-"]
    resident: dict[str, int] = {}
    with (
        output.open("wb") as lines,
        _running(*mixer, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as source,
        _running(*scan, stdin=source.stdout, stdout=lines) as sensor,
    ):
        assert source.stdout and source.stderr
        source.stdout.close()
        for line in source.stderr:
            mark = json.loads(line)
            resident[mark["at"]] = _resident_kib(sensor)
        assert (source.wait(), sensor.wait()) == (0, 0)
    rows = map(json.loads, output.read_text(encoding="utf-8").splitlines())
    findings = [row for row in rows if row["miner"]["ip"].startswith("100.")]
    return Outcome(resident, mark["facts"]["expected"]["stratum-v1"], findings)


@pytest.mark.parametrize("flood", FLOODS)
def test_every_session_outlives_a_flood_and_memory_does_not_grow(flood: Flood, tmp_path: Path) -> None:
    outcome = _run(flood, tmp_path)
    assert len({row["finding_id"] for row in outcome.findings}) == len(outcome.findings) == flood.sessions
    assert {(row["phase"], row["end_of_input"]) for row in outcome.findings} == {("updated", True)}
    assert {row["grade"] for row in outcome.findings} == {"A"}
    assert outcome.expected["findings"] == flood.sessions
    for name in ("submitted", "accepted", "rejected"):
        assert sum(row["shares"].get(name, 0) for row in outcome.findings) == outcome.expected[name]
    if flood.fills:
        grown = outcome.resident_kib["end"] / outcome.resident_kib["filled"] - 1
        assert grown < _GROWTH_MAX, outcome.resident_kib


def test_a_crowd_larger_than_the_seats_has_one_finding_each(tmp_path: Path) -> None:
    """5 000 at the defaults: those that have a seat with all their shares, the others as far as they were read."""
    crowd = Flood(0, 0, {}, sessions=5_000)
    outcome = _run(crowd, tmp_path)
    assert len({row["finding_id"] for row in outcome.findings}) == len(outcome.findings) == crowd.sessions
    followed = [row for row in outcome.findings if not row["gaps_bytes"]]
    shares = outcome.expected["submitted"] // crowd.sessions
    assert {(row["shares"]["submitted"], row["shares"]["accepted"]) for row in followed} == {(shares, shares)}
    assert len(followed) == SETTLED_SESSIONS_MAX
    assert all(row["miner_identity"]["logins"] for row in outcome.findings)
    unread = [row for row in outcome.findings if row["gaps_bytes"]]
    assert all(row["reasons"][-1]["code"] == "unfollowed" for row in unread)
