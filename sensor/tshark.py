"""An independent view of one connection: what tshark's dissectors, asked through pyshark, say of it.

The only module that imports pyshark; it is imported when a second opinion is asked for. It shares no code with the
engine: packets, times, sequence numbers and payload are all tshark's own.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from pyshark import FileCapture
from pyshark.capture.capture import TSharkCrashException

from sensor.detect.proof import proof
from sensor.interruption import INTERRUPTIONS
from sensor.json_messages import count_messages
from sensor.model import Endpoint
from sensor.timestamp import parse_time

PROGRAM: Final = "tshark"
# Payload of a side kept to put it in order; a mining session of days is some ten MB.
SIDE_BYTES_MAX: Final = 64 * 1024 * 1024
_SEQUENCE_SPACE: Final = 1 << 32
_HALF: Final = 1 << 31
# Only what is read here is dissected into text; streams are put together here, segment by segment.
_LAYERS: Final = ["-J", "frame ip ipv6 tcp"]
_PREFERENCES: Final = {"tcp.desegment_tcp_streams": "FALSE"}
_RETRANSMITTED: Final = ("analysis_retransmission", "analysis_fast_retransmission", "analysis_spurious_retransmission")
# tshark has closed its output by then, and only tidies up.
_END_SECONDS_MAX: Final = 10.0
_CUT_SHORT: Final = "cut short"


class Trouble(enum.StrEnum):
    """Why tshark says nothing."""

    NOT_INSTALLED = "not_installed"
    UNREADABLE = "unreadable"  # no file, no right to read it, or no capture


class TsharkError(Exception):
    """There is no second opinion, and why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


class SideSeen(msgspec.Struct):
    """What one end sent. ``messages`` and ``missing_bytes`` are absent where the payload is beyond its bound."""

    packets: int = 0
    payload_bytes: int = 0
    retransmitted: int = 0
    messages: int | None = 0
    missing_bytes: int | None = 0
    first_line: str = ""


class StreamSeen(msgspec.Struct):
    """One connection. ``last_payload_ns`` is absent without payload; ``is_cut``: the capture ends within a packet."""

    miner: SideSeen
    pool: SideSeen
    first_ns: int
    last_payload_ns: int | None = None
    is_cut: bool = False


def is_present() -> bool:
    return shutil.which(PROGRAM) is not None


def look(path: Path, miner: Endpoint, pool: Endpoint, first_ns: int) -> StreamSeen | None:
    """The connection between these ends that began at that time, or nearest to it; None where there is none.

    Raises TsharkError.
    """
    if not is_present():
        raise TsharkError(Trouble.NOT_INSTALLED)
    if not path.is_file():
        raise TsharkError(Trouble.UNREADABLE)
    streams: dict[str, _Stream] = {}
    capture = _Capture(path, _filter(miner, pool))
    with _interruptible(capture):
        try:
            for packet in capture.packets():
                segment = _segment(packet, miner, pool)
                if segment is not None:
                    streams.setdefault(segment.stream, _Stream(segment.ts_ns)).take(segment)
        finally:
            capture.end()
    if not streams:
        return None
    nearest = min(streams.values(), key=lambda stream: abs(stream.first_ns - first_ns))
    return nearest.seen(is_cut=capture.is_cut)


@contextlib.contextmanager
def _interruptible(capture: _Capture) -> Iterator[None]:
    """An interruption ends tshark, and is raised when all else has ended by that: in the middle of what asyncio does it
    would leave complaints of unfinished tasks and of processes without a loop.
    """
    heard = False

    def hear(*_: object) -> None:
        nonlocal heard
        heard = True
        capture.kill()

    heeded = [number for number in INTERRUPTIONS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, hear) for number in heeded}
    try:
        yield
    except Exception:
        if not heard:
            raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if heard:
        raise KeyboardInterrupt


class _Segment(msgspec.Struct, frozen=True):
    stream: str
    ts_ns: int
    is_miner: bool
    sequence: int
    payload: bytes
    is_retransmitted: bool


def _segment(packet: Any, miner: Endpoint, pool: Endpoint) -> _Segment | None:
    """The innermost TCP of a packet, where it is between these ends."""
    network = tcp = None
    for layer in packet.layers:
        name = layer.layer_name
        if name in ("ip", "ipv6"):
            network, tcp = layer, None
        elif name == "tcp" and tcp is None:
            tcp = layer
    if network is None or tcp is None:
        return None
    from_end = (str(network.src), int(tcp.srcport))
    if from_end not in ((miner.ip, miner.port), (pool.ip, pool.port)):
        return None
    payload = tcp.get_field("payload")
    return _Segment(
        stream=str(tcp.stream),
        ts_ns=parse_time(str(packet.sniff_timestamp)),
        is_miner=from_end == (miner.ip, miner.port),
        sequence=int(tcp.seq_raw),
        payload=b"" if payload is None else bytes.fromhex(str(payload).replace(":", "")),
        is_retransmitted=any(tcp.get_field(name) is not None for name in _RETRANSMITTED),
    )


