"""A small real Dialogue for tests of what lies above it: the bytes of a chunk name the events they stand for.

Nothing is decoded: each test says which events a chunk means, so that a verdict is tested apart from the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from sensor.event import (
    Job,
    Login,
    LoginResult,
    Malformed,
    MalformedCode,
    MiningEvent,
    Restart,
    Share,
    ShareResult,
    Standing,
    Subscribe,
)
from sensor.model import (
    Chunk,
    CloseCause,
    Endpoint,
    FlowClosed,
    FlowKey,
    FlowOpened,
    InputFailure,
    InputReport,
    NameKind,
    NameSeen,
    Observation,
    Side,
    Steering,
)
from sensor.room import Purse
from signatures.equipment import Equipment
from signatures.equipment_file import load_equipment
from signatures.loader import PACKAGED

EQUIPMENT = load_equipment(PACKAGED)
MINER = Endpoint("192.0.2.10", 50_000)
POOL = Endpoint("203.0.113.5", 3333)
KEY = FlowKey(0, "tcp", MINER, POOL)
SECOND = 1_000_000_000
# A full interval of five minutes, so that tests see the boundaries.
START = 1_700_000_100 * SECOND


class ScriptedDialogue:
    """Reads ``subscribe login:NAME ok no job share yes bad``, blank-separated words of a chunk, as events.

    ``hum`` says nothing that counts, ``nonsense`` is a line of text, ``refute`` ends it, ``restart`` starts it anew,
    ``undecided`` takes its standing back. A is the miner.
    """

    def __init__(self, purse: Purse | None = None, miner: Side | None = Side.A) -> None:
        self.dialect: str | None = None
        self.miner = miner
        self.standing = Standing.UNDECIDED
        self.refuted = False
        self.frames = 0
        self.messages = [0, 0]
        self.secrets: tuple[str, ...] = ()
        self.is_doubtful = False
        self.is_quotation = False
        self.is_server = False
        self.is_echo = False
        self.is_specific = True
        self._key = 0
        self._waiting: list[int] = []

    def feed(self, side: Side, ts_ns: int, gap_bytes: int, data: bytes) -> list[MiningEvent]:
        events: list[MiningEvent] = []
        for word in data.decode().split():
            self.messages[side] += 1
            self.dialect, self.standing = "scripted", Standing.CONFIRMED
            events += self._read(word, side, ts_ns)
        return events

    def forget_secrets(self) -> None:
        self.secrets = ()

    def close(self, ts_ns: int) -> list[MiningEvent]:
        return []

    def _read(self, word: str, side: Side, ts_ns: int) -> list[MiningEvent]:
        name, _, value = word.partition(":")
        events: list[MiningEvent] = []
        match name:
            case "hum":
                pass
            case "refute":
                self.refuted = True
            case "undecided":
                self.standing = Standing.UNDECIDED
            case "restart":
                events.append(Restart(ts_ns))
            case "nonsense":
                events.append(Malformed(side, ts_ns, MalformedCode.NOT_JSON, 0))
            case "subscribe":
                events.append(Subscribe(side, ts_ns, value or None))
            case "login":
                events.append(Login(side, ts_ns, value, value.partition(".")[2] or None, None, None))
            case "ok" | "no":
                events.append(LoginResult(side, ts_ns, value or None, name == "ok", None))
            case "job":
                events.append(Job(side, ts_ns, "j", None, None, value or None, None, None, None))
            case "share":
                self._key += 1
                self._waiting.append(self._key)
                events.append(Share(side, ts_ns, self._key, "j", value or None, None, None))
            case "yes" | "bad":
                key = self._waiting.pop(0) if self._waiting else None
                events.append(
                    ShareResult(side, ts_ns, key, name == "yes", value == "stale", value == "duplicate", None)
                )
            case _:
                raise AssertionError(f"no such word: {word}")
        return events


def opened(flow_id: int = 1, *, at: int = START, midstream: bool = False, key: FlowKey = KEY) -> FlowOpened:
    return FlowOpened(flow_id, at, at, key, midstream, 0, (), ())


def said(words: str, *, at: float, flow_id: int = 1, gap: int = 0) -> Chunk:
    """``C words``: the miner's; ``S words``: the pool's; ``at`` in seconds after START."""
    who, _, rest = words.partition(" ")
    side = Side.A if who == "C" else Side.B
    return Chunk(flow_id, side, START + round(at * SECOND), gap, rest.encode())


def closed(cause: str = "fin", *, at: float, flow_id: int = 1) -> FlowClosed:
    return FlowClosed(flow_id, START + round(at * SECOND), CloseCause(cause))


class Row(msgspec.Struct, frozen=True):
    list_name: str = "listed"
    pool: str = "Example Pool"
    coins: tuple[str, ...] = ("XMR",)
    kind: str = "pool"


class Header(msgspec.Struct, frozen=True):
    name: str = "listed"
    as_of: str = "2026-08-23"


class SmallCatalogue(msgspec.Struct, frozen=True):
    """Two rows: one of a single coin, one of several."""

    entries: tuple[Row, ...] = (Row(), Row(pool="Many", coins=("BTC", "LTC")))
    lists: tuple[Header, ...] = (Header(),)
    equipment: Equipment = EQUIPMENT


def name_seen(kind: str, *, flow_id: int = 1, at: float = 0, name: str = "pool.example", entry: int = 0) -> NameSeen:
    server = Endpoint("203.0.113.53", 53) if kind == "dns" else POOL
    return NameSeen(
        flow_id=0 if kind == "dns" else flow_id,
        ts_ns=START + round(at * SECOND),
        realm=0,
        transport="udp" if kind == "dns" else "tcp",
        kind=NameKind(kind),
        client=MINER,
        server=server,
        name="" if kind == "address" else name,
        entry=entry,
        age_ns=90 * SECOND if kind == "learned" else 0,
        addresses=(POOL.ip,) if kind == "dns" else (),
        via="socks5" if kind == "proxied" else "",
        port=3333 if kind == "proxied" else 0,
    )


class FakeSource:
    """Gives batches written by hand; ``None`` among them is "nothing yet", an exception is raised."""

    def __init__(
        self, *batches: list[Observation] | BaseException | None, problems: dict[str, int] | None = None
    ) -> None:
        self._batches = list(batches)
        self._problems = problems or {}
        self.steered: list[Steering] = []
        self.failed: list[InputFailure] = []
        self.goes_on: Callable[[], bool] = lambda: True

    def heed(self, goes_on: Callable[[], bool]) -> None:
        self.goes_on = goes_on

    def read(self) -> list[Observation] | None:
        if not self.goes_on():
            raise KeyboardInterrupt
        batch = self._batches.pop(0) if self._batches else []
        if isinstance(batch, BaseException):
            raise batch
        return batch

    def steer(self, steering: Sequence[Steering]) -> None:
        self.steered += steering

    def counters(self) -> dict[str, int]:
        return {
            "packets": 5,
            "wire_bytes": 500,
            "flows_tcp": 2,
            "flows_tcp_one_way": 1,
            "drop_gap_bytes": 3,
            "undecoded_snap_cut": 1,
            "fate_too_deep": 4,
            "fragments_completed": 9,
            "fragments_duplicate": 8,
            "fragments_expired": 7,
            "fragments_evicted": 6,
        }

    def unknown_links(self) -> dict[str, int]:
        return {"user0": 2}

    def progress(self) -> tuple[int, int]:
        return 1, 2

    def inputs(self) -> list[InputReport]:
        return [InputReport("a.pcap", "pcap", 5, 500, START, START, self._problems)]

    def failures(self) -> list[InputFailure]:
        return self.failed


JOINED: list[Observation] = [opened(), said("C login:a", at=1), said("S ok job", at=2)]
