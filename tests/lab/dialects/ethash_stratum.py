# SPDX-License-Identifier: Apache-2.0
"""Sessions in ethminer's plain Stratum: ETHPROXY's jobs and shares under the names of Bitcoin's."""

from __future__ import annotations

from tests.lab.dialects.mining import UNNAMED, MiningSession
from tests.lab.dialogue import Facts, Note, Session
from tests.lab.script import Script


def ethash_stratum_session(script: Script) -> Session:
    """A session of an Ethash coin. Difficulty: expected hashes a share."""
    facts = Facts("ethash-stratum", script.hashrate_hs, algorithm="etchash", vague=UNNAMED)
    return _EthashStratum(script).play(facts)


class _EthashStratum(MiningSession):
    def greet(self, ts_ns: int) -> int:
        self._seed_hash = self.rng.hex(32)
        request_id = self.ask(ts_ns, "mining.subscribe", [self.script.agent], Note(agent=self.script.agent))
        ts_ns += self.rng.wait_ns(15, 30)
        self.reply(ts_ns, request_id, True)
        return ts_ns + self.rng.wait_ns(1, 5)

    def difficulty(self, ts_ns: int, value: float) -> None:
        self._target = f"0x{round(2**256 / value) - 1:064x}"

    def notify(self, job_id: str) -> list[object]:
        return [job_id, f"0x{self.rng.hex(32)}", f"0x{self._seed_hash}", self._target, self.rng.chance(0.5)]

    def submit(self, login: str, job_id: str) -> list[object]:
        return [login, job_id, f"0x{self.rng.hex(8)}", f"0x{self.rng.hex(32)}", f"0x{self.rng.hex(32)}"]

    def work(self, difficulty: float) -> float:
        return difficulty
