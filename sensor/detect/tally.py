"""What one session counted and what the miner said of itself. All of it bounded; nothing here judges."""

from __future__ import annotations

import hashlib
from typing import Final

from sensor.detect.blind import BlindAccount
from sensor.detect.identity import account_of, wallet_of
from sensor.detect.rigs import Rigs
from sensor.detect.share_hashes import HashAccount
from sensor.detect.work import WorkAccount
from sensor.event import (
    Difficulty,
    HashrateReport,
    Job,
    Login,
    RigJoined,
    RigShare,
    Subscribe,
    TellingShare,
    VersionRolling,
)
from sensor.limits import (
    DIGEST_BYTES,
    LOGINS_PER_SESSION_MAX,
    NAME_BYTES,
    NAMES_CHARS_PER_SESSION_MAX,
    NAMES_FREE,
    WORKER_NAMES_PER_SESSION_MAX,
    WORKERS_PER_SESSION_MAX,
)
from sensor.room import Purse, Want, text_bytes

_DIGEST_BYTES: Final = 8


class Names:
    """Names as sent, in order of first use: listed up to a bound of number and text, counted up to a higher one; both
    only as far as the purse pays.
    """

    __slots__ = ("_chars_left", "_counted", "_listed", "_listed_max", "_purse", "count_max", "working")

    def __init__(self, listed_max: int, count_max: int, chars_max: int, purse: Purse | None = None) -> None:
        self._purse = purse or Purse()
        self._listed: dict[str, bool] = {}  # whether it has worked
        self.working = 0  # names that have
        # Names beyond the listed ones, as digests: a hostile name is long, and its digest is not.
        self._counted: set[bytes] | None = None
        self._listed_max = listed_max
        self._chars_left = chars_max
        self.count_max = count_max

    def add(self, name: str, *, works: bool = False) -> None:
        """``works``: a share was sent in this name. One that is only counted is taken to work when it turns up."""
        listed = self._listed
        if name in listed:
            if works and not listed[name]:
                listed[name] = True
                self.working += 1
            return
        if self.count >= self.count_max:
            return
        has_room = len(listed) < self._listed_max and len(name) <= self._chars_left
        if has_room and not self._counted:
            if self._afford(NAME_BYTES + text_bytes(name)):
                self._list(name, works=works)
            return
        digest = _digest(name)
        if self._counted and digest in self._counted:
            return
        if not self._afford(NAME_BYTES + text_bytes(name) if has_room else DIGEST_BYTES):
            return
        if has_room:
            self._list(name, works=works)
        else:
            if self._counted is None:
                self._counted = set()
            self._counted.add(digest)
            self.working += 1

    def _afford(self, size: int) -> bool:
        return self.count < NAMES_FREE or self._purse.take(size, Want.NAMES)

    def _list(self, name: str, *, works: bool) -> None:
        self._listed[name] = works
        self._chars_left -= len(name)
        self.working += works

    @property
    def count(self) -> int:
        return len(self._listed) + (len(self._counted) if self._counted else 0)

    def holds(self, name: str) -> bool:
        return name in self._listed or (self._counted is not None and _digest(name) in self._counted)

    @property
    def first(self) -> str | None:
        return next(iter(self._listed), None)

    def listed(self) -> tuple[str, ...]:
        return tuple(self._listed)


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode("utf-8", "backslashreplace"), digest_size=_DIGEST_BYTES).digest()


