"""A session in one of its states, as the finding that leaves. Pure: what is not seen is left out."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from sensor.detect.identifiers import community_id, finding_id
from sensor.detect.identity import account_of, wallet_of
from sensor.detect.labels import Labels
from sensor.detect.session import Session
from sensor.detect.share_counts import ShareCounts
from sensor.finding import (
    SCHEMA_VERSION,
    Finding,
    MessagesSeen,
    MinerEnd,
    MinerIdentity,
    Phase,
    PoolEnd,
    ProtocolSeen,
    ProxiedBy,
    Reason,
    ReasonCode,
    RigSession,
    Shares,
    SharesSince,
    TunnelPaths,
)
from sensor.limits import RIG_ROWS_MAX
from sensor.model import CloseCause, Endpoint, Side
from sensor.times import NS_PER_SECOND, rfc3339

# How the rigs of an agent speak to it is not seen; the agent is known by what it says.
_AGENT: Final = "btcagent"


class Moment(msgspec.Struct, frozen=True):
    """When and why a revision is told."""

    at_ns: int
    phase: Phase
    close_cause: CloseCause | UnsetType = UNSET
    end_of_input: bool = False
    # A message of the session chose the moment, not the clock, the input's end or the connection's.
    is_edge: bool = False


class Told(msgspec.Struct, frozen=True):
    """What a session's agent tells, to stand in its finding. Estimates and relations are put into it later."""

    software: str | UnsetType = UNSET
    hardware_class: str | UnsetType = UNSET


class Reporter:
    """Makes findings. Knows the sensor's name, nothing of the sessions it has seen, and not whose an address is."""

    def __init__(self, sensor_id: str) -> None:
        self._sensor_id = sensor_id

    def labels(self, session: Session) -> Labels:
        """What the session's finding is called."""
        labels = session.labels
        if labels is None:
            key = session.opened.key
            labels = Labels(finding_id(self._sensor_id, key, session.opened.first_ns), community_id(key))
            session.labels = labels
        return labels

    def report(self, session: Session, moment: Moment, told: Told) -> Finding:
        """The next revision of this session's finding. The session must have a miner: it is a finding."""
        miner, pool = session.ends()
        key = session.opened.key
        labels = self.labels(session)
        side = Side.A if miner is key.a else Side.B
        # What was counted before this revision is needed for the differences.
        since = session.revised_ns, session.revised_shares
        revision = session.revised(moment.at_ns)
        frames = session.agent_frames or UNSET
        seen = MessagesSeen(session.messages(side), session.messages(side.other), frames)
        tally = session.tally
        return Finding(
            schema_version=SCHEMA_VERSION,
            finding_id=labels.finding_id,
            revision=revision,
            sensor_id=self._sensor_id,
            phase=moment.phase,
            close_cause=moment.close_cause,
            end_of_input=moment.end_of_input,
            stage=session.stage,
            grade=session.grade,
            at=rfc3339(moment.at_ns),
            first_seen=rfc3339(session.opened.first_ns),
            last_seen=rfc3339(session.last_ns),
            miner=MinerEnd(ip=miner.ip, port=miner.port, realm=key.realm),
            pool=_pool_end(session, pool),
            tunnel=_tunnel(session, side),
            protocol=protocol_of(session, pool),
            reasons=_reasons(session, seen, moment.at_ns),
            coin=tally.coin or UNSET,
            algorithm=tally.algorithm or UNSET,
            miner_identity=_identity(session, told),
            rig_sessions=_rig_sessions(session, seen),
            rig_sessions_count=UNSET if tally.rigs is None else tally.rigs.sessions,
            jobs=tally.jobs if seen.pool else UNSET,
            shares=_shares(tally.work.counts(), since[1], _seconds(since[0], moment.at_ns), seen),
            messages_seen=seen,
            gaps_bytes=sum(session.gaps),
            community_id=labels.community_id,
        )


def protocol_of(session: Session, pool: Endpoint) -> ProtocolSeen:
    """``pool`` is the other end of the session: a pool, or a proxy before one. An agent is the proxy of the rigs behind
    it, at the end that mines.
    """
    proxied = session.proxied
    proxy = UNSET if proxied is None else ProxiedBy(proxied.via, pool.ip, pool.port)
    if proxied is None and session.tally.rigs is not None:
        miner, _ = session.ends()
        proxy = ProxiedBy(_AGENT, miner.ip, miner.port)
    return ProtocolSeen(
        transport=session.opened.key.transport,
        encrypted=False,
        dialect=session.dialect or UNSET,
        proxied_by=proxy,
    )


