"""What came with a login and must not be shown: the words until the login is answered, then only digests of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final

Secret = str | bytes
"""A word, or the digest of one that was forgotten."""

# Shorter ones are told from other words only where they are a whole value: as a part, "x" stands in every word.
PART_CHARS_MIN: Final = 4
# Of one login: two secrets of some parts.
_DIGESTS_MAX: Final = 8
_DIGEST_BYTES: Final = 8
_SEPARATORS: Final = re.compile(r"[,;:|\s]+")
# Settings that stand in passwords, such as d=512 or c=BTC.
_WISH: Final = re.compile(r"[A-Za-z]{1,4}=[A-Za-z0-9.]{1,10}")


def parts(secret: str) -> set[str]:
    """A secret and what it is put together of, as far as it can be told from other words: pools repeat a password
    without the wishes around it.
    """
    words = {secret, *_SEPARATORS.split(secret)}
    return {word for word in words if len(word) >= PART_CHARS_MIN and not _WISH.fullmatch(word)}


def digest(word: str) -> bytes:
    return hashlib.blake2s(word.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).digest()


def forgotten(secrets: Iterable[Secret]) -> tuple[bytes, ...]:
    """What is kept of secrets, enough to know them again where a pool repeats one as a word."""
    words = {part for secret in secrets if isinstance(secret, str) for part in parts(secret)}
    return tuple(sorted(map(digest, words)))[:_DIGESTS_MAX]
