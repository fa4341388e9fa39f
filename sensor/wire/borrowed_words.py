"""Sessions of the mining.* family that begin or go on in words without its prefix.

xmrig logs in as to a pool of Monero and goes on in ProgPow's words. Hathor says ``subscribe``, ``job`` and ``submit``
as others do, and is known by the shape of its jobs. In words that nobody knows, a job is what the miner hands something
in for under the same number.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Final

from sensor.event import Job, Login, LoginResult, MiningEvent, Share, Subscribe
from sensor.model import Side
from sensor.room import Purse
from sensor.wire.addresses import difficulty_wish, login_text
from sensor.wire.base import SUBSCRIBE_ASKED, Worth, other_side
from sensor.wire.cryptonote_jobs import JobFields, read_job
from sensor.wire.jsonrpc import Rpc, id_text, number, text, whole
from sensor.wire.stratum import StratumFamily
from sensor.wire.work import is_hex, is_hex_bytes

_JOB_ID_MEMBERS: Final = ("jobId", "job_id", "miningRequestId", "powHash")
# Hathor's: the header in hex, a UUID, the size of the nonce, and the work of a share as its binary logarithm.
_WEIGHT_MAX: Final = 224.0
_UUID_DIGITS: Final = 32
_NONCE_BYTES_MAX: Final = 64


class BorrowedWords(StratumFamily, ABC):
    """The half of a conversation whose words are those of others."""

    __slots__ = ("_is_weighed", "_job_word", "_subscribed_as")

    def __init__(self, purse: Purse | None = None) -> None:
        super().__init__(purse)
        self._job_word = ""  # the method of what may be jobs, where it is none that we know
        self._is_weighed = False  # jobs are Hathor's
        self._subscribed_as: str | None = None  # the login that came with a subscription which waits for its answer

    @property
    @abstractmethod
    def _is_settled(self) -> bool:
        """Whether it is certain what is spoken."""

    @property
    @abstractmethod
    def _paid(self) -> str | None:
        """The coin that is paid, as the latest login tells it."""

    @abstractmethod
    def _settle_unnamed(self) -> None:
        """It is mining, of what we do not say."""

    @property
    def _reads_words(self) -> bool:
        """Whether words without the prefix may be those of jobs and shares."""
        return self._start_seen or self._is_weighed or self._is_settled

    @classmethod
    def may_begin(cls, rpc: Rpc) -> bool:
        return (type(rpc.method) is str and rpc.method in _BORROWED) or super().may_begin(rpc)

    # ------------------------------------------------------------ logins

    def _strange(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        method = rpc.method
        if not self._spoken and type(method) is str:
            borrowed = _BORROWED.get(method)
            if borrowed is not None:
                return borrowed(self, side, rpc, ts_ns)
        elif self._reads_words and self.miner is not None and type(method) is str:
            read = self._handed_in(side, rpc, ts_ns) if side is self.miner else self._handed_out(side, rpc, ts_ns)
            if read is not None:
                return read
        return super()._strange(side, rpc, ts_ns)

    def _borrowed_login(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """xmrig says what it can hash, as a rule, and its name; the pool may go on in ProgPow's words."""
        params = rpc.params if isinstance(rpc.params, dict) else {}
        is_miners = isinstance(params.get("algo"), list) or text(params.get("agent")) is not None
        login = login_text(params["login"]) if is_miners and isinstance(params.get("login"), str) else ""
        if not login or not self._cast(side, side, by_name=False):
            return self._refute()
        worker = text(params.get("rigid")) or self._worker_of(params["login"])
        self._ask_login(rpc, login, worker, [params.get("pass")])
        self._is_login_seen = True
        self._on_login(login)
        wish = difficulty_wish(login, params.get("pass"))
        return [Login(side, ts_ns, login, worker, text(params.get("agent")), wish)]

    def _borrowed_subscription(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """Hathor's, whose address comes with it. Others subscribe, too: the job will tell."""
        if not isinstance(rpc.params, dict) or text(rpc.params.get("address")) is None:
            return self._refute()
        if not self._cast(side, side, by_name=False):
            return self._refute()
        self._start_seen = True
        self._asked.put(rpc, SUBSCRIBE_ASKED)
        return [Subscribe(side, ts_ns, text(rpc.params.get("agent"))), *self._login_within(side, rpc.params, ts_ns)]

    def _login_within(self, side: Side, members: dict[str, Any], ts_ns: int) -> list[MiningEvent]:
        """IronFish and Hathor have no login of their own: the address comes with the subscription."""
        login = text(members.get("publicAddress")) or text(members.get("address"))
        if login is None:
            return []
        self._subscribed_as = login
        self._is_login_seen = True
        self._on_login(login)
        return [Login(side, ts_ns, login, text(members.get("name")) or self._worker_of(login), None, None)]

    def _login_answered(self, side: Side, ts_ns: int, *, accepted: bool) -> list[MiningEvent]:
        """The subscription was answered, and so was the login that came with it."""
        login, self._subscribed_as = self._subscribed_as, None
        return [] if login is None else [LoginResult(side, ts_ns, login, accepted, None)]

    # ------------------------------------------------------------ jobs and shares

    def _weighed_job(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """``job``, as it may be anybody's: Hathor's is known by its shape."""
        worth = _weighed(rpc.params)
        if worth is None or not self._cast(other_side(side), side, by_name=False):
            return self._refute()
        self._speak()
        read = self._handed_out(side, rpc, ts_ns)
        return read if read is not None else []

    def _handed_out(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent] | None:
        """In words that nobody knows the pool sends something with a number, which is a job if the miner hands in
        something under that number, or if its shape says so.
        """
        moneros = read_job(rpc.params, self._paid) if self._is_settled and rpc.method == _JOB else None
        if moneros is not None:
            return [self._moneros_job(side, ts_ns, moneros)]
        word = _first(rpc)
        job_id = job_id_of(word) if isinstance(word, (str, dict)) else ""
        if not job_id or (self._is_settled and rpc.method != self._job_word):
            return None
        weighed = _weighed(word)
        if weighed is not None and not self._is_settled:
            self._is_weighed = True
            self._settle_unnamed()
        self._job_word = rpc.method
        self._latest_job = job_id
        self._remember_job(job_id, weighed or self._worth)
        return [self._job_in_words(side, ts_ns, job_id)] if self._is_settled else None

    def _moneros_job(self, side: Side, ts_ns: int, job: JobFields) -> Job:
        """A pool that mines what pays best has gone over to a chain that is mined in Monero's words."""
        self._job_word = _JOB
        self._remember_job(job.job_id, Worth(job.work, job.work))
        return job.told(side, ts_ns)

    def _submit(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        if self._job_word and not self._is_settled:
            read = self._handed_in(side, rpc, ts_ns)
            if read is not None:
                return read
        return super()._submit(side, rpc, ts_ns)

    def _handed_in(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent] | None:
        """The miner hands in what the pool has handed out under the same number."""
        params = rpc.params
        named = params[:2] if isinstance(params, list) else [params]
        job_id = next((found for word in named if (found := job_id_of(word)) in self._jobs), None)
        if job_id is None and self._is_weighed and rpc.method == _SUBMIT:
            # Of a job before those that were seen.
            job_id = job_id_of(params) or None
        if job_id is None or not self._job_word or rpc.id is None:
            return None
        events: list[MiningEvent] = []
        if not self._is_settled:
            self._settle_unnamed()
            events.append(self._job_in_words(other_side(side), ts_ns, job_id))
        worth = self._jobs.get(job_id, self._forgotten)
        key = self._new_key(rpc)
        return [*events, Share(side, ts_ns, key, job_id, self._share_worker(rpc), worth.value, worth.work)]

    def _job_in_words(self, side: Side, ts_ns: int, job_id: str) -> Job:
        worth = self._jobs[job_id]
        return Job(
            side=side,
            ts_ns=ts_ns,
            job_id=job_id,
            value=worth.value,
            work=worth.work,
            algorithm=None,
            coin=None,
            clean=None,
            height=None,
        )


_SUBMIT: Final = "submit"
_JOB: Final = "job"
_BORROWED: Final[dict[str, Callable[[BorrowedWords, Side, Rpc, int], list[MiningEvent]]]] = {
    "login": BorrowedWords._borrowed_login,
    "subscribe": BorrowedWords._borrowed_subscription,
    _JOB: BorrowedWords._weighed_job,
}


def _weighed(members: object) -> Worth | None:
    """What a share counts of the job in ``members``, where that is Hathor's: 2 to the power of its weight."""
    if not isinstance(members, dict) or not is_hex(members.get("job_id"), _UUID_DIGITS):
        return None
    weight = number(members.get("weight"))
    is_shaped = is_hex_bytes(members.get("data"), 1) and whole(members.get("nonce_size"), _NONCE_BYTES_MAX)
    if not is_shaped or weight is None or not 0 < weight < _WEIGHT_MAX:
        return None
    return Worth(weight, 2.0**weight)


def _first(rpc: Rpc) -> object:
    """What comes first in the parameters, or the object that they are."""
    params = rpc.params
    return params[0] if isinstance(params, list) and params else params


def job_id_of(word: object) -> str:
    """The id of a job in any of its forms; "" where there is none."""
    if isinstance(word, list) and word:
        word = word[0]
    if isinstance(word, dict):
        word = next((word[name] for name in _JOB_ID_MEMBERS if name in word), None)
    return id_text(word) or ""
