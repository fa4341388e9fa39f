# SPDX-License-Identifier: Apache-2.0
"""``python -m tests.corpus DIR``: exit code 0 if nothing differs but what is excepted with a reason, 1; 2: usage."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import signatures
from tests.corpus import accounting, differences, exceptions, judge, quotes, splice, truth
from tests.corpus.scanning import Scanner
from tests.corpus.wireshark import Wireshark, WiresharkError
from tests.reference import slow

_CACHE: Final = Path(__file__).parents[2] / ".cache/corpus"
_SILENT: Final = ("nearmiss", "benign")
_SLICES: Final = (2, 3)
# Of all files that the dissectors can read.
_EQUAL_SHARE_MIN: Final = 0.99
_EQUAL: Final = "equal to the dissectors"
_NO_OPINION: Final = "the dissectors cannot read it"


class Report:
    """What each part says, and what fails the run."""

    def __init__(self) -> None:
        self.parts: dict[str, Any] = {}
        self.failures: list[str] = []

    def text(self) -> str:
        lines = []
        for name, rows in self.parts.items():
            lines += [f"== {name}", *(f"{key:<60}  {value}" for key, value in rows.items()), ""]
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


def positives(folder: Path, scanner: Scanner, rows: list[exceptions.Excepted], report: Report) -> None:
    """Truth against findings, stream by stream; ``rows`` are excepted."""
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
    wrong, stale = exceptions.split(found, rows, files)
    plan = accounting.audit_plan(signatures.load())
    unproven = exceptions.unproven(rows, files, lambda file: quotes.payloads(plan, folder / file))
    report.parts["positives"] = {
        "captures": len(files),
        "streams judged": judged,
        "differences excepted, with reasons": len(found) - len(wrong),
        **others,
    }
    report.failures += [f"{m.file} {m.stream}: {m.field} is {m.ours}, the truth says {m.truth}" for m in wrong]
    report.failures += [f"{m.file} {m.stream}: the exception for {m.field} no longer applies; remove it" for m in stale]
    report.failures += [f"{m.file} {m.stream}: the bytes quoted for {m.field} do not stand there" for m in unproven]


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


def account(folder: Path, wireshark: Wireshark, known: differences.Known, report: Report) -> None:
    """Packets, payload and flows against Wireshark's dissectors, file by file."""
    plan = accounting.audit_plan(signatures.load())
    paths = [path for kind in ("positives", *_SILENT) for path in accounting.captures(folder / kind)]
    progress = Progress("accounting", len(paths))
    totals: Counter[str] = Counter()
    causes: Counter[str] = Counter()
    each: dict[str, str] = {}
    without_opinion = 0
    for path in paths:
        ours, dissected = accounting.ours(plan, path), wireshark.dissect(path)
        for field in accounting.Count.__struct_fields__:
            totals[field] += getattr(ours.count, field)
        totals["directions"] += len(ours.said)
        totals["directions known to both"] += len(ours.said.keys() & dict(dissected.said).keys())
        name, shown = str(path.relative_to(folder)), accounting.compared(ours, dissected)
        cause = (known.reason(name, shown) or accounting.cause(ours, dissected)) if shown else _EQUAL
        causes[cause] += 1
        without_opinion += cause == _NO_OPINION or known.is_no_opinion(name, shown)
        if known.is_stale(name, shown):
            report.failures.append(f"{name}: listed in differences.toml otherwise than it is ({shown or _EQUAL})")
        if shown:
            each[name] = f"{shown}; {cause}"
        if not cause:
            report.failures.append(f"{name}: {shown}; no cause is known")
        progress.step()
    share = causes[_EQUAL] / max(1, len(paths) - without_opinion)
    report.parts["accounting"] = {
        "captures": len(paths),
        **totals,
        "share of equal ones among those that the dissectors read": f"{100 * share:.2f} %",
        **dict(sorted(causes.items())),
    }
    report.parts["accounting, each difference"] = each
    if share < _EQUAL_SHARE_MIN:
        report.failures.append(f"accounting: equal on {100 * share:.2f} % of the files only")


def reference(folder: Path, known: differences.Known, report: Report) -> None:
    """Flows and payload against the slow engine, on every file that it takes apart."""
    plan = accounting.audit_plan(signatures.load())
    paths = [path for kind in ("positives", *_SILENT) for path in accounting.captures(folder / kind)]
    progress = Progress("reference", len(paths))
    counts: Counter[str] = Counter()
    for path in paths:
        name = str(path.relative_to(folder))
        try:
            theirs = slow.read(path)
        except slow.NotCoveredError as error:
            counts[f"not taken apart: {error}"] += 1
        else:
            ours = accounting.ours(plan, path)
            shown = slow.differs(theirs, (ours.count.tcp_flows, ours.count.udp_flows), ours.said)
            counts[known.reason(name, shown) if shown else "equal"] += 1
            if known.is_stale(name, shown):
                report.failures.append(
                    f"{name}: listed in tests/reference/differences.toml otherwise than it is ({shown or 'equal'})"
                )
            elif shown and not known.reason(name, shown):
                report.failures.append(f"{name}: {shown}; no reason is known")
        progress.step()
    report.parts["reference"] = dict(sorted(counts.items()))


def spliced(folder: Path, scanner: Scanner, report: Report) -> None:
    """A dialogue put into ordinary captures is found in each."""
    progress = Progress("spliced", splice.FILES)
    done, missed = splice.run(folder / "benign", scanner, accounting.audit_plan(signatures.load()), progress.step)
    report.parts["spliced"] = {"captures": done, "dialogue found whole": done - len(missed)}
    report.failures += [f"spliced into {name}: the dialogue was not found whole" for name in missed]


def in_slices(folder: Path, scanner: Scanner, report: Report) -> None:
    """What is found in slices, by several workers, is what one finds: in each capture, with the counters. So is what is
    found by a process apart.
    """
    paths = [path for kind in ("positives", *_SILENT) for path in accounting.captures(folder / kind)]
    progress = Progress("slices", len(paths))
    for path in paths:
        whole = scanner.scan(path)
        for count in _SLICES:
            if not whole.error and scanner.scan_sliced(path, count) != whole:
                report.failures.append(f"{path.relative_to(folder)}: {count} slices tell something else than one")
        if not whole.error and scanner.scan_apart(path) != whole:
            report.failures.append(f"{path.relative_to(folder)}: a process apart tells something else than this one")
        progress.step()
    report.parts["slices"] = {"captures": len(paths), "in so many slices": f"{', '.join(map(str, _SLICES))}, and apart"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="positives/, positives.json, nearmiss/, benign/")
    parser.add_argument("--json", action="store_true", help="the report as one JSON value")
    options = parser.parse_args()
    report, scanner = Report(), Scanner()
    try:
        positives(options.folder, scanner, exceptions.load(), report)
        silence(options.folder, scanner, report)
        with closing(Wireshark(_CACHE)) as wireshark:
            account(options.folder, wireshark, differences.Known(), report)
        reference(options.folder, differences.Known(slow.DIFFERENCES), report)
        spliced(options.folder, scanner, report)
        in_slices(options.folder, scanner, report)
    except (truth.TruthError, WiresharkError) as error:
        print(f"corpus: {error}", file=sys.stderr)
        return 2
    parts = {**report.parts, "failures": report.failures}
    print(json.dumps(parts, indent=1, default=str) if options.json else report.text())
    return 1 if report.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
