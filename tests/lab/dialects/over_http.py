# SPDX-License-Identifier: Apache-2.0
"""Sessions over HTTP: getwork as Bitcoin began with, getwork of Ethash, and blocks to make (getblocktemplate).

One connection that is kept alive; each request waits for its answer. ``Errands`` is what they have in common.
"""

from __future__ import annotations

import base64
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping

from tests.lab.dialogue import Dialogue, Facts, Meaning, Note, Session
from tests.lab.script import Fate, JobBeat, Reach, Script, ShareBeat, beats, refers_back, rig_of
from tests.lab.seeded import MS, SECOND, Seeded

PASSWORD = "hunter2"
EXTENSIONS = "longpoll midstate rollntime submitold"
POOL_HEAD = {"X-Long-Polling": "/LP", "X-Roll-NTime": "expire=120"}
REASONS = {Fate.LOW: "high-hash", Fate.STALE: "stale-prevblk", Fate.DUPLICATE: "duplicate"}
ALSO = {Fate.LOW: (), Fate.STALE: (Meaning.STALE,), Fate.DUPLICATE: (Meaning.DUPLICATE,)}
REPORT_EVERY_NS = 60 * SECOND
SPACE = 1 << 256


def getwork_session(script: Script) -> Session:
    """A Bitcoin miner of 2012. Difficulty: that of pools."""
    return _GetWork(script, Facts("getwork", script.hashrate_hs, algorithm="sha256d", coin="BTC")).play()


def ethash_getwork_session(script: Script) -> Session:
    """An Ethash rig whose wallet stands in the path. Difficulty: expected hashes a share."""
    return _EthashGetWork(script, Facts("getwork", script.hashrate_hs, algorithm="etchash", coin="ETC")).play()


def getblocktemplate_session(script: Script) -> Session:
    """A miner that makes its blocks itself. Difficulty: that of pools."""
    return _Blocks(script, Facts("getblocktemplate", script.hashrate_hs, algorithm="sha256d", coin="BTC")).play()


def request(path: str, fields: Mapping[str, str], body: bytes) -> bytes:
    return _message(f"POST {path} HTTP/1.1", {"Host": "pool.example:8332", **fields}, body)


def answer(body: bytes, status: str = "200 OK", fields: Mapping[str, str] | None = None) -> bytes:
    return _message(f"HTTP/1.1 {status}", {"Content-Type": "application/json", **(fields or {})}, body)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _message(first: str, fields: Mapping[str, str], body: bytes) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in fields.items()), f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Errands(ABC):
    """Asks for work at each job, brings each share, and says who it is with every request."""

    def __init__(self, script: Script, facts: Facts) -> None:
        self._script = script
        self._facts = facts
        self._rng = Seeded(script.seed)
        self._dialogue = Dialogue(script.miner, script.pool, script.ending)
        self._free_ns = script.start_ns  # when the answer before was there
        self._number = 0
        self._works: list[str] = []  # by which a share names its job
        self._work = 0.0
        self._last: list[str] | None = None

    def play(self) -> Session:
        script = self._script
        if script.reach.value < Reach.JOINED.value:
            self._ask(script.start_ns, self.asking())
            if script.reach is Reach.REFUSED:
                self._say(b"", Note((Meaning.LOGIN_REFUSED,)), "401 Unauthorized")
            return Session(self._dialogue, self._facts)
        report_ns = script.start_ns + 20 * SECOND
        for beat in beats(script, self._rng, self.hashes):
            while beat.ts_ns > report_ns:
                self.report(report_ns)
                report_ns += REPORT_EVERY_NS
            if isinstance(beat, JobBeat):
                self._job(beat)
            else:
                self._share(beat)
        return Session(self._dialogue, self._facts)

    # ------------------------------------------------------------ what differs

    path = "/"
    login_field = True
    pool_fields: Mapping[str, str] = POOL_HEAD

    def hashes(self, difficulty: float) -> float:
        return difficulty * (1 << 32)

    def login(self) -> str:
        return self._script.logins[0]

    @abstractmethod
    def asking(self) -> tuple[str, object]:
        """Method and parameters that ask for work."""

    @abstractmethod
    def handed_out(self) -> object:
        """The next work; its name is appended to ``_works``."""

    @abstractmethod
    def brought(self, name: str) -> tuple[str, list[str]]:
        """Method and parameters that bring a share of the work called so."""

    def judged(self, fate: Fate) -> dict[str, object]:
        return {"result": fate is Fate.ACCEPTED, "error": None}

    def reason(self, fate: Fate) -> dict[str, str]:
        return {} if fate is Fate.ACCEPTED else {"X-Reject-Reason": REASONS[fate]}

    def report(self, ts_ns: int) -> None:  # noqa: B027
        """The hashrate, where it is reported by a call of its own."""

    # ------------------------------------------------------------ what is the same

    def _job(self, beat: JobBeat) -> None:
        self._work = self.hashes(beat.difficulty)
        is_first = not self._works
        self._ask(beat.ts_ns, self.asking())
        body = self._body({"result": self.handed_out(), "error": None})
        meanings = (Meaning.LOGIN_ACCEPTED, Meaning.JOB) if is_first else (Meaning.JOB,)
        self._say(body, Note(meanings))

    def _share(self, beat: ShareBeat) -> None:
        fate = beat.fate
        brought = None if self._last is None or fate is not Fate.DUPLICATE else (self._method, self._last)
        if brought is None:
            brought = self.brought(self._works[refers_back(fate)])
        if fate is Fate.ACCEPTED:
            self._method, self._last = brought
        self._ask(beat.ts_ns, brought, Meaning.SUBMIT)
        if fate is Fate.UNANSWERED:
            self._say(b"", Note(), "500 Internal Server Error")
        elif fate is Fate.ACCEPTED:
            self._say(self._body(self.judged(fate)), Note((Meaning.ACCEPTED,), work=self._work))
        else:
            self._say(self._body(self.judged(fate)), Note((Meaning.REJECTED, *ALSO[fate])), fields=self.reason(fate))

    def _ask(self, ts_ns: int, call: tuple[str, object], *meanings: Meaning) -> None:
        script, login = self._script, self.login()
        self._number += 1
        fields = {"Authorization": basic(login, PASSWORD)} if self.login_field else {}
        if script.agent:
            fields |= {"User-Agent": script.agent, "X-Mining-Extensions": EXTENSIONS}
        body = json.dumps({"method": call[0], "params": call[1], "id": self._number}).encode() + b"\n"
        is_first = self._number == 1
        note = Note(
            ((Meaning.LOGIN,) if is_first else ()) + meanings,
            agent=script.agent or None,
            login=login,
            worker=self.worker(),
        )
        now = max(ts_ns, self._free_ns + MS)
        self._dialogue.from_miner(now, request(self.path, fields, body), note)
        self._free_ns = now + self._rng.wait_ns(15, 40)

    def worker(self) -> str | None:
        return rig_of(self._script.logins[0])

    def _say(self, body: bytes, note: Note, status: str = "200 OK", fields: Mapping[str, str] | None = None) -> None:
        self._dialogue.from_pool(self._free_ns, answer(body, status, {**self.pool_fields, **(fields or {})}), note)

    def _body(self, members: dict[str, object]) -> bytes:
        return json.dumps({"id": self._number, **members}, separators=(",", ":")).encode() + b"\n"

    def target(self) -> int:
        return round(SPACE / self._work) - 1


