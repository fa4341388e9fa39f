# SPDX-License-Identifier: Apache-2.0
"""The second opinion: what Wireshark's dissectors see in a capture, as frames, streams, sequence numbers and payload.

``sharkd`` is the engine of tshark without the start-up of each call: one process reads thousands of files. What it said
is kept by the capture's sha256, so that it is asked once. Knows nothing of the sensor.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import resource
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import msgspec

from tests.corpus.payload import Direction, Place, Said, Stitcher, find

PROGRAM: Final = "sharkd"
# A change of what is asked or kept makes what was kept before worthless.
FORMAT: Final = 3
_FIELDS: Final = (
    "frame.protocols",
    "frame.encap_type",
    "frame.len",
    "frame.cap_len",
    "ip.src",
    "ip.dst",
    "ip.len",
    "ipv6.src",
    "ipv6.dst",
    "ipv6.plen",
    "tcp.stream",
    "tcp.srcport",
    "tcp.dstport",
    "tcp.seq_raw",
    "tcp.hdr_len",
    "tcp.len",
    "tcp.flags.syn",
    "udp.srcport",
    "udp.dstport",
)
# Fragments are put together, streams are not: payload is counted segment by segment.
_PREFERENCES: Final = {"tcp.desegment_tcp_streams": "FALSE"}
_FRAMES_MAX: Final = 1_000_000
# Requests sent before their answers are read: all of them fit into a pipe.
_REQUESTS_MAX: Final = 64
# sharkd keeps some 10 MB of every capture that it has loaded, so it is started anew now and then; and should a
# dissector run away, it must not take the machine with it.
_CAPTURES_PER_PROCESS: Final = 64
_MEMORY_BYTES_MAX: Final = 4 << 30
_SEQUENCE_SPACE: Final = 1 << 32
_HALF: Final = 1 << 31
# What these carry of other packets is a report, not a packet.
_QUOTING: Final = frozenset({"icmp", "icmpv6", "sflow"})
# Bytes of the headers that may stand before the outermost IP header.
_LINK_BYTES: Final = {
    "eth": 14,
    "ethertype": 0,
    "mpls": 4,
    "null": 4,
    "ppp": 2,
    "pppoes": 6,
    "raw": 0,
    "sll": 16,
    "vlan": 4,
}
_IPV6_HEADER_BYTES: Final = 40
_TCP_HEADER_BYTES: Final = 20

Intervals = list[tuple[int, int]]


class WiresharkError(RuntimeError):
    """The dissectors could not be asked; the text is one line."""


class Record(msgspec.Struct, array_like=True):
    """Frames of one stream and direction under one stack of layers.

    ``path``: layers down to the first TCP, or to the last UDP and two more. ``tcp``: stream number, or -1. ``sender``
    and ``receiver``: address and port. ``intervals``: captured payload by sequence number, unwrapped.
    """

    path: str
    tcp: int
    sender: str
    receiver: str
    frames: int
    intervals: Intervals


class Dissected(msgspec.Struct):
    """One capture. ``packets``: records that hold one. ``error``: the dissectors cannot read it."""

    packets: int
    records: list[Record]
    error: str = ""
    # What was said in TCP, by direction: sender and receiver.
    said: list[tuple[Direction, Said]] = []


class Wireshark:
    """A running ``sharkd`` and what was kept of earlier answers. Close it when done."""

    def __init__(self, kept: Path) -> None:
        self._kept = kept
        self._process: subprocess.Popen[bytes] | None = None
        self._number = 0
        self._loaded = 0  # by this process

    @staticmethod
    def is_present() -> bool:
        return shutil.which(PROGRAM) is not None

    def dissect(self, path: Path) -> Dissected:
        """What the dissectors see. Raises WiresharkError where they are missing."""
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        kept = self._kept / f"{digest}.{FORMAT}.json"
        if kept.exists():
            return msgspec.json.decode(kept.read_bytes(), type=Dissected)
        found = self._ask(path)
        self._kept.mkdir(parents=True, exist_ok=True)
        # Several processes may write; each file appears whole or not at all.
        draft = kept.with_suffix(f".{id(self)}.part")
        draft.write_bytes(msgspec.json.encode(found))
        draft.replace(kept)
        return found

    def close(self) -> None:
        if self._process is not None:
            with self._process as process:  # closes its pipes, too
                process.kill()
            self._process = None
        self._loaded = 0

    # ------------------------------------------------------------ sharkd

    def _ask(self, path: Path) -> Dissected:
        if self._loaded >= _CAPTURES_PER_PROCESS:
            self.close()
        self._loaded += 1
        columns = {f"column{index}": f"{name}:0" for index, name in enumerate(_FIELDS)}
        try:
            # Of a damaged file the first request is never answered, so the answer of the second is waited for.
            load = self._send("load", file=str(path.resolve()))
            answers = self._answers(self._send("frames", limit=_FRAMES_MAX, **columns))
        except (BrokenPipeError, EOFError):
            self.close()
            return Dissected(0, [], "the dissectors crashed")
        loaded, (_, frames) = answers.get(load, {}), answers.popitem()
        if "error" in loaded or "error" in frames:
            return Dissected(0, [], "the dissectors cannot read it")
        reader, places = Reader(), {}
        for frame in frames["result"]:
            place = reader.take(dict(zip(_FIELDS, frame["c"], strict=True)))
            if place is not None:
                places[frame["num"]] = place
        return Dissected(reader.packets, reader.records(), said=self._said(places))

    def _said(self, places: dict[int, Place]) -> list[tuple[Direction, Said]]:
        """What the frames of these numbers hold, put in order."""
        stitcher, numbers = Stitcher(), iter(places)
        while batch := list(itertools.islice(numbers, _REQUESTS_MAX)):
            asked = {self._send("frame", frame=number, bytes=True): number for number in batch}
            answers = self._answers(max(asked))
            for request, number in asked.items():
                place = places[number]
                data = find(place, _sources(answers.get(request, {})))
                if data is None:
                    stitcher.miss(place.direction)
                else:
                    stitcher.take((place.tcp, place.direction), place.start, data)
        return list(stitcher.directions().items())

    def _send(self, method: str, **params: object) -> int:
        """Sends a request; its number."""
        process = self._process or self._start()
        self._number += 1
        request = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}
        if process.stdin is None:
            raise AssertionError("the pipe was asked for")
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        return self._number

    def _answers(self, until: int) -> dict[int, dict[str, Any]]:
        """The answers up to that of request ``until``, which stands last."""
        if self._process is None or self._process.stdout is None:
            raise AssertionError("nothing was asked")
        answers: dict[int, dict[str, Any]] = {}
        while until not in answers:
            line = self._process.stdout.readline()
            if not line:
                raise EOFError
            answer = json.loads(line)
            answers[answer["id"]] = answer
        return answers

    def _start(self) -> subprocess.Popen[bytes]:
        if not self.is_present():
            raise WiresharkError(f"{PROGRAM} is missing; it comes with tshark: apt-get install tshark")
        self._process = subprocess.Popen(
            [PROGRAM, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        resource.prlimit(self._process.pid, resource.RLIMIT_AS, (_MEMORY_BYTES_MAX, _MEMORY_BYTES_MAX))
        for name, value in _PREFERENCES.items():
            self._answers(self._send("setconf", name=name, value=value))
        return self._process


def _sources(answer: dict[str, Any]) -> list[bytes]:
    """The bytes of a frame, and those that were put together of it and others."""
    result = answer.get("result", {})
    texts = [result.get("bytes", ""), *(source.get("bytes", "") for source in result.get("ds", ()))]
    return [base64.b64decode(text) for text in texts]


# ---------------------------------------------------------------- frames


class Reader:
    """Sums frames up by stream, direction and path. A frame is the text of its fields, many of one name by commas."""

    def __init__(self) -> None:
        self.packets = 0
        self._found: dict[tuple[str, int, str, str], Record] = {}
        self._origins: dict[tuple[int, str], int] = {}

    def take(self, frame: dict[str, str]) -> Place | None:
        """Counts a frame; where its payload belongs, if it holds any of TCP."""
        if not frame["frame.encap_type"]:
            return None  # a block of a capture file that holds no packet
        self.packets += 1
        layers = frame["frame.protocols"].split(":")
        stack = transport_stack(layers)
        if stack is None:
            return None
        is_tcp = stack[-1] == "tcp"
        tcp = _numbers(frame["tcp.stream"])[:1] if is_tcp else [-1]
        sender, receiver = _end(frame, stack, "src"), _end(frame, stack, "dst")
        if not tcp or not sender or not receiver:
            return None  # the header was cut off
        missing = missing_bytes(frame, layers)
        if is_tcp and not _is_segment(frame, missing):
            return None
        key = (":".join(stack if is_tcp else layers[: len(stack) + 2]), tcp[0], sender, receiver)
        record = self._found.get(key)
        if record is None:
            record = self._found[key] = Record(*key, 0, [])
        record.frames += 1
        return self._payload(frame, missing, record) if is_tcp else None

    def _payload(self, frame: dict[str, str], missing: int, record: Record) -> Place | None:
        lengths, sequences = _numbers(frame["tcp.len"]), _numbers(frame["tcp.seq_raw"])
        if not lengths or not sequences:
            return None
        captured = max(0, lengths[0] - missing)
        if not captured:
            return None
        is_syn = frame["tcp.flags.syn"].split(",")[0] in ("1", "True", "Set")
        start = self._unwrapped((record.tcp, record.sender), sequences[0] + is_syn)
        add_interval(record.intervals, start, start + captured)
        return Place(
            tcp=record.tcp,
            direction=(record.sender, record.receiver),
            start=start,
            size=captured,
            ports=(int(_nth(frame["tcp.srcport"], 0)), int(_nth(frame["tcp.dstport"], 0))),
            sequence=sequences[0],
            header_bytes=int(_nth(frame["tcp.hdr_len"], 0)),
        )

    def _unwrapped(self, side: tuple[int, str], sequence: int) -> int:
        """The sequence number as a number that does not turn over, near the one before."""
        near = self._origins.get(side, sequence)
        ahead = (sequence - near) % _SEQUENCE_SPACE
        absolute = near + (ahead if ahead < _HALF else ahead - _SEQUENCE_SPACE)
        self._origins[side] = absolute
        return absolute

    def records(self) -> list[Record]:
        return list(self._found.values())


def _is_segment(frame: dict[str, str], missing: int) -> bool:
    """Whether there is a TCP header that its datagram can hold, whatever the dissectors make of it (RFC 9293 section
    3.1). They give no length to a segment whose header is longer than what is left.
    """
    fits = bool(frame["tcp.len"]) or missing > 0
    return fits and int(_nth(frame["tcp.hdr_len"], 0) or 0) >= _TCP_HEADER_BYTES


def missing_bytes(frame: dict[str, str], layers: list[str]) -> int:
    """Bytes of the outermost IP datagram that were on the wire and that the frame does not hold.

    The length on the wire alone does not tell: what was left out of a frame may be its check sequence, which is no
    payload. Where no IP header tells either, it is believed.
    """
    held, on_wire = int(frame["frame.cap_len"]), int(frame["frame.len"])
    first = next((index for index, layer in enumerate(layers) if layer in ("ip", "ipv6")), len(layers))
    field, header = ("ip.len", 0) if "ip" in layers[first : first + 1] else ("ipv6.plen", _IPV6_HEADER_BYTES)
    told = _numbers(frame[field])[:1]
    if not told or not told[0] or any(layer not in _LINK_BYTES for layer in layers[:first]):
        return max(0, on_wire - held)
    end = sum(_LINK_BYTES[layer] for layer in layers[:first]) + header + told[0]
    return max(0, min(end, on_wire) - held)


def transport_stack(layers: list[str]) -> list[str] | None:
    """The layers down to the innermost transport; none where there is none.

    What TCP carries is payload whatever it looks like, and what is quoted is no packet.
    """
    end = 0
    for index, layer in enumerate(layers):
        if layer in _QUOTING:
            break
        if layer in ("tcp", "udp"):
            end = index + 1
            if layer == "tcp":
                break
    return layers[:end] if end else None


def add_interval(intervals: Intervals, start: int, end: int) -> None:
    """Adds [start, end) to sorted intervals that do not touch each other."""
    if intervals and start > intervals[-1][1]:
        intervals.append((start, end))
        return
    kept = []
    for low, high in intervals:
        if high < start or end < low:
            kept.append((low, high))
        else:
            start, end = min(start, low), max(end, high)
    intervals[:] = sorted([*kept, (start, end)])


def _end(frame: dict[str, str], stack: list[str], which: str) -> str:
    """Address and port of the innermost sender ("src") or receiver ("dst"); "" where the header was cut off."""
    network = next((layer for layer in reversed(stack) if layer in ("ip", "ipv6")), "ip")
    transport = stack[-1]
    address = _nth(frame[f"{network}.{which}"], stack.count(network) - 1)
    port = _nth(frame[f"{transport}.{which}port"], stack.count(transport) - 1)
    return f"{address} {port}" if address and port else ""


def _nth(text: str, index: int) -> str:
    """The value at ``index``; "" where there are not so many."""
    values = text.split(",")
    return values[index] if 0 <= index < len(values) else ""


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",") if number]
