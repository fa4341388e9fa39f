"""``python -m bench [FILE-or-FOLDER ...]``: the figures of docs/performance.md in one run.

Exit codes: 0 figures stand; 1 the run found something else than expected, or the build is no release build;
2 usage, or something could not be built.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.child import ChildError
from bench.report import MARKDOWN, PLAIN
from bench.suite import run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Throughput and memory beside others.")
    parser.add_argument("inputs", nargs="*", type=Path, metavar="FILE-or-FOLDER", help="instead of the mix")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="runs of each, medians are told (5)")
    parser.add_argument("--json", action="store_true", help="raw figures")
    parser.add_argument("--markdown", action="store_true", help="tables as in docs/performance.md")
    options = parser.parse_args()
    missing = [str(path) for path in options.inputs if not path.exists()]
    if missing or options.repeats < 1:
        what = f"no such file or folder: {', '.join(missing)}" if missing else "--repeats must be 1 or more"
        parser.error(what)
    try:
        report = run(options.inputs, options.repeats)
    except ChildError as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 2
    print(report.raw() if options.json else report.text(MARKDOWN if options.markdown else PLAIN))
    return 1 if report.problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
