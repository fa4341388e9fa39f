"""A second opinion: what tshark sees of the connection, and whether that is what the finding says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import UNSET, UnsetType

from sensor.explain.say import Say
from sensor.explain.statement import Section, Statement
from sensor.finding import Finding, Param
from sensor.model import Endpoint
from sensor.times import rfc3339
from sensor.timestamp import parse_time
from sensor.wire.errands import ERRANDS

if TYPE_CHECKING:
    from sensor.tshark import StreamSeen


_OVER_HTTP: Final = frozenset(errand.dialect for errand in ERRANDS)


def second_opinion(finding: Finding, capture: Path) -> list[Statement]:
    """All that tshark says; a single statement where there is nothing to ask."""
    try:
        from sensor.tshark import TsharkError, look  # noqa: PLC0415
    except ImportError:
        return [_say(Say.PYSHARK_NOT_INSTALLED)]
    miner, pool = (_endpoint(end.ip, end.port) for end in (finding.miner, finding.pool))
    if miner is None or pool is None:
        return [_say(Say.TSHARK_HIDDEN)]
    try:
        stream = look(capture, miner, pool, parse_time(finding.first_seen))
    except TsharkError as error:
        return [_say(Say(f"tshark_{error.trouble}"), capture=str(capture))]
    if stream is None:
        return [_say(Say.TSHARK_NO_STREAM, capture=str(capture))]
    return [*_seen(stream), *_compared(finding, stream)]


def _endpoint(ip: str | UnsetType, port: int | UnsetType) -> Endpoint | None:
    return None if ip is UNSET or port is UNSET else Endpoint(ip, port)


def _seen(stream: StreamSeen) -> Iterator[Statement]:
    for name, side in (("miner", stream.miner), ("pool", stream.pool)):
        yield _say(
            Say(f"tshark_side_{name}"),
            packets=side.packets,
            bytes=side.payload_bytes,
            retransmitted=side.retransmitted,
        )
    for name, side in (("miner", stream.miner), ("pool", stream.pool)):
        if side.first_line:
            yield Statement(Section.TSHARK, Say(f"tshark_line_{name}"), side=name, proof=side.first_line)
    if stream.is_cut:
        yield _say(Say.TSHARK_CUT)


def _compared(finding: Finding, stream: StreamSeen) -> Iterator[Statement]:
    # Messages of JSON can be counted by a stranger to the dialects, frames between them and messages of HTTP cannot.
    is_of_json = finding.messages_seen.agent_frames is UNSET and finding.protocol.dialect not in _OVER_HTTP
    theirs_last = "-" if stream.last_payload_ns is None else rfc3339(stream.last_payload_ns)
    pairs: list[tuple[str, Param, Param | None]] = [
        ("first", finding.first_seen, rfc3339(stream.first_ns)),
        ("last", finding.last_seen, theirs_last),
        ("messages_miner", finding.messages_seen.miner, stream.miner.messages if is_of_json else None),
        ("messages_pool", finding.messages_seen.pool, stream.pool.messages if is_of_json else None),
        ("gaps", finding.gaps_bytes, _sum(stream.miner.missing_bytes, stream.pool.missing_bytes)),
    ]
    differs = False
    for name, ours, theirs in pairs:
        if theirs is None:
            continue
        word = "agree" if ours == theirs else "differ"
        differs |= ours != theirs
        yield _say(Say(f"{word}_{name}"), ours=ours, theirs=theirs)
    if differs:
        yield _say(Say.DIFFER_WHY)


def _sum(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a + b


def _say(code: Say, **params: Param) -> Statement:
    return Statement(Section.TSHARK, code, params)
