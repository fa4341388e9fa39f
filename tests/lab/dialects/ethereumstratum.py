# SPDX-License-Identifier: Apache-2.0
"""Sessions in NiceHash's EthereumStratum/1.0.0 and in EIP-1571's 2.0.0: Ethash, with little but nonces on the wire."""

from __future__ import annotations

from tests.lab.dialects.mining import UNNAMED, MiningSession
from tests.lab.dialogue import Facts, Meaning, Note, Session
from tests.lab.script import Script, line

NAME_1, NAME_2 = "EthereumStratum/1.0.0", "EthereumStratum/2.0.0"


def ethereumstratum_1_session(script: Script) -> Session:
    """A NiceHash session. Difficulty: as in ``mining.set_difficulty``, Bitcoin's."""
    facts = Facts("ethereumstratum-1", script.hashrate_hs, algorithm="etchash", vague=UNNAMED)
    return _First(script).play(facts)


def ethereumstratum_2_session(script: Script) -> Session:
    """A session of EIP-1571. Difficulty: expected hashes a share."""
    facts = Facts("ethereumstratum-2", script.hashrate_hs, algorithm="etchash", vague=UNNAMED)
    return _Second(script).play(facts)


class _First(MiningSession):
    def greet(self, ts_ns: int) -> int:
        note = Note(agent=self.script.agent, tells=True)
        request_id = self.ask(ts_ns, "mining.subscribe", [self.script.agent, NAME_1], note)
        ts_ns += self.rng.wait_ns(15, 30)
        self.reply(ts_ns, request_id, [["mining.notify", self.rng.hex(16), NAME_1], self.rng.hex(2)], Note(tells=True))
        request_id = self.ask(ts_ns + self.rng.wait_ns(1, 5), "mining.extranonce.subscribe", [])
        ts_ns += self.rng.wait_ns(20, 40)
        self.reply(ts_ns, request_id, True)
        return ts_ns + self.rng.wait_ns(1, 5)

    def difficulty(self, ts_ns: int, value: float) -> None:
        self.tell(ts_ns, "mining.set_difficulty", [value])

    def notify(self, job_id: str) -> list[object]:
        return [job_id, self.rng.hex(32), self.rng.hex(32), self.rng.chance(0.5)]

    def submit(self, login: str, job_id: str) -> list[object]:
        return [login, job_id, self.rng.hex(6)]

    def work(self, difficulty: float) -> float:
        return difficulty * 2**48 / 65_535


class _Second(MiningSession):
    names_worker_in_share = False

    def greet(self, ts_ns: int) -> int:
        self._tokens: dict[str, str] = {}
        pool = self.script.pool
        greeting = {"agent": self.script.agent, "host": "etc.pool.example", "port": f"{pool.port:x}", "proto": NAME_2}
        request_id = self.ask(ts_ns, "mining.hello", greeting, Note(agent=self.script.agent, tells=True))
        ts_ns += self.rng.wait_ns(15, 30)
        welcome = {
            "proto": NAME_2,
            "encoding": "plain",
            "resume": "1",
            "timeout": "b4",
            "maxerrors": "5",
            "node": "n/1",
        }
        self.reply(ts_ns, request_id, welcome, Note(tells=True))
        request_id = self.ask(ts_ns + self.rng.wait_ns(1, 5), "mining.subscribe", None)
        ts_ns += self.rng.wait_ns(20, 40)
        self.reply(ts_ns, request_id, f"s-{self.rng.hex(3)}")
        return ts_ns + self.rng.wait_ns(1, 5)

    def welcome(self, login: str) -> object:
        return self._tokens.setdefault(login, f"w-{len(self._tokens) + 1}")

    def difficulty(self, ts_ns: int, value: float) -> None:
        target = f"{round(2**256 / value) - 1:x}"
        settings = {"epoch": "dc", "target": target, "algo": "etchash", "extranonce": "af4c"}
        self.tell(ts_ns, "mining.set", settings, tells=True)

    def notify(self, job_id: str) -> list[object]:
        return [job_id, f"{20_100_000 + len(self.job_ids):x}", self.rng.hex(32), str(int(self.rng.chance(0.5)))]

    def submit(self, login: str, job_id: str) -> list[object]:
        return [job_id, self.rng.hex(6), self._tokens[login]]

    def work(self, difficulty: float) -> float:
        return difficulty

    def accept(self, ts_ns: int, request_id: int, note: Note) -> None:
        """Its number alone."""
        self.dialogue.from_pool(ts_ns, line({"id": request_id}, self.pool_style), note)

    def refuse(self, ts_ns: int, request_id: int, error: tuple[int, str], *meanings: Meaning) -> None:
        message: dict[str, object] = {"id": request_id, "error": {"code": 400 + error[0], "message": error[1]}}
        self.dialogue.from_pool(ts_ns, line(message, self.pool_style), Note(meanings))
