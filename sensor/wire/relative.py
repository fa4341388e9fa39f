"""What a dialect of the mining.* family is, beside what all of them share: its words, its jobs and shares, its sums.

The conversation itself is `stratum_other`'s, whatever its dialect turns out to be. So a relative keeps nothing: it is
shown parameters as sent and what was told so far, and says whether they are its own.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Final

import msgspec

from sensor.limits import HEIGHT_MAX
from sensor.wire.base import NO_WORTH, JobRead, Worth
from sensor.wire.jsonrpc import Rpc, text, whole
from sensor.wire.work import is_hex, is_hex_bytes

HASH_DIGITS: Final = 64
NONCE_DIGITS_MAX: Final = 16  # Ethash's, ProgPow's and Kaspa's nonces have 8 bytes


class Claim(enum.Enum):
    """What the shape of a submit says of one dialect."""

    NEVER = enum.auto()  # this dialect does not write it so
    POSSIBLE = enum.auto()
    PROOF = enum.auto()  # no other dialect writes it so


class Told(msgspec.Struct, gc=False):
    """What the two ends have said so far that decides how a job is read."""

    names_ethereum: bool = False  # the subscription or its answer names EthereumStratum/1.0.0
    login: str = ""  # the latest
    paid: str | None = None  # the coin whose address that login is
    algorithm: str | None = None  # as the pool named it
    worth: Worth = NO_WORTH  # the difficulty or target in force from the next job on
    bound: int = 0  # of Ergo's latest job; 0: none


class Relative(ABC):
    """One dialect. Its instances have no state."""

    dialect: ClassVar[str]
    # Expected hashes at difficulty 1; None where jobs carry their own target.
    hashes_per_difficulty: ClassVar[float | None] = None
    # The difficulty before the first one, in a session that was seen from its start.
    first_difficulty: ClassVar[float | None] = None

    @abstractmethod
    def read_job(self, params: list[Any], rpc: Rpc, told: Told) -> JobRead | None:
        """The job, without worth where a difficulty in force tells it; None where the parameters are not this
        dialect's.
        """

    @abstractmethod
    def claim(self, params: list[Any], told: Told) -> Claim:
        """What a submit of these parameters says."""

    def shown_by(self, params: list[Any]) -> tuple[str | None, str | None]:
        """Algorithm and coin that a submit shows which is proof of this dialect."""
        return None, None

    def asks(self, rpc: Rpc, told: Told) -> bool:
        """Whether a subscription, or a greeting before it, asks for this dialect by name."""
        return False

    def answers(self, result: object) -> bool:
        """Whether only this dialect's pools answer a subscription so."""
        return False

    def pays(self, login: str) -> bool:
        """Whether the login is an address that only this dialect's pools pay."""
        return False

    def worth_of(self, difficulty: float, told: Told) -> Worth:
        """What a share counts at ``difficulty``."""
        hashes = self.hashes_per_difficulty
        return Worth(difficulty, None if hashes is None else difficulty * hashes)

    def accepts(self, code: int | None) -> bool:
        """Whether an answer with this error code accepts all the same."""
        return False


def job_name(word: object) -> str | None:
    """The id of a job, sent as text or as a number; None for anything else."""
    if isinstance(word, int) and not isinstance(word, bool):
        return str(word) if 0 <= word < 1 << 64 else None
    return text(word)


def bare(word: object) -> str:
    """Hex without its 0x; "" for what is no text."""
    if not isinstance(word, str):
        return ""
    return word[2:] if word[:2] in ("0x", "0X") else word


def is_hash(word: object) -> bool:
    """32 bytes in hex, with or without 0x."""
    return is_hex(bare(word), HASH_DIGITS)


def is_marked(word: object) -> bool:
    """Whether ``word`` is text that begins with 0x."""
    return isinstance(word, str) and word[:2] in ("0x", "0X")


def is_nonce(word: object, least: int = 1) -> bool:
    """``least`` to 8 whole bytes in hex, with or without 0x."""
    digits = bare(word)
    return 2 * least <= len(digits) <= NONCE_DIGITS_MAX and is_hex_bytes(digits)


def height_of(word: object) -> int | None:
    """A block's height in decimal digits, 0x-hex or as a number; None for anything else."""
    return whole(word, HEIGHT_MAX)


def is_ethash_solution(params: list[Any]) -> bool:
    """Login, job, nonce, header and mix hash: how every miner of Ethash and ProgPow writes a share in full."""
    return (
        len(params) == 5
        and isinstance(params[0], str)
        and job_name(params[1]) is not None
        and is_nonce(params[2])
        and is_hash(params[3])
        and is_hash(params[4])
    )
