# SPDX-License-Identifier: Apache-2.0
"""Sessions in Conflux' Stratum: Octopus, with a subscription that is the login and answers in words."""

from __future__ import annotations

from tests.lab.dialects.mining import UNNAMED, MiningSession
from tests.lab.dialogue import Facts, Meaning, Note, Session
from tests.lab.script import Reach, Script, rig_of


def octopus_session(script: Script) -> Session:
    """A Conflux session. Difficulty: expected hashes a share. The dialect has no agent, and one login."""
    facts = Facts("octopus-stratum", script.hashrate_hs, algorithm="octopus", coin="CFX", vague=UNNAMED)
    return _Octopus(script).play(facts)


class _Octopus(MiningSession):
    names_dialect_in_share = True

    def greet(self, ts_ns: int) -> int:
        return ts_ns

    def join(self, ts_ns: int) -> bool:
        (login,) = self.script.logins
        note = Note((Meaning.LOGIN,), login=login, worker=rig_of(login))
        request_id = self.ask(ts_ns, "mining.subscribe", [login, ""], note)
        ts_ns += self.rng.wait_ns(15, 40)
        reach = self.script.reach
        if reach is Reach.REFUSED:
            self.refuse(ts_ns, request_id, (24, "Unauthorized worker"), Meaning.LOGIN_REFUSED)
        elif reach is not Reach.ATTEMPTED:
            self.reply(ts_ns, request_id, "true", Note((Meaning.LOGIN_ACCEPTED,), tells=True))
        return reach in (Reach.JOINED, Reach.WORKING)

    def difficulty(self, ts_ns: int, value: float) -> None:
        self._boundary = f"0x{round(2**256 / value) - 1:x}"

    def notify(self, job_id: str) -> list[object]:
        return [job_id, str(90_000_000 + len(self.job_ids)), f"0x{self.rng.hex(32)}", self._boundary]

    def submit(self, login: str, job_id: str) -> list[object]:
        return [login, job_id, f"0x{self.rng.hex(8)}", f"0x{self.rng.hex(32)}"]

    def work(self, difficulty: float) -> float:
        return difficulty

    def accept(self, ts_ns: int, request_id: int, note: Note) -> None:
        self.reply(ts_ns, request_id, ["true"], note)
