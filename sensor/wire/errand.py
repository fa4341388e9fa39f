"""What programs ask for over HTTP that hands out work: one kind of errand a dialect, or a part of one.

An errand knows the words and shapes of its requests and answers, and keeps no state: the conversation is read by
sensor/wire/http_work.py. Documents that are too long to be kept are read by the few members that matter.
"""

from __future__ import annotations

import enum
import re
from abc import ABC, abstractmethod
from typing import ClassVar, Final

import msgspec

from sensor.event import MalformedCode
from sensor.limits import CALLS_PER_DOCUMENT_MAX
from sensor.wire.base import JobRead
from sensor.wire.http import Document
from sensor.wire.jsonrpc import Rpc, parse_batch

_METHOD: Final = re.compile(rb'"method"\s{0,8}:\s{0,8}"(\w{1,40})"')
_ID: Final = re.compile(rb'"id"\s{0,8}:\s{0,8}(\d{1,18})[,}\s]')
_SOLUTION: Final = re.compile(rb'"params"\s{0,8}:\s{0,8}\[\s{0,8}"([0-9a-fA-F]{160,1024})')
_RESULT: Final = re.compile(rb'"result"\s{0,8}:\s{0,8}\{')
_MEMBER: Final = re.compile(rb'"(previousblockhash|prev_hash|target|bits)"\s{0,8}:\s{0,8}"([0-9a-fA-F]{8,64})"')
_NUMBER: Final = re.compile(rb'"(height|difficulty)"\s{0,8}:\s{0,8}(\d{1,18})[,}\s]')


class Solution(msgspec.Struct, frozen=True, gc=False):
    """What a request brings; ``job_id`` is "" where only the latest work can be meant."""

    job_id: str


class Shown(enum.Enum):
    """When who brings a solution is shown to mine; pools' servers bring the blocks that their miners find."""

    ALWAYS = enum.auto()
    REPEATED = enum.auto()  # if he brings another, and asks for nothing but work: pools find blocks seldom
    NEVER = enum.auto()


class Errand(ABC):
    """One kind of errand. Its instances have no state."""

    dialect: ClassVar[str]
    asks: ClassVar[frozenset[str]]  # methods that ask for work, or bring some
    reports: ClassVar[frozenset[str]] = frozenset()  # methods that only a miner says: how fast he is
    shows_miner: ClassVar[Shown]

    @abstractmethod
    def solution_of(self, request: Rpc) -> Solution | None:
        """What the request brings; None where it asks."""

    @abstractmethod
    def work_of(self, answer: Rpc) -> JobRead | None:
        """The work that an answer hands out; None where it is none."""

    def is_verdict(self, answer: Rpc) -> bool:
        """Whether an answer may be that to a solution."""
        return isinstance(answer.result, bool)

    def is_taken(self, answer: Rpc) -> bool:
        """Whether the answer to a solution accepts it."""
        return answer.result is True and not answer.error


def read_document(document: Document) -> list[Rpc] | MalformedCode:
    """The calls, or answers, in a document; of one that is not whole what can be told of it."""
    if document.is_whole:
        return parse_batch(document.data, CALLS_PER_DOCUMENT_MAX)
    both = document.data + b" " + document.tail
    method, solution, number = _METHOD.search(both), _SOLUTION.search(document.data), _ID.search(both)
    ident = None if number is None else int(number[1])
    if method is not None:
        params = [solution[1].decode()] if solution is not None else []
        return [Rpc(id=ident, method=method[1].decode(), params=params)]
    if _RESULT.search(document.data) is None:
        return MalformedCode.NOT_JSON
    members: dict[str, object] = {name.decode(): value.decode() for name, value in _MEMBER.findall(both)}
    members |= {name.decode(): int(value) for name, value in _NUMBER.findall(both)}
    return [Rpc(id=ident, result=members)]
