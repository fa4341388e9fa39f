# SPDX-License-Identifier: Apache-2.0
"""Sessions in Ergo's Stratum: Autolykos 2, with a bound in decimal digits that a difficulty multiplies."""

from __future__ import annotations

from tests.lab.dialects.mining import UNNAMED, MiningSession
from tests.lab.dialogue import Facts, Note, Session
from tests.lab.script import Script

# The order of secp256k1, below which a hash is taken.
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
CHAINS_WORK = 10**15


def autolykos_session(script: Script) -> Session:
    """An Ergo session whose pool sends each share's bound. Difficulty: expected hashes a share."""
    return _Autolykos(script).play(_facts(script))


def autolykos_factor_session(script: Script) -> Session:
    """The same from a pool that sends the chain's bound, and by how much a share is easier."""
    return _AutolykosFactor(script).play(_facts(script))


def _facts(script: Script) -> Facts:
    return Facts("autolykos-stratum", script.hashrate_hs, algorithm="autolykos2", coin="ERG", vague=UNNAMED)


class _Autolykos(MiningSession):
    def greet(self, ts_ns: int) -> int:
        request_id = self.ask(ts_ns, "mining.subscribe", [self.script.agent], Note(agent=self.script.agent))
        ts_ns += self.rng.wait_ns(15, 30)
        session = self.rng.hex(8)
        subscriptions = [["mining.set_difficulty", session], ["mining.notify", session]]
        self.reply(ts_ns, request_id, [subscriptions, self.rng.hex(2), 6])
        return ts_ns + self.rng.wait_ns(1, 5)

    def difficulty(self, ts_ns: int, value: float) -> None:
        self._bound = str(round(ORDER / value))
        self.tell(ts_ns, "mining.set_difficulty", [1])

    def notify(self, job_id: str) -> list[object]:
        height = 1_400_000 + len(self.job_ids)
        return [job_id, height, self.rng.hex(32), "", "", 2, self._bound, "", self.rng.chance(0.5)]

    def submit(self, login: str, job_id: str) -> list[object]:
        return [login, job_id, self.rng.hex(6), "", self.rng.hex(8)]

    def work(self, difficulty: float) -> float:
        return difficulty


class _AutolykosFactor(_Autolykos):
    def difficulty(self, ts_ns: int, value: float) -> None:
        self._bound = str(ORDER // CHAINS_WORK)
        self.tell(ts_ns, "mining.set_difficulty", [CHAINS_WORK / value])
