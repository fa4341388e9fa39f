"""Targets and difficulties as work: how many hashes one share stands for.

Formulas: 2^256/(T+1) for targets of 256 bits, xmrig's for short ones, Beam's for packed difficulties, the order of
Bitcoin's curve over b for Ergo's.
"""

from __future__ import annotations

import math
from typing import Final

from sensor.limits import DIFFICULTY_MAX, DIFFICULTY_MIN
from sensor.wire.jsonrpc import number

# Hashes at the difficulty 1 of pools, whose target is 0xFFFF * 2^208; miners take 2^32, 0.0015 % less.
POOL_DIFFICULTY_1: Final = 2.0**48 / 0xFFFF
_SPACE: Final = 1 << 256
_CURVE_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
# Beam packs a difficulty as 8 bits of order and 24 of mantissa; beyond, it would not fit 256 bits.
_PACKED_ORDER_MAX: Final = 231
_HASH_DIGITS: Final = 64
_HEX: Final = "0123456789abcdefABCDEF"


def is_hex(value: object, digits: int) -> bool:
    """Whether ``value`` is a string of exactly ``digits`` hex digits (an even number, without 0x)."""
    return isinstance(value, str) and len(value) == digits and is_hex_bytes(value)


def is_hex_bytes(value: object, least: int = 0) -> bool:
    """Whether ``value`` is a string of whole hex bytes, ``least`` or more of them."""
    if not isinstance(value, str) or len(value) < 2 * least:
        return False
    try:
        # Blanks between the bytes are skipped: then the length betrays them.
        return 2 * len(bytes.fromhex(value)) == len(value)
    except ValueError:
        return False


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


def compact_target(bits: object) -> int | None:
    """The target in a header's compact form (nBits: a byte of exponent, three of mantissa); None where it is none."""
    if not isinstance(bits, str) or not is_hex(bits, 8):
        return None
    exponent, mantissa = int(bits[:2], 16), int(bits[2:], 16)
    return mantissa << 8 * (exponent - 3) if 3 <= exponent <= 0x20 and 0 < mantissa < 0x800000 else None


def compact_work(bits: object) -> float | None:
    """Work of a target in compact form; None where it is none."""
    target = compact_target(bits)
    return None if target is None else _SPACE / (target + 1)


def short_target_work(target: object, big_endian: bool = False) -> float | None:
    """Work of a CryptoNote target of 4 or 8 bytes, little-endian (rx/yada: big-endian), rounded as xmrig
    does.
    """
    if not isinstance(target, str) or len(target) not in (8, 16) or target.strip(_HEX):
        return None
    size = len(target) // 2
    value = int.from_bytes(bytes.fromhex(target), "big" if big_endian else "little")
    return float(((1 << 8 * size) - 1) // value) if value else None


def packed_work(value: int) -> float | None:
    """Work of Beam's packed difficulty: (2^24 + mantissa) * 2^(order - 24); None where it packs nothing."""
    order, mantissa = value >> 24, value & 0xFFFFFF
    return math.ldexp((1 << 24) + mantissa, order - 24) if 0 <= order <= _PACKED_ORDER_MAX else None


def curve_work(bound: int) -> float | None:
    """Work of Ergo's bound b, below which a hash modulo the curve's order must fall; None where it is none."""
    return _CURVE_ORDER / bound if 0 < bound <= _CURVE_ORDER else None


def difficulty(value: object) -> float | None:
    """A difficulty of 2^-32 and more, and below 2^224; None for anything else."""
    found = number(value)
    return found if found is not None and DIFFICULTY_MIN <= found < DIFFICULTY_MAX else None


def hash_top(result: object) -> int | None:
    """The most significant 64 bits of a CryptoNote hash in hex (little-endian bytes); None for anything else."""
    if not isinstance(result, str) or len(result) != _HASH_DIGITS or result.strip(_HEX):
        return None
    return int.from_bytes(bytes.fromhex(result[-16:]), "little")


def nonce_slot(nonce: str) -> int | None:
    """The last byte of a nonce in hex, 0 to 255."""
    return int(nonce[6:8], 16) if len(nonce) == 8 and not nonce.strip(_HEX) else None
