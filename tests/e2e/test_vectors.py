# SPDX-License-Identifier: Apache-2.0
"""The vectors of work, from the bytes of a capture to the finding: so many shares in such a time, to the nanosecond.

Each session is written out: a start, a difficulty with the first job, shares spread evenly, an end at an exact time.
The arithmetic alone, and the vectors of dialects that no decoder reads yet, are in tests/unit/estimate.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from sensor.figures import Estimate, HashrateBasis, Quantity
from sensor.finding import Finding
from sensor.model import Endpoint
from tests.e2e.sensing import sense
from tests.lab.cast import START_NS
from tests.lab.dialogue import Dialogue, Ending
from tests.lab.files import pcap
from tests.lab.scene import Scene
from tests.lab.seeded import MS, SECOND

MINER, POOL = Endpoint("192.0.2.77", 50_077), Endpoint("203.0.113.9", 3333)
HASH, SEED = "9c" * 32, "5e" * 32
Line = dict[str, Any]
Share = Callable[[int], Line]


def mining(method: str, *params: object, ident: object = None) -> Line:
    return {"id": ident, "method": method, "params": list(params)}


class Play:
    """One session: opening lines, then a difficulty with a job at time 0, shares, and the end."""

    def __init__(
        self, opening: list[tuple[str, Line]], job: list[Line], share: Share, *, last: Line | None = None
    ) -> None:
        self.opening = opening
        self.job = job
        self.share = share
        self.last = last or mining("client.show_message", "bye")

    def finding(self, folder: Path, shares: int, seconds: float, *, only: Endpoint | None = None) -> Finding:
        """The finding of the session whose shares come evenly within ``seconds`` of the first job."""
        dialogue = Dialogue(MINER, POOL, Ending.RST)
        now = START_NS
        for who, line in self.opening:
            self.say(dialogue, who, now, line)
            now += 20 * MS
        begin = now
        for line in self.job:
            self.say(dialogue, "S", begin, line)
        for number in range(shares):
            at = begin + round((number + 0.5) * (seconds - 2) / shares * SECOND)
            self.say(dialogue, "C", at, self.share(number))
            self.say(dialogue, "S", at + 200_000, self._yes(number))
        # The connection ends a second behind its last line.
        self.say(dialogue, "S", begin + round(seconds * SECOND) - SECOND, self.last)
        scene = Scene()
        scene.talk(dialogue, partial(_only, only) if only is not None else None)
        path = folder / "vector.pcap"
        path.write_bytes(pcap(scene.frames()))
        (finding,) = sense(path).findings
        return finding

    @staticmethod
    def say(dialogue: Dialogue, who: str, ts_ns: int, line: Line) -> None:
        data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        (dialogue.from_miner if who == "C" else dialogue.from_pool)(ts_ns, data)

    def _yes(self, number: int) -> Line:
        share = self.share(number)
        is_cryptonote = share.get("method") == "submit"
        return {"id": share["id"], "result": {"status": "OK"} if is_cryptonote else True, "error": None}


def _only(end: Endpoint, sent: list[Any]) -> list[Any]:
    return [segment for segment in sent if segment.source == end]


# ---------------------------------------------------------------- dialects


def bitcoin(agent: str, difficulty: float, bits: str = "17034219") -> Play:
    opening = [
        ("C", mining("mining.subscribe", agent, ident=1)),
        ("S", {"id": 1, "result": [[["mining.notify", "ab"]], "e9695791", 4], "error": None}),
        ("C", mining("mining.authorize", "acct.rig", "x", ident=2)),
        ("S", {"id": 2, "result": True, "error": None}),
    ]
    coinbase = "01000000" + "00" * 36 + "ffffffff"
    notify = mining(
        "mining.notify", "j1", HASH, coinbase, "ffffffff0200" * 4, [SEED], "20000000", bits, "66b3c0de", True
    )
    job = [mining("mining.set_difficulty", difficulty), notify]
    return Play(
        opening,
        job,
        lambda n: mining("mining.submit", "acct.rig", "j1", f"{n:08x}", "66b3c0e4", "8f2a11c0", ident=n + 3),
    )


def ethproxy(target: str) -> Play:
    opening: list[tuple[str, Line]] = [
        ("C", {"id": 1, "method": "eth_submitLogin", "worker": "rig", "params": ["0x" + "c0" * 20, "x"]}),
        ("S", {"id": 1, "jsonrpc": "2.0", "result": True}),
        ("C", {"id": 5, "method": "eth_getWork", "params": []}),
    ]
    job: list[Line] = [{"id": 5, "jsonrpc": "2.0", "result": ["0x" + HASH, "0x" + SEED, target]}]
    return Play(
        opening,
        job,
        lambda n: {"id": n + 40, "method": "eth_submitWork", "params": [f"0x{n:016x}", "0x" + HASH, "0x" + SEED]},
    )


def ethereum_1(difficulty: float) -> Play:
    opening = [
        ("C", mining("mining.subscribe", "gminer/3.44", "EthereumStratum/1.0.0", ident=1)),
        ("S", {"id": 1, "result": [["mining.notify", "ae68", "EthereumStratum/1.0.0"], "080c"], "error": None}),
        ("C", mining("mining.authorize", "acct.rig", "x", ident=2)),
        ("S", {"id": 2, "result": True, "error": None}),
    ]
    job = [mining("mining.set_difficulty", difficulty), mining("mining.notify", "bf00", SEED, HASH, True)]
    return Play(opening, job, lambda n: mining("mining.submit", "acct.rig", "bf00", f"{n:012x}", ident=n + 3))


def ethereum_2(target: str) -> Play:
    opening: list[tuple[str, Line]] = [
        (
            "C",
            {"id": 0, "method": "mining.hello", "params": {"agent": "ethminer-0.19", "proto": "EthereumStratum/2.0.0"}},
        ),
        ("S", {"id": 0, "result": {"proto": "EthereumStratum/2.0.0", "resume": "1", "timeout": "b4"}}),
        ("C", {"id": 1, "method": "mining.subscribe"}),
        ("S", {"id": 1, "result": "s-12345"}),
        ("C", mining("mining.authorize", "acct.rig", "x", ident=2)),
        ("S", {"id": 2, "result": "w-123"}),
    ]
    job: list[Line] = [
        {"method": "mining.set", "params": {"epoch": "dc", "target": target, "algo": "ethash", "extranonce": "af4c"}},
        {"method": "mining.notify", "params": ["bf0488aa", "6526d5", HASH, "0"]},
    ]
    return Play(opening, job, lambda n: mining("mining.submit", "bf0488aa", f"{n:012x}", "w-123", ident=n + 3))


def kawpow(target: str) -> Play:
    opening = [
        ("C", mining("mining.subscribe", "kawpowminer/1.2", ident=1)),
        ("S", {"id": 1, "result": [None, "64290b"], "error": None}),
        ("C", mining("mining.authorize", "acct.rig", "x", ident=2)),
        ("S", {"id": 2, "result": True, "error": None}),
    ]
    job = [
        mining("mining.set_target", target),
        mining("mining.notify", "3f1b", HASH, SEED, target, True, 3_204_411, "1b00d3cd"),
    ]
    return Play(
        opening,
        job,
        lambda n: mining("mining.submit", "acct.rig", "3f1b", f"0x{n:016x}", "0x" + HASH, "0x" + SEED, ident=n + 3),
    )


def zcash(target: str) -> Play:
    opening = [
        ("C", mining("mining.subscribe", "Antminer Z15 Pro/Mon", None, "zec.example", "3357", ident=1)),
        ("S", {"id": 1, "result": [None, "a1b2c3d4"], "error": None}),
        ("C", mining("mining.authorize", "t1acct.rig", "x", ident=2)),
        ("S", {"id": 2, "result": True, "error": None}),
    ]
    job = [
        mining("mining.set_target", target),
        mining("mining.notify", "7f2", "04000000", HASH, SEED, "00" * 32, "0ab3de01", "bf0f0c21", True),
    ]
    solution = "fd4005" + "ab" * 1344

    def share(number: int) -> Line:
        return mining("mining.submit", "t1acct.rig", "7f2", "0ab3de01", f"{number:056x}", solution, ident=number + 3)

    # Which Equihash it is, the first solution shows; the next job tells it.
    return Play(opening, job, share, last=job[-1])


def monero(target: str, results: Callable[[int], str] = lambda n: f"{n:064x}") -> Play:
    login = {"login": "4" + "A" * 94, "pass": "x", "agent": "XMRig/6.22.2 (Linux x86_64)", "rigid": "desk"}
    opening: list[tuple[str, Line]] = [("C", {"id": 1, "jsonrpc": "2.0", "method": "login", "params": login})]
    job = {
        "blob": "1010" + "ab" * 74,
        "job_id": "a1",
        "target": target,
        "algo": "rx/0",
        "height": 3_254_412,
        "seed_hash": SEED,
    }
    welcome: Line = {"id": 1, "jsonrpc": "2.0", "error": None, "result": {"id": "s1", "job": job, "status": "OK"}}

    def share(number: int) -> Line:
        params = {"id": "s1", "job_id": "a1", "nonce": f"{number:08x}", "result": results(number)}
        return {"id": number + 2, "jsonrpc": "2.0", "method": "submit", "params": params}

    return Play(opening, [welcome], share)


# ---------------------------------------------------------------- vectors


TARGET_4G = "0112e0be826d694b2e62d01511f12a6061fbaec8bc02357593e70e52ba"
# Name, session, shares, seconds, work of a share, hashes a second, algorithm.
Vector = tuple[str, Play, int, float, float, float, str]
VECTORS: list[Vector] = [
    ("T-1", bitcoin("cgminer/4.12.0", 65_536), 1000, 600, 65_536 * 2.0**32, 4.69124961e14, "sha256d"),
    ("T-2", bitcoin("whatsminer/v1.1", 131_072, "1b00d3cd"), 666, 3600, 131_072 * 2.0**32, 1.04145741e14, "sha256d"),
    ("T-5", bitcoin("Antminer L7/Mon", 65_536, "1a01cd2d"), 100, 60, 65_536 * 2.0**16, 7_158_278_826.67, "scrypt"),
    ("T-9, T-11", ethproxy("0x" + TARGET_4G.rjust(64, "0")), 30, 600, 4e9, 200e6, "ethash"),
    ("T-10", ethereum_2(TARGET_4G), 30, 600, 4e9, 200e6, "ethash"),
    ("T-12", ethereum_1(0.5), 60, 600, 2_147_516_416.5, 214_751_641.65, "ethash"),
    ("T-13 Ravencoin", kawpow("00000000ffff" + "0" * 52), 60, 600, 4_295_032_833, 429_503_283.3, "kawpow"),
    ("T-13 Firo", kawpow("00000000ff" + "0" * 54), 60, 600, 4_311_810_305, 431_181_030.5, "kawpow"),
    ("T-14 one", zcash("0007" + "f" * 60), 60, 600, 8192, 819.2, "equihash-200-9"),
    (
        "T-14, T-15",
        zcash("0000020c49ba5e353f7ced916872b020c49ba5e353f7ced916872b020c49ba5e"),
        123,
        1200,
        8_192_000,
        839_680,
        "equihash-200-9",
    ),
    ("T-16", monero("b88d0600"), 120, 600, 10_000, 2000, "randomx"),
    ("T-17", monero("711b0d00"), 120, 600, 5000, 1000, "randomx"),
    ("T-18 480045", monero("f3220000"), 60, 600, 480_045, 48_004.5, "randomx"),
    ("T-18 250012", monero("1b430000"), 60, 600, 250_012, 25_001.2, "randomx"),
    ("T-18 1000225", monero("c6100000"), 60, 600, 1_000_225, 100_022.5, "randomx"),
    ("T-18 4002765", monero("31040000"), 60, 600, 4_002_765, 400_276.5, "randomx"),
    ("T-19", monero("c2883be655000000"), 60, 600, 50_000_000, 5e6, "randomx"),
    ("T-21", monero((2**64 // 75_000).to_bytes(8, "little").hex()), 240, 3600, 75_000, 5000, "randomx"),
]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector[0] for vector in VECTORS])
def test_shares_of_a_capture_are_a_hashrate(tmp_path: Path, vector: Vector) -> None:
    _, play, shares, seconds, work, rate, algorithm = vector
    found = estimate_of(play.finding(tmp_path, shares, seconds))
    assert (found.shares_counted, found.basis) == (shares, HashrateBasis.SHARES)
    assert found.window is not UNSET
    assert found.window.active_seconds == pytest.approx(seconds, abs=1e-6)
    assert found.work == pytest.approx(shares * work, rel=5e-8)
    assert quantity(found.hashrate_hs).best == pytest.approx(rate, rel=5e-6)
    assert quantity(found.accepted_hs).best == quantity(found.hashrate_hs).best
    assert found.algorithm == algorithm


@pytest.mark.parametrize("only_pool", [False, True])
def test_where_versions_are_rolled_an_easy_networks_shares_are_a_hashrate(only_pool: bool, tmp_path: Path) -> None:
    play = bitcoin("cgminer/4.11.1", 65_536, "1b00d3cd")
    wish = mining("mining.configure", ["version-rolling"], {"version-rolling.mask": "1fffe000"}, ident=9)
    granted: Line = {"id": 9, "result": {"version-rolling": True, "version-rolling.mask": "1fffe000"}, "error": None}
    play.opening = [("C", wish), ("S", granted), *play.opening]
    found = estimate_of(play.finding(tmp_path, 1000, 600, only=POOL if only_pool else None))
    assert found.algorithm == "sha256d"
    assert quantity(found.hashrate_hs).best == pytest.approx(4.69124961e14, rel=1e-3)


def test_t20_shares_alone_tell_their_difficulty(tmp_path: Path) -> None:
    """Only the miner is seen. The largest of its hashes is that of the documentation: difficulty 7499 of 5000."""
    documented = "1b3f259aafb85c553198c2ad92392e816a8c030ac84305b89c932c8723bd0800"
    play = monero("711b0d00", lambda n: documented if n == 7 else hash_of(n))
    found = estimate_of(play.finding(tmp_path, 40, 400, only=MINER))
    assert (found.shares_counted, found.basis) == (39, HashrateBasis.SHARE_HASHES)
    assert found.work == pytest.approx(39 * 7499 * 40 / 41, rel=2e-4)


def test_t31_shares_of_three_difficulties_count_as_fewer_equal_ones(tmp_path: Path) -> None:
    dialogue = Dialogue(MINER, POOL, Ending.RST)
    play = bitcoin("cgminer/4.12.0", 8192)
    for number, (who, line) in enumerate(play.opening):
        Play.say(dialogue, who, START_NS + number * 20 * MS, line)
    begin, number = START_NS + SECOND, 0
    for difficulty, shares, seconds in ((8192, 140, 300), (32_768, 75, 600), (131_072, 80, 2700)):
        for line in bitcoin("", difficulty).job:
            Play.say(dialogue, "S", begin, line)
        for index in range(shares):
            number += 1
            Play.say(dialogue, "C", begin + round((index + 0.5) * (seconds - 3) / shares * SECOND), play.share(number))
        begin += seconds * SECOND
    Play.say(dialogue, "S", begin - SECOND, play.last)
    scene = Scene()
    scene.talk(dialogue)
    path = tmp_path / "vector.pcap"
    path.write_bytes(pcap(scene.frames()))
    (finding,) = sense(path).findings
    found = estimate_of(finding)
    assert found.work == pytest.approx(14_090_240 * 2.0**32, rel=1e-6)
    assert found.shares_effective == pytest.approx(135.58, abs=0.005)
    rate = quantity(found.hashrate_hs)
    terahashes = (rate.low / 1e12, rate.best / 1e12, rate.high / 1e12)
    assert terahashes == pytest.approx((14.10, 16.81, 19.89), abs=0.005)


def hash_of(number: int) -> str:
    """Hashes that lie evenly below the documented one."""
    top = 0x0008BD23872C939C * (number * 13 % 40 + 1) // 41
    return "00" * 24 + top.to_bytes(8, "little").hex()


def estimate_of(finding: Finding) -> Estimate:
    assert finding.estimate is not UNSET
    return finding.estimate


def quantity(found: object) -> Quantity:
    assert isinstance(found, Quantity)
    return found


def vectors() -> Iterator[str]:
    for name, *_ in VECTORS:
        yield from (word.strip() for word in name.split(","))


def test_no_vector_that_must_go_the_whole_way_is_missing() -> None:
    met = {word.split()[0] for word in vectors()} | {"T-20"}
    assert {f"T-{n}" for n in (1, 5, 9, 10, 12, 13, 14, 16, 17, 18, 19, 20, 21)} <= met
