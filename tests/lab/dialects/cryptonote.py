# SPDX-License-Identifier: Apache-2.0
"""Sessions in CryptoNote, the dialect of Monero miners: ``login``, ``job``, ``submit``, ``keepalived``."""

from __future__ import annotations

import enum

from tests.lab.dialogue import Dialogue, Facts, Meaning, Note, Session
from tests.lab.script import Fate, JobBeat, Reach, Script, ShareBeat, beats, line, refers_back, rig_of
from tests.lab.seeded import SECOND, Seeded

# Silence of the miner after which it says that it lives.
KEEPALIVE_NS = 60 * SECOND
ALGORITHMS = ["rx/0", "rx/wow", "rx/arq", "cn/r", "cn/half", "cn-heavy/xhv", "argon2/chukwav2", "ghostrider"]
REJECTIONS = {
    Fate.LOW: ("Low difficulty share", ()),
    Fate.STALE: ("Block expired", (Meaning.STALE,)),
    Fate.DUPLICATE: ("Duplicate share", (Meaning.DUPLICATE,)),
}


class TargetSize(enum.IntEnum):
    """Bytes of a job's target, little-endian."""

    SHORT = 4
    LONG = 8


def cryptonote_session(script: Script, target: TargetSize = TargetSize.SHORT) -> Session:
    """A Monero session.

    Difficulty: expected hashes a share. The rig's name is sent as ``rigid``, not in the login.
    """
    return _CryptoNote(script, target).play()


def target_hex(difficulty: float, size: TargetSize) -> str:
    return int(2 ** (8 * size) // difficulty).to_bytes(size, "little").hex()


def hash_below(drawn: str, work: float) -> str:
    """A drawn hash made one of a valid share: its last 8 bytes, little-endian, lie evenly below the target."""
    top = int(int.from_bytes(bytes.fromhex(drawn[48:]), "little") / work)
    return drawn[:48] + top.to_bytes(8, "little").hex()


class _CryptoNote:
    def __init__(self, script: Script, target: TargetSize) -> None:
        self._script = script
        self._target = target
        self._rng = Seeded(script.seed)
        self._dialogue = Dialogue(script.miner, script.pool, script.ending)
        self._login = script.logins[0].partition(".")[0]
        self._rig = rig_of(script.logins[0])
        self._session_id = self._rng.hex(8)
        self._seed_hash = self._rng.hex(32)
        self._job_ids: list[str] = []
        self._next_id = 1
        self._last_spoken_ns = script.start_ns
        self._last_submit: dict[str, object] | None = None

    def play(self) -> Session:
        facts = Facts("cryptonote", self._script.hashrate_hs, algorithm="randomx", coin="XMR")
        reach = self._script.reach
        login_id = self._say_login(self._script.start_ns)
        if reach is Reach.REFUSED:
            error = {"code": -1, "message": "Invalid address used for login"}
            now = self._script.start_ns + self._rng.wait_ns(20, 40)
            message: dict[str, object] = {"id": login_id, "jsonrpc": "2.0", "error": error}
            self._dialogue.from_pool(now, line(message), Note((Meaning.LOGIN_REFUSED,)))
        elif reach is not Reach.ATTEMPTED:
            self._work(login_id)
        return Session(self._dialogue, facts)

    def _work(self, login_id: int) -> None:
        difficulty = 1.0
        for beat in beats(self._script, self._rng, lambda value: value):
            while beat.ts_ns - self._last_spoken_ns > KEEPALIVE_NS:
                self._keepalive(self._last_spoken_ns + KEEPALIVE_NS)
            if isinstance(beat, JobBeat):
                difficulty = beat.difficulty
                self._job(beat, login_id)
            else:
                self._share(beat, 2 ** (8 * self._target) / (2 ** (8 * self._target) // difficulty))

    def _say_login(self, ts_ns: int) -> int:
        script = self._script
        params: dict[str, object] = {"login": self._login, "pass": "x", "agent": script.agent}
        if self._rig:
            params["rigid"] = self._rig
        params["algo"] = ALGORITHMS
        request_id, data = self._request("login", params)
        note = Note((Meaning.LOGIN,), agent=script.agent, login=self._login, worker=self._rig)
        self._dialogue.from_miner(ts_ns, data, note)
        return request_id

    def _job(self, beat: JobBeat, login_id: int) -> None:
        job: dict[str, object] = {
            "blob": f"1010{self._rng.hex(37)}00000000{self._rng.hex(33)}",
            "job_id": self._rng.hex(7),
            "target": target_hex(beat.difficulty, self._target),
            "algo": "rx/0",
            "height": 3_254_412 + len(self._job_ids) // 4,
            "seed_hash": self._seed_hash,
        }
        self._job_ids.append(str(job["job_id"]))
        if len(self._job_ids) == 1:
            result = {"id": self._session_id, "job": job, "extensions": ["algo", "keepalive"], "status": "OK"}
            answer: dict[str, object] = {"id": login_id, "jsonrpc": "2.0", "error": None, "result": result}
            self._dialogue.from_pool(beat.ts_ns, line(answer), Note((Meaning.LOGIN_ACCEPTED, Meaning.JOB)))
        else:
            push: dict[str, object] = {"jsonrpc": "2.0", "method": "job", "params": job}
            self._dialogue.from_pool(beat.ts_ns, line(push), Note((Meaning.JOB,)))

    def _share(self, beat: ShareBeat, work: float) -> None:
        fate = beat.fate
        params = self._last_submit if fate is Fate.DUPLICATE else None
        if params is None:
            params = {
                "id": self._session_id,
                "job_id": self._job_ids[refers_back(fate)],
                "nonce": self._rng.hex(4),
                "result": hash_below(self._rng.hex(32), work),
                "algo": "rx/0",
            }
        if fate is Fate.ACCEPTED:
            self._last_submit = params
        request_id, data = self._request("submit", params)
        self._dialogue.from_miner(beat.ts_ns, data, Note((Meaning.SUBMIT,)))
        self._last_spoken_ns = beat.ts_ns
        self._judge(beat.ts_ns + self._rng.wait_ns(15, 60), request_id, fate, work)

    def _judge(self, ts_ns: int, request_id: int, fate: Fate, work: float) -> None:
        answer: dict[str, object] = {"id": request_id, "jsonrpc": "2.0"}
        if fate is Fate.ACCEPTED:
            answer |= {"error": None, "result": {"status": "OK"}}
            self._dialogue.from_pool(ts_ns, line(answer), Note((Meaning.ACCEPTED,), work=work))
        elif fate is not Fate.UNANSWERED:
            text, also = REJECTIONS[fate]
            answer["error"] = {"code": -1, "message": text}
            self._dialogue.from_pool(ts_ns, line(answer), Note((Meaning.REJECTED, *also)))

    def _keepalive(self, ts_ns: int) -> None:
        request_id, data = self._request("keepalived", {"id": self._session_id})
        self._dialogue.from_miner(ts_ns, data)
        self._last_spoken_ns = ts_ns
        answer: dict[str, object] = {"id": request_id, "jsonrpc": "2.0", "error": None}
        answer["result"] = {"status": "KEEPALIVED"}
        self._dialogue.from_pool(ts_ns + self._rng.wait_ns(15, 60), line(answer))

    def _request(self, method: str, params: dict[str, object]) -> tuple[int, bytes]:
        request_id, self._next_id = self._next_id, self._next_id + 1
        return request_id, line({"id": request_id, "jsonrpc": "2.0", "method": method, "params": params})
