"""Reads one line as a JSON-RPC object, and pairs answers with their requests.

Knows the envelope (JSON-RPC 1.0 and 2.0 as mining software bends it), not what a method means. Depth and
digits are bounded before anything is parsed. What the strict reader refuses but software sends (NaN, control
characters, broken UTF-8, two objects on a line) is read by the standard library's lenient one.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import msgspec

from sensor.event import MalformedCode
from sensor.limits import (
    FIELD_CHARS_MAX,
    FIELD_WIDE_CHARS_MAX,
    ID_CHARS_MAX,
    ID_WIDE_CHARS_MAX,
    JSON_DEPTH_MAX,
    JSON_DIGITS_MAX,
    PENDING_PER_SESSION_MAX,
    PENDING_UNANSWERED_MAX,
    REQUEST_BYTES,
    REQUESTS_FREE,
    REQUESTS_STEP,
)
from sensor.room import Purse, Want

if TYPE_CHECKING:
    from json import JSONDecoder

UNSET: Final = msgspec.UNSET


class Rpc(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """One message. Types are whatever was sent.

    ``result`` and ``error`` are ``UNSET`` where absent, which differs from null. The members below ``error``
    are those that dialects put beside the JSON-RPC envelope.
    """

    id: Any = None
    jsonrpc: Any = None
    method: Any = None
    params: Any = None
    result: Any = UNSET
    error: Any = UNSET
    worker: Any = None
    height: Any = None
    body: Any = None
    client_id: Any = None
    api_key: Any = None
    reject_reason: Any = msgspec.field(default=None, name="reject-reason")
    # Where the message began on its side. The wire cannot set it: it is written over after parsing.
    offset: Any = msgspec.field(default=0, name="~offset")


class Record(Rpc, gc=False):
    """A message with members beside those that mining software sends, which are not kept: a time, a host, a level. So
    a log or a database quotes one.
    """


_decode: Final = msgspec.json.Decoder(Rpc).decode
_MEMBERS: Final = frozenset(Rpc.__struct_encode_fields__)
# Members that are not read, of pools that serve several algorithms, of links between ckpools, and of single miners.
_UNREAD_MEMBERS: Final = frozenset(("algo", "xn", "xn:", "address", "server", "node.method", "ttl", "workerName"))

# A line this short cannot close as many brackets as it would have to open.
_SHORT_BYTES: Final = 2 * JSON_DEPTH_MAX
# Any run of more than JSON_DIGITS_MAX digits covers this many of the bytes at multiples of _STRIDE: a look at
# those few spares nearly every line the look at all.
_STRIDE: Final = 16
_SAMPLED_RUN: Final = b"0" * (JSON_DIGITS_MAX // _STRIDE)
_LONG_RUN: Final = b"0" * (JSON_DIGITS_MAX + 1)
_DIGITS_AS_ZERO: Final = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))
# Ends a string at its quote or at the end of the line, so that each byte is looked at once.
_STRINGS: Final = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
# What stands around objects: blanks, the NUL that ends a text in C, the mark of UTF-8 that .NET writes before one.
_BLANKS: Final = " \t\r\n\v\f\0\ufeff"
_BLANK: Final = frozenset(_BLANKS)
_ROUND: Final = bytes.maketrans(b"[{]}", b"(())")
_NO_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")


def parse(line: bytes) -> Rpc | list[Rpc] | MalformedCode:
    """The message on ``line``; a list where several objects share it, as an array or side by side; a code where it is
    none. Never raises.
    """
    size = len(line)
    if size > _SHORT_BYTES:
        # Counts the brackets that open: to copy a line without them is twice as fast as ``count``.
        opened = 2 * size - len(line.replace(b"[", b"")) - len(line.replace(b"{", b""))
        if opened > JSON_DEPTH_MAX and _is_deep(line):
            return MalformedCode.TOO_DEEP
        if (
            size > JSON_DIGITS_MAX
            and _SAMPLED_RUN in line[::_STRIDE].translate(_DIGITS_AS_ZERO)
            and _has_long_number(line)
        ):
            return MalformedCode.BAD_VALUE
    try:
        return _decode(line)
    except msgspec.ValidationError:
        return _parse_any(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _parse_leniently(line)


def _parse_any(line: bytes) -> Rpc | list[Rpc] | MalformedCode:
    """Any JSON, as far as the strict reader got: an object with strange members, or no object."""
    try:
        value = msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _parse_leniently(line)
    return _of_members(value) if isinstance(value, dict) else _batch(value)


def _batch(value: object) -> list[Rpc] | MalformedCode:
    """The messages that share an array."""
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        return MalformedCode.NOT_AN_OBJECT
    return [_of_members(one) for one in value]


def _of_members(members: dict[str, Any]) -> Rpc:
    kept = {name: value for name, value in members.items() if name in _MEMBERS}
    is_plain = len(kept) == len(members) or members.keys() <= _MEMBERS | _UNREAD_MEMBERS
    return msgspec.convert(kept, Rpc if is_plain else Record)


def _has_long_number(line: bytes) -> bool:
    """Whether a number outside of strings has too many digits; hex strings may have any."""
    if _LONG_RUN not in line.translate(_DIGITS_AS_ZERO):
        return False
    return _LONG_RUN in _STRINGS.sub(b"", line).translate(_DIGITS_AS_ZERO)


def _is_deep(line: bytes) -> bool:
    """Whether brackets nest deeper than JSON_DEPTH_MAX: each round takes the innermost pairs away."""
    brackets = _STRINGS.sub(b"", line).translate(_ROUND, _NO_BRACKETS)
    for _ in range(JSON_DEPTH_MAX):
        if b"()" not in brackets:
            break
        brackets = brackets.replace(b"()", b"")
    return b"()" in brackets or brackets.count(b"(") > JSON_DEPTH_MAX


@cache
def _lenient() -> JSONDecoder:
    """Made when it is needed first: most captures hold nothing that the strict reader refuses."""
    from json import JSONDecoder  # noqa: PLC0415

    return JSONDecoder(strict=False)


@cache
def _unquoted_id() -> re.Pattern[str]:
    """An id that was sent in quotes and comes back without."""
    return re.compile(r'"id"\s*+:\s*+(?!(?:null|true|false)\b)([A-Za-z_]\w{0,63}+)(?=\s*+[,}])')


def _parse_leniently(line: bytes) -> Rpc | list[Rpc] | MalformedCode:
    """What no strict reader takes: two objects on a line, NaN, control characters, bad UTF-8, an id without quotes."""
    text = _unquoted_id().sub(r'"id":"\1"', line.decode("utf-8", "replace").strip(_BLANKS))
    found: list[Rpc] = []
    position = 0
    while position < len(text):
        try:
            value, position = _lenient().raw_decode(text, position)
        except ValueError:
            return MalformedCode.NOT_JSON
        if not isinstance(value, dict):
            if position < len(text):
                return MalformedCode.NOT_JSON
            return MalformedCode.NOT_AN_OBJECT if found else _batch(value)
        found.append(_of_members(value))
        while text[position : position + 1] in _BLANK:
            position += 1
    if len(found) == 1:
        return found[0]
    return found or MalformedCode.NOT_JSON


def parse_batch(document: bytes, most: int) -> list[Rpc] | MalformedCode:
    """The messages of a document, an object or an array of up to ``most`` of them; others in the array are left out."""
    if not document.lstrip(b" \t\r\n").startswith(b"["):
        read = parse(document)
        return [read] if isinstance(read, Rpc) else read
    # As a member of a message an array passes the same checks of depth and digits.
    whole_document = parse(b'{"params":' + document + b"}")
    if not isinstance(whole_document, Rpc) or not isinstance(whole_document.params, list):
        return whole_document if isinstance(whole_document, MalformedCode) else MalformedCode.NOT_JSON
    return [_of_members(one) for one in whole_document.params[:most] if isinstance(one, dict)]


# ---------------------------------------------------------------- values


def number(value: object) -> float | None:
    """A finite number from a JSON number or a decimal string such as ``"1024"`` or ``"1e5"``; else None."""
    if isinstance(value, str):
        if len(value) > JSON_DIGITS_MAX or "_" in value:
            return None
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def id_text(value: object) -> str | None:
    """The name of a job or a session as text: some pools number them."""
    return str(value) if type(value) is int else text(value)


def whole(value: object, most: int) -> int | None:
    """An integer from 0 to ``most``, from a number, decimal digits or 0x-hex; else None."""
    if isinstance(value, str):
        if not value.isascii() or not value.isalnum() or len(value) > JSON_DIGITS_MAX:
            return None
        try:
            value = int(value, 16 if value[:2] in ("0x", "0X") else 10)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= most else None


def text(value: object) -> str | None:
    """A non-empty string cut to FIELD_CHARS_MAX, or where it is not ASCII to FIELD_WIDE_CHARS_MAX, its lone surrogates
    replaced; else None. Where nothing is to be changed it is ``value`` itself, so that readers share it.
    """
    if not isinstance(value, str) or not value:
        return None
    value = value[:FIELD_CHARS_MAX]
    if value.isascii():
        return value
    value = value[:FIELD_WIDE_CHARS_MAX]
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace").decode("utf-8", "replace")
    return value


# ---------------------------------------------------------------- pairing

T = TypeVar("T")
_NUMBER_ID_CHARS_MAX: Final = 20  # the digits of a 64-bit number
_OTHER_ID: Final = "\x00"  # arrays and objects as ids: all alike


def _key(rpc: Rpc) -> object:
    key = plain_id(rpc.id)
    return key if rpc.client_id is None else (plain_id(rpc.client_id), key)


def plain_id(ident: object) -> object:
    """The id as it is kept: cut, and one for all that are no number and no text."""
    if type(ident) is int or ident is None:
        return ident
    if isinstance(ident, str):
        return ident[:ID_CHARS_MAX] if ident.isascii() else ident[:ID_WIDE_CHARS_MAX]
    if isinstance(ident, (bool, float)) and not math.isnan(ident):
        return ident
    return _OTHER_ID


def _respelt(key: object) -> int | str | None:
    """The id as a pool may spell it in its answer: "7" for 7, and the other way round; None for any other."""
    if type(key) is int:
        return str(key)
    if isinstance(key, str) and len(key) <= _NUMBER_ID_CHARS_MAX and key.isascii() and key.isdigit():
        number = int(key)
        return number if str(number) == key else None
    return None


class Pending(Generic[T]):
    """Requests that wait for their answer, first in first out per id, because ids may be constant, null or
    strings.

    ``client`` tells the miners of one backbone link apart. Bounded: where there are too many the oldest quarter is
    forgotten. Before an answer PENDING_UNANSWERED_MAX may wait, then PENDING_PER_SESSION_MAX, if the purse pays. What
    the words of a request have cost (its ``paid_bytes``) is given back when it is forgotten; who takes it gives it back
    himself.
    """

    __slots__ = ("_has_answered", "_purse", "_size", "_size_max", "_waiting")

    def __init__(self, purse: Purse | None = None) -> None:
        # A list only where several requests share an id: most never do.
        self._waiting: dict[object, T | list[T]] = {}
        self._size = 0
        self._size_max = REQUESTS_FREE
        self._has_answered = False
        self._purse = purse or Purse()

    def __len__(self) -> int:
        return self._size

    def put(self, rpc: Rpc, asked: T) -> None:
        key = rpc.id
        if type(key) is not int or rpc.client_id is not None:
            key = _key(rpc)
        waiting = self._waiting
        first = waiting.get(key)
        if first is None:
            waiting[key] = asked
        elif isinstance(first, list):
            first.append(asked)
        else:
            waiting[key] = [first, asked]
        self._size += 1
        if self._size > self._size_max and not self._grow():
            self._shed()

    def take(self, rpc: Rpc) -> T | None:
        """What the answer ``rpc`` answers, or None where its request was not seen."""
        key = rpc.id
        if type(key) is not int or rpc.client_id is not None:
            key = _key(rpc)
        first = self._waiting.pop(key, None)
        if first is None:
            key = _respelt(key)
            first = None if key is None else self._waiting.pop(key, None)
            if first is None:
                return None
        self._size -= 1
        self._has_answered = True
        if isinstance(first, list):
            if len(first) > 1:
                self._waiting[key] = first
            return first.pop(0)
        return first

    def is_latest(self, rpc: Rpc) -> bool:
        """Whether ``rpc`` answers the request that came last."""
        return bool(self._waiting) and next(reversed(self._waiting)) == _key(rpc)

    def take_only(self, asked: T) -> bool:
        """Whether ``asked`` is the one request that waits; if so it waits no longer."""
        if self._size != 1:
            return False
        (first,) = self._waiting.values()
        if (first[0] if isinstance(first, list) else first) is not asked:
            return False
        self.clear()
        return True

    def clear(self) -> None:
        self._waiting.clear()
        self._size = 0

    def _grow(self) -> bool:
        if self._size_max >= (PENDING_PER_SESSION_MAX if self._has_answered else PENDING_UNANSWERED_MAX):
            return False
        if not self._purse.take(REQUESTS_STEP * REQUEST_BYTES, Want.REQUESTS):
            return False
        self._size_max += REQUESTS_STEP
        return True

    def _shed(self) -> None:
        """Forget the oldest quarter, id by id."""
        for key in list(self._waiting):
            excess = self._size - self._size_max * 3 // 4
            if excess <= 0:
                return
            first = self._waiting.pop(key)
            forgotten = first if isinstance(first, list) else [first]
            if len(forgotten) > excess:
                self._waiting[key] = forgotten[excess:]
                forgotten = forgotten[:excess]
            self._size -= len(forgotten)
            self._purse.give(sum(getattr(asked, "paid_bytes", 0) for asked in forgotten))
