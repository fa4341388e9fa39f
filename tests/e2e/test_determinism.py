# SPDX-License-Identifier: Apache-2.0
"""The capture alone decides the output: byte for byte the same in any process, from any source, in any batches."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from functools import cache
from pathlib import Path

import msgspec
import pytest

from enrichment import Library
from enrichment.base import Options
from sensor.identification import Identification
from tests.e2e.commandline import ROOT, run
from tests.e2e.sensing import sense

FOLDER = ROOT / "pcaps"
# What has most to tell: many sessions, names and updates; faults; sightings that are told at the end.
SHOWN = ["demo.pcap", "network-faults.pcap", "sightings.pcap", "mid-stream.pcap", "one-way-pool.pcap"]
ALL = ("scan", "--json", "--updates", "--sightings")


@cache
def told(name: str) -> bytes:
    """Everything that leaves the sensor in a process without random hashes."""
    result = run(*ALL, FOLDER / name)
    assert result.returncode == 0
    assert result.stdout.count(b"\n") >= 7
    return result.stdout


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("hash_seed", ["0", "1", "random"])
def test_hash_seeds_do_not_show(name: str, hash_seed: str) -> None:
    assert run(*ALL, FOLDER / name, hash_seed=hash_seed).stdout == told(name)


@pytest.mark.parametrize("name", SHOWN)
def test_standard_input_says_what_the_file_says(name: str) -> None:
    with (FOLDER / name).open("rb") as stream:
        assert run(*ALL, "-", stdin=stream).stdout == told(name)


@pytest.mark.parametrize("name", SHOWN[1:3])
@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress, bz2.compress], ids=["gzip", "xz", "bzip2"])
def test_a_compressed_file_says_what_the_file_says(
    name: str, compress: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    """In two parts, as joined files are."""
    data = (FOLDER / name).read_bytes()
    packed = tmp_path / "packed"
    packed.write_bytes(compress(data[: len(data) // 2]) + compress(data[len(data) // 2 :]))
    assert run(*ALL, packed).stdout == told(name)
    with packed.open("rb") as stream:
        assert run(*ALL, "-", stdin=stream).stdout == told(name)


@pytest.mark.parametrize("observations_max", [1, 7, 512])
@pytest.mark.parametrize("name", SHOWN)
def test_batches_do_not_show(name: str, observations_max: int) -> None:
    seen = sense(FOLDER / name, observations_max=observations_max)
    by_kind: dict[bytes, list[bytes]] = {b"finding": [], b"sighting": []}
    for line in told(name).splitlines():
        by_kind[b"finding" if line.startswith(b'{"kind":"finding"') else b"sighting"].append(line)
    steps = Identification((), Library({}, Options()), None)
    assert [msgspec.json.encode(steps.message(row).body) for row in seen.revisions] == by_kind[b"finding"]
    assert [msgspec.json.encode(steps.message(row).body) for row in seen.sightings] == by_kind[b"sighting"]


@pytest.mark.parametrize("name", SHOWN)
def test_last_states_are_the_same_whether_updates_are_told_or_not(name: str) -> None:
    """Revisions that nobody wants are counted and not made; that must not show in those that are."""
    last = run("scan", "--json", FOLDER / name).stdout.splitlines()
    highest: dict[str, bytes] = {}
    for line in told(name).splitlines():
        row = msgspec.json.decode(line)
        if row["kind"] == "finding":
            highest[row["finding_id"]] = line
    assert sorted(last) == sorted(highest.values())
