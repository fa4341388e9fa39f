# SPDX-License-Identifier: Apache-2.0
"""The vocabulary to write conversations: who says which bytes when, and what a sensor may know from it.

A ``Talk`` is any conversation of two ends; a ``Dialogue`` is one of a miner and a pool. Each saying
carries its meaning, so the ``Truth`` of a conversation is counted from what is visible of it: all, one
side, or its tail. It knows neither packets (``tcp``) nor any dialect (``dialects``). Stages and grades
are those of the findings.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sensor.model import Endpoint


class Speaker(enum.Enum):
    CLIENT = "client"
    SERVER = "server"

    @property
    def other(self) -> Speaker:
        return Speaker.SERVER if self is Speaker.CLIENT else Speaker.CLIENT


class Ending(enum.StrEnum):
    FIN = "fin"
    RST = "rst"
    OPEN = "open"  # still alive when the capture ends


class Meaning(enum.Enum):
    """What a saying counts for. One saying may count twice: a login's answer that brings a job."""

    LOGIN = enum.auto()
    LOGIN_ACCEPTED = enum.auto()
    LOGIN_REFUSED = enum.auto()
    JOB = enum.auto()
    SUBMIT = enum.auto()
    ACCEPTED = enum.auto()
    REJECTED = enum.auto()
    STALE = enum.auto()  # said besides REJECTED
    DUPLICATE = enum.auto()  # said besides REJECTED


# What is said closer together is said at one moment.
MOMENT_NS = 50_000_000
WORK = {Meaning.JOB, Meaning.SUBMIT, Meaning.ACCEPTED, Meaning.REJECTED}


@dataclass(frozen=True, slots=True)
class Note:
    """What a reader may know from one saying. ``work``: the expected hashes an accepted share stands for. ``tells``:
    which dialect it is, where others share most of its words.
    """

    meanings: tuple[Meaning, ...] = ()
    agent: str | None = None
    login: str | None = None
    worker: str | None = None
    work: float = 0.0
    tells: bool = False


@dataclass(frozen=True, slots=True)
class Saying:
    """Bytes of one side at a time (ns since 1970), with what they mean."""

    ts_ns: int
    speaker: Speaker
    data: bytes
    note: Note = field(default=Note())


class Talk:
    """A conversation over one connection: the client opened it."""

    def __init__(self, client: Endpoint, server: Endpoint, ending: Ending = Ending.FIN) -> None:
        self.client = client
        self.server = server
        self.ending = ending
        self._sayings: list[Saying] = []

    def say(self, saying: Saying) -> None:
        self._sayings.append(saying)

    def ask(self, ts_ns: int, data: bytes) -> None:
        self.say(Saying(ts_ns, Speaker.CLIENT, data))

    def answer(self, ts_ns: int, data: bytes) -> None:
        self.say(Saying(ts_ns, Speaker.SERVER, data))

    def sayings(self) -> list[Saying]:
        """In the order of time; sayings of one instant in the order they were written."""
        return sorted(self._sayings, key=lambda saying: saying.ts_ns)

    def stream(self, speaker: Speaker) -> bytes:
        """All bytes of one side: what a perfect reassembly gives."""
        return b"".join(saying.data for saying in self.sayings() if saying.speaker is speaker)


class Dialogue(Talk):
    """A conversation of a miner (the client) and a pool (the server)."""

    def __init__(self, miner: Endpoint, pool: Endpoint, ending: Ending = Ending.FIN) -> None:
        super().__init__(miner, pool, ending)

    @property
    def miner(self) -> Endpoint:
        return self.client

    @property
    def pool(self) -> Endpoint:
        return self.server

    def from_miner(self, ts_ns: int, line: bytes, note: Note | None = None) -> None:
        self.say(Saying(ts_ns, Speaker.CLIENT, line, note or Note()))

    def from_pool(self, ts_ns: int, line: bytes, note: Note | None = None) -> None:
        self.say(Saying(ts_ns, Speaker.SERVER, line, note or Note()))


@dataclass(frozen=True)
class View:
    """What a sensor sees of a dialogue: which speakers, from when, without what.

    ``since_ns``: absent where its first packet is seen. ``lost``: indexes of sayings that were not captured.
    """

    speakers: frozenset[Speaker] = frozenset(Speaker)
    since_ns: int | None = None
    lost: frozenset[int] = frozenset()

    def visible(self, talk: Talk) -> Iterator[Saying]:
        for index, saying in enumerate(talk.sayings()):
            begun = self.since_ns is None or saying.ts_ns >= self.since_ns
            if begun and saying.speaker in self.speakers and index not in self.lost:
                yield saying


