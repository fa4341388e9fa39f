"""The rigs behind one agent: who they are and what each has done, as far as there is room.

An agent gives each of its connections to a rig a number, and a number that became free to another rig: a row here is
one such session of a rig. What finds no room still counts in the sums of the connection.
"""

from __future__ import annotations

from sensor.event import RigDifficulty, RigJoined, RigLeft, RigResult, RigShare
from sensor.limits import RIG_BYTES, RIGS_PER_SESSION_MAX
from sensor.room import Purse, Want, text_bytes


class RigAccount:
    """What one session of a rig did. Works are sums of difficulties as sent, or hashes where the dialect says these."""

    __slots__ = (
        "accepted",
        "agent",
        "first_ns",
        "is_open",
        "last_ns",
        "rejected",
        "rig",
        "submitted",
        "value",
        "work",
        "worker",
    )

    def __init__(self, rig: int, ts_ns: int) -> None:
        self.rig = rig
        self.worker: str | None = None
        self.agent: str | None = None
        self.value: float | None = None  # its difficulty
        self.submitted = 0
        self.accepted = 0
        self.rejected = 0
        self.work = 0.0
        self.first_ns = ts_ns
        self.last_ns = ts_ns
        self.is_open = True


class Rigs:
    """All rigs of one connection. ``sessions`` counts those that were told apart, ``at_once`` how many of them sent
    shares while they were connected together.
    """

    __slots__ = ("_gone", "_open", "_purse", "_working", "at_once", "sessions", "worked")

    def __init__(self, purse: Purse | None = None) -> None:
        self._purse = purse or Purse()
        self._open: dict[int, RigAccount] = {}
        self._gone: list[RigAccount] = []
        self._working = 0  # open ones that have sent shares
        self.at_once = 0
        self.worked = 0  # sessions that have sent shares
        self.sessions = 0

    # ------------------------------------------------------------ what happens

    def joined(self, event: RigJoined) -> None:
        self._close(event.rig, event.ts_ns)
        account = self._begin(event.rig, event.ts_ns)
        if account is not None:
            self._name(account, event.worker, event.agent)

    def told(self, event: RigLeft | RigDifficulty) -> None:
        if isinstance(event, RigLeft):
            self._close(event.rig, event.ts_ns)
            return
        for rig in event.rigs:
            account = self._open.get(rig) or self._begin(rig, event.ts_ns)
            if account is not None:
                account.value = event.value

    def share(self, share: RigShare, worth: float | None) -> RigAccount | None:
        """The account of the share's rig, where it has one."""
        account = self._open.get(share.rig) or self._begin(share.rig, share.ts_ns)
        if account is None:
            return None
        if not account.submitted:
            self.worked += 1
            self._working += 1
            self.at_once = max(self.at_once, self._working)
        account.submitted += 1
        account.work += worth or 0.0
        account.last_ns = share.ts_ns
        if share.value is not None:
            account.value = share.value
        return account

    def result(self, result: RigResult) -> None:
        account = self._open.get(result.rig) if result.rig is not None else None
        if account is None:
            return
        if result.accepted:
            account.accepted += 1
            return
        account.rejected += 1
        if result.duplicate or result.is_low:
            # No work, as in the sums of the connection; of a share that came before its job none was counted.
            account.work = max(account.work - (result.worth or 0.0), 0.0)

    # ------------------------------------------------------------ what is known

    def accounts(self, most: int) -> list[RigAccount]:
        """Those that are connected, oldest first, then those that left, latest first."""
        return [*self._open.values(), *reversed(self._gone)][:most]

    def agent(self) -> str | None:
        """What all rigs that name a program run; None where they differ."""
        agents = {account.agent for account in self._open.values() if account.agent is not None}
        return agents.pop() if len(agents) == 1 else None

    # ------------------------------------------------------------ inside

    def _begin(self, rig: int, ts_ns: int) -> RigAccount | None:
        is_full = len(self._open) + len(self._gone) >= RIGS_PER_SESSION_MAX
        if is_full or not self._purse.take(RIG_BYTES, Want.RIGS):
            if not self._gone:
                return None
            # Who left first makes room.
            former = self._gone.pop(0)
            self._purse.give(_texts(former.worker, former.agent))
        self.sessions += 1
        account = self._open[rig] = RigAccount(rig, ts_ns)
        return account

    def _name(self, account: RigAccount, worker: str | None, agent: str | None) -> None:
        """Names are kept as far as the purse pays."""
        if self._purse.take(_texts(worker, agent), Want.RIGS):
            account.worker, account.agent = worker, agent

    def _close(self, rig: int, ts_ns: int) -> None:
        account = self._open.pop(rig, None)
        if account is None:
            return
        account.is_open = False
        account.last_ns = max(account.last_ns, ts_ns)
        if account.submitted:
            self._working -= 1
        self._gone.append(account)


def _texts(worker: str | None, agent: str | None) -> int:
    return sum(text_bytes(text) for text in (worker, agent) if text is not None)
