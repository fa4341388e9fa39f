"""A session at one moment, as the revision that is told of it: its finding, what covers sightings, and what other
connections of the same machine are found by. Knows no other session. No I/O, no thread, no clock.
"""

from __future__ import annotations

from typing import Final

from msgspec import UNSET

from sensor.detect.measured import measured
from sensor.detect.relations import Known
from sensor.detect.report import Moment, Reporter, Told, account_of_session
from sensor.detect.session import Session
from sensor.detect.sightings import covered_by
from sensor.detect.statement import Revised
from sensor.estimate.agents import AgentsSeen
from sensor.estimate.related import Program, program_of
from sensor.model import CloseCause, Measured
from signatures.equipment import Equipment

# What a list calls the pool where a program's author is paid.
_DONATION: Final = "donation"
_UNSEEN_ENDS: Final = (CloseCause.IDLE, CloseCause.PORT_REUSED)


class Reviser:
    """``tells_updates``: each revision is wanted, not only the last. One that nobody wants is only counted, because to
    make it costs as much as its messages; but what it shows of related connections is kept.
    """

    def __init__(self, sensor_id: str, equipment: Equipment, *, tells_updates: bool) -> None:
        self._reporter = Reporter(sensor_id)
        self._agents = AgentsSeen(equipment.agents)
        self._tells_updates = tells_updates

    def revise(self, session: Session, moment: Moment, *, is_last: bool) -> Revised:
        """The next revision of a session that is a finding."""
        seen = self._agents.seen(session.tally.agent)
        program = program_of(seen, session.dialect)
        # An ASIC's own program never opens a second connection.
        known = None if program is None else self._known(session, moment, program)
        finding = seen_work = None
        if is_last or self._tells_updates:
            told = Told(
                software=UNSET if seen is None else seen.rule.software,
                hardware_class=UNSET if seen is None else seen.rule.hardware_class.value,
            )
            seen_work = _measured(session, moment)
            finding = self._reporter.report(session, moment, told)
        else:
            session.revised(moment.at_ns)
        return Revised(covered_by(session), known, finding, seen_work)

    def _known(self, session: Session, moment: Moment, program: Program) -> Known:
        """What other connections of the same machine are found by."""
        miner, _ = session.ends()
        tally = session.tally
        return Known(
            address=(session.opened.key.realm, miner.ip),
            finding_id=self._reporter.labels(session).finding_id,
            agent=tally.agent or "",
            account=account_of_session(session),
            dialect=session.dialect or "",
            algorithm=tally.algorithm or program.algorithm,
            pace=tally.work.pace(),
            from_ns=session.opened.first_ns,
            until_ns=moment.at_ns,
            is_over=moment.close_cause is not UNSET,
            takes_fees=program.takes_fees,
            mines_two=program.mines_two,
            is_donation=any(hint.kind == _DONATION for hint in session.hints),
        )


def _measured(session: Session, moment: Moment) -> Measured | None:
    """What hashrate, rigs and power at this moment rest on; None where no share was seen."""
    # Nobody saw when these ended: all that is known is their last message.
    is_unseen_end = moment.close_cause in _UNSEEN_ENDS or session.is_resting
    until_ns = session.last_ns if is_unseen_end else moment.at_ns
    found = measured(session, until_ns, is_edge=moment.is_edge or is_unseen_end)
    return found if found.has_shares else None
