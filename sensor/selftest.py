"""A small capture, made here, replayed through the installed engine: it finds what is in it and nothing else.

It answers "does this installation work?" without any file; the tests of the project say far more.
"""

from __future__ import annotations

import ipaddress
import struct
import tempfile
from pathlib import Path
from typing import Final

import msgspec

from sensor.app import Outlet, ScanOrder, scan
from sensor.config import Settings
from sensor.finding import Finding, Sighting
from sensor.message import Message

_MINER: Final = "192.0.2.10"
_POOL: Final = "203.0.113.5"
_FIRST_NS: Final = 1_700_000_000_000_000_000
_STEP_NS: Final = 50_000_000
_PCAP_NS: Final = 0xA1B23C4D
_ETHERNET: Final = 1
_SYN, _SYN_ACK, _ACK, _PUSH, _FIN = 0x02, 0x12, 0x10, 0x18, 0x11
_HASH: Final = "00" * 31 + "a1"

# Who speaks (C miner, S pool) and what.
Line = tuple[str, str]


class Case(msgspec.Struct, frozen=True):
    """One conversation and what is to be found: "dialect stage grade accepted", or "nothing"."""

    name: str
    lines: tuple[Line, ...]
    expected: str


class Result(msgspec.Struct, frozen=True):
    case: str
    expected: str
    found: str

    @property
    def ok(self) -> bool:
        return self.expected == self.found


_COINBASE: Final = "01000000" + "0" * 64
_JOB_V1: Final = f'["j1","{_HASH}","{_COINBASE}","{_COINBASE}",[],"20000000","1d00ffff","65500000",true]'
_JOB_CN: Final = f'{{"blob":"{"10" * 76}","job_id":"a1","target":"b88d0600","algo":"rx/0","seed_hash":"{_HASH}"}}'

CASES: Final = (
    Case(
        "stratum-v1",
        (
            ("C", '{"id":1,"method":"mining.subscribe","params":["cgminer/4.12.0"]}'),
            ("S", '{"id":1,"result":[[["mining.notify","ab"]],"e9695791",4],"error":null}'),
            ("C", '{"id":2,"method":"mining.authorize","params":["acct.rig07","x"]}'),
            ("S", '{"id":2,"result":true,"error":null}'),
            ("S", '{"id":null,"method":"mining.set_difficulty","params":[1024]}'),
            ("S", f'{{"id":null,"method":"mining.notify","params":{_JOB_V1}}}'),
            ("C", '{"id":3,"method":"mining.submit","params":["acct.rig07","j1","00000003","65500001","8f2a11c0"]}'),
            ("S", '{"id":3,"result":true,"error":null}'),
        ),
        "stratum-v1 working A 1",
    ),
    Case(
        "ethproxy",
        (
            ("C", f'{{"id":1,"method":"eth_submitLogin","worker":"rig3","params":["0x{"c0" * 20}","x"]}}'),
            ("S", '{"id":1,"jsonrpc":"2.0","result":true}'),
            ("C", '{"id":5,"method":"eth_getWork","params":[]}'),
            ("S", f'{{"id":5,"jsonrpc":"2.0","result":["0x{_HASH}","0x{_HASH}","0x00000001{"0" * 56}"]}}'),
            (
                "C",
                f'{{"id":40,"method":"eth_submitWork","params":["0x{"1a" * 8}","0x{_HASH}","0x{_HASH}"]}}',
            ),
            ("S", '{"id":40,"jsonrpc":"2.0","result":true}'),
        ),
        "ethproxy working A 1",
    ),
    Case(
        "cryptonote",
        (
            (
                "C",
                '{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"acct","pass":"x","agent":"XMRig/6.22.2"}}',
            ),
            ("S", f'{{"id":1,"jsonrpc":"2.0","error":null,"result":{{"id":"s1","job":{_JOB_CN},"status":"OK"}}}}'),
            (
                "C",
                f'{{"id":2,"jsonrpc":"2.0","method":"submit",'
                f'"params":{{"id":"s1","job_id":"a1","nonce":"d0030040","result":"{_HASH}"}}}}',
            ),
            ("S", '{"id":2,"jsonrpc":"2.0","error":null,"result":{"status":"OK"}}'),
        ),
        "cryptonote working A 1",
    ),
    Case(
        "a refused login is no finding",
        (
            ("C", '{"id":1,"method":"mining.subscribe","params":["cgminer/4.12.0"]}'),
            ("S", '{"id":1,"result":[[["mining.notify","ab"]],"e9695791",4],"error":null}'),
            ("C", '{"id":2,"method":"mining.authorize","params":["nobody","x"]}'),
            ("S", '{"id":2,"result":false,"error":[24,"Unauthorized worker",null]}'),
        ),
        "sighting refused",
    ),
    Case(
        "a wallet's server is no pool",
        (
            ("C", '{"id":0,"method":"server.version","params":["electrum/4.5","1.4"]}'),
            ("S", '{"id":0,"result":["ElectrumX 1.16","1.4"]}'),
            ("C", '{"id":1,"method":"blockchain.headers.subscribe","params":[]}'),
            ("S", '{"id":1,"result":{"height":800000,"hex":"00"}}'),
        ),
        "nothing",
    ),
)


