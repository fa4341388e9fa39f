# SPDX-License-Identifier: Apache-2.0
"""Metrics as a scraper reads them, and as the makers of Prometheus judge them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

PROMTOOL = shutil.which("promtool")
# .ci/run brings it; there a test without it fails.
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None and "MINESENSOR_CI" not in os.environ,
    reason="promtool is not installed; it comes with Debian's package prometheus",
)
Labels = tuple[tuple[str, str], ...]


def samples(text: bytes) -> dict[tuple[str, Labels], float]:
    """Value by name and labels; nothing stands twice."""
    found: dict[tuple[str, Labels], float] = {}
    for family in text_string_to_metric_families(text.decode("utf-8")):
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found
            found[key] = sample.value
    return found


def values(text: bytes, name: str) -> list[float]:
    """The values of all series of a name."""
    return [value for (known, _), value in samples(text).items() if known == name]


def lines_of_promtool(*arguments: str | Path, text: bytes = b"") -> Iterator[str]:
    """What promtool complains of; nothing where all is well."""
    assert PROMTOOL is not None, "promtool is missing; it comes with Debian's package prometheus"
    done = subprocess.run([PROMTOOL, *map(str, arguments)], input=text, capture_output=True, check=False)
    if done.returncode:
        yield from (done.stderr + done.stdout).decode().splitlines()
    else:
        yield from done.stderr.decode().splitlines()
