"""What a session's estimate rests on, taken from its tallies at one moment."""

from __future__ import annotations

from sensor.detect.session import Session
from sensor.model import Measured


def measured(session: Session, until_ns: int, *, is_edge: bool) -> Measured:
    """``is_edge``: the moment was chosen by a message of the session, not by the clock or the end of the connection."""
    tally = session.tally
    rigs = tally.rigs
    return Measured(
        dialect=session.dialect,
        algorithm=tally.algorithm,
        # An agent's own name tells nothing of the rigs behind it.
        agent=(rigs.agent() if rigs is not None else None) or tally.agent,
        pool_coin=next((hint.coin for hint in session.hints if hint.coin), None),
        workers_count=tally.workers.working,
        slots_count=tally.slots.bit_count(),
        rigs_at_once=rigs.at_once if rigs is not None else 0,
        rigs_seen=rigs.worked if rigs is not None else 0,
        reported_hs=tally.hashrate_hs,
        answered=tally.work.accepted + tally.work.rejected,
        rejected=tally.work.rejected,
        is_holed=any(session.gaps),
        work=tally.work.seen(until_ns, is_edge=is_edge),
        hashes=tally.hashes.seen(until_ns) if tally.hashes is not None else None,
        blind=tally.blind.seen(until_ns),
        difficulty_wish=tally.difficulty_wish,
        rolls_versions=tally.rolls_versions,
    )