def run_cases() -> list[Result]:
    """Replays all cases in one capture and compares. Raises what ``app.scan`` raises."""
    sink = _Memory()
    with tempfile.TemporaryDirectory(prefix="minesensor-") as folder:
        path = Path(folder) / "selftest.pcap"
        path.write_bytes(capture(CASES))
        outlet = Outlet(sink, updates=False, sightings=True)
        scan(ScanOrder((str(path),)), Settings(), [outlet], lambda _done, _all: None)
    return [
        Result(case.name, case.expected, sink.found.get(_port(index), "nothing")) for index, case in enumerate(CASES)
    ]


def _port(index: int) -> int:
    """The pool's port tells the cases apart."""
    return 40_000 + index


class _Memory:
    def __init__(self) -> None:
        self.found: dict[int, str] = {}

    def write(self, message: Message) -> None:
        match message.body:
            case Finding() as finding:
                seen = f"{finding.protocol.dialect} {finding.stage} {finding.grade} {finding.shares.accepted}"
                if isinstance(finding.pool.port, int):
                    self.found[finding.pool.port] = seen
            case Sighting() as sighting:
                if isinstance(sighting.pool.port, int):
                    self.found[sighting.pool.port] = f"sighting {sighting.what}"

    def tick(self) -> None:
        """Nothing is gathered."""

    def close(self) -> None:
        pass


# ---------------------------------------------------------------- the capture


def capture(cases: tuple[Case, ...]) -> bytes:
    """A nanosecond pcap with one whole TCP connection a case, one after the other."""
    records = [struct.pack("<IHHiIII", _PCAP_NS, 2, 4, 0, 0, 65_535, _ETHERNET)]
    ts_ns = _FIRST_NS
    for index, case in enumerate(cases):
        connection = _Connection(client_port=50_000 + index, server_port=_port(index))
        for frame in connection.frames(case.lines):
            seconds, ns = divmod(ts_ns, 1_000_000_000)
            records.append(struct.pack("<IIII", seconds, ns, len(frame), len(frame)) + frame)
            ts_ns += _STEP_NS
    return b"".join(records)


class _Connection:
    """Both sides' sequence numbers, from SYN to FIN."""

    def __init__(self, client_port: int, server_port: int) -> None:
        self._ports = {"C": client_port, "S": server_port}
        self._next = {"C": 1000, "S": 9000}

    def frames(self, lines: tuple[Line, ...]) -> list[bytes]:
        frames = [self._frame("C", _SYN), self._frame("S", _SYN_ACK), self._frame("C", _ACK)]
        frames += [self._frame(who, _PUSH, text.encode("ascii") + b"\n") for who, text in lines]
        return [*frames, self._frame("C", _FIN), self._frame("S", _FIN), self._frame("C", _ACK)]

    def _frame(self, who: str, flags: int, payload: bytes = b"") -> bytes:
        other = "S" if who == "C" else "C"
        acknowledged = 0 if flags == _SYN else self._next[other]
        tcp = struct.pack(
            ">HHIIBBHHH",
            self._ports[who],
            self._ports[other],
            self._next[who],
            acknowledged,
            5 << 4,
            flags,
            65_535,
            0,
            0,
        )
        # SYN and FIN take one sequence number each.
        self._next[who] += len(payload) + bool(flags & 0x03)
        addresses = [ipaddress.IPv4Address(ip).packed for ip in ((_MINER, _POOL) if who == "C" else (_POOL, _MINER))]
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp) + len(payload), 0, 0x4000, 64, 6, 0) + b"".join(addresses)
        return bytes(6) + b"\x02" * 6 + b"\x08\x00" + ip + tcp + payload
