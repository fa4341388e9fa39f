"""Pseudonyms: a keyed hash in the place of a name. Who has the key can tell which name it is, nobody else.

A plain hash would do nothing: there are few enough addresses and account numbers to try them all. Each kind of name has
a domain of its own, so that equal texts of two kinds have nothing in common. Pure: the key is read elsewhere.
"""

from __future__ import annotations

import enum
import hmac
from typing import Final

_VERSION: Final = b"minesensor.v1"
_PSEUDONYM_CHARS: Final = 32  # 128 bits
_KEY_ID_CHARS: Final = 8
KEY_BYTES: Final = 32


class Domain(enum.StrEnum):
    """The kinds of names that are replaced. The words are part of the pseudonyms and must never change."""

    CUSTOMER = "customer"
    LINE = "line"
    ADDRESS = "address"
    SITE = "site"
    FINDING = "finding"
    SIGHTING = "sighting"
    ACCOUNT = "account"
    WALLET = "wallet"


class Pseudonyms:
    """Makes pseudonyms with one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.key_id = self._digest("key", ())[:_KEY_ID_CHARS]

    def of(self, domain: Domain, *names: str | int) -> str:
        """The pseudonym of a name, the number of its key in front: a key may change, and a reveal needs its own."""
        return f"{self.key_id}-{self.bare(domain, *names)}"

    def bare(self, domain: Domain, *names: str | int) -> str:
        """128 bits in hex."""
        return self._digest(domain.value, names)[:_PSEUDONYM_CHARS]

    def _digest(self, domain: str, names: tuple[str | int, ...]) -> str:
        # Each part with its length, so that no two lists of names give the same bytes.
        parts = [_VERSION, domain.encode(), *(str(name).encode("utf-8", "backslashreplace") for name in names)]
        message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.digest(self._key, message, "sha256").hex()


def key_id_of(pseudonym: str) -> str:
    """The number of the key that a pseudonym was made with."""
    return pseudonym.partition("-")[0]
