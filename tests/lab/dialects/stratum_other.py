# SPDX-License-Identifier: Apache-2.0
"""``mining.*`` sessions whose jobs have a shape of their own: KawPow (Ravencoin) and KHeavyHash (Kaspa).

To a sensor that knows neither they are ``stratum-other``: a finding without coin.
"""

from __future__ import annotations

from tests.lab.dialects.mining import MiningSession
from tests.lab.dialogue import Facts, Note, Session
from tests.lab.script import Script


def kawpow_session(script: Script) -> Session:
    """A Ravencoin session. Difficulty: expected hashes a share."""
    return _KawPow(script).play(Facts("stratum-other", script.hashrate_hs, algorithm="kawpow", coin="RVN"))


def kaspa_session(script: Script) -> Session:
    """A Kaspa session. Difficulty: as in ``mining.set_difficulty``, 2^32 hashes each."""
    return _Kaspa(script).play(Facts("stratum-other", script.hashrate_hs, algorithm="kheavyhash", coin="KAS"))


class _KawPow(MiningSession):
    def greet(self, ts_ns: int) -> int:
        self._extranonce = self.rng.hex(3)
        self._target = ""
        params = [self.script.agent, None, "rvn.pool.example", str(self.script.pool.port)]
        request_id = self.ask(ts_ns, "mining.subscribe", params, Note(agent=self.script.agent))
        ts_ns += self.rng.wait_ns(15, 30)
        self.reply(ts_ns, request_id, [None, self._extranonce])
        return ts_ns + self.rng.wait_ns(1, 5)

    def difficulty(self, ts_ns: int, value: float) -> None:
        self._target = f"{round(2**256 / value) - 1:064x}"
        self.tell(ts_ns, "mining.set_target", [self._target])

    def notify(self, job_id: str) -> list[object]:
        height = 3_204_411 + len(self.job_ids)
        header, seed = self.rng.hex(32), self.rng.hex(32)
        return [job_id, header, seed, self._target, self.rng.chance(0.5), height, "1b00d3cd"]

    def submit(self, login: str, job_id: str) -> list[object]:
        nonce = f"0x{self._extranonce}{self.rng.hex(5)}"
        return [login, job_id, nonce, f"0x{self.rng.hex(32)}", f"0x{self.rng.hex(32)}"]

    def work(self, difficulty: float) -> float:
        return difficulty


class _Kaspa(MiningSession):
    def greet(self, ts_ns: int) -> int:
        request_id = self.ask(ts_ns, "mining.subscribe", [self.script.agent], Note(agent=self.script.agent))
        ts_ns += self.rng.wait_ns(15, 30)
        self.reply(ts_ns, request_id, [True, "EthereumStratum/1.0.0"])
        self.tell(ts_ns, "mining.set_extranonce", [self.rng.hex(2)])
        return ts_ns + self.rng.wait_ns(1, 5)

    def difficulty(self, ts_ns: int, value: float) -> None:
        self.tell(ts_ns, "mining.set_difficulty", [value])

    def notify(self, job_id: str) -> list[object]:
        # The hash before proof of work travels as four 64-bit numbers: a reader that makes doubles of
        # them breaks it.
        words: list[object] = [int(self.rng.hex(8), 16) for _ in range(4)]
        return [job_id, words, 1_772_438_400_000 + 1000 * len(self.job_ids)]

    def submit(self, login: str, job_id: str) -> list[object]:
        return [login, job_id, f"0x{self.rng.hex(8)}"]

    def work(self, difficulty: float) -> float:
        return difficulty * 2**32
