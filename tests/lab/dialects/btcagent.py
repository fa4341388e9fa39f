# SPDX-License-Identifier: Apache-2.0
"""Sessions of a BTCAgent: a farm's rigs on one connection, their shares in binary frames among Stratum's lines."""

from __future__ import annotations

import math
import struct
from dataclasses import replace

from tests.lab.dialects.stratum_v1 import DIFFICULTY_1_HASHES, StratumV1Session
from tests.lab.dialogue import Facts, Meaning, Note, Session
from tests.lab.script import Fate, JobBeat, Reach, Script, ShareBeat, line, refers_back, rig_of
from tests.lab.seeded import MS

AGENT = "btccom-agent/2.0.0-mu"
RIG_AGENTS = ("cgminer/4.11.1", "bmminer/2.0.0", "Antminer S19j Pro/Fri Oct 15 11:25:11 CST 2021")
_STATUS = {Fate.ACCEPTED: 1_798_084_231, Fate.LOW: 23, Fate.STALE: 21, Fate.DUPLICATE: 22}
_MEANINGS = {
    Fate.ACCEPTED: (Meaning.ACCEPTED,),
    Fate.LOW: (Meaning.REJECTED,),
    Fate.STALE: (Meaning.REJECTED, Meaning.STALE),
    Fate.DUPLICATE: (Meaning.REJECTED, Meaning.DUPLICATE),
}


def frame(command: int, body: bytes) -> bytes:
    """One frame; its length includes the header."""
    return struct.pack("<BBH", 0x7F, command, 4 + len(body)) + body


def register(rig: int, agent: str, worker: str) -> bytes:
    return frame(0x01, struct.pack("<H", rig) + agent.encode() + b"\0" + worker.encode() + b"\0")


def unregister(rig: int) -> bytes:
    return frame(0x04, struct.pack("<H", rig))


def set_difficulty(exponent: int, rigs: tuple[int, ...]) -> bytes:
    return frame(0x05, struct.pack(f"<BH{len(rigs)}H", exponent, len(rigs), *rigs))


def submit(rig: int, job: int, nonce: int, more: bytes = b"") -> bytes:
    """``more``: nothing, a time, a version mask, or both."""
    command = {0: 0x02, 4: 0x03, 8: 0x13}[len(more)]
    return frame(command, struct.pack("<BHII", job, rig, 0x2A, nonce) + more)


def respond(index: int, status: int) -> bytes:
    return frame(0x10, struct.pack("<Hi", index % 65536, status))


def btcagent_session(script: Script) -> Session:
    """A farm: one rig for each of the script's logins, of whose accounts the first is the farm's.

    Difficulty: that of every third rig; the next has twice that, the one behind it four times.
    """
    script = replace(script, agent=AGENT)
    return _BtcAgent(script).play(Facts("btcagent", script.hashrate_hs, algorithm="sha256d", coin="BTC"))