@dataclass(frozen=True)
class Tunnel:
    """The encapsulation of each direction, outermost first: ``vlan:100``, ``ipip``."""

    to_server: tuple[str, ...] = ()
    to_client: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What a maker knows of its session beyond the counts: what is really mined, and how fast.

    A sensor may leave ``algorithm`` and ``coin`` away where the bytes do not prove them; it may not name
    others. ``vague``: what the dialect is called where nothing that tells it was seen; "" where every word of it does.
    """

    dialect: str
    hashrate_hs: float
    algorithm: str | None = None
    coin: str | None = None
    vague: str = ""


@dataclass(frozen=True)
class Truth:
    """What a sensor should say of one mining session. Absent (``None``) is what could not be seen.

    ``logins`` and ``agent``: as sent on what is visible. ``workers``: the rig part of a login, or the rig
    field. ``grade`` "D" is a sighting, all others are findings.
    """

    miner: Endpoint
    pool: Endpoint
    facts: Facts
    stage: str
    grade: str
    agent: str | None
    logins: tuple[str, ...]
    workers: tuple[str, ...]
    jobs: int | None
    submitted: int | None
    accepted: int | None
    rejected: int | None
    unanswered: int | None
    stale: int | None
    duplicate: int | None
    work_accepted: float
    ending: Ending
    tunnel: Tunnel

    @property
    def dialect(self) -> str:
        return self.facts.dialect


@dataclass(frozen=True)
class Session:
    """A dialogue with what its maker knows about it."""

    dialogue: Dialogue
    facts: Facts
    tunnel: Tunnel = field(default=Tunnel())

    def truth(self, view: View | None = None) -> Truth:
        """What is true of the part of the dialogue that ``view`` shows (default: all of it)."""
        view = view or View()
        seen = list(view.visible(self.dialogue))
        counts = {meaning: sum(meaning in saying.note.meanings for saying in seen) for meaning in Meaning}
        miner_seen = Speaker.CLIENT in view.speakers
        pool_seen = Speaker.SERVER in view.speakers
        stage = _stage(counts, begun=view.since_ns is None and miner_seen)
        submitted = counts[Meaning.SUBMIT] if miner_seen else None
        answered = counts[Meaning.ACCEPTED] + counts[Meaning.REJECTED]
        is_told = not self.facts.vague or any(saying.note.tells for saying in seen)

        def of_pool(meaning: Meaning) -> int | None:
            return counts[meaning] if pool_seen else None

        return Truth(
            miner=self.dialogue.miner,
            pool=self.dialogue.pool,
            facts=self.facts if is_told else replace(self.facts, dialect=self.facts.vague),
            stage=stage,
            grade=_grade(stage, counts) if _is_credible(seen) and (is_told or _is_plain(seen)) else "D",
            agent=next((saying.note.agent for saying in seen if saying.note.agent), None),
            logins=_distinct(saying.note.login for saying in seen),
            workers=_distinct(saying.note.worker for saying in seen),
            jobs=of_pool(Meaning.JOB),
            submitted=submitted,
            accepted=of_pool(Meaning.ACCEPTED),
            rejected=of_pool(Meaning.REJECTED),
            unanswered=submitted - answered if submitted is not None and pool_seen else None,
            stale=of_pool(Meaning.STALE),
            duplicate=of_pool(Meaning.DUPLICATE),
            work_accepted=sum(saying.note.work for saying in seen if Meaning.ACCEPTED in saying.note.meanings),
            ending=self.dialogue.ending,
            tunnel=self.tunnel,
        )

    def tunnelled(self, tunnel: Tunnel) -> Session:
        return replace(self, tunnel=tunnel)


def _stage(counts: dict[Meaning, int], *, begun: bool) -> str:
    if counts[Meaning.SUBMIT]:
        return "working"
    if counts[Meaning.LOGIN_ACCEPTED] or (counts[Meaning.JOB] and not begun):
        return "joined"
    return "refused" if counts[Meaning.LOGIN_REFUSED] else "attempted"


def _grade(stage: str, counts: dict[Meaning, int]) -> str:
    if stage == "working":
        return "A" if counts[Meaning.JOB] or counts[Meaning.ACCEPTED] else "B"
    return "B" if stage == "joined" else "D"


def _is_credible(seen: list[Saying]) -> bool:
    """Whether both sides speak, or one at three moments, and at two of them of work: less may be a quotation."""
    words = [saying for saying in seen if saying.note.meanings or saying.note.agent]
    moments = {saying.ts_ns for saying in words}
    moments_of_work = {saying.ts_ns for saying in words if WORK & set(saying.note.meanings)}
    is_of_both = len({saying.speaker for saying in words}) == 2
    return is_of_both or (len(moments) > 2 and len(moments_of_work) > 1)


def _is_plain(seen: list[Saying]) -> bool:
    """Whether a session that might be of several dialects is one of them for certain: something was accepted, or work
    was spoken of at two moments.
    """
    if any({Meaning.LOGIN_ACCEPTED, Meaning.ACCEPTED} & set(saying.note.meanings) for saying in seen):
        return True
    moments = [saying.ts_ns for saying in seen if WORK & set(saying.note.meanings)]
    return bool(moments) and moments[-1] - moments[0] >= MOMENT_NS


def _distinct(values: Iterator[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value is not None))
