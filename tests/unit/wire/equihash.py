"""A session of ZIP 301 as lines, and the words to write more."""

from __future__ import annotations

from tests.unit.wire.family import target, yes
from tests.unit.wire.talk import C, Message, S, says

PREVIOUS = "1f" * 32
ROOT = "2e" * 32
NOTHING = "00" * 32
EASY = "0007" + "f" * 60  # 8192 solutions
HARD = "0003" + "f" * 60  # 16384
LOGIN = "t1" + "Q" * 33 + ".rig"
SOLUTION = "fd4005" + "8a" * 1344


def notify(job_id: str, *more: object, clean: bool = True) -> Message:
    params = [job_id, "04000000", PREVIOUS, ROOT, NOTHING, "0ab3de01", "bf0f0c21", clean, *more]
    return says(S, id=None, method="mining.notify", params=params)


def submit(ident: object, job_id: str, solution: str = SOLUTION) -> Message:
    return says(C, id=ident, method="mining.submit", params=[LOGIN, job_id, "0ab3de01", "8a" * 24, solution])


SUBSCRIBE = says(C, id=1, method="mining.subscribe", params=["miner/0.3", None, "pool.example.org", "3357"])
SUBSCRIBED = says(S, id=1, result=["a1b2c3d4e5", "a1b2c3d4e5"], error=None)

ZCASH: list[Message] = [
    SUBSCRIBE,
    SUBSCRIBED,
    says(C, id=2, method="mining.authorize", params=[LOGIN, "x"]),
    yes(2),
    target(EASY),
    says(C, id=3, method="mining.extranonce.subscribe", params=[]),
    notify("7f2"),
    submit(100, "7f2"),
    says(S, id=100, result=True),
    target(HARD),
    submit(101, "7f2"),
    says(S, id=101, result=None, error=[21, "Stale job!"]),
    notify("7f3"),
    submit(102, "7f3"),
    says(S, id=102, result=None, error=[22, "Duplicate share", None]),
]
