"""The unified social credit code of an organisation in China: eighteen characters, the last one a check (GB 32100).

Authority, type, six digits of a division, nine characters of an organisation, check. Of the nine the last one is a
check of their own, from the older code (GB 11714). The division is that of the registration, never the site.
"""

from __future__ import annotations

import functools
import string
from typing import Final

LENGTH: Final = 18
# I, O, Z, S and V are left out: they look like digits.
_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES: Final = {char: value for value, char in enumerate(_ALPHABET)}
_MODULUS: Final = 31
# Enterprises are asked for again with each of their findings.
_REMEMBERED: Final = 4096
_ORGANISATION: Final = slice(8, 17)
_ORGANISATION_ALPHABET: Final = string.digits + string.ascii_uppercase
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_CHECKS: Final = "0X987654321"  # by the remainder of the sum by 11
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


def organisation_check(body: str) -> str:
    """The last character that belongs to the first eight of an organisation's; "" where these are none."""
    if len(body) != len(_ORGANISATION_WEIGHTS) or any(char not in _ORGANISATION_ALPHABET for char in body):
        return ""
    values = map(_ORGANISATION_ALPHABET.index, body)
    total = sum(value * weight for value, weight in zip(values, _ORGANISATION_WEIGHTS, strict=True))
    return _ORGANISATION_CHECKS[total % len(_ORGANISATION_CHECKS)]


def is_organisation_valid(code: str) -> bool:
    """Whether the organisation within a whole code has the check character that belongs to it."""
    organisation = code[_ORGANISATION]
    return organisation_check(organisation[:-1]) == organisation[-1:]
