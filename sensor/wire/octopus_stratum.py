"""Conflux' stratum (Octopus): a job carries its boundary, 0x without leading zeros, and a share repeats the header.

A node sends a job of three, named by its hash; pools send the height as well. Answers to shares are lists of text:
["true"], or ["false", why].
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from sensor.wire.base import JobRead, Worth
from sensor.wire.jsonrpc import Rpc
from sensor.wire.relative import Claim, Relative, Told, bare, height_of, is_hash, is_marked, job_name
from sensor.wire.work import target_work

_ALGORITHM: Final = "octopus"
_COIN: Final = "CFX"
_NONCE_DIGITS_MAX: Final = 64  # a node takes 32 bytes
_HEX: Final = "0123456789abcdefABCDEF"


class OctopusStratum(Relative):
    """``octopus-stratum``."""

    dialect: ClassVar[str] = "octopus-stratum"

    def read_job(self, params: list[Any], rpc: Rpc, told: Told) -> JobRead | None:
        if len(params) not in (3, 4):
            return None
        header, boundary = params[-2:]
        name = job_name(params[0])
        height = height_of(params[1]) if len(params) == 4 else None
        if name is None or (len(params) == 4 and height is None) or not (is_marked(header) and is_hash(header)):
            return None
        work = target_work(boundary) if is_marked(boundary) else None
        if work is None:
            return None
        return JobRead(name, None, _ALGORITHM, _COIN, height, Worth(None, work))

    def claim(self, params: list[Any], told: Told) -> Claim:
        fits = (
            len(params) == 4
            and isinstance(params[0], str)
            and job_name(params[1]) is not None
            and is_marked(params[2])
            and 0 < len(bare(params[2])) <= _NONCE_DIGITS_MAX
            and not bare(params[2]).strip(_HEX)
            and is_marked(params[3])
            and is_hash(params[3])
        )
        return Claim.PROOF if fits else Claim.NEVER

    def shown_by(self, params: list[Any]) -> tuple[str | None, str | None]:
        return _ALGORITHM, _COIN

    def answers(self, result: object) -> bool:
        """A node says it in a word of text."""
        return result == "true"
