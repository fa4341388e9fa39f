"""Complete mining dialogues with made-up values: what both ends say, and what a sensor must count.

It knows the words of the dialects, nothing of packets. Wallets, names and hashes are random: nobody's.
"""

from __future__ import annotations

import json
import string
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_BASE58: Final = "".join(sorted(set(string.ascii_letters + string.digits) - set("0OIl")))


class Line(NamedTuple):
    from_miner: bool
    text: bytes
    wait_ms: int  # before it is sent


class Counts(NamedTuple):
    jobs: int
    submitted: int
    accepted: int
    rejected: int


class Dialogue(NamedTuple):
    lines: list[Line]
    counts: Counts


class _Script:
    """Collects the lines of one dialogue and counts what they mean."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.lines: list[Line] = []
        self._counts = {"jobs": 0, "submitted": 0, "accepted": 0, "rejected": 0}
        self._separators = rng.choice(((",", ":"), (", ", ": ")))

    def miner(self, message: dict[str, Any], wait_ms: int = 2) -> None:
        text = json.dumps(message, separators=self._separators)
        self.lines.append(Line(True, text.encode() + b"\n", wait_ms))

    def pool(self, message: dict[str, Any], wait_ms: int = 3) -> None:
        self.lines.append(Line(False, json.dumps(message, separators=(",", ":")).encode() + b"\n", wait_ms))

    def job(self, message: dict[str, Any], wait_ms: int = 3) -> None:
        self._counts["jobs"] += 1
        self.pool(message, wait_ms)

    def share(self, submit: dict[str, Any], yes: dict[str, Any], no: dict[str, Any]) -> None:
        """A submit and its answer; one share in 16 is refused."""
        is_accepted = self.rng.randrange(16) != 0
        self._counts["submitted"] += 1
        self._counts["accepted" if is_accepted else "rejected"] += 1
        self.miner(submit, self.rng.randrange(300, 2_500))
        self.pool(yes if is_accepted else no, 20)

    def hex(self, octets: int) -> str:
        return self.rng.randbytes(octets).hex()

    def done(self) -> Dialogue:
        return Dialogue(self.lines, Counts(**self._counts))


def stratum_v1(rng: Random) -> Dialogue:
    """An ASIC at a Bitcoin pool; half of them with version rolling."""
    script = _Script(rng)
    login = f"bench{rng.randrange(1000)}.rig{rng.randrange(1000)}"
    rolls = rng.random() < 0.5
    if rolls:
        wish = [["version-rolling"], {"version-rolling.mask": "ffffffff"}]
        script.miner({"id": 0, "method": "mining.configure", "params": wish})
        grant = {"version-rolling": True, "version-rolling.mask": "1fffe000"}
        script.pool({"id": 0, "result": grant, "error": None})
    script.miner({"id": 1, "method": "mining.subscribe", "params": ["cgminer/4.12.0"]})
    names = [["mining.set_difficulty", script.hex(4)], ["mining.notify", script.hex(4)]]
    script.pool({"id": 1, "result": [names, script.hex(4), 8], "error": None})
    script.miner({"id": 2, "method": "mining.authorize", "params": [login, "x"]})
    script.pool({"id": 2, "result": True, "error": None})
    script.pool({"id": None, "method": "mining.set_difficulty", "params": [1024 << rng.randrange(8)]})
    number = 3
    for job in range(rng.randrange(2, 5)):
        job_id = f"{rng.randrange(16**4):04x}{job}"
        branches = [script.hex(32) for _ in range(rng.randrange(5, 10))]
        work = [
            job_id,
            script.hex(32),
            script.hex(60),
            script.hex(80),
            branches,
            "20000000",
            "17034219",
            script.hex(4),
        ]
        script.job({"id": None, "method": "mining.notify", "params": [*work, job == 0]})
        for _ in range(rng.randrange(1, 5)):
            share = [login, job_id, script.hex(8), script.hex(4), script.hex(4)]
            if rolls:
                share.append("00a4e000")
            script.share(
                {"params": share, "id": number, "method": "mining.submit"},
                {"id": number, "result": True, "error": None},
                {"id": number, "result": None, "error": [23, "Low difficulty share", None]},
            )
            number += 1
    return script.done()


def cryptonote(rng: Random) -> Dialogue:
    """A RandomX miner at a Monero pool."""
    script = _Script(rng)
    wallet = "4" + "".join(rng.choices(_BASE58, k=94))
    session = script.hex(8)
    head: dict[str, Any] = {"jsonrpc": "2.0"}

    def job() -> dict[str, Any]:
        blob = "1010" + script.hex(74)
        facts = {"algo": "rx/0", "height": 3_254_412, "seed_hash": script.hex(32)}
        return {"blob": blob, "job_id": "".join(rng.choices(_BASE58, k=12)), "target": "b88d0600", **facts}

    login: dict[str, Any] = {
        "login": wallet,
        "pass": "x",
        "agent": "XMRig/6.22.2 (Linux x86_64) libuv/1.48.0 gcc/13.2.0",
    }
    login |= {"rigid": f"rack{rng.randrange(100)}", "algo": ["rx/0", "rx/wow", "cn/r", "ghostrider"]}
    script.miner({"id": 1, **head, "method": "login", "params": login})
    work = job()
    result = {"id": session, "job": work, "extensions": ["algo", "keepalive"], "status": "OK"}
    script.job({"id": 1, **head, "error": None, "result": result})
    number = 2
    for _ in range(rng.randrange(2, 5)):
        for _ in range(rng.randrange(1, 5)):
            share = {
                "id": session,
                "job_id": work["job_id"],
                "nonce": script.hex(4),
                "result": script.hex(32),
            }
            script.share(
                {"id": number, **head, "method": "submit", "params": {**share, "algo": "rx/0"}},
                {"id": number, **head, "error": None, "result": {"status": "OK"}},
                {"id": number, **head, "error": {"code": -1, "message": "Low difficulty share"}},
            )
            number += 1
        work = job()
        script.job({**head, "method": "job", "params": {**work, "id": session}}, 500)
    return script.done()


def ethproxy(rng: Random) -> Dialogue:
    """A GPU rig at an Ethash pool."""
    script = _Script(rng)
    worker = f"rig{rng.randrange(100)}"
    head: dict[str, Any] = {"jsonrpc": "2.0"}
    target = "0x00000001" + "0" * 56
    login = {
        "id": 1,
        **head,
        "method": "eth_submitLogin",
        "worker": worker,
        "params": [f"0x{script.hex(20)}", "x"],
    }
    script.miner(login)
    script.pool({"id": 1, **head, "result": True})
    script.miner({"id": 5, **head, "method": "eth_getWork", "params": []})
    number = 40
    for job in range(rng.randrange(2, 5)):
        header = f"0x{script.hex(32)}"
        work = [header, f"0x{script.hex(32)}", target]
        script.job({"id": 0 if job else 5, **head, "result": work}, 500 if job else 3)
        for _ in range(rng.randrange(1, 5)):
            share = [f"0x{script.hex(8)}", header, f"0x{script.hex(32)}"]
            script.share(
                {"id": number, **head, "method": "eth_submitWork", "worker": worker, "params": share},
                {"id": number, **head, "result": True},
                {"id": number, **head, "result": None, "error": {"code": 23, "message": "Invalid share"}},
            )
            number += 1
    return script.done()


def equihash(rng: Random) -> Dialogue:
    """A GPU rig at a Zcash pool (ZIP 301)."""
    script = _Script(rng)
    login = "t1" + "".join(rng.choices(_BASE58, k=33)) + f".rig{rng.randrange(100)}"
    script.miner({"id": 1, "method": "mining.subscribe", "params": ["EWBF 0.3.4b", None, "zec.example.net", "3357"]})
    script.pool({"id": 1, "result": [None, script.hex(4)], "error": None})
    script.miner({"id": 2, "method": "mining.authorize", "params": [login, "x"]})
    script.pool({"id": 2, "result": True, "error": None})
    script.pool({"id": None, "method": "mining.set_target", "params": ["0000f" + "0" * 59]})
    number = 4
    for _ in range(rng.randrange(2, 5)):
        job_id, time = f"{rng.randrange(16**4):x}", script.hex(4)
        work = [job_id, "04000000", script.hex(32), script.hex(32), "0" * 64, time, script.hex(4), True]
        script.job({"id": None, "method": "mining.notify", "params": work}, 300)
        for _ in range(rng.randrange(1, 5)):
            share = [login, job_id, time, script.hex(28), "fd4005" + script.hex(1344)]
            script.share(
                {"id": number, "method": "mining.submit", "params": share},
                {"id": number, "result": True, "error": None},
                {"id": number, "result": None, "error": [23, "Low difficulty share", None]},
            )
            number += 1
    return script.done()


#: By the name of the dialect, which is also the name of the class in mix.toml.
DIALOGUES: Final[dict[str, Callable[[Random], Dialogue]]] = {
    "stratum-v1": stratum_v1,
    "cryptonote": cryptonote,
    "ethproxy": ethproxy,
    "equihash-stratum": equihash,
}
