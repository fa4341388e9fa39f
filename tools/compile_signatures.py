"""Writes the copy of the packaged signatures that a scan reads: see signatures/compiled.py."""

from __future__ import annotations

from signatures.compiled import COMPILED, compiled
from signatures.schema import PACKAGED

if __name__ == "__main__":
    (PACKAGED / COMPILED).write_bytes(compiled(PACKAGED))
