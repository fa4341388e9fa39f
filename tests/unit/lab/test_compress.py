# SPDX-License-Identifier: Apache-2.0
"""What is compressed here, ordinary decompressors give back."""

from __future__ import annotations

import gzip
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.compress import gz, zst
from tests.lab.seeded import Seeded

SAMPLES = {
    "empty": b"",
    "one byte": b"a",
    "runs": bytes(100_000),
    "text": b"mining.notify mining.submit " * 400,
    "random": Seeded(1).bytes(150_000),
    "literals of every length": b"".join(Seeded(n).bytes(n) + b"same again" for n in range(300)),
    "matches of every length": b"".join(b"\xff" + (b"0123456789" * 30)[:n] + bytes([n % 251]) for n in range(300)),
    "far matches": Seeded(2).bytes(30_000) * 3,
}
EVERY = pytest.mark.parametrize("data", SAMPLES.values(), ids=list(SAMPLES))


@EVERY
def test_gzip_gives_the_bytes_back(data: bytes) -> None:
    assert gzip.decompress(gz(data)) == data


@given(st.lists(st.sampled_from([b"abcd", b"mining", b"\0" * 9, b"xyz", b"{}"])))
def test_gzip_gives_any_mixture_back(parts: list[bytes]) -> None:
    data = b"".join(parts)
    assert gzip.decompress(gz(data)) == data


@EVERY
@pytest.mark.skipif(shutil.which("zstd") is None, reason="zstd, the independent decompressor, is not installed")
def test_zstd_gives_the_bytes_back(data: bytes) -> None:
    done = subprocess.run(["zstd", "-dc"], input=zst(data), capture_output=True, check=True)
    assert done.stdout == data


def test_repetition_is_really_compressed() -> None:
    text = SAMPLES["text"]
    assert len(gz(text)) < len(text) // 8
    assert len(zst(text)) < len(text) // 8
