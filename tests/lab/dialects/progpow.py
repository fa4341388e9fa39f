# SPDX-License-Identifier: Apache-2.0
"""Sessions in Ravencoin's Stratum: KawPow, with targets and jobs of seven."""

from __future__ import annotations

from tests.lab.dialects.mining import UNNAMED, MiningSession
from tests.lab.dialogue import Facts, Note, Session
from tests.lab.script import Script


def kawpow_session(script: Script) -> Session:
    """A Ravencoin session. Difficulty: expected hashes a share."""
    facts = Facts("progpow-stratum", script.hashrate_hs, algorithm="kawpow", coin="RVN", vague=UNNAMED)
    return _KawPow(script).play(facts)


class _KawPow(MiningSession):
    def greet(self, ts_ns: int) -> int:
        self._extranonce = self.rng.hex(3)
        self._target = ""
        params = [self.script.agent, None, "rvn.pool.example", str(self.script.pool.port)]
        request_id = self.ask(ts_ns, "mining.subscribe", params, Note(agent=self.script.agent))
        ts_ns += self.rng.wait_ns(15, 30)
        self.reply(ts_ns, request_id, [None, self._extranonce], Note(tells=True))
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
