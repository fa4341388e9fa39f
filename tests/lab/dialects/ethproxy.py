# SPDX-License-Identifier: Apache-2.0
"""Sessions in ETHPROXY, the dialect of GPU rigs: ``eth_submitLogin``, jobs that look like answers, own
hashrate told.

The login is one string (``address.rig``), the rig's name stands once more at the top level, outside the
parameters.
"""

from __future__ import annotations

from tests.lab.dialogue import Dialogue, Facts, Meaning, Note, Session
from tests.lab.script import Fate, JobBeat, Reach, Script, ShareBeat, Style, beats, line, refers_back, rig_of
from tests.lab.seeded import MS, SECOND, Seeded

LOGIN_ID, GET_WORK_ID, HASHRATE_ID, SUBMIT_ID_FIRST = 1, 5, 9, 40
REPORT_EVERY_NS = 60 * SECOND
REJECTIONS = {
    Fate.LOW: (23, "Invalid share", ()),
    Fate.STALE: (21, "Stale share", (Meaning.STALE,)),
    Fate.DUPLICATE: (22, "Duplicate share", (Meaning.DUPLICATE,)),
}


def ethproxy_session(script: Script) -> Session:
    """An Ethereum Classic session.

    Difficulty: expected hashes a share. The dialect has no agent: it is not sent.
    """
    return _EthProxy(script).play()


class _EthProxy:
    def __init__(self, script: Script) -> None:
        self._script = script
        self._rng = Seeded(script.seed)
        self._dialogue = Dialogue(script.miner, script.pool, script.ending)
        self._login = script.logins[0]
        self._rig = rig_of(self._login) or ""
        self._seed_hash = self._rng.hex(32)
        self._headers: list[str] = []
        self._submit_id = SUBMIT_ID_FIRST
        self._last_submit: list[str] | None = None

    def play(self) -> Session:
        script, rng = self._script, self._rng
        facts = Facts("ethproxy", script.hashrate_hs, algorithm="etchash", coin="ETC")
        now = script.start_ns
        note = Note((Meaning.LOGIN,), login=self._login, worker=self._rig or None)
        self._dialogue.from_miner(now, self._request(LOGIN_ID, "eth_submitLogin", [self._login, "x"]), note)
        now += rng.wait_ns(15, 40)
        if script.reach is Reach.REFUSED:
            self._refuse(now, LOGIN_ID, (-1, "Invalid login"), Meaning.LOGIN_REFUSED)
        elif script.reach is not Reach.ATTEMPTED:
            self._answer(now, LOGIN_ID, True, Note((Meaning.LOGIN_ACCEPTED,)))
            self._dialogue.from_miner(now + rng.wait_ns(1, 5), self._request(GET_WORK_ID, "eth_getWork", []))
            self._work()
        return Session(self._dialogue, facts)

    def _work(self) -> None:
        report = self._script.start_ns + 20 * SECOND
        difficulty = 0.0
        for beat in beats(self._script, self._rng, lambda value: value):
            while beat.ts_ns > report:
                self._report(report)
                report += REPORT_EVERY_NS
            if isinstance(beat, JobBeat):
                difficulty = beat.difficulty
                self._job(beat)
            else:
                self._share(beat, difficulty)

    def _job(self, beat: JobBeat) -> None:
        # The first job answers eth_getWork; all later ones are pushed under id 0.
        self._headers.append(f"0x{self._rng.hex(32)}")
        target = f"0x{round(2**256 / beat.difficulty) - 1:064x}"
        height = f"0x{20_100_000 + len(self._headers):x}"
        result = [self._headers[-1], f"0x{self._seed_hash}", target, height]
        self._answer(beat.ts_ns, GET_WORK_ID if len(self._headers) == 1 else 0, result, Note((Meaning.JOB,)))

    def _share(self, beat: ShareBeat, work: float) -> None:
        fate = beat.fate
        params = self._last_submit if fate is Fate.DUPLICATE else None
        if params is None:
            header = self._headers[refers_back(fate)]
            params = [f"0x{self._rng.hex(8)}", header, f"0x{self._rng.hex(32)}"]
        if fate is Fate.ACCEPTED:
            self._last_submit = params
        request_id, self._submit_id = self._submit_id, self._submit_id + 1
        note = Note((Meaning.SUBMIT,), worker=self._rig or None)
        self._dialogue.from_miner(beat.ts_ns, self._request(request_id, "eth_submitWork", params), note)
        self._judge(beat.ts_ns + self._rng.wait_ns(15, 60), request_id, fate, work)

    def _judge(self, ts_ns: int, request_id: int, fate: Fate, work: float) -> None:
        if fate is Fate.ACCEPTED:
            self._answer(ts_ns, request_id, True, Note((Meaning.ACCEPTED,), work=work))
        elif fate is not Fate.UNANSWERED:
            code, text, also = REJECTIONS[fate]
            self._refuse(ts_ns, request_id, (code, text), Meaning.REJECTED, *also)

    def _report(self, ts_ns: int) -> None:
        rate = f"0x{round(self._script.hashrate_hs):064x}"
        data = self._request(HASHRATE_ID, "eth_submitHashrate", [rate, f"0x{'5a' * 32}"])
        self._dialogue.from_miner(ts_ns, data)
        self._answer(ts_ns + 30 * MS, HASHRATE_ID, True)

    def _request(self, request_id: int, method: str, params: list[str]) -> bytes:
        message: dict[str, object] = {"id": request_id, "jsonrpc": "2.0", "method": method, "params": params}
        if self._rig:
            message["worker"] = self._rig
        if self._script.style is Style.PARAMS_FIRST:
            # The other common order of keys: worker, jsonrpc, params, id, method.
            order = sorted(message, key=["worker", "jsonrpc", "params", "id", "method"].index)
            return line({key: message[key] for key in order}, Style.SPACED)
        return line(message, self._script.style)

    def _answer(self, ts_ns: int, request_id: int, result: object, note: Note | None = None) -> None:
        message: dict[str, object] = {"id": request_id, "jsonrpc": "2.0", "result": result}
        self._dialogue.from_pool(ts_ns, line(message), note)

    def _refuse(self, ts_ns: int, request_id: int, error: tuple[int, str], *meanings: Meaning) -> None:
        shown: dict[str, object] = {"code": error[0], "message": error[1]}
        message: dict[str, object] = {"id": request_id, "jsonrpc": "2.0", "result": None, "error": shown}
        self._dialogue.from_pool(ts_ns, line(message), Note(meanings))
