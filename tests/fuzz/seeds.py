# SPDX-License-Identifier: Apache-2.0
"""What fuzzing starts from: every example of the signatures, every dialogue and near miss of the lab, every capture.

An inventory test holds these tables to the decoders, the protocol files and the capture formats.
"""

from __future__ import annotations

import bz2
import lzma
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sensor.model import Endpoint, Side
from signatures import PACKAGED, load
from signatures.schema import AnchorSide
from tests.lab import cast, dialects
from tests.lab.background import Visit
from tests.lab.cast import START_NS, miner
from tests.lab.dialogue import Session, Speaker, Talk
from tests.lab.near_misses import NEAR_MISSES
from tests.lab.script import Odds


@dataclass(frozen=True)
class Capture:
    """A capture's name and how to come by its bytes."""

    name: str
    load: Callable[[], bytes]


FOLDER = Path(__file__).parents[2] / "pcaps"
SHORT = {"seconds": 30, "job_seconds": 10, "odds": Odds(low=0.1, stale=0.1, duplicate=0.1, unanswered=0.1)}
# At least one session for each dialect, by its name.
SESSIONS: dict[str, tuple[Callable[[], Session], ...]] = {
    "stratum-v1": (lambda: dialects.stratum_v1_session(cast.asic(0, difficulties=((0, 65_536.0),), **SHORT)),),
    "btcagent": (lambda: dialects.btcagent_session(cast.agent(0, hashrate_hs=300e12, **SHORT)),),
    "ethproxy": (lambda: dialects.ethproxy_session(cast.gpu(0, hashrate_hs=800e6, **SHORT)),),
    "cryptonote": (lambda: dialects.cryptonote_session(cast.cpu(0, hashrate_hs=16e3, **SHORT)),),
    "equihash-stratum": (lambda: dialects.equihash_session(cast.equihash(0, hashrate_hs=1600.0, **SHORT)),),
    "ethereumstratum-1": (lambda: dialects.ethereumstratum_1_session(cast.nicehash(0, hashrate_hs=800e6, **SHORT)),),
    "ethereumstratum-2": (lambda: dialects.ethereumstratum_2_session(cast.ethash(0, hashrate_hs=800e6, **SHORT)),),
    "ethash-stratum": (lambda: dialects.ethash_stratum_session(cast.ethash(0, hashrate_hs=800e6, **SHORT)),),
    "progpow-stratum": (lambda: dialects.kawpow_session(cast.kawpow(0, hashrate_hs=200e6, **SHORT)),),
    "autolykos-stratum": (
        lambda: dialects.autolykos_session(cast.ergo(0, hashrate_hs=1e9, **SHORT)),
        lambda: dialects.autolykos_factor_session(cast.ergo(0, hashrate_hs=1e9, **SHORT)),
    ),
    "octopus-stratum": (lambda: dialects.octopus_session(cast.conflux(0, hashrate_hs=600e6, **SHORT)),),
    "kaspa": (lambda: dialects.kaspa_session(cast.kaspa(0, hashrate_hs=16e12, **SHORT)),),
    "getwork": (
        lambda: dialects.getwork_session(cast.getwork(0, hashrate_hs=8e9, **SHORT)),
        lambda: dialects.ethash_getwork_session(cast.gpu(0, hashrate_hs=800e6, **SHORT)),
    ),
    "getblocktemplate": (lambda: dialects.getblocktemplate_session(cast.getwork(0, hashrate_hs=8e9, **SHORT)),),
    "stratum-other": (lambda: dialects.nervos_session(cast.nervos(0, hashrate_hs=24e12, **SHORT)),),
}


def with_long_records(data: bytes) -> bytes:
    """A big-endian pcap as the patched libpcap of old Linux kernels wrote it: 8 more bytes in each record's header."""
    parts, at = [(0xA1B2CD34).to_bytes(4, "big"), data[4:24]], 24
    while at < len(data):
        end = at + 16 + int.from_bytes(data[at + 8 : at + 12], "big")
        parts += [data[at : at + 16], bytes(8), data[at + 16 : end]]
        at = end
    return b"".join(parts)


def as_snoop(data: bytes) -> bytes:
    """The packets of a big-endian pcap of Ethernet as Solaris' snoop writes them (RFC 1761)."""
    parts, at = [b"snoop\0\0\0" + struct.pack(">II", 2, 4)], 24
    while at < len(data):
        seconds, microseconds, captured, wire = struct.unpack_from(">IIII", data, at)
        filling = -captured % 4
        parts.append(struct.pack(">IIIIII", wire, captured, 24 + captured + filling, 0, seconds, microseconds))
        parts += [data[at + 16 : at + 16 + captured], bytes(filling)]
        at += 16 + captured
    return b"".join(parts)


