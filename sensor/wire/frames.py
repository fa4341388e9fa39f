"""What a BTCAgent's frame says: the body behind the four bytes that the framer reads. All integers are little-endian.

Implements BTCAgent's ex-messages as its code has them (btccom/btcagent: ExMessage.go), of which the document of the
pool gives some lengths wrongly. Knows nothing of sessions.
"""

from __future__ import annotations

import struct
from typing import Final

import msgspec

from sensor.event import MalformedCode
from sensor.limits import RIG_TEXT_CHARS_MAX, RIGS_PER_FRAME_MAX
from sensor.wire.lines import Frame

_REGISTER: Final = 0x01
_SUBMIT: Final = 0x02
_UNREGISTER: Final = 0x04
_SET_DIFFICULTY: Final = 0x05
_RESPONSE: Final = 0x10
_SUBMIT_MIX: Final = 0x14
_EXTRANONCE: Final = 0x22
# Job, rig, second nonce, nonce; time and version mask may follow.
_SHARE: Final = struct.Struct("<BHII")
# The share of an Ethereum rig: rig and nonce; the job's name follows.
_ETHER_SHARE: Final = struct.Struct("<HQ")
# What each command's body is long, with neither, one or both of these.
_SHARE_BODIES: Final = {_SUBMIT: 11, 0x03: 15, 0x12: 15, 0x13: 19}
_MIX_BYTES: Final = 32
_ANSWER: Final = struct.Struct("<Hi")
_LEVEL: Final = struct.Struct("<BH")
_RIG: Final = struct.Struct("<H")
# The agent shifts a 64-bit one by it.
_EXPONENT_MAX: Final = 63
# Session ids end before the one that means "none".
_RIG_MAX: Final = 0xFFFE
_CONTROLS: Final = bytes([*range(32), 127])


class Registered(msgspec.Struct, frozen=True, gc=False):
    """A rig came."""

    rig: int
    agent: str | None
    worker: str | None


class Unregistered(msgspec.Struct, frozen=True, gc=False):
    """A rig left."""

    rig: int


class Submitted(msgspec.Struct, frozen=True, gc=False):
    """A share of a rig. ``job_id`` as a job's first parameter has it; "" where it is an Ethereum job's name."""

    rig: int
    job_id: str


class Levelled(msgspec.Struct, frozen=True, gc=False):
    """From the next job on these rigs' shares have the difficulty 2^``exponent``."""

    exponent: int
    rigs: tuple[int, ...]


class Responded(msgspec.Struct, frozen=True, gc=False):
    """What became of a share. ``index`` counts the connection's shares from 0, modulo 2^16."""

    index: int
    status: int


class NonceSet(msgspec.Struct, frozen=True, gc=False):
    """A rig is given its part of the nonces."""

    rig: int


AgentMessage = Registered | Unregistered | Submitted | Levelled | Responded | NonceSet


def read_frame(frame: Frame) -> AgentMessage | MalformedCode:
    """The message in ``frame``, whose command and length the framer has found to fit each other."""
    command, body = frame.command, frame.body
    if _SHARE_BODIES.get(command) == len(body):
        job, rig, _, _ = _SHARE.unpack_from(body)
        return Submitted(rig, str(job)) if rig <= _RIG_MAX else MalformedCode.BAD_VALUE
    if command == _RESPONSE:
        return Responded(*_ANSWER.unpack(body))
    if command == _REGISTER:
        return _registered(body)
    if command == _SET_DIFFICULTY:
        return _levelled(body)
    return _seldom(command, body)


def _seldom(command: int, body: bytes) -> AgentMessage | MalformedCode:
    (rig,) = _RIG.unpack_from(body)
    if rig > _RIG_MAX:
        return MalformedCode.BAD_VALUE
    if command == _UNREGISTER:
        return Unregistered(rig)
    if command == _EXTRANONCE:
        return NonceSet(rig)
    if len(body) <= _ETHER_SHARE.size + (_MIX_BYTES if command == _SUBMIT_MIX else 0):
        return MalformedCode.BAD_FRAME
    return Submitted(rig, "")


def _registered(body: bytes) -> Registered | MalformedCode:
    """Two strings, each ended by a zero byte, and nothing behind them."""
    (rig,) = _RIG.unpack_from(body)
    parts = body[_RIG.size :].split(b"\0")
    if len(parts) != 3 or parts[2] or rig > _RIG_MAX:
        return MalformedCode.BAD_FRAME
    agent, worker, _ = parts
    if len(agent.translate(None, _CONTROLS)) + len(worker.translate(None, _CONTROLS)) != len(agent) + len(worker):
        return MalformedCode.BAD_VALUE
    return Registered(rig, _text(agent), _text(worker))


def _text(raw: bytes) -> str | None:
    return raw.decode("utf-8", "replace")[:RIG_TEXT_CHARS_MAX] or None


def _levelled(body: bytes) -> Levelled | MalformedCode:
    exponent, count = _LEVEL.unpack_from(body)
    rigs = len(body) - _LEVEL.size
    if rigs != 2 * count or exponent > _EXPONENT_MAX or not count:
        return MalformedCode.BAD_FRAME
    return Levelled(exponent, struct.unpack_from(f"<{min(count, RIGS_PER_FRAME_MAX)}H", body, _LEVEL.size))
