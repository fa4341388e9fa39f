"""A list of a million customers: how long it takes to read, how much it holds, how many look-ups a second it gives.

``python -m bench.customers FILE`` reads the list and looks addresses up; the suite runs it as a process of its own.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from pathlib import Path
from typing import Final, NamedTuple

from enrichment import Customers
from enrichment.base import Options
from enrichment.model import Interval, Subject

RECORDS: Final = 1_000_000
_LOOKUPS: Final = 200_000
_SEED: Final = 20_260_302
# Prefixes of an operator's plan: pools, customers, leased lines, single addresses.
_LENGTHS: Final = (16, 20, 22, 24, 24, 26, 28, 29, 30, 32, 32, 32)
_MB: Final = 1e6


class Measured(NamedTuple):
    """Of one reading: CPU time, memory it holds and at its peak, share of addresses found, look-ups a second."""

    load_s: float
    held_mb: float
    peak_mb: float
    found: float
    lookups_per_s: float


def write(path: Path, records: int) -> None:
    """A list of distinct, nested IPv4 prefixes, each with texts of its own; the same bytes each time."""
    draw = random.Random(_SEED)
    seen: set[tuple[int, int]] = set()
    with path.open("w", encoding="utf-8") as file:
        file.write("prefix,kind,customer,enterprise,site,address,division,line\n")
        while len(seen) < records:
            length = draw.choice(_LENGTHS)
            network = draw.getrandbits(32) >> (32 - length) << (32 - length)
            if (network, length) not in seen:
                seen.add((network, length))
                number = len(seen)
                texts = f"C{number},企业{number},机房{number},某市某区演示路{number}号,150602,L{number}"
                file.write(f"{_dotted(network)}/{length},enterprise,{texts}\n")


def measure(path: Path) -> Measured:
    began = time.process_time()
    customers = Customers.load([path], Options())
    load_s = time.process_time() - began
    draw = random.Random(_SEED + 1)
    subjects = [Subject(0, _dotted(draw.getrandbits(32))) for _ in range(_LOOKUPS)]
    session = Interval(0, 1)
    began = time.process_time()
    found = sum(customers.lookup(subject, session) is not None for subject in subjects)
    lookups_s = time.process_time() - began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _MB
    return Measured(load_s, customers.byte_size / _MB, peak_mb, found / _LOOKUPS, _LOOKUPS / lookups_s)


def _dotted(number: int) -> str:
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


if __name__ == "__main__":
    print(*measure(Path(sys.argv[1])))
