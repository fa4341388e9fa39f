# SPDX-License-Identifier: Apache-2.0
"""What every ``mining.*`` session has in common: logins, jobs, submits and their answers.

A dialect's file adds how its subscribe, its job and its submit look. Not a dialect itself.
"""

from __future__ import annotations

import abc

from tests.lab.dialogue import Dialogue, Facts, Meaning, Note, Session
from tests.lab.script import Fate, JobBeat, Reach, Script, ShareBeat, Style, beats, line, refers_back, rig_of
from tests.lab.seeded import Seeded

# Error codes of stratum: 20 other, 21 job not found, 22 duplicate, 23 low difficulty, 24 unauthorised worker.
REJECTIONS = {
    Fate.LOW: (23, "Low difficulty share", ()),
    Fate.STALE: (21, "Job not found", (Meaning.STALE,)),
    Fate.DUPLICATE: (22, "Duplicate share", (Meaning.DUPLICATE,)),
}


# What a sensor calls a session of which nothing that it saw tells the dialect.
UNNAMED = "stratum-other"


class MiningSession(abc.ABC):
    """Plays a script in a ``mining.*`` dialect. Subclasses write the messages that differ."""

    # Whether a login, or a share, can be of this dialect only. A job always can.
    names_dialect_in_login = False
    names_dialect_in_share = False
    names_worker_in_share = True

    def __init__(self, script: Script) -> None:
        self.script = script
        self.rng = Seeded(script.seed)
        self.dialogue = Dialogue(script.miner, script.pool, script.ending)
        self.job_ids: list[str] = []
        self._next_id = 1
        self._last_submit: tuple[str, list[object]] | None = None

    # ---- what a dialect says itself

    @abc.abstractmethod
    def greet(self, ts_ns: int) -> int:
        """Write what stands before the first authorize; return the time after it."""

    @abc.abstractmethod
    def difficulty(self, ts_ns: int, value: float) -> None:
        """Write the message that carries a difficulty."""

    @abc.abstractmethod
    def notify(self, job_id: str) -> list[object]:
        """The parameters of a job."""

    @abc.abstractmethod
    def submit(self, login: str, job_id: str) -> list[object]:
        """The parameters of a share."""

    @abc.abstractmethod
    def work(self, difficulty: float) -> float:
        """Expected hashes of a share at a difficulty."""

    def welcome(self, login: str) -> object:
        """The result of a login that is accepted."""
        return True

    def accept(self, ts_ns: int, request_id: int, note: Note) -> None:
        """Write the answer to a share that is accepted."""
        self.reply(ts_ns, request_id, True, note)

    # ---- what all have in common

    def ask(self, ts_ns: int, method: str, params: object, note: Note | None = None) -> int:
        """Write a request of the miner; return its id."""
        request_id = self._next_id
        self._next_id += 1
        message: dict[str, object] = {"id": request_id, "method": method}
        if params is not None:
            message["params"] = params
        data = line(message, self.script.style)
        self.dialogue.from_miner(ts_ns, data, note)
        return request_id

    def reply(self, ts_ns: int, request_id: int, result: object, note: Note | None = None) -> None:
        message: dict[str, object] = {"id": request_id, "result": result, "error": None}
        self.dialogue.from_pool(ts_ns, line(message, self.pool_style), note)

    def refuse(self, ts_ns: int, request_id: int, error: tuple[int, str], *meanings: Meaning) -> None:
        message: dict[str, object] = {"id": request_id, "result": None, "error": [*error, None]}
        self.dialogue.from_pool(ts_ns, line(message, self.pool_style), Note(meanings))

    def tell(self, ts_ns: int, method: str, params: object, *meanings: Meaning, tells: bool = False) -> None:
        """Write a notification of the pool. ``tells``: which dialect it is."""
        message: dict[str, object] = {"id": None, "method": method, "params": params}
        self.dialogue.from_pool(ts_ns, line(message, self.pool_style), Note(meanings, tells=tells))

    def play(self, facts: Facts) -> Session:
        """Write the whole session."""
        if self.join(self.greet(self.script.start_ns)):
            work = 0.0
            for beat in beats(self.script, self.rng, self.work):
                if isinstance(beat, JobBeat):
                    self._job(beat)
                    work = self.work(beat.difficulty)
                else:
                    self._share(beat, work)
        return Session(self.dialogue, facts)

    @property
    def pool_style(self) -> Style:
        return Style.COMPACT if self.script.style is Style.COMPACT else Style.SPACED

    def join(self, ts_ns: int) -> bool:
        """Authorise every worker; True where the pool lets them in."""
        reach = self.script.reach
        for login in self.script.logins:
            tells = self.names_dialect_in_login
            note = Note((Meaning.LOGIN,), login=login, worker=rig_of(login), tells=tells)
            request_id = self.ask(ts_ns, "mining.authorize", [login, "x"], note)
            ts_ns += self.rng.wait_ns(15, 40)
            if reach is Reach.REFUSED:
                self.refuse(ts_ns, request_id, (24, "Unauthorized worker"), Meaning.LOGIN_REFUSED)
            elif reach is not Reach.ATTEMPTED:
                self.reply(ts_ns, request_id, self.welcome(login), Note((Meaning.LOGIN_ACCEPTED,)))
        return reach in (Reach.JOINED, Reach.WORKING)

    def _job(self, beat: JobBeat) -> None:
        if beat.changed:
            self.difficulty(beat.ts_ns, beat.difficulty)
        self.job_ids.append(f"{0x6A10 + len(self.job_ids):x}")
        self.tell(beat.ts_ns, "mining.notify", self.notify(self.job_ids[-1]), Meaning.JOB, tells=True)

    def _share(self, beat: ShareBeat, work: float) -> None:
        fate = beat.fate
        if fate is Fate.DUPLICATE and self._last_submit is not None:
            login, params = self._last_submit
        else:
            login = self.rng.one_of(self.script.logins)
            params = self.submit(login, self.job_ids[refers_back(fate)])
        worker = rig_of(login) if self.names_worker_in_share else None
        note = Note((Meaning.SUBMIT,), worker=worker, tells=self.names_dialect_in_share)
        request_id = self.ask(beat.ts_ns, "mining.submit", params, note)
        if fate is Fate.ACCEPTED:
            self._last_submit = (login, params)
        self._judge(beat.ts_ns + self.rng.wait_ns(15, 60), request_id, fate, work)

    def _judge(self, ts_ns: int, request_id: int, fate: Fate, work: float) -> None:
        if fate is Fate.ACCEPTED:
            self.accept(ts_ns, request_id, Note((Meaning.ACCEPTED,), work=work))
        elif fate is not Fate.UNANSWERED:
            code, text, also = REJECTIONS[fate]
            self.refuse(ts_ns, request_id, (code, text), Meaning.REJECTED, *also)
