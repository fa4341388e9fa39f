"""No capture makes a scan at its defaults take more memory than the budget says, whatever all of its sessions want."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.e2e.commandline import ROOT, environment
from tests.soak.greed import SHAPES
from tests.soak.peak import peak_kib

_BYTES_MAX = 400_000_000
# What most memory went to, and cheap to try; the others take minutes.
_ALWAYS = "lines"
_RARELY = [pytest.param(shape, marks=pytest.mark.soak) for shape in (*SHAPES, "everything") if shape != _ALWAYS]


@pytest.mark.parametrize("shape", [_ALWAYS, *_RARELY])
def test_a_scan_stays_within_its_memory_whatever_all_sessions_want(shape: str) -> None:
    command = [sys.executable, "-m", "tests.soak.greed", shape]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE) as source:
        peak = peak_kib("scan", "--json", "-", stdin=source.stdout)
    assert source.returncode == 0
    assert peak * 1024 <= _BYTES_MAX
