# SPDX-License-Identifier: Apache-2.0
"""``mining.*`` sessions whose jobs have a shape that no decoder knows: Eaglesong (Nervos).

To a sensor they are ``stratum-other``: a finding without coin.
"""

from __future__ import annotations

from tests.lab.dialects.mining import UNNAMED, MiningSession
from tests.lab.dialogue import Facts, Note, Session
from tests.lab.script import Script


def nervos_session(script: Script) -> Session:
    """A Nervos session. Difficulty: expected hashes a share."""
    return _Nervos(script).play(Facts(UNNAMED, script.hashrate_hs, algorithm="eaglesong", coin="CKB"))


class _Nervos(MiningSession):
    def greet(self, ts_ns: int) -> int:
        request_id = self.ask(ts_ns, "mining.subscribe", [self.script.agent, None], Note(agent=self.script.agent))
        ts_ns += self.rng.wait_ns(15, 30)
        self.reply(ts_ns, request_id, [None, self.rng.hex(4), 12])
        return ts_ns + self.rng.wait_ns(1, 5)

    def difficulty(self, ts_ns: int, value: float) -> None:
        self.tell(ts_ns, "mining.set_target", [f"{round(2**256 / value) - 1:064x}"])

    def notify(self, job_id: str) -> list[object]:
        height = 12_000_000 + len(self.job_ids)
        return [job_id, self.rng.hex(32), height, self.rng.hex(32), self.rng.chance(0.5)]

    def submit(self, login: str, job_id: str) -> list[object]:
        return [login, job_id, self.rng.hex(12)]

    def work(self, difficulty: float) -> float:
        return difficulty
