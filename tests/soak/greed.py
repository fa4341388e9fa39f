# SPDX-License-Identifier: Apache-2.0
"""Captures whose sessions all want as much memory as they can get: ``python -m tests.soak.greed SHAPE > capture``.

All sessions of a crowd say the same thing at the same time, so that what each of them holds is held by all at once.
Checksums are left out: nobody looks at them, and there are millions of packets.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Callable, Iterable
from typing import IO, Any, Final

from tests.lab.files import LinkType, PcapFormat, pcap
from tests.lab.ip import Flag

_POOL: Final = bytes([203, 0, 113, 9])
_POOL_PORT: Final = struct.pack(">H", 3333)
_START_US: Final = 1_700_000_000 * 1_000_000
_MSS: Final = 1400
# Sessions of each kind: as many as there are places at the defaults, so that every table is full.
_PLACES: Final = 4096
_WAITING: Final = 1024

ACCOUNT: Final = "acct.rig"
NONCE: Final = "0" * 8


def line(**members: Any) -> bytes:
    return json.dumps(members, ensure_ascii=False).encode() + b"\n"


def name(number: int) -> str:
    """One wide character makes Python keep all of a text wide."""
    return f"{number}.\U0001f4b0" + "x" * 250


def share(number: object, worker: str = ACCOUNT) -> bytes:
    return line(id=number, method="mining.submit", params=[worker, "1", NONCE, NONCE, NONCE])


def login(number: int) -> bytes:
    return line(id=name(number), method="mining.authorize", params=[name(number)] * 3)


def job(job_id: str, coinbase: str = "01" * 30) -> bytes:
    params = [job_id, "0" * 64, coinbase, "02" * 40, [], "20000000", "17034219", "60000000", True]
    return line(id=None, method="mining.notify", params=params)


class Wire:
    """Where the packets go, and what time it is."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._now_us = _START_US
        out.write(pcap([], PcapFormat(linktype=LinkType.RAW)))

    def wait(self, us: int) -> None:
        self._now_us += us

    def send(self, ends: Iterable[tuple[bytes, bytes]], fields: tuple[int, int, Flag], data: bytes = b"") -> None:
        """The same segment between each pair of ends, all at once."""
        seq, ack, flags = fields
        size = 40 + len(data)
        head = struct.pack("<IIII", *divmod(self._now_us, 1_000_000), size, size)
        head += struct.pack(">BBHHHBBH", 0x45, 0, size, 0, 0x4000, 64, 6, 0)
        tail = struct.pack(">IIBBHHH", seq & 0xFFFFFFFF, ack, 0x50, flags, 65_000, 0, 0) + data
        # The ports stand behind both addresses.
        self._out.write(b"".join(head + a[:4] + b[:4] + a[4:] + b[4:] + tail for a, b in ends))


class Crowd:
    """Miners with one pool."""

    def __init__(self, wire: Wire, first: int, count: int) -> None:
        self._wire = wire
        pool = _POOL + _POOL_PORT
        miners = [struct.pack(">IH", (10 << 24) + n, 20_000 + n % 40_000) for n in range(first, first + count)]
        self._ends = {"C": [(miner, pool) for miner in miners], "S": [(pool, miner) for miner in miners]}
        self._next = {"C": 1, "S": 1}

    def say(self, who: str, data: bytes, ahead: int = 0, wait_us: int = 300) -> None:
        """``ahead``: behind a hole of so many bytes."""
        other = "S" if who == "C" else "C"
        for at in range(0, len(data), _MSS):
            part = data[at : at + _MSS]
            self._wire.wait(wait_us)
            self._wire.send(self._ends[who], (self._next[who] + ahead, self._next[other], Flag.ACK), part)
            if not ahead:
                self._next[who] += len(part)

    def work(self) -> None:
        """Become a session of both sides beyond doubt."""
        start = [
            ("C", line(id=1, method="mining.subscribe", params=["cgminer/4.12"])),
            ("S", line(id=1, result=[[["mining.notify", "ab"]], "08000002", 4], error=None)),
            ("C", line(id=2, method="mining.authorize", params=[ACCOUNT, "x"])),
            ("S", line(id=2, result=True, error=None)),
            ("S", line(id=None, method="mining.set_difficulty", params=[1024])),
            ("S", job("1")),
        ]
        for number in (3, 4):
            start += [("C", share(number)), ("S", line(id=number, result=True, error=None))]
        for who, data in start:
            self.say(who, data, wait_us=200_000)

    def give_jobs(self) -> None:
        """Become a session of which the pool's side is seen."""
        for number in range(4):
            self.say("S", job(f"j{number}"), wait_us=400_000)


# ---------------------------------------------------------------- what they say


def lines(crowd: Crowd, sides: str) -> None:
    """Lines without end, as long as the longest that is read."""
    for who in sides:
        crowd.say(who, b'{"id":5,"method":"mining.submit","params":["')
    for _ in range(11):
        for who in sides:
            crowd.say(who, b"x" * _MSS)
    if "S" in sides:
        crowd.say("S", b"x" * 47_000)


