# SPDX-License-Identifier: Apache-2.0
"""Sessions in Bitcoin's Stratum V1, with BIP 310 extensions where asked for. Invented job contents."""

from __future__ import annotations

import enum
from collections.abc import Set

from tests.lab.dialects.mining import MiningSession
from tests.lab.dialogue import Facts, Note, Session
from tests.lab.script import Script

# Hashes of a share at difficulty 1: 2^256 over the target 0xffff * 2^208.
DIFFICULTY_1_HASHES = 2**48 / 0xFFFF


class Extra(enum.Enum):
    """What a session may say besides the necessary."""

    CONFIGURE = enum.auto()  # BIP 310 version rolling, before subscribe
    EXTRANONCE = enum.auto()
    SUGGEST = enum.auto()  # mining.suggest_difficulty
    MESSAGE = enum.auto()  # client.show_message and client.get_version, both of the pool


ASIC = frozenset({Extra.CONFIGURE})


def stratum_v1_session(script: Script, extras: Set[Extra] = ASIC) -> Session:
    """A Bitcoin session. Difficulty: pool difficulty, as in ``mining.set_difficulty``."""
    facts = Facts("stratum-v1", script.hashrate_hs, algorithm="sha256d", coin="BTC")
    return StratumV1Session(script, extras).play(facts)


class StratumV1Session(MiningSession):
    """Plays a script in Stratum V1."""

    def __init__(self, script: Script, extras: Set[Extra]) -> None:
        super().__init__(script)
        self._extras = extras
        self._height_bytes = self.rng.hex(3)

    def greet(self, ts_ns: int) -> int:
        wait = self.rng.wait_ns
        if Extra.CONFIGURE in self._extras:
            wish = {"version-rolling.mask": "ffffffff", "version-rolling.min-bit-count": 2}
            request_id = self.ask(ts_ns, "mining.configure", [["version-rolling"], wish])
            ts_ns += wait(15, 30)
            self.reply(ts_ns, request_id, {"version-rolling": True, "version-rolling.mask": "1fffe000"})
            ts_ns += wait(1, 5)
        request_id = self.ask(ts_ns, "mining.subscribe", [self.script.agent], Note(agent=self.script.agent))
        ts_ns += wait(15, 30)
        tag = self.rng.hex(8)
        subscriptions = [["mining.set_difficulty", tag], ["mining.notify", tag]]
        self.reply(ts_ns, request_id, [subscriptions, self.rng.hex(4), 4])
        ts_ns += wait(1, 5)
        if Extra.EXTRANONCE in self._extras:
            request_id = self.ask(ts_ns, "mining.extranonce.subscribe", [])
            ts_ns += wait(15, 30)
            self.reply(ts_ns, request_id, True)
        if Extra.SUGGEST in self._extras:
            self.ask(ts_ns, "mining.suggest_difficulty", [self.script.difficulties[0][1]])
            ts_ns += wait(1, 5)
        if Extra.MESSAGE in self._extras:
            self.tell(ts_ns, "client.show_message", ["Welcome, and good luck"])
        return ts_ns

    def difficulty(self, ts_ns: int, value: float) -> None:
        self.tell(ts_ns, "mining.set_difficulty", [int(value) if value == int(value) else value])

    def notify(self, job_id: str) -> list[object]:
        branches: list[object] = [self.rng.hex(32) for _ in range(7)]
        coinbase = "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff3503"
        coinbase_1 = f"{coinbase}{self._height_bytes}{self.rng.hex(18)}"
        coinbase_2 = f"{self.rng.hex(12)}ffffffff02{self.rng.hex(70)}00000000"
        clean = self.rng.chance(0.3)
        time = f"{0x69A50000 + len(self.job_ids) * 30:08x}"
        previous = f"{self.rng.hex(28)}00000000"
        return [job_id, previous, coinbase_1, coinbase_2, branches, "20000000", "17034219", time, clean]

    def submit(self, login: str, job_id: str) -> list[object]:
        params: list[object] = [login, job_id, self.rng.hex(4), f"{0x69A50000 + self.rng.below(900):08x}"]
        params.append(self.rng.hex(4))
        if Extra.CONFIGURE in self._extras:
            params.append(f"{self.rng.below(1 << 16) << 13:08x}")
        return params

    def work(self, difficulty: float) -> float:
        return difficulty * DIFFICULTY_1_HASHES
