# SPDX-License-Identifier: Apache-2.0
"""The whole command line over damaged captures: it ends with a code of its own and accounts for every packet."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensor.cli import run
from sensor.native import CaptureError
from tests.e2e.sensing import sense
from tests.fuzz.budget import Budget
from tests.fuzz.mutate import mutated
from tests.fuzz.seeds import captures
from tests.lab import compress

# Parts of the work that can run side by side.
SHARDS = 4
CAPTURES_MIN, CAPTURES_MIN_LONG = 80, 1000


def damaged(number: int) -> tuple[str, bytes]:
    """The ``number``-th damaged capture: every capture in turn, compressed ones outside or inside."""
    rng = random.Random(number)
    seed = captures()[number % len(captures())]
    data = seed.load()
    name = f"{number}-{seed.name}"
    if seed.name.endswith(".gz") and rng.random() < 0.5:
        return name, compress.gz(mutated(gzip.decompress(data), rng))
    if seed.name.endswith(".pcap") and rng.random() < 0.1:
        return f"{name}.zst", compress.zst(mutated(data, rng))
    return name, mutated(data, rng)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_command_line_survives_damaged_captures(
    shard: int, fuzz_budget: Budget, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    numbers = fuzz_budget.numbers(CAPTURES_MIN // SHARDS, CAPTURES_MIN_LONG // SHARDS, share=1 / (2 * SHARDS))
    for paths in files(tmp_path, (number * SHARDS + shard for number in numbers)):
        code = run(["scan", "--json", "--updates", "--sightings", *map(str, paths)])
        out, said = capfdbinary.readouterr()
        assert code in (0, 1, 3), paths
        assert b"Traceback" not in said, paths
        assert b"panicked" not in said, paths
        assert all(line.startswith(b'{"kind":"') and line.endswith(b"}") for line in out.splitlines()), paths
        for path in paths:
            accounts_for_every_packet(path)
            path.unlink()


def files(folder: Path, numbers: Iterator[int]) -> Iterator[list[Path]]:
    """Damaged captures on disk, one at a time and every eighth time three at once, to be merged."""
    for number in numbers:
        paths = []
        for part in range(3 if number % 8 == 0 else 1):
            name, data = damaged(number + part * 7_919)
            paths.append(folder / name)
            paths[-1].write_bytes(data)
        yield paths


def accounts_for_every_packet(path: Path) -> None:
    try:
        counters = sense(path).counters
    except CaptureError as error:
        assert len(error.args) == 3
        return
    fates = sum(count for name, count in counters.items() if name.startswith("fate_"))
    assert fates == counters["packets"]
    failures = sum(count for name, count in counters.items() if name.startswith("undecoded_"))
    assert failures == counters["fate_undecodable"]
