"""A mining.* session that is neither Bitcoin's nor Zcash's: reads it, and says which of their relatives it is.

Jobs, shares, logins and results are counted as everywhere. A job decides the dialect, and so does a share that only one
dialect writes; words before it (a protocol's name, the form of an answer) are an assumption that it may belie. A pool
of many algorithms may go from one relative to another within a session: the name changes and what was counted stays.
Where no relative fits it is ``stratum-other``, mining for certain, of what we do not say: difficulty is kept as sent,
work only where a 256-bit target gives it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

from sensor.event import (
    Login,
    LoginResult,
    MalformedCode,
    MiningEvent,
    NoticeKind,
    Renamed,
    Share,
    ShareResult,
    Standing,
    Subscribe,
    Subscribed,
    UnknownCode,
)
from sensor.limits import LOGINS_PER_SESSION_MAX, NAME_BYTES, NAMES_FREE
from sensor.model import Side
from sensor.room import Purse, Want, text_bytes
from sensor.wire.addresses import account_of, coin_of, login_text
from sensor.wire.base import NO_WORTH, JobRead, LoginAsked, Worth, notice, other_side, told_by
from sensor.wire.borrowed_words import BorrowedWords, job_id_of
from sensor.wire.cryptonote_jobs import goes_on_as_progpow
from sensor.wire.ethereumstratum_2 import EthereumStratum2
from sensor.wire.faults import read_fault
from sensor.wire.jsonrpc import Rpc, text
from sensor.wire.kaspa import Kaspa
from sensor.wire.octopus_stratum import OctopusStratum
from sensor.wire.progpow_stratum import ProgPowStratum
from sensor.wire.relative import Claim, Relative, Told, bare, is_marked
from sensor.wire.relatives import RELATIVES
from sensor.wire.shapes import is_equihash_job, merkle_index, names_ethereum_stratum, solution_algorithm
from sensor.wire.work import is_hex, target_work

# Those that a name, an answer or an address tells: every session of Bitcoin asks them.
_ASKED_FOR: Final = tuple(relative for relative in RELATIVES if type(relative).asks is not Relative.asks)
_ANSWERING: Final = tuple(relative for relative in RELATIVES if type(relative).answers is not Relative.answers)
_PAYING: Final = tuple(relative for relative in RELATIVES if type(relative).pays is not Relative.pays)
_ETHEREUM_2: Final = next(relative for relative in RELATIVES if isinstance(relative, EthereumStratum2))
# What mining.set sets; at least one of these.
_SETTINGS: Final = frozenset(("epoch", "target", "algo", "extranonce"))
_ALGORITHMS: Final = ("ethash", "etchash")
_KASPA: Final = next(relative for relative in RELATIVES if isinstance(relative, Kaspa))
_OCTOPUS: Final = next(relative for relative in RELATIVES if isinstance(relative, OctopusStratum))
_PROGPOW: Final = next(relative for relative in RELATIVES if isinstance(relative, ProgPowStratum))
_CONFLUX_ADDRESS: Final = "cfx:"
_ADDRESS_DIGITS: Final = 40


class StratumOther(BorrowedWords):
    """One conversation in any of RELATIVES, or in ``stratum-other``."""

    __slots__ = (
        "_is_holed",
        "_left",
        "_logins",
        "_relative",
        "_relative_told",
        "_shown",
        "_tokens",
        "_told",
        "_worth_at_job",
    )

    dialect: ClassVar[str] = "stratum-other"

    def __init__(self, purse: Purse | None = None) -> None:
        super().__init__(purse)
        self._logins: set[str] = set()
        self._is_holed = False  # something of the pool's was lost: a difficulty, perhaps
        self._relative: Relative | None = None  # assumed, or once confirmed the one that is spoken
        self._relative_told: Relative | None = None
        self._shown: tuple[str | None, str | None] | None = None  # algorithm and coin, by the share that is read now
        self._worth_at_job: Worth = NO_WORTH  # in force when the latest job came
        self._left: dict[Relative, Worth] = {}  # what was in force in each relative that the pool has left
        self._told = Told()
        self._tokens: dict[str, str | None] = {}  # the pool's names for workers, where it gives them names

    @property
    def name(self) -> str:
        return self._relative.dialect if self._relative is not None else self.dialect

    def receive(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        events = BorrowedWords.receive(self, side, rpc, ts_ns)
        if self._shown is not None:
            (algorithm, coin), self._shown = self._shown, None
            events = [told_by(event, algorithm, coin) if isinstance(event, Share) else event for event in events]
        if self._relative is self._relative_told:
            return events
        self._relative_told = self._relative
        return [Renamed(ts_ns), *events]

    def gap(self, side: Side, missing: int, ts_ns: int, torn: int = 0) -> list[MiningEvent]:
        self._is_holed = self._is_holed or side is not self.miner
        return super().gap(side, missing, ts_ns, torn)

    # ------------------------------------------------------------ which relative it is

    @property
    def _is_settled(self) -> bool:
        return self.standing is Standing.CONFIRMED

    @property
    def _paid(self) -> str | None:
        return self._told.paid

    def _settle_unnamed(self) -> None:
        self._recognise(None)

    def _recognise(self, relative: Relative | None) -> None:
        self._relative = relative
        self.standing = Standing.CONFIRMED
        if relative is None and self._worth.value is not None:
            # What it is worth in hashes was that of a relative that was only assumed.
            self._worth = self._told.worth = Worth(self._worth.value, None)

    def _assume(self, relative: Relative | None) -> None:
        if relative is not None and not self._is_settled:
            self._relative = relative

    def _read_job(self, rpc: Rpc) -> JobRead | MalformedCode | None:
        params = rpc.params if rpc.params is not None else rpc.body
        if not params or not isinstance(params, (list, dict)):
            return MalformedCode.BAD_PARAMS
        if isinstance(params, dict):
            self._recognise(self._relative if self._is_settled else None)
            return JobRead(job_id_of(params), None, self._told.algorithm)
        job = self._read_relatives_job(params, rpc)
        if job is not None:
            return job
        if merkle_index(params) or is_equihash_job(params):
            return self._known_shape()
        if self._is_settled and self._relative is not None:
            return MalformedCode.BAD_PARAMS
        self._recognise(None)
        clean = next((word for word in params if isinstance(word, bool)), None)
        return JobRead(job_id_of(params[0]), clean, self._told.algorithm)

    def _read_relatives_job(self, params: list[Any], rpc: Rpc) -> JobRead | None:
        current = self._relative
        job = current.read_job(params, rpc, self._told) if current is not None else None
        if job is not None:
            self.standing = Standing.CONFIRMED
            return job
        for relative in RELATIVES:
            job = relative.read_job(params, rpc, self._told)
            if job is None:
                continue
            if current is not None and self._is_settled:
                self._leave(current, relative)
                job = relative.read_job(params, rpc, self._told)
            self._recognise(relative)
            return job
        return None

    def _leave(self, current: Relative, relative: Relative) -> None:
        """The pool goes over to another relative: a difficulty sent since the latest job is already of that one, else
        what it had before holds again.
        """
        fresh = self._worth if self._worth is not self._worth_at_job else None
        self._left[current] = self._worth_at_job
        self._worth = self._told.worth = fresh or self._left.get(relative, NO_WORTH)

    def _known_shape(self) -> MalformedCode | None:
        if self._is_settled:
            return MalformedCode.BAD_PARAMS
        self.standing = Standing.REFUTED
        return None

    def _read_submit(self, rpc: Rpc) -> str | MalformedCode | None:
        params = rpc.params if rpc.params is not None else rpc.body
        if isinstance(params, dict) and params:
            return job_id_of(params)
        if not isinstance(params, list) or len(params) < 2:
            return MalformedCode.BAD_PARAMS
        if not self._is_settled:
            if len(params) >= 5 and solution_algorithm(params[4]) is not None:
                self.standing = Standing.REFUTED
                return None
            self._look_at_submit(params)
        # EthereumStratum/2.0.0 and Warthog begin with the job, everybody else with the login.
        first = job_id_of(params[0])
        return first if first in self._jobs else job_id_of(params[1])

    def _look_at_submit(self, params: list[Any]) -> None:
        for relative in RELATIVES:
            if relative.claim(params, self._told) is Claim.PROOF:
                self._recognise(relative)
                self._shown = relative.shown_by(params)
                return
        if self._relative is not None and self._relative.claim(params, self._told) is Claim.NEVER:
            self._relative = None

    def _share_worker(self, rpc: Rpc) -> str | None:
        params: Any = rpc.params
        if self._tokens and isinstance(params, list) and isinstance(params[-1], str) and params[-1] in self._tokens:
            return self._tokens[params[-1]]
        if isinstance(params, dict):
            login = params.get("worker")
            is_job = False
        else:
            login = params[0] if isinstance(params, list) else None
            is_job = isinstance(login, str) and login in self._jobs and login not in self._logins
        return self._worker_of(login) if isinstance(login, str) and not is_job else None

    # ------------------------------------------------------------ words before the first job

    def _on_subscribe(self, rpc: Rpc) -> None:
        told = self._told
        told.names_ethereum = told.names_ethereum or names_ethereum_stratum(rpc.params)
        self._assume(next((relative for relative in _ASKED_FOR if relative.asks(rpc, told)), None))

    def _on_subscribed(self, result: object) -> None:
        nested = result[0] if isinstance(result, list) and result else None
        told = self._told
        told.names_ethereum = told.names_ethereum or names_ethereum_stratum(result) or names_ethereum_stratum(nested)
        self._assume(next((relative for relative in _ANSWERING if relative.answers(result)), None))

    def _on_login(self, login: str) -> None:
        logins = self._logins
        if login not in logins and self._has_room(len(logins), login):
            logins.add(login)
        self._told.login = login
        self._told.paid = coin_of(login)
        self._assume(next((relative for relative in _PAYING if relative.pays(login)), None))

    # ------------------------------------------------------------ difficulty

    def _on_target(self, target: object) -> None:
        pass

    def _worth_of_job(self, job: JobRead) -> Worth:
        self._worth_at_job = self._worth
        if job.worth is not None:
            return job.worth
        worth, relative = self._worth, self._relative
        if relative is None or relative.hashes_per_difficulty is None:
            return worth
        value = worth.value
        if value is None and worth.work is None and self._start_seen and not self._is_holed:
            value = relative.first_difficulty
        return worth if value is None else relative.worth_of(value, self._told)

    def _worth_set(self, side: Side, ts_ns: int, worth: Worth) -> list[MiningEvent]:
        if worth.work is None and worth.value is not None and self._relative is not None:
            worth = self._relative.worth_of(worth.value, self._told)
        self._told.worth = worth
        if worth.work is None and self._is_settled and self._relative is not None:
            # Its jobs carry targets of their own: this is for show.
            return notice(side, ts_ns, NoticeKind.REPLY)
        return super()._worth_set(side, ts_ns, worth)

    # ------------------------------------------------------------ answers

    def _bare_answer(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        if side is self.miner or self.miner is None:
            if not self._spoken and type(rpc) is Rpc and isinstance(rpc.id, int):
                # A yes of EthereumStratum/2.0.0, where the capture begins with one.
                return self._unknown(side, ts_ns, UnknownCode.SHAPE)
            return super()._bare_answer(side, rpc, ts_ns)
        asked = self._take_answer(side, rpc)
        if isinstance(asked, int):
            return [ShareResult(side, ts_ns, asked, True, False, False, None)]
        if isinstance(asked, LoginAsked):
            self._login_ns = ts_ns
            return [LoginResult(side, ts_ns, self._answered_login(asked), True, None)]
        if asked is None and self._relative is not _ETHEREUM_2:
            return self._unknown(side, ts_ns, UnknownCode.SHAPE)
        # So are reports and signs of life answered: where the question was not seen, nobody knows which it was.
        return notice(side, ts_ns, asked if isinstance(asked, NoticeKind) else NoticeKind.REPLY)

    def _share_result(self, side: Side, key: int | None, rpc: Rpc, ts_ns: int) -> ShareResult:
        if rpc.error and self._relative is not None:
            fault = read_fault(rpc)
            if self._relative.accepts(fault.code):
                return ShareResult(side, ts_ns, key, True, fault.stale, fault.duplicate, fault.code)
        return super()._share_result(side, key, rpc, ts_ns)

    def _login_result(self, side: Side, login: str | None, rpc: Rpc, ts_ns: int) -> LoginResult:
        if rpc.error and self._relative is not None and self._relative.accepts(code := read_fault(rpc).code):
            self._login_ns = ts_ns
            return LoginResult(side, ts_ns, login, True, code)
        result = super()._login_result(side, login, rpc, ts_ns)
        if isinstance(rpc.result, dict) and goes_on_as_progpow(rpc.result.get("job")):
            self._speak()
            self._recognise(_PROGPOW)
        if result.accepted and login is not None and self._relative is _ETHEREUM_2:
            token = text(rpc.result)
            if token is not None and self._has_room(len(self._tokens), token + login):
                self._tokens[token] = self._worker_of(login)
        return result

    def _has_room(self, count: int, name: str) -> bool:
        """Whether ``name`` may be kept beside ``count`` others."""
        if count >= LOGINS_PER_SESSION_MAX:
            return False
        return count < NAMES_FREE or self._purse.take(NAME_BYTES + text_bytes(name), Want.NAMES)

    # ------------------------------------------------------------ relatives' methods

    def _subscribe(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        events = super()._subscribe(side, rpc, ts_ns)
        members = rpc.body if isinstance(rpc.body, dict) else rpc.params
        if isinstance(members, dict):
            events += self._login_within(side, members, ts_ns)
        elif isinstance(members, list) and members and _is_conflux_login(members[0]):
            # A node of Conflux takes the login where others have the program's name.
            login = login_text(members[0])
            self._is_login_seen = True
            self._on_login(login)
            events = [Subscribe(side, ts_ns, None), Login(side, ts_ns, login, self._worker_of(members[0]), None, None)]
        return events

    def _subscribed(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        events = super()._subscribed(side, rpc, ts_ns)
        events += self._login_answered(side, ts_ns, accepted=not rpc.error and bool(rpc.result))
        if _OCTOPUS.answers(rpc.result):
            self._login_ns = ts_ns
            if _is_conflux_login(self._told.login):
                events.append(LoginResult(side, ts_ns, self._told.login, True, None))
        return events

    def _foreign(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """A method that only relatives of Bitcoin's stratum have."""
        return _FOREIGN[rpc.method](self, side, rpc, ts_ns)

    def _report(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """The miner reports its hashrate, and a pool of EthereumStratum/2.0.0 what it made of it, in an object."""
        is_pools = isinstance(rpc.params, dict)
        if not self._cast(other_side(side) if is_pools else side, side):
            return self._unknown(side, ts_ns, UnknownCode.ROLE)
        return notice(side, ts_ns, NoticeKind.SHOW_MESSAGE) if is_pools else self._hashrate(side, rpc, ts_ns)

    def _hello(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        return self._subscribe(side, rpc, ts_ns)

    def _set(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """EthereumStratum/2.0.0 sets all that holds from the next job on in one message."""
        members = rpc.params if isinstance(rpc.params, dict) else {}
        if not self._is_settled and members.keys() & _SETTINGS:
            self._recognise(_ETHEREUM_2)
        if "algo" in members:
            self._told.algorithm = members["algo"] if members["algo"] in _ALGORITHMS else None
        work = target_work(members.get("target"))
        if work is None:
            # The other members may change without the target.
            return notice(side, ts_ns, NoticeKind.EXTRANONCE)
        return self._worth_set(side, ts_ns, Worth(None, work))

    def _subscribed_by_name(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        self._start_seen = True
        return [Subscribed(side, ts_ns, True), *self._login_answered(side, ts_ns, accepted=True)]

    def _submitted(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """IronFish answers with a message of its own: body {id of the submit, result}."""
        body = rpc.body if isinstance(rpc.body, dict) else {}
        answer = Rpc(id=body.get("id"), result=body.get("result"), error=body.get("message"), offset=rpc.offset)
        return self._answer(side, answer, ts_ns)

    def _keepalive(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        if side == self.miner:
            self._asked.put(rpc, NoticeKind.REPLY)
        return notice(side, ts_ns, NoticeKind.KEEPALIVE)

    def _message(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        return notice(side, ts_ns, NoticeKind.SHOW_MESSAGE)

    def _extranonce(self, side: Side, rpc: Rpc, ts_ns: int) -> list[MiningEvent]:
        """Without its prefix, as Kaspa's bridges write it."""
        self._assume(_KASPA)
        return notice(side, ts_ns, NoticeKind.EXTRANONCE)


_Reader = Callable[[StratumOther, Side, Rpc, int], list[MiningEvent]]

_FOREIGN: Final[dict[str, _Reader]] = {
    "mining.hello": StratumOther._hello,
    "mining.noop": StratumOther._keepalive,
    "mining.hashrate": StratumOther._report,
    "alph_submitHashrate": StratumOther._hashrate,
    "mining.get_status": StratumOther._keepalive,
    "mining.set": StratumOther._set,
    "mining.reconnect": StratumOther._reconnect,
    "mining.print": StratumOther._message,
    "mining.subscribed": StratumOther._subscribed_by_name,
    "mining.submitted": StratumOther._submitted,
    "mining.wait_for_work": StratumOther._message,
    "mining.status": StratumOther._message,
    "mining.disconnect": StratumOther._message,
    "set_extranonce": StratumOther._extranonce,
    "mining.bye": StratumOther._keepalive,
}


def _is_conflux_login(word: object) -> bool:
    """Whether ``word`` begins with an address of Conflux, in its own form or in Ethereum's: no program is called so."""
    if not isinstance(word, str):
        return False
    account = account_of(word)
    return account.startswith(_CONFLUX_ADDRESS) or (is_marked(account) and is_hex(bare(account), _ADDRESS_DIGITS))
