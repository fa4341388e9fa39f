"""A folder of signatures that tests may write to, and a list that is in order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from signatures.schema import SignatureError

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file below the test's folder (``pools/x.toml``) and returns the folder."""

    def write_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return tmp_path

    return write_file


@pytest.fixture
def complaint(tmp_path: Path) -> Callable[[Callable[[], object]], str]:
    """What a call complains of, with paths as seen from the test's folder."""

    def complain(call: Callable[[], object]) -> str:
        with pytest.raises(SignatureError) as caught:
            call()
        text = str(caught.value)
        assert "\n" not in text
        return text.replace(f"{tmp_path}/", "").replace(str(tmp_path), ".")

    return complain


POOL_LIST = """\
name = "x"
title = "Campus pools"
kind = "pool"
strength = "fair"
as_of = 2026-11-01
description = "Seen on our own network."
[[source]]
tag = "own"
upstream = "own observation"
licence = "own work"
date = 2026-11-01
[[group]]
status = "active"
confidence = "high"
rows = '''
pool.example.com 3333,4444 BTC,LTC own Example Pool
*.mine.example.net * - own
192.0.2.10 3333 - own
'''
"""

PROTOCOL = """\
name = "p"
title = "A protocol"
description = "For tests."
documents = ["none"]
[[anchor]]
pattern = "mining.example"
side = "miner"
depth = 64
[[match]]
side = "miner"
text = 'mining.example'
"""


@pytest.fixture
def pool_list() -> str:
    """A list that is in order; its first row is line 16."""
    return POOL_LIST


@pytest.fixture
def protocol() -> str:
    """A protocol file that is in order (not in the number of its examples)."""
    return PROTOCOL
