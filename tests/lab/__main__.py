# SPDX-License-Identifier: Apache-2.0
"""``python -m tests.lab build [NAME…]``: (re)builds captures in ``pcaps/`` with the manifest, and ``deploy/demo``."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.lab import operator
from tests.lab.captures import CAPTURES
from tests.lab.manifest import manifest

FOLDER = Path(__file__).parents[2] / "pcaps"
USAGE = "usage: python -m tests.lab build [NAME…]"


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] != "build":
        print(USAGE, file=sys.stderr)
        return 2
    names = arguments[1:] or list(CAPTURES)
    unknown = [name for name in names if name not in CAPTURES]
    if unknown:
        print(f"tests.lab: no capture named {unknown[0]!r}; there are: {', '.join(CAPTURES)}", file=sys.stderr)
        return 2
    FOLDER.mkdir(exist_ok=True)
    for name in names:
        made = CAPTURES[name].made
        (FOLDER / name).write_bytes(made.data)
        print(f"{name}: {len(made.data)} bytes, {len(made.truths)} mining sessions")
    operator.FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in operator.FILES.items():
        (operator.FOLDER / name).write_bytes(make())
    (FOLDER / "MANIFEST.toml").write_text(manifest(CAPTURES.values()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
