# SPDX-License-Identifier: Apache-2.0
"""Sessions in Zcash's Stratum (ZIP 301):

difficulty as a 256-bit target, shares with a whole Equihash solution.
"""

from __future__ import annotations

from tests.lab.dialects.mining import MiningSession
from tests.lab.dialogue import Facts, Note, Session
from tests.lab.script import Script

SOLUTION_BYTES = 1344  # Equihash 200,9: 2^9 * 21 / 8
SOLUTION_SIZE = "fd4005"  # 1344 as a CompactSize


def equihash_session(script: Script) -> Session:
    """A Zcash session. Difficulty: expected solutions a share; hashrate in solutions a second."""
    facts = Facts("equihash-stratum", script.hashrate_hs, algorithm="equihash-200-9", coin="ZEC")
    return _Equihash(script).play(facts)


class _Equihash(MiningSession):
    def greet(self, ts_ns: int) -> int:
        self._nonce_1 = self.rng.hex(4)
        pool = self.script.pool
        params = [self.script.agent, None, "zec.pool.example", str(pool.port)]
        request_id = self.ask(ts_ns, "mining.subscribe", params, Note(agent=self.script.agent))
        ts_ns += self.rng.wait_ns(15, 30)
        self.reply(ts_ns, request_id, [None, self._nonce_1])
        return ts_ns + self.rng.wait_ns(1, 5)

    def difficulty(self, ts_ns: int, value: float) -> None:
        self.tell(ts_ns, "mining.set_target", [f"{round(2**256 / value) - 1:064x}"])

    def notify(self, job_id: str) -> list[object]:
        previous, root = f"{self.rng.hex(28)}00000000", self.rng.hex(32)
        return [job_id, "04000000", previous, root, "00" * 32, "0100a569", "bf0f0c21", self.rng.chance(0.4)]

    def submit(self, login: str, job_id: str) -> list[object]:
        solution = SOLUTION_SIZE + self.rng.hex(SOLUTION_BYTES)
        return [login, job_id, "0100a569", self.rng.hex(32 - len(self._nonce_1) // 2), solution]

    def work(self, difficulty: float) -> float:
        return difficulty
