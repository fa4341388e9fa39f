"""The reasons of one session: each code once, the first time it was seen, bounded.

Words are not kept here: a reason is a code with parameters, and sensor/detect/sentences.py has the words.
"""

from __future__ import annotations

from typing import Final

from msgspec import UNSET

from sensor.detect.http_proof import begins_head, head_proof
from sensor.detect.proof import FRAME_MAGIC, frame_proof, proof, proof_of_line
from sensor.finding import Param, Reason, ReasonCode
from sensor.limits import REASONS_PER_SESSION_MAX
from sensor.times import rfc3339
from sensor.wire.secret import Secret

MINER: Final = "miner"
POOL: Final = "pool"

# What the message behind a reason holds, to find its line among the others of a segment. Only a hint: where no line
# holds it, the first message of the segment is shown.
_WANTED: Final[dict[ReasonCode, tuple[bytes, ...]]] = {
    ReasonCode.SUBSCRIBED: (b"subscribe", b".hello"),
    ReasonCode.LOGIN_SENT: (b".auth", b"ogin"),
    ReasonCode.LOGIN_ACCEPTED: (b'"result"',),
    ReasonCode.LOGIN_REFUSED: (b'"error"', b'"result"'),
    ReasonCode.JOB_SEEN: (b".notify", b'"job', b'["0x', b'"data"', b'"previousblockhash"', b'"prev_hash"'),
    ReasonCode.SHARE_SENT: (b"ubmit", b"getwork"),
    ReasonCode.SHARE_ACCEPTED: (b'"result"',),
    ReasonCode.SHARE_REJECTED: (b'"error"', b'"result"'),
    ReasonCode.HASHRATE_REPORTED: (b"ashrate",),
    ReasonCode.REDIRECTED: (b"reconnect",),
}
# What the head of a message of HTTP says, and no document.
_IN_HEADS: Final = frozenset(
    {
        *(ReasonCode.SUBSCRIBED, ReasonCode.LOGIN_SENT, ReasonCode.LOGIN_REFUSED),
        *(ReasonCode.HASHRATE_REPORTED, ReasonCode.REDIRECTED),
    }
)
_BRACE: Final = b"{"
_LF: Final = b"\n"
# What an agent says in frames.
_SHARES: Final = frozenset({ReasonCode.SHARE_SENT, ReasonCode.SHARE_ACCEPTED, ReasonCode.SHARE_REJECTED})


class Evidence:
    """An ordered, bounded set of reasons. ``dropped_count`` is what did not fit."""

    __slots__ = ("_former_proofs", "_reasons", "_shown", "_shown_of", "dropped_count")

    def __init__(self) -> None:
        self._reasons: dict[tuple[ReasonCode, str], Reason] = {}
        self._former_proofs: dict[tuple[ReasonCode, str], str] = {}  # by code and time
        self._shown_of: bytes | None = None  # the payload of one message, whose proof is `_shown`
        self._shown = ""
        self.dropped_count = 0

    def has(self, code: ReasonCode) -> bool:
        """Whether the one reason of this code is there; names and dialects have a subject and are not asked for."""
        return (code, "") in self._reasons

    def forget_messages(self) -> None:
        """Drops what was said by a reading that is given up; what the flow and the lists say stays."""
        kept = {
            key: reason
            for key, reason in self._reasons.items()
            if reason.side is UNSET and key[0] is not ReasonCode.DIALECT_CONFIRMED
        }
        gone = [reason for key, reason in self._reasons.items() if key not in kept]
        self._former_proofs = {(reason.code, reason.at): reason.proof for reason in gone if reason.proof is not UNSET}
        self._reasons = kept

    def add(
        self,
        code: ReasonCode,
        ts_ns: int,
        *,
        side: str = "",
        params: dict[str, Param] | None = None,
        shown: str = "",
        subject: str = "",
    ) -> None:
        """Keeps the first reason of this code and subject; ``shown`` is its proof, as ``proof_of`` makes it."""
        key = (code, subject)
        if key in self._reasons:
            return
        if len(self._reasons) >= REASONS_PER_SESSION_MAX:
            self.dropped_count += 1
            return
        self._reasons[key] = Reason(code, rfc3339(ts_ns), params or UNSET, side or UNSET, shown or UNSET)

    def former_proof(self, code: ReasonCode, ts_ns: int) -> str:
        """The proof that a reason of this code and time had in the reading before; "" where it had none."""
        return self._former_proofs.get((code, rfc3339(ts_ns)), "") if self._former_proofs else ""

    def proof_of(self, code: ReasonCode, data: bytes, secrets: tuple[Secret, ...], *, keeps: bool) -> str:
        """The message behind a reason, of the payload ``data``, without ``secrets``. ``keeps``: one message is rendered
        once, for the other reasons that it gives until ``forget_shown``.
        """
        if data is self._shown_of:
            return self._shown
        if not data.startswith(_BRACE) or data.find(_LF, 0, -1) >= 0:
            if code in _SHARES and data.startswith(FRAME_MAGIC):
                return frame_proof(data)
            if code in _IN_HEADS and begins_head(data):
                return head_proof(data, secrets)
            return proof(data, _WANTED.get(code, ()), secrets)
        shown = proof_of_line(data, secrets)
        if keeps:
            self._shown_of, self._shown = data, shown
        return shown

    def forget_shown(self) -> None:
        self._shown_of, self._shown = None, ""

    def reasons(self) -> tuple[Reason, ...]:
        return tuple(self._reasons.values())
