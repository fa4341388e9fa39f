# SPDX-License-Identifier: Apache-2.0
"""Sessions in Kaspa's Stratum: kHeavyHash, with a hash in four numbers of 64 bits."""

from __future__ import annotations

from tests.lab.dialects.mining import UNNAMED, MiningSession
from tests.lab.dialogue import Facts, Note, Session
from tests.lab.script import Script


def kaspa_session(script: Script) -> Session:
    """A Kaspa session. Difficulty: as in ``mining.set_difficulty``, 2^32 hashes each."""
    facts = Facts("kaspa", script.hashrate_hs, algorithm="kheavyhash", coin="KAS", vague=UNNAMED)
    return _Kaspa(script).play(facts)


class _Kaspa(MiningSession):
    names_dialect_in_login = True
    names_dialect_in_share = True

    def greet(self, ts_ns: int) -> int:
        request_id = self.ask(ts_ns, "mining.subscribe", [self.script.agent], Note(agent=self.script.agent))
        ts_ns += self.rng.wait_ns(15, 30)
        self.reply(ts_ns, request_id, [True, "EthereumStratum/1.0.0"], Note(tells=True))
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
