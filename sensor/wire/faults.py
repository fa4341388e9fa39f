"""Reads the many shapes of a refusal: ``[code, "text", null]``, ``{"code", "message"}``, a bare string,
``true``; and what some pools send as a result, Conflux's ``["false", "text"]`` and Kaspa's ``[code, "text", null]``.

Codes are those of slush's pool (20 to 25) and BTCPool's extension (26 to 37); CryptoNote pools send -1 for
everything, so the words decide there. Says nothing about who was refused.
"""

from __future__ import annotations

from typing import Final

import msgspec

from sensor.wire.jsonrpc import Rpc
from sensor.wire.shapes import is_verdict, said_yes

_WORDS_CHARS_MAX: Final = 128
_CODE_MAX: Final = 1 << 31

_STALE_CODES: Final = frozenset((21, 36, 37))
_DUPLICATE_CODE: Final = 22
_LOW_DIFFICULTY_CODE: Final = 23
# What can only be said of a share: 31/32 time, 33 version mask, 34 solution, 35 nonce prefix.
_SHARE_CODES: Final = frozenset((21, 22, 23, 31, 32, 33, 34, 35, 36, 37))

_STALE_WORDS: Final = (
    "stale",
    "expired",
    "block outdated",
    "too late",
    "job not found",
    "unknown job",
    "invalid job",
    "unknown-work",
)
_DUPLICATE_WORDS: Final = ("duplicate", "already submitted")
_LOW_WORDS: Final = ("low diff", "low-diff", "minimum difficulty", "above target", "high-hash")
_SHARE_WORDS: Final = (
    *_LOW_WORDS,
    "share",
    "invalid nonce",
    "invalid solution",
    "ntime",
)
_NO_ERROR: Final = frozenset(("null", "none"))
# Answers to a method that the pool does not know; they say nothing about the shares.
_METHOD_WORDS: Final = ("method", "not supported", "unsupported", "procedure")


class Fault(msgspec.Struct, frozen=True, gc=False):
    """A refusal. ``of_share``: no other request can be refused so. ``of_method``: the request itself is
    unknown.
    """

    code: int | None
    stale: bool
    duplicate: bool
    low: bool
    of_share: bool
    of_method: bool


def read_fault(rpc: Rpc) -> Fault:
    """The refusal in ``rpc``'s error (or ckpool's reject-reason), whatever its shape. Never raises."""
    code, words = _code_and_words(rpc.result if not rpc.error and is_verdict(rpc.result) else rpc.error)
    if not words and isinstance(rpc.reject_reason, str):
        words = rpc.reject_reason[:_WORDS_CHARS_MAX].lower()
    duplicate = code == _DUPLICATE_CODE or _has(words, _DUPLICATE_WORDS)
    is_low_said = _has(words, _LOW_WORDS)
    # Words are more exact than codes: pools of CKB send 21 with a low difficulty.
    stale = not duplicate and ((code in _STALE_CODES and not is_low_said) or _has(words, _STALE_WORDS))
    of_method = code == -32601 or (code not in _SHARE_CODES and _has(words, _METHOD_WORDS))
    return Fault(
        code=code,
        stale=stale,
        duplicate=duplicate,
        low=code == _LOW_DIFFICULTY_CODE or is_low_said,
        of_share=not of_method and (code in _SHARE_CODES or duplicate or stale or _has(words, _SHARE_WORDS)),
        of_method=of_method,
    )


def is_taken(rpc: Rpc) -> bool:
    """Whether ``rpc`` says yes and no error, or one that is none: code 0, or "null" as a text."""
    if not said_yes(rpc.result):
        return False
    if not rpc.error:
        return True
    code, words = _code_and_words(rpc.error)
    return code == 0 or (code is None and words in _NO_ERROR)


def _has(words: str, tokens: tuple[str, ...]) -> bool:
    return bool(words) and any(token in words for token in tokens)


def _code_and_words(error: object) -> tuple[int | None, str]:
    code: object = None
    words: object = None
    if isinstance(error, list):
        code = error[0] if error else None
        words = error[1] if len(error) > 1 else code
    elif isinstance(error, dict):
        code = error.get("code")
        words = error.get("message")
    elif isinstance(error, str):
        words = error
        # Python pools print the tuple: "(20, 'Bad params', None)".
        head = error[:16].lstrip("([").partition(",")[0]
        code = int(head) if head.isascii() and head.isdigit() else None
    if isinstance(code, bool) or not isinstance(code, int) or abs(code) >= _CODE_MAX:
        code = None
    return code, words[:_WORDS_CHARS_MAX].lower() if isinstance(words, str) else ""
