"""The unified social credit code of an organisation in China: eighteen characters, the last one a check (GB 32100).

Authority, type, six digits of a division, nine characters of an organisation, check. The division is that of the
registration, never the site.
"""

from __future__ import annotations

import functools
from typing import Final

LENGTH: Final = 18
# I, O, Z, S and V are left out: they look like digits.
_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES: Final = {char: value for value, char in enumerate(_ALPHABET)}
_MODULUS: Final = 31
# Enterprises are asked for again with each of their findings.
_REMEMBERED: Final = 4096
_WEIGHTS: Final = tuple(pow(3, index, _MODULUS) for index in range(LENGTH - 1))


def check_character(body: str) -> str:
    """The last character that belongs to the first seventeen; "" where these are none."""
    if len(body) != LENGTH - 1 or any(char not in _VALUES for char in body):
        return ""
    total = sum(_VALUES[char] * weight for char, weight in zip(body, _WEIGHTS, strict=True))
    return _ALPHABET[-total % _MODULUS]


@functools.lru_cache(_REMEMBERED)
def is_valid(code: str) -> bool:
    """Whether the code is whole and its check character right; upper case, letters allowed everywhere."""
    return len(code) == LENGTH and check_character(code[:-1]) == code[-1]
