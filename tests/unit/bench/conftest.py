"""The mixer, built once, and seeds crafted once for all tests of the benchmark."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.captures import build_mixer
from bench.seeds import craft

Mixer = Callable[..., Path]


@pytest.fixture(scope="session")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeds")
    craft(folder, 1)
    return folder


@pytest.fixture(scope="session")
def mixer() -> Mixer:
    """``mixer(out, "mix", "--packets", "9")`` runs a command and returns ``out``."""
    program = build_mixer()

    def run(out: Path, *words: str) -> Path:
        subprocess.run([program, *words, "--out", out], check=True, timeout=60)
        return out

    return run