class Tally:
    """The counts of one session, as far as the dialect that reads it goes."""

    __slots__ = (
        "_purse",
        "_rigs_of",
        "agent",
        "algorithm",
        "blind",
        "coin",
        "hashes",
        "hashrate_hs",
        "jobs",
        "login_accepted",
        "logins",
        "named",
        "namesakes",
        "rigs",
        "rolls_versions",
        "slots",
        "wish",
        "wishes_differ",
        "work",
        "worker_last",
        "workers",
    )

    def __init__(self, purse: Purse | None = None, *, is_midstream: bool = False) -> None:
        self._purse = purse
        self.jobs = 0
        self.agent: str | None = None
        self.algorithm: str | None = None
        self.coin: str | None = None
        self.rolls_versions = False
        # Jobs before the first packet are missing.
        self.work = WorkAccount(is_holed=is_midstream)
        self.hashes: HashAccount | None = None  # only where shares came without a worth
        self.blind = BlindAccount(is_young=not is_midstream)
        self.rigs: Rigs | None = None  # only behind an agent
        self.slots = 0  # a bit for each part of the nonces that a rig behind a proxy was given
        self.hashrate_hs: float | None = None  # self-reported, the last one
        self.login_accepted: str | None = None  # the first one
        chars_max = NAMES_CHARS_PER_SESSION_MAX
        self.logins = Names(LOGINS_PER_SESSION_MAX, LOGINS_PER_SESSION_MAX, chars_max, purse)
        self.workers = Names(WORKER_NAMES_PER_SESSION_MAX, WORKERS_PER_SESSION_MAX, chars_max, purse)
        self.wish: float | None = None  # the difficulty that the first login with one asks for
        self.wishes_differ = False
        self.named: str | None = None  # the first account that a share named, where no login was seen
        self.namesakes = 0  # rigs whose name one of another account had before
        self._rigs_of: Names | None = None  # accounts with their rigs, once there are two accounts
        self.worker_last: str | None = ""  # of the latest share: a rig repeats its name with each

    @property
    def difficulty_wish(self) -> float | None:
        """What is asked for; None where nothing is, or several rigs ask for several things."""
        return None if self.wishes_differ else self.wish

    def subscribe(self, event: Subscribe) -> None:
        if event.agent is not None and self.agent is None:
            self.agent = event.agent

    def difficulty(self, event: Difficulty) -> None:
        """It holds from the next job on. At a start the first one holds at once: some pools send the job before it. In
        the middle of a session the miner is still at work on what it was given before.
        """
        self.work.told(event.ts_ns, event.value, event.work)
        if not self.work.has_begun and not self.work.is_holed:
            self.work.job(event.ts_ns, event.value, event.work)

    def reported(self, event: HashrateReport) -> None:
        self.hashrate_hs = event.hashrate_hs
        self.worker(event.worker)

    def login(self, event: Login) -> None:
        if event.worker is not None:
            self._namesake(account_of(event.login), event.worker)
        self.logins.add(event.login)
        self.worker(event.worker)
        if event.difficulty_wish is not None:
            self.wishes_differ |= self.wish not in (None, event.difficulty_wish)
            self.wish = self.wish or event.difficulty_wish
        if event.agent is not None and self.agent is None:
            self.agent = event.agent

    def _names(self, account: str, worker: str | None) -> None:
        """A share is sent in this account, as far as it is one: a bare name may be the rig's alone."""
        if worker is not None:
            self._namesake(account, worker)
        if self.named is None and (worker is not None or wallet_of(account)):
            self.named = account

    def _namesake(self, account: str, worker: str) -> None:
        """A rig logs in or works; counts it where it shares its name with a rig of another account."""
        rigs = self._rigs_of
        if rigs is None:
            first = self.logins.first
            before = (self.named or account) if first is None else account_of(first)
            if before == account:
                return
            rigs = self._rigs_of = Names(0, WORKERS_PER_SESSION_MAX, 0, self._purse)
            for name in self.workers.listed():
                rigs.add(f"{before}.{name}")
        count = rigs.count
        rigs.add(f"{account}.{worker}")
        if rigs.count > count and self.workers.holds(worker):
            self.namesakes += 1

    @property
    def workers_count(self) -> int:
        """Rigs by account and name, as the logins tell them; those that no login named, by name alone."""
        return min(self.workers.count + self.namesakes, self.workers.count_max)

    def worker(self, name: str | None) -> None:
        if name is not None:
            self.workers.add(name)

    def job(self, event: Job) -> None:
        self.jobs += 1
        self.work.job(event.ts_ns, event.value, event.work)
        self.mined(event.algorithm, event.coin)

    def rolls(self, _event: VersionRolling) -> None:
        self.rolls_versions = True

    def mined(self, algorithm: str | None, coin: str | None) -> None:
        if algorithm is not None and algorithm != self.algorithm:
            # Another algorithm is another coin.
            self.algorithm, self.coin = algorithm, coin
        elif coin is not None:
            self.coin = coin

    def works(self, name: str | None) -> None:
        """A share was sent in this name, and the one before in another."""
        self.worker_last = name
        if name is not None:
            self.workers.add(name, works=True)

    def agent_rigs(self) -> Rigs:
        """The rigs behind the agent: there is one."""
        if self.rigs is None:
            self.rigs = Rigs(self._purse)
        return self.rigs

    def rig(self, event: RigJoined) -> None:
        """A rig came to the agent."""
        self.agent_rigs().joined(event)
        self.worker(event.worker)

    def rig_works(self, event: RigShare) -> None:
        """A share of a rig behind an agent."""
        worth = self.work.share_of_rig(event)
        if worth is None:
            self.without_worth(event.ts_ns)
        account = self.agent_rigs().share(event, worth)
        if account is not None and account.submitted == 1 and account.worker is not None:
            self.workers.add(account.worker, works=True)

    def without_worth(self, ts_ns: int) -> None:
        """A share came, or an answer that stands for one, and nobody knows what it is worth."""
        self.blind.share(ts_ns)

    def told(self, event: TellingShare) -> None:
        """What a share tells of its target, of its rig and of what is mined."""
        self.mined(event.algorithm, event.coin)
        if event.login is not None:
            self._names(account_of(event.login), event.worker)
        if event.slot is not None:
            self.slots |= 1 << event.slot
        if event.hash64 is not None:
            if self.hashes is None:
                self.hashes = HashAccount()
            self.hashes.share(event.ts_ns, event.hash64)
