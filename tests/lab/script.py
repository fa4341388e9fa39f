# SPDX-License-Identifier: Apache-2.0
"""What a session shall be (``Script``) and when its jobs and shares come (``beats``), for every dialect.

Shares are a Poisson process whose rate is hashrate / hashes per share, so that an estimate made from them
can be compared with the hashrate that was put in.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sensor.model import Endpoint
from tests.lab.dialogue import Ending
from tests.lab.seeded import MS, SECOND, Seeded


class Reach(enum.Enum):
    """How far a session gets."""

    ATTEMPTED = 0  # the pool never answers the login
    REFUSED = 1
    JOINED = 2
    WORKING = 3


class Style(enum.Enum):
    """How a miner writes JSON: the three habits seen in the wild."""

    COMPACT = enum.auto()  # {"id":1,"method":...
    SPACED = enum.auto()  # {"id": 1, "method": ...
    PARAMS_FIRST = enum.auto()  # {"params": [...], "id": 1, "method": ...


class Fate(enum.Enum):
    ACCEPTED = enum.auto()
    LOW = enum.auto()
    STALE = enum.auto()
    DUPLICATE = enum.auto()
    UNANSWERED = enum.auto()


@dataclass(frozen=True)
class Odds:
    """The probability of each fate of a share; what is left is accepted."""

    low: float = 0.0
    stale: float = 0.0
    duplicate: float = 0.0
    unanswered: float = 0.0

    def draw(self, rng: Seeded) -> Fate:
        for fate, odds in (
            (Fate.LOW, self.low),
            (Fate.STALE, self.stale),
            (Fate.DUPLICATE, self.duplicate),
            (Fate.UNANSWERED, self.unanswered),
        ):
            if rng.chance(odds):
                return fate
        return Fate.ACCEPTED


@dataclass(frozen=True)
class Script:
    """One session to be played.

    ``difficulties``: (second from the start, difficulty as this dialect's people state it); a change is
    sent with the next job. ``logins``: as sent, the rig after the first dot; several are several workers
    on one connection.
    """

    miner: Endpoint
    pool: Endpoint
    start_ns: int
    seed: int
    hashrate_hs: float
    difficulties: tuple[tuple[float, float], ...]
    logins: tuple[str, ...]
    agent: str
    seconds: float = 300.0
    job_seconds: float = 30.0
    odds: Odds = field(default=Odds())
    reach: Reach = Reach.WORKING
    ending: Ending = Ending.FIN
    style: Style = Style.COMPACT


@dataclass(frozen=True)
class JobBeat:
    ts_ns: int
    difficulty: float
    changed: bool  # the difficulty differs from the job's before, or this is the first


@dataclass(frozen=True)
class ShareBeat:
    ts_ns: int
    fate: Fate


def beats(script: Script, rng: Seeded, work: Callable[[float], float]) -> Iterator[JobBeat | ShareBeat]:
    """Jobs and shares in the order of time, from half a second after the start to the end of the script.

    A stale share has a job before the present one, a duplicate an accepted share before it.
    ``work`` gives the expected hashes of a share at a difficulty.
    """
    now = script.start_ns + 500 * MS
    end = script.start_ns + round(script.seconds * SECOND)
    difficulty: float | None = None
    possible = {Fate.ACCEPTED, Fate.LOW, Fate.UNANSWERED}
    while now < end:
        wanted = _difficulty_at(script, (now - script.start_ns) / SECOND)
        yield JobBeat(now, wanted, changed=wanted != difficulty)
        difficulty = wanted
        next_job = now + rng.wait_ns(750 * script.job_seconds, 1250 * script.job_seconds)
        if script.reach is Reach.WORKING:
            for ts_ns in _arrivals(rng, rate=script.hashrate_hs / work(wanted), span=(now, min(next_job, end))):
                fate = script.odds.draw(rng)
                fate = fate if fate in possible else Fate.ACCEPTED
                if fate is Fate.ACCEPTED:
                    possible.add(Fate.DUPLICATE)
                yield ShareBeat(ts_ns, fate)
        possible.add(Fate.STALE)
        now = next_job


def _arrivals(rng: Seeded, *, rate: float, span: tuple[int, int]) -> Iterator[int]:
    # A Poisson process has no memory: drawing anew from each job keeps its rate right. Shares closer than
    # a round trip are drawn apart, which lowers the rate by less than 0.1 % at one share in three
    # seconds.
    now, end = span
    while (now := now + max(rng.arrival_ns(rate), 100 * MS)) < end:
        yield now


def _difficulty_at(script: Script, second: float) -> float:
    return [value for since, value in script.difficulties if since <= second][-1]


def refers_back(fate: Fate) -> int:
    """The index of the job that a share of this fate names: the last, or for a stale one the one before."""
    return -2 if fate is Fate.STALE else -1


def rig_of(login: str) -> str | None:
    """The rig part of ``account.rig``; absent where there is none."""
    _, dot, rig = login.partition(".")
    return rig if dot else None


def line(message: dict[str, object], style: Style = Style.COMPACT) -> bytes:
    """One JSON message as a miner or a pool of that style writes it, LF included."""
    if style is Style.PARAMS_FIRST and "params" in message:
        message = {"params": message["params"], **message}
    separators = (",", ":") if style is Style.COMPACT else (", ", ": ")
    return json.dumps(message, separators=separators).encode() + b"\n"
