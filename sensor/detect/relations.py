"""Which sessions of one address are the same machine: a program that mines for its author, or for two coins at once.

Programs for graphics cards and processors, and firmware that is not the maker's, take a part of the time for their
author: on a connection of their own, with the same agent and another account. Programs for graphics cards may mine two
algorithms at once: two connections with the same agent that begin together. Neither is another rig.

Known is only what findings told; of addresses and of sessions of one address the latest are kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

import msgspec

from sensor.figures import Related, Relation
from sensor.limits import RELATED_ADDRESSES_MAX, RELATED_PER_FINDING_MAX, RELATED_SESSIONS_MAX

_SECOND: Final = 1_000_000_000
# The dearest authors take a fortieth of the time; twice that leaves room for chance.
_FEE_PART: Final = 0.05
# A slice of time that is taken on a connection of its own is some minutes long, of some hours.
_SLICE_NS_MAX: Final = 600 * _SECOND
# Before, a difference of two rates is chance.
_STEADY_NS_MIN: Final = 1800 * _SECOND
# A program opens both of its connections when it starts.
_TOGETHER_NS_MAX: Final = 60 * _SECOND


Address = tuple[int, str]
"""Realm and IP address of a miner."""


class Known(msgspec.Struct, frozen=True, array_like=True):
    """One session as its latest revision told it. ``pace`` is in the units of its dialect, 0 where it is not known.

    ``takes_fees``: its program may mine for its author; ``mines_two``: or for two coins at once. ``is_donation``: a
    list says that its pool is where a program's author is paid.
    """

    address: Address
    finding_id: str
    agent: str
    account: str
    dialect: str
    algorithm: str  # as jobs or the dialect tell, "" where they do not
    pace: float
    from_ns: int
    until_ns: int
    is_over: bool
    takes_fees: bool
    mines_two: bool
    is_donation: bool


class Relations:
    """Joins sessions as they are told. A relation that was told once stays."""

    def __init__(self) -> None:
        self._known: OrderedDict[Address, OrderedDict[str, Known]] = OrderedDict()
        self._related: OrderedDict[Address, dict[str, dict[str, Related]]] = OrderedDict()

    def take(self, told: Known) -> tuple[Related, ...]:
        """What ``told`` is related to, by all that was told so far."""
        address = told.address
        sessions = self._sessions(address)
        sessions[told.finding_id] = told
        sessions.move_to_end(told.finding_id)
        if len(sessions) > RELATED_SESSIONS_MAX:
            gone, _ = sessions.popitem(last=False)
            self._related[address].pop(gone, None)
        self._join(address, told)
        return tuple(self._related[address].get(told.finding_id, {}).values())

    def _sessions(self, address: Address) -> OrderedDict[str, Known]:
        sessions = self._known.get(address)
        if sessions is None:
            if len(self._known) >= RELATED_ADDRESSES_MAX:
                gone, _ = self._known.popitem(last=False)
                del self._related[gone]
            sessions = self._known[address] = OrderedDict()
            self._related[address] = {}
        self._known.move_to_end(address)
        return sessions

    def _join(self, address: Address, told: Known) -> None:
        sessions = self._known[address].values()
        others = [one for one in sessions if one.agent == told.agent and one.finding_id != told.finding_id]
        if not others or self._is_second(address, told.finding_id):
            return
        main = _nearest(told, (known for known in others if self._is_fee(address, told, known)))
        if main is not None:
            self._relate(address, told, main, Relation.DEVELOPER_FEE)
            return
        twin = _nearest(told, (known for known in others if self._is_twin(address, told, known)))
        if twin is not None:
            second, first = (told, twin) if _order(told) > _order(twin) else (twin, told)
            self._relate(address, second, first, Relation.DUAL_MINING)

    def _is_fee(self, address: Address, told: Known, main: Known) -> bool:
        """Whether ``told`` is mined for the author of the program that ``main`` runs."""
        if not told.takes_fees or told.account == main.account or self._is_second(address, main.finding_id):
            return False
        if not _overlap(told, main) or main.is_donation:
            return False
        if told.is_donation:
            return True
        if main.from_ns > told.from_ns:
            return False
        # What is not over goes on.
        main_until_ns = main.until_ns if main.is_over else max(main.until_ns, told.until_ns)
        length_ns, main_ns = told.until_ns - told.from_ns, main_until_ns - main.from_ns
        is_slice = told.is_over and length_ns <= min(_SLICE_NS_MAX, _FEE_PART * main_ns)
        is_alike = (told.dialect, told.algorithm) == (main.dialect, main.algorithm)
        is_part = is_alike and length_ns >= _STEADY_NS_MIN and 0 < told.pace <= _FEE_PART * main.pace
        return is_slice or is_part

    def _is_twin(self, address: Address, told: Known, other: Known) -> bool:
        """Whether both are one machine that mines two algorithms."""
        return (
            told.mines_two
            and other.mines_two
            and bool(told.algorithm and other.algorithm)
            and told.algorithm != other.algorithm
            and abs(told.from_ns - other.from_ns) <= _TOGETHER_NS_MAX
            and not self._related[address].get(other.finding_id)
            and not self._related[address].get(told.finding_id)
            and _overlap(told, other)
        )

    def _is_second(self, address: Address, finding_id: str) -> bool:
        return any(related.is_main for related in self._related[address].get(finding_id, {}).values())

    def _relate(self, address: Address, second: Known, first: Known, relation: Relation) -> None:
        table = self._related[address]
        for one, other, is_main in ((second, first, True), (first, second, False)):
            links = table.setdefault(one.finding_id, {})
            if len(links) < RELATED_PER_FINDING_MAX:
                links[other.finding_id] = Related(other.finding_id, relation, is_main)


def _nearest(told: Known, others: Iterator[Known]) -> Known | None:
    """The one that began nearest in time: behind one address there may be many machines with the same program."""
    return min(others, key=lambda known: (abs(known.from_ns - told.from_ns), known.finding_id), default=None)


def _order(known: Known) -> tuple[int, str]:
    return known.from_ns, known.finding_id


def _overlap(one: Known, other: Known) -> bool:
    """Whether both were there at once; what is not over may go on since it was told."""
    return not _ended_before(one, other) and not _ended_before(other, one)


def _ended_before(one: Known, other: Known) -> bool:
    return one.is_over and one.until_ns < other.from_ns