def requests(crowd: Crowd, sides: str) -> None:
    """Requests that nobody answers, with long ids."""
    for number in range(10, 530, 8):
        crowd.say("C", b"".join(share(f"{one}.{'y' * 60}") for one in range(number, number + 8)))


def names(crowd: Crowd, sides: str) -> None:
    """Long logins, and more workers than are listed."""
    for number in range(10, 280, 3):
        crowd.say("C", b"".join(map(login, range(number, number + 3))))
    for number in range(10, 1100, 12):
        crowd.say("C", b"".join(share(7, f"a.w{one}") for one in range(number, number + 12)))


def jobs(crowd: Crowd, sides: str) -> None:
    """Many of long names, and huge ones."""
    for number in range(80):
        crowd.say("S", job(name(number)))
    crowd.say("S", job("huge", "01" * 15_000))


def depth(crowd: Crowd, sides: str) -> None:
    """JSON as deep, and as full of things, as is read."""
    deep = b'{"id":9,"method":"mining.notify","params":' + b"[" * 30 + b"1" + b"]" * 30 + b"}\n"
    for _ in range(20):
        crowd.say("S", deep)
    crowd.say("S", b'{"id":9,"method":"mining.notify","params":[' + b",".join([b"[]"] * 20_000) + b"]}\n")


def disorder(crowd: Crowd, sides: str) -> None:
    """All of it behind a hole, in many pieces."""
    for number in range(62):
        for who in sides:
            crowd.say(who, b"z" * 255, ahead=2000 + 300 * number, wait_us=100)


def some_of_all(crowd: Crowd, sides: str) -> None:
    """As much of everything as a session keeps without asking, and more."""
    if "C" in sides:
        for number in range(10, 55, 3):
            crowd.say("C", b"".join(map(login, range(number, number + 3))))
        crowd.say("C", b"".join(share(number, name(number)) for number in range(12)))
    if "S" in sides:
        for number in range(12):
            crowd.say("S", job(name(number)))


Words = Callable[[Crowd, str], None]
SHAPES: Final[dict[str, Words]] = {one.__name__: one for one in (lines, requests, names, jobs, depth, disorder)}


def write(words: Words, out: IO[bytes]) -> None:
    """As many sessions as have a seat, all of which say ``words``."""
    crowd = Crowd(Wire(out), 0, _PLACES)
    crowd.work()
    words(crowd, "CS")


# ---------------------------------------------------------------- every table at once


def _strangers(wire: Wire, first: int, count: int, flags: Flag, data: bytes = b"") -> None:
    pool = _POOL + _POOL_PORT
    for number in range(first, first + count):
        wire.wait(1)
        wire.send([(struct.pack(">IH", (11 << 24) + number, 20_000 + number % 40_000), pool)], (1, 1, flags), data)


def write_everything(out: IO[bytes]) -> None:
    """Sessions of both sides, of one, without a seat, not yet clear; attempts; flows, hellos, halves of messages."""
    wire = Wire(out)
    both, rest = Crowd(wire, 0, _PLACES), Crowd(wire, 10_000, _WAITING)
    one, rest_of_one = Crowd(wire, 20_000, _PLACES), Crowd(wire, 30_000, _WAITING)
    for crowd in (both, rest):
        crowd.work()
    for crowd in (one, rest_of_one):
        crowd.give_jobs()
    subscription = line(id=1, method="mining.subscribe", params=["x" * 250, None, "y" * 250, 1])
    for number in range(10):
        attempts = Crowd(wire, 200_000 + number * _PLACES, _PLACES)
        attempts.say("C", subscription, wait_us=20_000)
        attempts.say("C", b"".join(map(login, range(4))))
    young = Crowd(wire, 100_000, _PLACES)
    young.say("C", subscription)
    crowds = ((both, "CS"), (one, "S"), (young, "C"))
    for crowd, sides in crowds:
        some_of_all(crowd, sides)
    for crowd, sides in crowds:
        lines(crowd, sides)
    for crowd, sides in crowds:
        disorder(crowd, sides)
    _strangers(wire, 0, 600_000, Flag.SYN)
    hello = b"\x16\x03\x01\x20\x00\x01\x00\x1f\xfc\x03\x03" + b"y" * 32 + b"\0\x1f\x00" + b"y" * 1300
    _strangers(wire, 1_000_000, 3_000, Flag.ACK, hello)
    half = Crowd(wire, 400_000, _WAITING)
    for part in (b'{"x":"' + b"y" * 1350, b"y" * _MSS, b"y" * 1300):
        for who in "CS":
            half.say(who, part, wait_us=1)


def main(shape: str) -> None:
    out = sys.stdout.buffer
    if shape == "everything":
        write_everything(out)
    else:
        write(SHAPES[shape], out)


if __name__ == "__main__":
    main(sys.argv[1])
