# SPDX-License-Identifier: Apache-2.0
"""The second opinion: what Wireshark's dissectors see in a capture, as frames, streams and sequence numbers.

``sharkd`` is the engine of tshark without the start-up of each call: one process reads thousands of files. What it said
is kept by the capture's sha256, so that it is asked once. Knows nothing of the sensor.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import msgspec

PROGRAM: Final = "sharkd"
# A change of what is asked or kept makes what was kept before worthless.
FORMAT: Final = 1
_FIELDS: Final = (
    "frame.protocols",
    "tcp.stream",
    "udp.stream",
    "ip.src",
    "ipv6.src",
    "tcp.srcport",
    "tcp.seq_raw",
    "tcp.len",
    "tcp.flags.syn",
    "frame.len",
    "frame.cap_len",
)
# Fragments are put together, streams are not: payload is counted segment by segment.
_PREFERENCES: Final = {"tcp.desegment_tcp_streams": "FALSE"}
_FRAMES_MAX: Final = 1_000_000
_SEQUENCE_SPACE: Final = 1 << 32
_HALF: Final = 1 << 31

Intervals = list[tuple[int, int]]


class WiresharkError(RuntimeError):
    """The dissectors could not be asked; the text is one line."""


class Record(msgspec.Struct, array_like=True):
    """Frames of one stream and direction under one stack of layers.

    ``path``: layers down to the first TCP, or to the last UDP and two more. ``tcp``: stream number, or -1. ``udp``:
    stream numbers, outermost first. ``intervals``: captured payload by sequence number, unwrapped.
    """

    path: str
    tcp: int
    udp: tuple[int, ...]
    sender: str
    frames: int
    intervals: Intervals


class Dissected(msgspec.Struct):
    """One capture. ``error``: the dissectors cannot read it."""

    format: int
    packets: int
    records: list[Record]
    error: str = ""


class Wireshark:
    """A running ``sharkd`` and what was kept of earlier answers. Close it when done."""

    def __init__(self, kept: Path) -> None:
        self._kept = kept
        self._process: subprocess.Popen[bytes] | None = None
        self._number = 0

    @staticmethod
    def is_present() -> bool:
        return shutil.which(PROGRAM) is not None

    def dissect(self, path: Path) -> Dissected:
        """What the dissectors see. Raises WiresharkError where they are missing."""
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        kept = self._kept / f"{digest}.json"
        if kept.exists():
            found = msgspec.json.decode(kept.read_bytes(), type=Dissected)
            if found.format == FORMAT:
                return found
        found = self._ask(path)
        self._kept.mkdir(parents=True, exist_ok=True)
        # Several processes may write; each file appears whole or not at all.
        draft = kept.with_suffix(f".{id(self)}.part")
        draft.write_bytes(msgspec.json.encode(found))
        draft.replace(kept)
        return found

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    # ------------------------------------------------------------ sharkd

    def _ask(self, path: Path) -> Dissected:
        columns = {f"column{index}": f"{name}:0" for index, name in enumerate(_FIELDS)}
        try:
            # Of a damaged file the first request is never answered, so the answer of the second is waited for.
            load = self._send("load", file=str(path.resolve()))
            answers = self._answers(self._send("frames", limit=_FRAMES_MAX, **columns))
        except (BrokenPipeError, EOFError):
            self.close()
            return Dissected(FORMAT, 0, [], "the dissectors crashed")
        loaded, (_, frames) = answers.get(load, {}), answers.popitem()
        if "error" in loaded or "error" in frames:
            return Dissected(FORMAT, 0, [], "the dissectors cannot read it")
        reader = _Reader()
        for frame in frames["result"]:
            reader.take(dict(zip(_FIELDS, frame["c"], strict=True)))
        return Dissected(FORMAT, len(frames["result"]), reader.records())

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
        for name, value in _PREFERENCES.items():
            self._answers(self._send("setconf", name=name, value=value))
        return self._process


# ---------------------------------------------------------------- frames


class _Reader:
    """Sums frames up by stream, direction and path."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, tuple[int, ...], str], Record] = {}
        self._origins: dict[tuple[int, str], int] = {}

    def take(self, frame: dict[str, str]) -> None:
        layers = frame["frame.protocols"].split(":")
        stack = transport_stack(layers)
        if stack is None:
            return
        is_tcp = stack[-1] == "tcp"
        udp = _numbers(frame["udp.stream"])[: stack.count("udp")]
        tcp = _numbers(frame["tcp.stream"])[:1]
        if is_tcp and not tcp:
            return  # the header was cut off
        path = ":".join(stack if is_tcp else layers[: len(stack) + 2])
        sender = _sender(frame, stack) if is_tcp else ""
        key = (path, tcp[0] if is_tcp else -1, tuple(udp), sender)
        record = self._found.get(key)
        if record is None:
            record = self._found[key] = Record(*key, 0, [])
        record.frames += 1
        if is_tcp:
            self._payload(frame, record)

    def _payload(self, frame: dict[str, str], record: Record) -> None:
        lengths, sequences = _numbers(frame["tcp.len"]), _numbers(frame["tcp.seq_raw"])
        if not lengths or not sequences:
            return
        missing = max(0, int(frame["frame.len"]) - int(frame["frame.cap_len"]))
        captured = max(0, lengths[0] - missing)
        if not captured:
            return
        is_syn = frame["tcp.flags.syn"].split(",")[0] in ("1", "True", "Set")
        start = self._unwrapped((record.tcp, record.sender), sequences[0] + is_syn)
        add_interval(record.intervals, start, start + captured)

    def _unwrapped(self, side: tuple[int, str], sequence: int) -> int:
        """The sequence number as a number that does not turn over, near the one before."""
        near = self._origins.get(side, sequence)
        ahead = (sequence - near) % _SEQUENCE_SPACE
        absolute = near + (ahead if ahead < _HALF else ahead - _SEQUENCE_SPACE)
        self._origins[side] = absolute
        return absolute

    def records(self) -> list[Record]:
        return list(self._found.values())


def transport_stack(layers: list[str]) -> list[str] | None:
    """The layers down to the innermost transport; none where there is none.

    What TCP carries is payload whatever it looks like, and what ICMP quotes is no packet.
    """
    end = 0
    for index, layer in enumerate(layers):
        if layer in ("icmp", "icmpv6"):
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


def _sender(frame: dict[str, str], stack: list[str]) -> str:
    """Address and port of the segment's sender."""
    network = next((layer for layer in reversed(stack) if layer in ("ip", "ipv6")), "ip")
    addresses = frame[f"{network}.src"].split(",")
    index = stack.count(network) - 1
    address = addresses[index] if 0 <= index < len(addresses) else addresses[-1]
    return f"{address} {frame['tcp.srcport'].split(',')[0]}"


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",") if number]