def _stored(*names: str) -> tuple[Capture, ...]:
    return tuple(Capture(name, (FOLDER / name).read_bytes) for name in names)


# At least one capture for each format that is read.
FORMATS: dict[str, tuple[Capture, ...]] = {
    "pcap little-endian us": _stored("demo.pcap", "tunnels.pcap", "network-faults.pcap", "sightings.pcap"),
    "pcap big-endian us": _stored("format-be-us.pcap"),
    "pcap little-endian ns": _stored("format-le-ns.pcap"),
    "pcap big-endian ns": _stored("format-be-ns.pcap"),
    "pcap long records": (
        Capture("long.pcap", lambda: with_long_records((FOLDER / "format-be-us.pcap").read_bytes())),
    ),
    "pcapng": _stored("format-sections.pcapng", "link-types.pcapng"),
    "snoop": (Capture("small.snoop", lambda: as_snoop((FOLDER / "format-be-us.pcap").read_bytes())),),
    "gzip": _stored("format.pcap.gz"),
    "zstd": _stored("format.pcap.zst"),
    "xz": (Capture("small.xz", lambda: lzma.compress((FOLDER / "format-be-us.pcap").read_bytes())),),
    "bzip2": (Capture("small.bz2", lambda: bz2.compress((FOLDER / "format-be-us.pcap").read_bytes())),),
}
# What a hostile sender would try first at this place: frames, prefaces, depth, numbers, lengths.
ODDITIES = (
    b"\x7f\x01\x04\x00\x7f\x02\xff\xff",
    b"\x7f\x00\x00\x00{}\n",
    b"\x7f\x05\xff\xff\x0e\xfc\x7f" + bytes(65_528),
    b"\x7f\x01\x09\x00\xff\xff\x00\x00\x00\x7f\x10\x0a\x00\xff\xff\xff\xff\xff\xff",
    b"PROXY TCP4 192.0.2.1 203.0.113.5 1 3333\r\n",
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffff\r\n{}\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 999999999999\r\nX-Mining-Hashrate: 1e999\r\n\r\n[[[[",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00",
    b"[" * 4096 + b"\n",
    b'{"id":' + b"9" * 4096 + b"}\n",
    b'{"id":1e999,"method":"mining.submit","params":[1e400,-0,"\\ud800"]}\n',
    b'{"id":1,"id":2,"method":"login","method":"submit","params":{"":{"":{}}}}\n',
    b"\r\n \t\x00\n\xff\xfe{\n",
    b'{"result":[null,[[]],{}],"error":{"code":{}},"id":[]}\n',
)


@dataclass(frozen=True)
class Piece:
    """What one side says, and who that is."""

    side: Side
    data: bytes


@cache
def sessions() -> tuple[tuple[Piece, ...], ...]:
    """Whole sessions of every dialect."""
    return tuple(_pieces(make().dialogue) for makes in SESSIONS.values() for make in makes)


@cache
def conversations() -> tuple[tuple[Piece, ...], ...]:
    """All seeds of the wire, as conversations."""
    return (
        *sessions(),
        *(_pieces(talk) for talk in near_misses()),
        *examples(),
        *((Piece(side, odd),) for odd in ODDITIES for side in Side),
    )


def near_misses() -> list[Talk]:
    server = Endpoint("203.0.113.9", 3333)
    return [maker(Visit(miner(0), server, START_NS, 77)) for _, maker in NEAR_MISSES.values()]


@cache
def examples() -> tuple[tuple[Piece, ...], ...]:
    """Every match and no_match of the packaged protocols."""
    sides = {AnchorSide.MINER: Side.A, AnchorSide.POOL: Side.B}
    return tuple(
        (Piece(sides[example.side], example.text.encode()),)
        for protocol in load([PACKAGED]).protocols
        for example in (*protocol.matches, *protocol.no_matches)
    )


@cache
def captures() -> tuple[Capture, ...]:
    """A capture of each format, and all others of the lab."""
    first = [capture for kind in FORMATS.values() for capture in kind]
    others = sorted({path.name for path in FOLDER.iterdir()} - {capture.name for capture in first} - {"MANIFEST.toml"})
    return (*first, *_stored(*others))


def _pieces(talk: Talk) -> tuple[Piece, ...]:
    sides = {Speaker.CLIENT: Side.A, Speaker.SERVER: Side.B}
    return tuple(Piece(sides[saying.speaker], saying.data) for saying in talk.sayings())
