"""A session of Bitcoin's stratum as lines and as events, and the words to write more."""

from __future__ import annotations

from sensor.event import (
    Difficulty,
    Job,
    Login,
    LoginResult,
    LowShare,
    MiningEvent,
    Notice,
    NoticeKind,
    Share,
    ShareResult,
    Subscribe,
    Subscribed,
    VersionRolling,
)
from tests.unit.wire.family import difficulty, yes
from tests.unit.wire.talk import C, Message, S, says

PREVIOUS = "1f" * 32
COINBASE = "01000000" + "01" + "00" * 32 + "ffffffff" + "4b03"
OUTPUTS = "ffffffff0200f2052a01000000" + "ab" * 30
BRANCHES = ["2e" * 32, "3d" * 32]


def notify(job_id: str, *, clean: bool = True, bits: str = "1b00d3cd") -> Message:
    params = [job_id, PREVIOUS, COINBASE, OUTPUTS, BRANCHES, "20000000", bits, "66b3c0de", clean]
    return says(S, id=None, method="mining.notify", params=params)


def submit(ident: object, login: str, job_id: str, *more: str) -> Message:
    return says(C, id=ident, method="mining.submit", params=[login, job_id, "0003", "66b3c0e4", "8f2a11c0", *more])


def job(
    job_id: str,
    value: float | None = None,
    *,
    clean: bool = True,
    algorithm: str | None = None,
    coin: str | None = None,
) -> Job:
    return Job(S, 0, job_id, value, None, algorithm, coin, clean, None)


ACCEPTED = {"accepted": True, "stale": False, "duplicate": False, "code": None}

SUBSCRIBE = says(C, id=2, method="mining.subscribe", params=["asic/1.0"])
SUBSCRIBED = says(S, id=2, result=[[["mining.notify", "ab12"]], "e9695791", 4], error=None)
AUTHORIZE = says(C, id=3, method="mining.authorize", params=["acct.rig07", "x,d=512"])

ASIC: list[Message] = [
    says(C, id=1, method="mining.configure", params=[["version-rolling"], {"version-rolling.mask": "ffffffff"}]),
    says(S, id=1, result={"version-rolling": True, "version-rolling.mask": "1fffe000"}, error=None),
    SUBSCRIBE,
    SUBSCRIBED,
    AUTHORIZE,
    yes(3),
    says(C, id=4, method="mining.suggest_difficulty", params=[1000]),
    difficulty(1024),
    notify("6a1f"),
    submit(5, "acct.rig07", "6a1f", "00a4e000"),
    yes(5),
    difficulty(2048),
    submit(6, "acct.rig07", "6a1f", "00a4e000"),
    says(S, id=6, result=None, error=[23, "Low difficulty share", None]),
    notify("6a20", clean=False),
    submit(7, "acct.rig07", "6a1f", "00a4e000"),
    says(S, id=7, result=False, error=[21, "Job not found", None]),
    submit(8, "acct.rig07", "6a20", "00a4e000"),
    says(S, **{"id": 8, "result": False, "error": None, "reject-reason": "Duplicate"}),
    submit(9, "acct.rig07", "6a20", "00a4e000"),
]
ASIC_EVENTS: list[MiningEvent] = [
    Notice(C, 0, NoticeKind.EXTENSIONS),
    VersionRolling(S, 0),
    Subscribe(C, 0, "asic/1.0"),
    Subscribed(S, 0, True),
    Login(C, 0, "acct.rig07", "rig07", None, 512.0),
    LoginResult(S, 0, "acct.rig07", True, None),
    Notice(C, 0, NoticeKind.WISH),
    Difficulty(S, 0, 1024.0, None),
    job("6a1f", 1024.0),
    Share(C, 0, 1, "6a1f", "rig07", 1024.0, None),
    ShareResult(S, 0, 1, **ACCEPTED),
    Difficulty(S, 0, 2048.0, None),
    Share(C, 0, 2, "6a1f", "rig07", 1024.0, None),
    LowShare(S, 0, 2, False, False, False, 23),
    job("6a20", 2048.0, clean=False),
    Share(C, 0, 3, "6a1f", "rig07", 1024.0, None),
    ShareResult(S, 0, 3, False, True, False, 21),
    Share(C, 0, 4, "6a20", "rig07", 2048.0, None),
    ShareResult(S, 0, 4, False, False, True, None),
    Share(C, 0, 5, "6a20", "rig07", 2048.0, None),
]
