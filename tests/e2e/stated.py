# SPDX-License-Identifier: Apache-2.0
"""What a finding says of a session and what is true of it, in one form, so that they can be compared whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from sensor.finding import Finding
from sensor.model import Endpoint
from tests.lab.dialogue import Truth, Tunnel


@dataclass(frozen=True)
class Stated:
    """Of one session, all that a dialogue's truth decides. Absent (``None``) is what could not be seen."""

    dialect: str | None
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
    tunnel: Tunnel
    ending: str
    gaps_bytes: int


def miner_of(finding: Finding) -> Endpoint:
    return Endpoint(finding.miner.ip, finding.miner.port)


def found(finding: Finding) -> Stated:
    """What a finding says in its last state."""
    identity, shares = finding.miner_identity, finding.shares
    tunnel = finding.tunnel
    ending = _or_none(finding.close_cause)
    return Stated(
        dialect=_or_none(finding.protocol.dialect),
        stage=finding.stage.value,
        grade=finding.grade.value,
        agent=_or_none(identity.agent),
        logins=identity.logins,
        workers=tuple(sorted(identity.workers)),
        jobs=_or_none(finding.jobs),
        submitted=_or_none(shares.submitted),
        accepted=_or_none(shares.accepted),
        rejected=_or_none(shares.rejected),
        unanswered=_or_none(shares.unanswered),
        stale=_or_none(shares.stale),
        duplicate=_or_none(shares.duplicate),
        tunnel=Tunnel() if tunnel is UNSET else Tunnel(tunnel.miner_to_pool, tunnel.pool_to_miner),
        ending=ending.value if ending is not None else "open",
        gaps_bytes=finding.gaps_bytes,
    )


def true(truth: Truth, gaps_bytes: int = 0) -> Stated:
    """What a finding of this session has to say where ``gaps_bytes`` of it were lost."""
    return Stated(
        dialect=truth.dialect,
        stage=truth.stage,
        grade=truth.grade,
        agent=truth.agent,
        logins=truth.logins,
        workers=tuple(sorted(truth.workers)),
        jobs=truth.jobs,
        submitted=truth.submitted,
        accepted=truth.accepted,
        rejected=truth.rejected,
        unanswered=truth.unanswered,
        stale=truth.stale,
        duplicate=truth.duplicate,
        tunnel=truth.tunnel,
        ending=truth.ending.value,
        gaps_bytes=gaps_bytes,
    )


def _or_none(value: Any) -> Any:
    return None if value is UNSET else value
