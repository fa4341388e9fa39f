"""Targets as work: how many hashes one share stands for. Formulas: 2^256/(T+1), and xmrig's for short
targets.
"""

from __future__ import annotations

from typing import Final

from sensor.limits import DIFFICULTY_MAX
from sensor.wire.jsonrpc import number

_SPACE: Final = 1 << 256
_HEX: Final = "0123456789abcdefABCDEF"


def is_hex(value: object, digits: int) -> bool:
    """Whether ``value`` is a string of exactly ``digits`` hex digits (without 0x)."""
    return isinstance(value, str) and len(value) == digits and not value.strip(_HEX)


def is_hex_bytes(value: object, least: int = 0) -> bool:
    """Whether ``value`` is a string of whole hex bytes, ``least`` or more of them."""
    if not isinstance(value, str) or len(value) % 2 or len(value) < 2 * least:
        return False
    return not value.strip(_HEX)


def target_work(target: object) -> float | None:
    """Work of a big-endian 256-bit target in hex, 0x and leading zeros optional; None where it is no
    target.
    """
    if not isinstance(target, str):
        return None
    digits = target[2:] if target[:2] in ("0x", "0X") else target
    if not 0 < len(digits) <= 64 or digits.strip(_HEX):
        return None
    value = int(digits, 16)
    return _SPACE / (value + 1) if value else None


def short_target_work(target: object, big_endian: bool = False) -> float | None:
    """Work of a CryptoNote target of 4 or 8 bytes, little-endian (rx/yada: big-endian), rounded as xmrig
    does.
    """
    if not isinstance(target, str) or len(target) not in (8, 16) or target.strip(_HEX):
        return None
    size = len(target) // 2
    value = int.from_bytes(bytes.fromhex(target), "big" if big_endian else "little")
    return float(((1 << 8 * size) - 1) // value) if value else None


def difficulty(value: object) -> float | None:
    """A difficulty above 0 and below 2^224; None for anything else."""
    found = number(value)
    return found if found is not None and 0 < found < DIFFICULTY_MAX else None
