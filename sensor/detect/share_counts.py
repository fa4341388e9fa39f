"""The shares of one session, counted."""

from __future__ import annotations

import msgspec


class ShareCounts(msgspec.Struct, frozen=True, gc=False):
    """Shares at one moment; the difference of two is what a revision adds."""

    submitted: int = 0
    accepted: int = 0
    rejected: int = 0
    stale: int = 0
    duplicate: int = 0

    @property
    def unanswered(self) -> int:
        return self.submitted - self.accepted - self.rejected