class _Stream:
    """Both sides of one connection."""

    def __init__(self, first_ns: int) -> None:
        self.first_ns = first_ns
        self._last_payload_ns: int | None = None
        self._sides = {True: _Side(), False: _Side()}

    def take(self, segment: _Segment) -> None:
        if segment.payload:
            self._last_payload_ns = segment.ts_ns
        self._sides[segment.is_miner].take(segment)

    def seen(self, *, is_cut: bool) -> StreamSeen:
        miner, pool = (self._sides[is_miner].seen() for is_miner in (True, False))
        return StreamSeen(miner, pool, self.first_ns, self._last_payload_ns, is_cut)


class _Side:
    """What one end sent, put in order by sequence number; of what came twice, what came first."""

    def __init__(self) -> None:
        self._packets = 0
        self._payload_bytes = 0
        self._retransmitted = 0
        self._near: int | None = None
        self._pieces: dict[int, bytes] | None = {}

    def take(self, segment: _Segment) -> None:
        self._packets += 1
        self._payload_bytes += len(segment.payload)
        self._retransmitted += segment.is_retransmitted
        if not segment.payload or self._pieces is None:
            return
        if self._payload_bytes > SIDE_BYTES_MAX:
            self._pieces = None
            return
        place = self._unwrapped(segment.sequence)
        if len(self._pieces.get(place, b"")) < len(segment.payload):
            self._pieces[place] = segment.payload

    def _unwrapped(self, sequence: int) -> int:
        """The sequence number as one that does not turn over, near the one before."""
        near = sequence if self._near is None else self._near
        ahead = (sequence - near) % _SEQUENCE_SPACE
        self._near = near + (ahead if ahead < _HALF else ahead - _SEQUENCE_SPACE)
        return self._near

    def seen(self) -> SideSeen:
        side = SideSeen(self._packets, self._payload_bytes, self._retransmitted, None, None)
        if self._pieces is None:
            return side
        side.missing_bytes = 0
        said = bytearray()
        end: int | None = None
        for place, piece in sorted(self._pieces.items()):
            fresh = piece if end is None or place >= end else piece[end - place :]
            side.missing_bytes += max(0, place - end) if end is not None else 0
            said += fresh
            side.first_line = side.first_line or proof(fresh)
            end = place + len(piece) if end is None else max(end, place + len(piece))
        side.messages = count_messages(said)
        return side


def _filter(miner: Endpoint, pool: Endpoint) -> str:
    """As Wireshark's display filters are written."""
    ends = []
    for end in (miner, pool):
        network = "ipv6" if ":" in end.ip else "ip"
        ends.append(f"{network}.addr == {end.ip} and tcp.port == {end.port}")
    return " and ".join(ends)


class _Capture(FileCapture):  # type: ignore[misc]  # it has no types
    """pyshark's reader, with an event loop of its own and an end that is certain.

    Left to itself it takes the current loop, fails where there is none, and complains from its destructor.
    """

    def __init__(self, path: Path, display_filter: str) -> None:
        self.is_cut = False
        self._is_unwanted = False
        super().__init__(
            str(path),
            keep_packets=False,
            display_filter=display_filter,
            override_prefs=_PREFERENCES,
            custom_parameters=_LAYERS,
            eventloop=asyncio.new_event_loop(),
        )

    def packets(self) -> Iterator[Any]:
        """Raises TsharkError where tshark cannot read the file."""
        try:
            yield from self._packets_from_tshark_sync()
        except TSharkCrashException as error:
            self._judge(error)
        except OSError as error:
            raise TsharkError(Trouble.UNREADABLE) from error

    async def _cleanup_subprocess(self, process: Any) -> None:
        """As pyshark's, but a tshark that has said all it has to say may end by itself.

        A signal sent while it ends would take its exit code from whoever waits for it.
        """
        if self._eof_reached:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _END_SECONDS_MAX)
        await super()._cleanup_subprocess(process)

    async def _get_tshark_process(self, *arguments: Any, **options: Any) -> Any:
        process = await super()._get_tshark_process(*arguments, **options)
        if self._is_unwanted:
            process.kill()
        return process

    def kill(self) -> None:
        """Has tshark end at once, or as soon as it is there; what waits for it goes on then."""
        self._is_unwanted = True
        for process in self._running_processes:
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    def end(self) -> None:
        """Ends tshark and the loop. A capture that is cut in its last packet makes tshark fail after all others."""
        try:
            self.close()
        except TSharkCrashException as error:
            self._judge(error)
        finally:
            self._running_processes.clear()
            self.eventloop.close()

    def _judge(self, error: TSharkCrashException) -> None:
        if _CUT_SHORT not in str(error):
            raise TsharkError(Trouble.UNREADABLE) from error
        self.is_cut = True

    def __del__(self) -> None:
        """Everything has ended by then."""
