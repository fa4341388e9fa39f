"""One mining session: events in, stage and grade out. Knows no dialect, no flow and no clock but packet time.

The stage rises with what was seen, and the tables of judge.py turn it into a grade. Neither ever falls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sensor.detect.dialogue import Dialogue
from sensor.detect.evidence import MINER, POOL, Evidence
from sensor.detect.judge import FINDINGS, GRADE_RANK, STAGE_RANK, judge
from sensor.detect.labels import Hint, Labels
from sensor.detect.share_counts import ShareCounts
from sensor.detect.tally import Tally
from sensor.detect.witness import NO_PAST, Past, Witness
from sensor.event import (
    Difficulty,
    DifficultyMissed,
    HashrateReport,
    Job,
    Login,
    LoginResult,
    LowShare,
    Malformed,
    MiningEvent,
    Redirect,
    Renamed,
    Restart,
    RigDifficulty,
    RigJoined,
    RigLeft,
    RigResult,
    RigShare,
    Share,
    ShareResult,
    Standing,
    Subscribe,
    TellingShare,
    Unknown,
    VersionRolling,
)
from sensor.finding import Grade, Param, ReasonCode, Stage
from sensor.limits import UPDATE_INTERVAL_NS, WORK_MOMENTS_MIN
from sensor.model import Chunk, Endpoint, FlowOpened, Proxied, Side
from sensor.room import Purse
from sensor.times import next_boundary

SETTLED_PACKETS: Final = 2
_JOINED_RANK: Final = STAGE_RANK[Stage.JOINED]
# Looking a member up in its enum costs as much as all else that is done for a share.
_WORKING: Final = Stage.WORKING
_GRADE_A: Final = Grade.A
_GRADE_B: Final = Grade.B
_GRADE_D: Final = Grade.D


class Session:
    """State of one candidate. ``is_changed`` says that stage or grade rose since the last revision."""

    __slots__ = (
        "_chunk",
        "_dialogue",
        "_is_to_judge",
        "_login_answered",
        "_login_asked",
        "_packet_last",
        "_packets",
        "_pool_spoke",
        "_revision_before",
        "_standing",
        "_tally_purse",
        "_witness",
        "dialect",
        "evidence",
        "gaps",
        "grade",
        "hints",
        "is_changed",
        "is_dirty",
        "is_resting",
        "labels",
        "last_ns",
        "miner",
        "odd",
        "opened",
        "proxied",
        "purse",
        "revised_ns",
        "revised_shares",
        "revision",
        "stage",
        "tally",
        "tunnels",
        "update_ns",
    )

    def __init__(
        self,
        opened: FlowOpened,
        dialogue: Dialogue,
        revision: int = 0,
        purse: Purse | None = None,
        past: Past = NO_PAST,
    ) -> None:
        self.opened = opened
        self.purse = purse or Purse()  # the dialogue has the same; to be closed when the session has ended
        self._tally_purse = self.purse.part()
        self.miner: Side | None = None
        self.dialect: str | None = None
        self.stage = Stage.ATTEMPTED
        self.grade = Grade.D
        self.evidence = Evidence()
        self.labels: Labels | None = None
        self.hints: list[Hint] = []
        self.tunnels = [opened.tunnel_a, opened.tunnel_b]
        self.proxied: Proxied | None = None  # what a proxy was asked for before
        self.gaps = [0, 0]  # missing bytes by side
        self.odd: dict[str, int] = {}  # messages that could not be read, by code
        self.last_ns = opened.ts_ns
        self.revision = self._revision_before = revision
        self.revised_ns = opened.first_ns
        self.revised_shares = ShareCounts()
        self.update_ns = next_boundary(opened.ts_ns)
        self.is_changed = False
        self.is_dirty = False  # something was seen since the last revision
        self.is_resting = False  # there is no seat for it: what it says goes by
        self._dialogue = dialogue
        self._chunk: Chunk | None = None  # while it is taken in
        self._packets = 0  # packets with a message
        self._packet_last = (-1, -1)
        self._standing = Standing.UNDECIDED
        self._witness = Witness(past)
        self._is_to_judge = False  # what the grade rests on has changed
        self._forget()
        if opened.midstream:
            self.evidence.add(ReasonCode.MIDSTREAM, opened.ts_ns)

    # ------------------------------------------------------------ what others ask

    def ends(self) -> tuple[Endpoint, Endpoint]:
        """Miner and pool; to be asked only of a session that has a miner."""
        key = self.opened.key
        if self.miner is None:
            raise AssertionError("a session without a miner has no ends")
        return (key.a, key.b) if self.miner is Side.A else (key.b, key.a)

    @property
    def is_recognised(self) -> bool:
        """Whether it is beyond doubt that a dialect is spoken: by both sides, or by one as only a miner or a pool does.
        Only jobs tell the mining.* dialects apart. Where none was seen, words that no other protocol has do, with a
        login or share that the pool took, or with shares at several moments.
        """
        witness = self._witness
        if self.miner is None or self._dialogue.is_doubtful or not witness.suffices:
            return False
        if self._standing is Standing.CONFIRMED:
            return True
        is_taken = self.tally.login_accepted is not None or self.tally.work.accepted > 0
        is_said = is_taken or witness.work_moments >= WORK_MOMENTS_MIN
        return is_said and self._standing is Standing.UNDECIDED and self._dialogue.is_specific

    @property
    def is_refuted(self) -> bool:
        """It is no mining after all. What both sides have spoken is beyond doubt and stays."""
        if self.grade is _GRADE_A:
            return False
        return self._dialogue.refuted or (self.grade is _GRADE_B and self._witness.is_belied)

    @property
    def past(self) -> Past:
        """What is to be known of it, once it was refuted, should its connection begin anew."""
        is_echo = self._dialogue.is_echo if self._dialogue.is_quotation else None
        return Past(is_echo, self._witness.strangers(self._dialogue.messages))

    @property
    def is_server(self) -> bool:
        """Who asks for work is no miner."""
        return self._dialogue.is_server

    @property
    def is_finding(self) -> bool:
        return self.grade in FINDINGS

    @property
    def is_settled(self) -> bool:
        return self.grade in FINDINGS and self._packets >= SETTLED_PACKETS

    @property
    def is_told(self) -> bool:
        """Whether its finding was told; ``revision`` may go on from one that was withdrawn."""
        return self.revision > self._revision_before

    @property
    def is_two_sided(self) -> bool:
        """Whether messages of both sides were seen."""
        return all(self._dialogue.messages)

    @property
    def is_attempt(self) -> bool:
        """Somebody tried: something was said that only a mining dialect says, and which end mines is known."""
        if self.dialect is None or self.miner is None:
            return False
        return not (self._dialogue.is_doubtful or self._witness.is_suspect or self._witness.is_strange(self.miner))

    def messages(self, side: Side) -> int:
        return self._dialogue.messages[side]

    @property
    def agent_frames(self) -> int:
        """Messages that were frames of a BTCAgent, of both sides."""
        return self._dialogue.frames

    # ------------------------------------------------------------ what happens

    def receive(self, chunk: Chunk) -> None:
        """Takes in-order payload; ``grade``, ``stage`` and tallies are then those of all seen so far."""
        side, ts_ns, gap_bytes, data = chunk.side, chunk.ts_ns, chunk.gap_bytes, chunk.data
        if gap_bytes:
            self.gaps[side] += gap_bytes
            self.tally.work.is_holed = True
        if ts_ns > self.last_ns and data:
            self.last_ns = ts_ns
        elif ts_ns < self.last_ns - UPDATE_INTERVAL_NS:
            self.update_ns = min(self.update_ns, next_boundary(ts_ns))  # the clock was set back
        events = self._dialogue.feed(side, ts_ns, gap_bytes, data)
        if not events:
            return
        self.is_dirty = True
        self._chunk = chunk
        if self.grade is _GRADE_A:
            # Both sides have spoken: roles and standing are firm, what follows is only counted.
            for event in events:
                handler = _HANDLERS.get(type(event))
                if handler is not None:
                    handler(self, event)
        else:
            self._take(events, ts_ns)
        self._chunk = None
        if self._packets < SETTLED_PACKETS and self._packet_last != (side, ts_ns):
            self._packets += 1
            self._packet_last = (side, ts_ns)

    def rest(self, ts_ns: int) -> None:
        """What it says from now on goes by."""
        self.is_resting = True
        self.evidence.add(ReasonCode.UNFOLLOWED, ts_ns)

    def miss(self, chunk: Chunk) -> None:
        """Payload that comes while it rests."""
        self.gaps[chunk.side] += chunk.gap_bytes + len(chunk.data)

    def close(self, ts_ns: int) -> None:
        """The flow is over: what the dialogue still held is counted; an undecided dialect is the leader's."""
        self._take(self._dialogue.close(ts_ns), ts_ns)
        self.dialect = self._dialogue.dialect or self.dialect

    def revised(self, at_ns: int) -> int:
        """A revision is told now: counts it and starts the next interval. Returns its number, from 1."""
        self.revision += 1
        self.revised_ns = at_ns
        self.revised_shares = self.tally.work.counts()
        self.is_changed = False
        self.is_dirty = False
        return self.revision

    # ------------------------------------------------------------ inside

    def _take(self, events: list[MiningEvent], ts_ns: int) -> None:
        self._look_at_roles()
        self._witness.hear(events)
        for event in events:
            handler = _HANDLERS.get(type(event))
            if handler is not None:
                handler(self, event)
        if self._dialogue.standing is not self._standing:
            self._look_at_standing(ts_ns)
        if self._is_to_judge or self.grade is _GRADE_D:
            self._judge()
        self.evidence.forget_shown()

    def _look_at_roles(self) -> None:
        # What was known of a conversation that is read anew, or given up, is still what its finding said.
        miner = self._dialogue.miner
        if miner is not None and miner is not self.miner:
            self.miner = miner
            self._is_to_judge = True

    def _look_at_standing(self, ts_ns: int) -> None:
        self._standing = self._dialogue.standing
        dialect = self._dialogue.dialect
        if dialect is not None:
            self.dialect = dialect
            if self._standing is Standing.CONFIRMED:
                params: dict[str, Param] = {"dialect": dialect}
                self.evidence.add(ReasonCode.DIALECT_CONFIRMED, ts_ns, params=params, subject=dialect)
        self._is_to_judge = True

    def _forget(self) -> None:
        """All that one decoder's reading counted; stage and grade stay where they are."""
        self._tally_purse.close()
        self.tally = Tally(self._tally_purse, is_midstream=self.opened.midstream)
        self._login_asked = False
        self._login_answered = False
        self._pool_spoke = False

    def _rise(self, stage: Stage) -> None:
        if STAGE_RANK[stage] > STAGE_RANK[self.stage]:
            self.stage = stage
            self.is_changed = True
            self._is_to_judge = True

    def _judge(self) -> None:
        self._is_to_judge = False
        # Asked last, for it takes the longest: whether it is recognised at all.
        pool_spoke = self._pool_spoke and self._witness.is_of_both
        grade = judge(self.stage, pool_spoke=pool_spoke, is_recognised=True)
        if GRADE_RANK[grade] > GRADE_RANK[self.grade] and self.is_recognised:
            self.grade = grade
            self.dialect = self._dialogue.dialect or self.dialect
            self.is_changed = True

    def _pool_speaks(self) -> None:
        self._pool_spoke = True
        self._is_to_judge = True

    def _may_have_joined_unseen(self) -> bool:
        """Whether a login that was accepted may have passed unseen: then a job proves it."""
        miner = self.miner
        if self.opened.midstream or miner is None or not self._dialogue.messages[miner]:
            return True
        if self._login_answered:
            return False
        return bool(self.gaps[miner] or (self._login_asked and self.gaps[miner.other]))

    def _add(self, code: ReasonCode, ts_ns: int, side: str, /, **params: Param | None) -> None:
        evidence = self.evidence
        if not evidence.has(code):
            seen = {name: value for name, value in params.items() if value is not None} if params else None
            evidence.add(code, ts_ns, side=side, params=seen, shown=self._proof(code, ts_ns, side))

    def _proof(self, code: ReasonCode, ts_ns: int, side: str) -> str:
        """The message behind a reason; of one that was read before this chunk, the proof it was given then, or none."""
        chunk = self._chunk
        if chunk is None or chunk.ts_ns != ts_ns or (side and (chunk.side == self.miner) != (side == MINER)):
            return self.evidence.former_proof(code, ts_ns)
        # What is only counted is not taken in by `_take`, and gives one reason at a time.
        return self.evidence.proof_of(code, chunk.data, self._dialogue.secrets, keeps=self.grade is not _GRADE_A)

    # ------------------------------------------------------------ one method an event

    def _subscribe(self, event: Subscribe) -> None:
        self.tally.subscribe(event)
        self._add(ReasonCode.SUBSCRIBED, event.ts_ns, MINER, agent=event.agent)

    def _login(self, event: Login) -> None:
        self._login_asked = True
        self.tally.login(event)
        self._add(ReasonCode.LOGIN_SENT, event.ts_ns, MINER, login=event.login, agent=event.agent)

    def _login_result(self, event: LoginResult) -> None:
        self._login_answered = True
        code = ReasonCode.LOGIN_ACCEPTED if event.accepted else ReasonCode.LOGIN_REFUSED
        self._add(code, event.ts_ns, POOL, code=event.code)
        self._dialogue.forget_secrets()
        if not event.accepted:
            self._rise(Stage.REFUSED)
            return
        if self.tally.login_accepted is None:
            self.tally.login_accepted = event.login
        self._rise(Stage.JOINED)

    def _job(self, event: Job) -> None:
        tally = self.tally
        tally.job(event)
        if tally.jobs == 1:
            self._add(ReasonCode.JOB_SEEN, event.ts_ns, POOL)
            self._pool_speaks()
        self._say_what_is_mined(event, POOL)
        if STAGE_RANK[self.stage] < _JOINED_RANK and self._may_have_joined_unseen():
            self._rise(Stage.JOINED)

    def _say_what_is_mined(self, event: Job | TellingShare, side: str) -> None:
        has = self.evidence.has
        if event.algorithm is not None and not has(ReasonCode.ALGORITHM_SEEN):
            self._add(ReasonCode.ALGORITHM_SEEN, event.ts_ns, side, algorithm=event.algorithm)
        if event.coin is not None and not has(ReasonCode.COIN_SEEN):
            self._add(ReasonCode.COIN_SEEN, event.ts_ns, side, coin=event.coin)

    def _telling_share(self, event: TellingShare) -> None:
        self.tally.told(event)
        self._share(event)
        self._say_what_is_mined(event, MINER)

    def _share(self, event: Share) -> None:
        tally = self.tally
        if event.worker != tally.worker_last:
            tally.works(event.worker)
        if not tally.work.share(event):
            tally.without_worth(event.ts_ns)
        if self.stage is not _WORKING:
            self._add(ReasonCode.SHARE_SENT, event.ts_ns, MINER)
            self._rise(Stage.WORKING)

    def _share_result(self, event: ShareResult) -> None:
        work = self.tally.work
        if not work.result(event):
            self.tally.without_worth(event.ts_ns)
        self._look_at_result(event)

    def _look_at_result(self, event: ShareResult) -> None:
        work = self.tally.work
        if event.accepted and work.accepted == 1:
            self._add(ReasonCode.SHARE_ACCEPTED, event.ts_ns, POOL)
            self._pool_speaks()
            if event.key is None and self._may_have_joined_unseen():
                self._rise(Stage.JOINED)
        elif not event.accepted and work.rejected == 1:
            self._add(ReasonCode.SHARE_REJECTED, event.ts_ns, POOL, code=event.code)

    def _hashrate(self, event: HashrateReport) -> None:
        self.tally.reported(event)
        self._add(ReasonCode.HASHRATE_REPORTED, event.ts_ns, MINER, hashrate_hs=event.hashrate_hs)

    def _redirect(self, event: Redirect) -> None:
        self._add(ReasonCode.REDIRECTED, event.ts_ns, POOL, host=event.host, port=event.port)

    def _odd(self, event: Unknown | Malformed) -> None:
        # Codes are enums, so this table cannot grow beyond them.
        code = event.code.value
        self.odd[code] = self.odd.get(code, 0) + 1

    def _rig_joined(self, event: RigJoined) -> None:
        self.tally.rig(event)
        self._add(ReasonCode.RIG_REGISTERED, event.ts_ns, MINER, worker=event.worker, agent=event.agent)

    def _rig_told(self, event: RigLeft | RigDifficulty) -> None:
        self.tally.agent_rigs().told(event)

    def _rig_share(self, event: RigShare) -> None:
        self.tally.rig_works(event)
        if self.stage is not _WORKING:
            self._add(ReasonCode.SHARE_SENT, event.ts_ns, MINER)
            self._rise(Stage.WORKING)

    def _rig_result(self, event: RigResult) -> None:
        tally = self.tally
        if not tally.work.result_of_rig(event):
            tally.without_worth(event.ts_ns)
        tally.agent_rigs().result(event)
        self._look_at_result(event)

    def _restart(self, event: Restart) -> None:
        self._forget()
        # The new leader's standing is looked at when its account has been taken.
        self._standing = Standing.UNDECIDED
        self._look_at_roles()
        self.dialect = self._dialogue.dialect or self.dialect
        self.evidence.forget_messages()
        if not self.is_told:
            self.stage = Stage.ATTEMPTED
            self.grade = Grade.D
            self.is_changed = False
        elif self.dialect is not None:
            self._add(ReasonCode.DIALECT_CHANGED, event.ts_ns, "", dialect=self.dialect)

    def _renamed(self, event: Renamed) -> None:
        before, self.dialect = self.dialect, self._dialogue.dialect or self.dialect
        if self.is_told and self.dialect is not None and self.dialect != before:
            self._add(ReasonCode.DIALECT_CHANGED, event.ts_ns, "", dialect=self.dialect)
            self.is_changed = True


# One handler an event; what is not here (notices, answers to subscribe) has nothing to count.
_HANDLERS: Final[dict[type, Callable[[Session, Any], None]]] = {
    Subscribe: Session._subscribe,
    Login: Session._login,
    LoginResult: Session._login_result,
    Difficulty: lambda session, event: session.tally.difficulty(event),
    DifficultyMissed: lambda session, event: session.tally.work.doubt(event.ts_ns),
    Job: Session._job,
    Share: Session._share,
    TellingShare: Session._telling_share,
    ShareResult: Session._share_result,
    LowShare: Session._share_result,
    HashrateReport: Session._hashrate,
    Redirect: Session._redirect,
    VersionRolling: lambda session, event: session.tally.rolls(event),
    Unknown: Session._odd,
    Malformed: Session._odd,
    RigJoined: Session._rig_joined,
    RigLeft: Session._rig_told,
    RigDifficulty: Session._rig_told,
    RigShare: Session._rig_share,
    RigResult: Session._rig_result,
    Restart: Session._restart,
    Renamed: Session._renamed,
}
