"""The session, the chain of its reasons, and the verdict that rests on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import UNSET

from sensor.explain.say import Say
from sensor.explain.statement import Section, Statement
from sensor.finding import Finding, MinerEnd, MinerIdentity, PoolEnd, Shares

_WORKERS_SHOWN: Final = 8


def session(finding: Finding) -> Iterator[Statement]:
    """Who mines where, in what, and when."""
    yield _say(Say.MINES, miner=miner_of(finding.miner), pool=pool_of(finding.pool))
    if finding.pool.name is not UNSET:
        yield _say(Say.POOL_LISTED, name=finding.pool.name)
    protocol = finding.protocol
    if protocol.dialect is UNSET:
        yield _say(Say.DIALECT_OPEN, transport=protocol.transport)
    else:
        yield _say(Say.DIALECT, dialect=protocol.dialect, transport=protocol.transport)
    if finding.coin is not UNSET:
        yield _say(Say.COIN, coin=finding.coin)
    if finding.algorithm is not UNSET:
        yield _say(Say.ALGORITHM, algorithm=finding.algorithm)
    yield from _identity(finding.miner_identity)
    if finding.tunnel is not UNSET:
        paths = (" > ".join(path) or "-" for path in (finding.tunnel.miner_to_pool, finding.tunnel.pool_to_miner))
        yield _say(Say.TUNNEL, miner_to_pool=next(paths), pool_to_miner=next(paths))
    if finding.direction is not UNSET:
        yield _say(Say(f"direction_{finding.direction}"))
        if finding.direction_basis is not UNSET:
            yield _say(Say(f"direction_by_{finding.direction_basis}"))
    yield _say(Say.SEEN, first=finding.first_seen, last=finding.last_seen)
    yield _say(_end(finding))


def _identity(identity: MinerIdentity) -> Iterator[Statement]:
    if identity.account is not UNSET:
        yield _say(Say.ACCOUNT, account=identity.account)
    if identity.workers:
        more = ", ..." if identity.workers_count > _WORKERS_SHOWN else ""
        yield _say(Say.WORKERS, count=identity.workers_count, names=", ".join(identity.workers[:_WORKERS_SHOWN]) + more)
    if identity.agent is not UNSET:
        yield _say(Say.AGENT, agent=identity.agent)
    if identity.difficulty_wish is not UNSET:
        yield _say(Say.DIFFICULTY_WISH, difficulty=f"{identity.difficulty_wish:.10g}")


def _end(finding: Finding) -> Say:
    if finding.close_cause is not UNSET:
        return Say(f"closed_{finding.close_cause}")
    if finding.end_of_input:
        return Say.CLOSED_END
    return Say.GOING_ON


def chain(finding: Finding) -> Iterator[Statement]:
    """The reasons in the order of their times; those of one time as they were noticed."""
    for reason in sorted(finding.reasons, key=lambda reason: reason.at):
        yield Statement(
            Section.CHAIN,
            reason.code,
            {} if reason.params is UNSET else reason.params,
            at=reason.at,
            side="" if reason.side is UNSET else reason.side,
            proof="" if reason.proof is UNSET else reason.proof,
        )


def verdict(finding: Finding) -> Iterator[Statement]:
    """Stage and grade, and the counts behind them. A withdrawn finding has said so among its reasons."""
    section = Section.VERDICT
    yield Statement(section, Say(f"stage_{finding.stage}"))
    yield Statement(section, Say(f"grade_{finding.grade}"))
    if finding.jobs is not UNSET:
        yield Statement(section, Say.JOBS, {"jobs": finding.jobs})
    yield from _shares(finding.shares)
    seen = finding.messages_seen
    yield Statement(section, Say.MESSAGES, {"miner": seen.miner, "pool": seen.pool})
    if finding.gaps_bytes:
        yield Statement(section, Say.GAPS, {"bytes": finding.gaps_bytes})


def _shares(shares: Shares) -> Iterator[Statement]:
    counts: dict[str, str | int | float] = {
        name: count
        for name in ("submitted", "accepted", "rejected", "unanswered", "stale", "duplicate")
        if (count := getattr(shares, name)) is not UNSET
    }
    if "submitted" not in counts:
        code = Say.SHARES_OF_POOL
    elif "accepted" not in counts:
        code = Say.SHARES_OF_MINER
    else:
        code = Say.SHARES
    yield Statement(Section.VERDICT, code, counts)
    if counts.get("stale") or counts.get("duplicate"):
        yield Statement(Section.VERDICT, Say.SHARES_ODD, counts)


def revision(finding: Finding, line: int, revisions: int) -> Statement:
    """Where in the file it stands."""
    return _say(Say.REVISION, revision=finding.revision, line=line, revisions=revisions)


def miner_of(miner: MinerEnd) -> str:
    return _named(miner)


def pool_of(pool: PoolEnd) -> str:
    shown = _named(pool)
    return shown if pool.host is UNSET else f"{pool.host} ({shown})"


def _named(end: MinerEnd | PoolEnd) -> str:
    """The endpoint, or the pseudonym that stands for it."""
    if end.ip is UNSET or end.port is UNSET:
        return "?" if end.subject is UNSET else end.subject
    return endpoint(end.ip, end.port)


def endpoint(ip: str, port: int) -> str:
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def _say(code: Say, **params: str | int | float) -> Statement:
    return Statement(Section.SESSION, code, params)