def _rig_sessions(session: Session, seen: MessagesSeen) -> tuple[RigSession, ...] | UnsetType:
    rigs, work = session.tally.rigs, session.tally.work
    if rigs is None:
        return UNSET
    is_answered = bool(work.accepted or work.rejected)
    return tuple(
        RigSession(
            rig=one.rig,
            worker=one.worker or UNSET,
            agent=one.agent or UNSET,
            difficulty=UNSET if one.value is None else one.value,
            submitted=one.submitted if seen.miner else UNSET,
            accepted=one.accepted if seen.miner and is_answered else UNSET,
            rejected=one.rejected if seen.miner and is_answered else UNSET,
            work=one.work or UNSET,
            first_seen=rfc3339(one.first_ns),
            last_seen=rfc3339(one.last_ns),
            is_open=one.is_open,
        )
        for one in rigs.accounts(RIG_ROWS_MAX)
    )


def account_of_session(session: Session) -> str:
    """The account of the first login that was accepted, else of the first, else what a share named; "" where none was
    seen.
    """
    tally = session.tally
    login = tally.login_accepted or next(iter(tally.logins.listed()), None)
    return account_of(login) if login is not None else tally.named or ""


def host_of(session: Session) -> str:
    """The listed name met for this connection, or ""."""
    return next((hint.host for hint in session.hints if hint.host), "")


def _pool_end(session: Session, pool: Endpoint) -> PoolEnd:
    hints = session.hints
    if not hints:
        return PoolEnd(ip=pool.ip, port=pool.port)
    name = next((hint.pool for hint in hints if hint.pool), None)
    coin = next((hint.coin for hint in hints if hint.coin), None)
    return PoolEnd(ip=pool.ip, port=pool.port, host=host_of(session) or UNSET, name=name or UNSET, coin=coin or UNSET)


def _tunnel(session: Session, side: Side) -> TunnelPaths | UnsetType:
    if not any(session.tunnels):
        return UNSET
    return TunnelPaths(miner_to_pool=session.tunnels[side], pool_to_miner=session.tunnels[side.other])


def _reasons(session: Session, seen: MessagesSeen, at_ns: int) -> tuple[Reason, ...]:
    reasons = session.evidence.reasons()
    if not seen.pool:
        return (*reasons, Reason(code=ReasonCode.ONLY_MINER_SEEN, at=rfc3339(at_ns)))
    if not seen.miner:
        return (*reasons, Reason(code=ReasonCode.ONLY_POOL_SEEN, at=rfc3339(at_ns)))
    return reasons


def _identity(session: Session, told: Told) -> MinerIdentity:
    tally = session.tally
    account = account_of_session(session)
    return MinerIdentity(
        logins=tally.logins.listed(),
        workers=tally.workers.listed(),
        workers_count=tally.workers_count,
        account=account or UNSET,
        wallet=wallet_of(account) or UNSET,
        agent=tally.agent or UNSET,
        software=told.software,
        difficulty_wish=UNSET if tally.difficulty_wish is None else tally.difficulty_wish,
        hardware_class=told.hardware_class,
    )


def _seconds(from_ns: int, to_ns: int) -> float:
    return max(0, to_ns - from_ns) / NS_PER_SECOND


def _shares(now: ShareCounts, before: ShareCounts, seconds: float, seen: MessagesSeen) -> Shares:
    """What the unseen side would have told is absent: submits without the miner's, verdicts without the pool's."""
    counts = _counts(now, before=ShareCounts(), seen=seen)
    return Shares(since_last_update=SharesSince(seconds=seconds, **_counts(now, before, seen)), **counts)


def _counts(now: ShareCounts, before: ShareCounts, seen: MessagesSeen) -> dict[str, int]:
    counts = {}
    if seen.miner:
        counts["submitted"] = now.submitted - before.submitted
    if seen.pool:
        counts["accepted"] = now.accepted - before.accepted
        counts["rejected"] = now.rejected - before.rejected
        counts["stale"] = now.stale - before.stale
        counts["duplicate"] = now.duplicate - before.duplicate
    if seen.miner and seen.pool:
        counts["unanswered"] = now.unanswered - before.unanswered
    return counts