class _GetWork(Errands):
    def asking(self) -> tuple[str, object]:
        return "getwork", []

    def handed_out(self) -> object:
        rng = self._rng
        data = f"00000002{rng.hex(32)}{rng.hex(32)}{rng.hex(4)}1a0513c500000000".ljust(248, "0") + "00000280"
        self._works.append(data)
        target = self.target().to_bytes(32, "little").hex()
        return {"midstate": rng.hex(32), "data": data, "hash1": rng.hex(64), "target": target}

    def brought(self, name: str) -> tuple[str, list[str]]:
        return "getwork", [f"{name[:136]}{self._rng.hex(4)}{name[144:152]}{self._rng.hex(4)}{name[160:]}"]


class _EthashGetWork(Errands):
    login_field = False
    pool_fields: Mapping[str, str] = {}

    def __init__(self, script: Script, facts: Facts) -> None:
        super().__init__(script, facts)
        self.path = f"/{self.login()}"

    def hashes(self, difficulty: float) -> float:
        return difficulty

    def login(self) -> str:
        return self._script.logins[0].replace(".", "/")

    def asking(self) -> tuple[str, object]:
        return "eth_getWork", []

    def handed_out(self) -> object:
        self._works.append(f"0x{self._rng.hex(32)}")
        return [self._works[-1], f"0x{self._rng.hex(32)}", f"0x{self.target():064x}"]

    def brought(self, name: str) -> tuple[str, list[str]]:
        return "eth_submitWork", [f"0x{self._rng.hex(8)}", name, f"0x{self._rng.hex(32)}"]

    def judged(self, fate: Fate) -> dict[str, object]:
        if fate is Fate.ACCEPTED:
            return {"result": True}
        return {"result": False, "error": {"code": -1, "message": REASONS[fate]}}

    def reason(self, fate: Fate) -> dict[str, str]:
        return {}

    def report(self, ts_ns: int) -> None:
        self._ask(ts_ns, ("eth_submitHashrate", [f"0x{round(self._script.hashrate_hs):x}", f"0x{'5a' * 32}"]))
        self._say(self._body({"result": True}), Note())


class _Blocks(Errands):
    """Every second template is too long to be kept: its target stands behind the transactions."""

    pool_fields: Mapping[str, str] = {}

    def asking(self) -> tuple[str, object]:
        return "getblocktemplate", [{"capabilities": ["coinbasetxn", "workid", "longpoll"], "rules": ["segwit"]}]

    def handed_out(self) -> object:
        rng = self._rng
        self._works.append(rng.hex(32))
        count = 2 if len(self._works) % 2 else 14
        return {
            "version": 0x20000000,
            "previousblockhash": self._works[-1],
            "transactions": [
                {"data": rng.hex(300), "txid": rng.hex(32), "depends": [], "fee": 900} for _ in range(count)
            ],
            "coinbasevalue": 312_500_000,
            "longpollid": f"{self._works[-1]}42",
            "target": f"{self.target():064x}",
            "bits": "1702f128",
            "height": 850_000 + len(self._works),
        }

    def brought(self, name: str) -> tuple[str, list[str]]:
        previous = bytes.fromhex(name)[::-1].hex()
        rest = f"{self._rng.hex(32)}{self._rng.hex(4)}28f10217{self._rng.hex(4)}"
        return "submitblock", [f"00000020{previous}{rest}01{self._rng.hex(120)}"]

    def judged(self, fate: Fate) -> dict[str, object]:
        return {"result": None if fate is Fate.ACCEPTED else REASONS[fate], "error": None}

    def reason(self, fate: Fate) -> dict[str, str]:
        return {}
