# SPDX-License-Identifier: Apache-2.0
"""``python -m tests.corpus DIR``: exit code 0 if nothing differs but what is excepted with a reason, 1; 2: usage."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any, Final

import signatures
from tests.corpus import accounting, exceptions, judge, splice, truth
from tests.corpus.scanning import Scanner
from tests.corpus.wireshark import Wireshark, WiresharkError

_CACHE: Final = Path(__file__).parents[2] / ".cache/corpus"
_DIFFERENCES: Final = Path(__file__).with_name("differences.toml")
_SILENT: Final = ("nearmiss", "benign")
# Of the files whose layers and formats are ours to read.
_EQUAL_SHARE_MIN: Final = 0.99
_NOT_OURS_YET: Final = ("layers of a later issue", "not a format of ours", "the dissectors cannot read it")


class Report:
    """What each part says, and what fails the run."""

    def __init__(self) -> None:
        self.parts: dict[str, Any] = {}
        self.failures: list[str] = []

    def text(self) -> str:
        lines = []
        for name, rows in self.parts.items():
            lines += [f"== {name}", *(f"{key:<60} {value}" for key, value in rows.items()), ""]
        return "\n".join([*lines, *(f"FAILED {line}" for line in self.failures)])


class Progress:
    """Counts on standard error, on a terminal only."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total, self._done = what, total, 0

    def step(self) -> None:
        self._done += 1
        if sys.stderr.isatty():
            end = "\n" if self._done == self._total else ""
            print(f"\r{self._what} {self._done}/{self._total}", end=end, file=sys.stderr, flush=True)


def positives(folder: Path, scanner: Scanner, report: Report) -> None:
    """Truth against findings, stream by stream."""
    files = truth.load(folder)
    found: set[judge.Mismatch] = set()
    others: Counter[str] = Counter()
    judged = 0
    for file, true in files.items():
        verdict = judge.judge(file, true, scanner.scan(folder / file))
        judged += verdict.judged
        found.update(verdict.mismatches)
        for became, count in verdict.others.items():
            others[f"not judged: {became.variant}, {became.stage}: {became.outcome}"] += count
    wrong, stale = exceptions.split(found, exceptions.load(), set(files))
    report.parts["positives"] = {
        "captures": len(files),
        "streams judged": judged,
        "differences excepted, with reasons": len(found) - len(wrong),
        **others,
    }
    report.failures += [f"{m.file} {m.stream}: {m.field} is {m.ours}, the truth says {m.truth}" for m in wrong]
    report.failures += [f"{m.file} {m.stream}: the exception for {m.field} no longer applies; remove it" for m in stale]


def silence(folder: Path, scanner: Scanner, report: Report) -> None:
    """Ordinary traffic and near misses: no finding."""
    counts: Counter[str] = Counter()
    for kind in _SILENT:
        paths = list(accounting.captures(folder / kind))
        progress = Progress(kind, len(paths))
        for path in paths:
            scanned = scanner.scan(path)
            counts[f"{kind}: captures"] += 1
            counts[f"{kind}: unreadable"] += bool(scanned.error)
            counts[f"{kind}: sightings"] += len(scanned.sightings)
            for finding in scanned.findings:
                ends = f"{finding.miner.ip} > {finding.pool.ip}:{finding.pool.port}"
                report.failures.append(f"{path.relative_to(folder)}: a finding in ordinary traffic: {ends}")
            progress.step()
    report.parts["silence"] = dict(counts)


def account(folder: Path, report: Report) -> None:
    """Packets, payload and flows against Wireshark's dissectors, file by file."""
    known = tomllib.loads(_DIFFERENCES.read_text(encoding="utf-8"))["difference"]
    reasons = {file: row["reason"] for row in known for file in row["files"]}
    plan = accounting.audit_plan(signatures.load())
    wireshark = Wireshark(_CACHE)
    paths = list(accounting.captures(folder / "positives")) + [
        path for kind in _SILENT for path in accounting.captures(folder / kind)
    ]
    progress = Progress("accounting", len(paths))
    totals: Counter[str] = Counter()
    causes: Counter[str] = Counter()
    for path in paths:
        dissected, ours = wireshark.dissect(path), accounting.ours(plan, path)
        theirs = accounting.theirs(dissected)
        for field in accounting.Count.__struct_fields__:
            totals[field] += getattr(ours.count, field)
        differing = accounting.differs(ours.count, theirs)
        name = str(path.relative_to(folder))
        cause = reasons.get(name) or accounting.cause(ours, dissected, theirs) if differing else "equal"
        if not cause:
            report.failures.append(f"{name}: {'; '.join(differing)}; no cause is known")
        causes[cause] += 1
        progress.step()
    wireshark.close()
    not_yet = sum(count for cause, count in causes.items() if cause.startswith(_NOT_OURS_YET))
    share = causes["equal"] / max(1, len(paths) - not_yet)
    report.parts["accounting"] = {
        "captures": len(paths),
        **totals,
        "equal to the dissectors": causes.pop("equal"),
        "share of those whose layers and formats are read": f"{100 * share:.2f} %",
        **{f"differs: {cause}": count for cause, count in sorted(causes.items())},
    }
    if share < _EQUAL_SHARE_MIN:
        report.failures.append(f"accounting: equal on {100 * share:.2f} % of the files only")


def spliced(folder: Path, scanner: Scanner, report: Report) -> None:
    """A dialogue put into ordinary captures is found in each."""
    progress = Progress("spliced", splice.FILES)
    done, missed = splice.run(folder / "benign", scanner, accounting.audit_plan(signatures.load()), progress.step)
    report.parts["spliced"] = {"captures": done, "dialogue found whole": done - len(missed)}
    report.failures += [f"spliced into {name}: the dialogue was not found whole" for name in missed]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="positives/, positives.json, nearmiss/, benign/")
    parser.add_argument("--json", action="store_true", help="the report as one JSON value")
    options = parser.parse_args()
    report, scanner = Report(), Scanner()
    try:
        positives(options.folder, scanner, report)
        silence(options.folder, scanner, report)
        account(options.folder, report)
        spliced(options.folder, scanner, report)
    except (truth.TruthError, WiresharkError) as error:
        print(f"corpus: {error}", file=sys.stderr)
        return 2
    parts = {**report.parts, "failures": report.failures}
    print(json.dumps(parts, indent=1, default=str) if options.json else report.text())
    return 1 if report.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