class _BtcAgent(StratumV1Session):
    def __init__(self, script: Script) -> None:
        super().__init__(script, frozenset())
        self.rigs = tuple(range(7, 7 + len(script.logins)))
        self._exponents: dict[int, int] = {}
        self._index = 0
        self._latest: tuple[int, bytes] | None = None

    def _say_line(self, ts_ns: int, ident: str, method: str, params: object, note: Note | None = None) -> None:
        self.dialogue.from_miner(ts_ns, line({"id": ident, "method": method, "params": params}), note)

    def _answer_line(self, ts_ns: int, ident: str, result: object, note: Note | None = None) -> None:
        self.dialogue.from_pool(ts_ns, line({"id": ident, "result": result, "error": None}), note)

    def _capabilities(self, ts_ns: int, ident: str) -> int:
        self._say_line(ts_ns, ident, "agent.get_capabilities", [["verrol", "subres"]])
        ts_ns += self.rng.wait_ns(15, 30)
        self._answer_line(ts_ns, ident, {"capabilities": ["verrol", "subres"]})
        return ts_ns + self.rng.wait_ns(1, 5)

    def greet(self, ts_ns: int) -> int:
        ts_ns = self._capabilities(self._capabilities(ts_ns, "conn_test"), "caps")
        wish = {"version-rolling.mask": "ffffffff", "version-rolling.min-bit-count": 0}
        self._say_line(ts_ns, "conf", "mining.configure", [["version-rolling"], wish])
        self._say_line(ts_ns, "sub", "mining.subscribe", [AGENT], Note(agent=AGENT))
        ts_ns += self.rng.wait_ns(15, 30)
        self._answer_line(ts_ns, "conf", {"version-rolling": True, "version-rolling.mask": "1fffe000"})
        tag = self.rng.hex(4)
        subscriptions = [["mining.set_difficulty", tag], ["mining.notify", tag]]
        self._answer_line(ts_ns, "sub", [subscriptions, tag, 8])
        return ts_ns + self.rng.wait_ns(1, 5)

    def join(self, ts_ns: int) -> bool:
        account, reach = self.script.logins[0].partition(".")[0], self.script.reach
        self._say_line(ts_ns, "auth", "mining.authorize", [account, ""], Note((Meaning.LOGIN,), login=account))
        ts_ns += self.rng.wait_ns(15, 30)
        if reach is Reach.REFUSED:
            refusal = {"id": "auth", "result": None, "error": [24, "Unauthorized worker", None]}
            self.dialogue.from_pool(ts_ns, line(refusal), Note((Meaning.LOGIN_REFUSED,)))
        elif reach is not Reach.ATTEMPTED:
            self._answer_line(ts_ns, "auth", True, Note((Meaning.LOGIN_ACCEPTED,)))
            ts_ns = self._capabilities(ts_ns + MS, "caps_again")
            for rig, login in zip(self.rigs, self.script.logins, strict=True):
                agent, worker = RIG_AGENTS[rig % len(RIG_AGENTS)], rig_of(login) or login
                self.dialogue.from_miner(ts_ns, register(rig, agent, worker), Note(worker=worker))
        return reach in (Reach.JOINED, Reach.WORKING)

    def difficulty(self, ts_ns: int, value: float) -> None:
        if not self._exponents:
            super().difficulty(ts_ns, value)
        base = int(math.log2(value))
        for step in range(3):
            rigs = self.rigs[step::3]
            self._exponents |= dict.fromkeys(rigs, base + step)
            if rigs:
                self.dialogue.from_pool(ts_ns, set_difficulty(base + step, rigs))

    def work(self, difficulty: float) -> float:
        """Of a share of any rig: all send equally many."""
        factors = [2 ** (place % 3) for place in range(len(self.rigs))]
        return difficulty * DIFFICULTY_1_HASHES * sum(factors) / len(factors)

    def _job(self, beat: JobBeat) -> None:
        if beat.changed:
            self.difficulty(beat.ts_ns, beat.difficulty)
        self.job_ids.append(str(len(self.job_ids) % 256))
        self.tell(beat.ts_ns, "mining.notify", self.notify(self.job_ids[-1]), Meaning.JOB)

    def _share(self, beat: ShareBeat, work: float) -> None:
        fate, rng = beat.fate, self.rng
        rig = rng.one_of(self.rigs)
        more = (b"", rng.bytes(4), rng.bytes(8))[rig % 3]
        share = submit(rig, int(self.job_ids[refers_back(fate)]), int.from_bytes(rng.bytes(4)), more)
        if fate is Fate.DUPLICATE and self._latest is not None:
            rig, share = self._latest
        self.dialogue.from_miner(beat.ts_ns, share, Note((Meaning.SUBMIT,)))
        if fate is Fate.ACCEPTED:
            self._latest = rig, share
        index, self._index = self._index, self._index + 1
        if fate is not Fate.UNANSWERED:
            worth = 2.0 ** self._exponents[rig] * DIFFICULTY_1_HASHES
            answer = respond(index, _STATUS[fate])
            self.dialogue.from_pool(beat.ts_ns + rng.wait_ns(15, 60), answer, Note(_MEANINGS[fate], work=worth))
