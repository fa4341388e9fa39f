"""The head of an HTTP message, fit to be shown: its first line and the fields that tell of mining, no credentials.

Like every proof it is written anew, not cut from the wire: only listed fields are shown, with secrets masked.
"""

from __future__ import annotations

from typing import Final

from sensor.detect.masking import CUT, MASK, Masker
from sensor.detect.proof import printable
from sensor.limits import PROOF_BYTES_MAX
from sensor.wire.secret import Secret

_BEGINNINGS: Final = (b"POST ", b"GET ", b"HTTP/1.")
_HEAD_END: Final = b"\r\n\r\n"
_SHOWN: Final = frozenset(
    (
        *(b"user-agent", b"x-mining-extensions", b"x-mining-hashrate"),
        *(b"x-long-polling", b"x-roll-ntime", b"x-reject-reason", b"x-stratum"),
    )
)
_HIDDEN: Final = frozenset((b"authorization",))


def begins_head(data: bytes) -> bool:
    return data.startswith(_BEGINNINGS)


def head_proof(data: bytes, secrets: tuple[Secret, ...]) -> str:
    """The head with which ``data`` begins, one line of printable ASCII, at most PROOF_BYTES_MAX bytes; "" where it is
    not whole.
    """
    head, end, _ = data.partition(_HEAD_END)
    if not end:
        return ""
    first, *fields = head.split(b"\r\n")
    words = [_masked(first, secrets)]
    for field in fields:
        lowered = field.partition(b":")[0].strip().lower()
        if lowered in _HIDDEN:
            words.append(f"Authorization: {MASK}")
        elif lowered in _SHOWN:
            words.append(_masked(field, secrets))
    shown = printable("; ".join(words))
    if len(shown) <= PROOF_BYTES_MAX:
        return shown
    return shown[: PROOF_BYTES_MAX - len(CUT)].rstrip("\\") + CUT


def _masked(text: bytes, secrets: tuple[Secret, ...]) -> str:
    masked = Masker("", secrets).mask({"head": text.strip().decode("utf-8", "replace")})
    return str(masked["head"]) if isinstance(masked, dict) else ""
