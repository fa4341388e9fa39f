"""Scaffolds a dialect: ``make new-protocol NAME=my-dialect``.

Writes the decoder, its anchors, its page and its tests. What it writes refutes every conversation and fails the
inventory until somebody has said what the dialect is; the line in DECODERS is yours to add. A relative of Stratum that
differs in its jobs and shares only needs no reader of its own: ARCHITECTURE.md, "How to add".
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

DECODER: Final = '''"""{title}: say in one sentence what is spoken, by whom, and which document it follows."""

from __future__ import annotations

from typing import ClassVar

from sensor.event import MiningEvent
from sensor.model import Side
from sensor.wire.base import Conversation
from sensor.wire.jsonrpc import Rpc


class {cls}(Conversation):
    """One ``{name}`` conversation."""

    __slots__ = ()

    dialect: ClassVar[str] = "{name}"

    @classmethod
    def may_begin(cls, rpc: Rpc) -> bool:
        """By its method; where it has none it may be an answer."""
        return rpc.method is None

    def receive(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """What the message means; refuted as soon as it cannot be this dialect."""
        return self._refute()
'''

SIGNATURE: Final = '''# How to read this file: docs/signatures.md
name = "{name}"
title = "{title}"
description = """
Say who speaks it, and which of its messages another protocol could send as well.
"""
documents = []

# [[anchor]] rows: a literal of six bytes or more that each message of a side contains.
# [[match]] rows: three messages or more that must be found. [[no_match]]: three neighbours or more that must not.
'''

PAGE: Final = """# {name}

**On the wire.**

**Confirmed by**

**Not mistaken for it.**

**Cannot be known.**
"""

TESTS: Final = '''"""What {name} says, and what only looks like it."""

from __future__ import annotations

from sensor.event import Standing
from sensor.wire.{module} import {cls}


def test_a_new_conversation_is_undecided() -> None:
    assert {cls}().standing is Standing.UNDECIDED
'''


def scaffold(name: str, root: Path = ROOT) -> list[Path]:
    """Writes the files of dialect ``name`` below ``root``. Raises ValueError, one line, and then writes none."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no dialect name; use lower case, digits and single dashes: my-dialect")
    module = name.replace("-", "_")
    words = {
        "name": name,
        "module": module,
        "title": name.replace("-", " ").capitalize(),
        "cls": "".join(part.capitalize() for part in name.split("-")),
    }
    files = {
        root / f"sensor/wire/{module}.py": DECODER,
        root / f"signatures/protocols/{name}.toml": SIGNATURE,
        root / f"docs/protocols/{name}.md": PAGE,
        root / f"tests/unit/wire/test_{module}.py": TESTS,
    }
    there = [path for path in files if path.exists()]
    if there:
        raise ValueError(f"{there[0].relative_to(root)} exists already; choose another name or remove it")
    for path, template in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(template.format(**words), encoding="utf-8")
    return list(files)


def main() -> int:
    try:
        paths = scaffold(sys.argv[1] if len(sys.argv) > 1 else "")
    except ValueError as error:
        print(f"new-protocol: {error}", file=sys.stderr)
        return 2
    for path in paths:
        print(f"wrote {path.relative_to(ROOT)}")
    print(
        "now add it to DECODERS in sensor/wire/__init__.py and to docs/protocols/README.md; make test says what is left"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
