# SPDX-License-Identifier: Apache-2.0
"""Puts a mining dialogue into ordinary captures, packets interleaved by time, and looks for it there.

``editcap`` and ``mergecap`` write the spliced file, so that nothing of ours decides what stands in it.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from sensor.finding import Finding, Grade, Stage
from sensor.native import CaptureError, CaptureScan, Plan
from tests.corpus.scanning import Scanner
from tests.lab.captures import CAPTURES
from tests.lab.dialogue import Truth

FILES: Final = 200
_DIALOGUE: Final = Path(__file__).parents[2] / "pcaps/format-le-ns.pcap"
_TOOLS: Final = ("editcap", "mergecap")


def first_packet(path: Path, plan: Plan) -> int:
    """The time of a capture's first packet; 0 where it cannot be read without a problem."""
    try:
        scan = CaptureScan(plan, [str(path)], None, None)
    except CaptureError:
        return 0
    while (batch := scan.read()) is None or batch:
        pass
    (report,) = scan.inputs()
    is_sound = report.packets and not any(report.problems.values()) and not scan.unknown_links()
    return report.first_ns if is_sound else 0


def candidates(folder: Path, plan: Plan) -> Iterator[tuple[Path, int]]:
    """Sound captures and the time of their first packet, in a fixed order that mixes the folders."""
    every = sorted((path for path in folder.rglob("*") if path.is_file()), key=lambda path: (path.name, str(path)))
    for path in every:
        if first_ns := first_packet(path, plan):
            yield path, first_ns


def run(folder: Path, scanner: Scanner, plan: Plan, step: Callable[[], None]) -> tuple[int, list[str]]:
    """Files spliced, and those in which the dialogue was not found whole."""
    missing = [name for name in _TOOLS if shutil.which(name) is None]
    if missing:
        return 0, [f"{name} is missing; it comes with tshark: apt-get install tshark" for name in missing]
    (truth,) = CAPTURES[_DIALOGUE.name].truths
    begin_ns = first_packet(_DIALOGUE, plan)
    done, missed = 0, []
    with tempfile.TemporaryDirectory() as scratch:
        dialogue, spliced = Path(scratch) / "dialogue.pcap", Path(scratch) / "spliced.pcapng"
        for path, first_ns in candidates(folder, plan):
            if done == FILES:
                break
            if not _splice(path, dialogue, spliced, first_ns - begin_ns):
                continue
            if not is_found(scanner.scan(spliced).findings, truth):
                missed.append(str(path.relative_to(folder)))
            done += 1
            step()
    return done, missed


def _splice(path: Path, dialogue: Path, spliced: Path, later_ns: int) -> bool:
    """Writes ``path`` and the dialogue, moved in time, into one file; False if the tools cannot read ``path``."""
    moved = ["editcap", "-t", f"{later_ns / 1e9:.9f}", str(_DIALOGUE), str(dialogue)]
    merged = ["mergecap", "-w", str(spliced), str(path), str(dialogue)]
    return all(subprocess.run(command, check=False, capture_output=True).returncode == 0 for command in (moved, merged))


def is_found(findings: tuple[Finding, ...], truth: Truth) -> bool:
    """Whether exactly one finding is of this miner, and it counts what the dialogue holds."""
    counts = (truth.jobs, truth.submitted, truth.accepted, truth.rejected)
    return [
        (finding.stage, finding.grade, finding.jobs, *_shares(finding))
        for finding in findings
        if (finding.miner.ip, finding.miner.port) == (truth.miner.ip, truth.miner.port)
    ] == [(Stage.WORKING, Grade.A, *counts)]


def _shares(finding: Finding) -> tuple[object, object, object]:
    return finding.shares.submitted, finding.shares.accepted, finding.shares.rejected
