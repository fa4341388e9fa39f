"""One HTTP connection on which work may be handed out: both sides cut into heads and documents, and read by one reader.

What sensor/wire/dialogue.py is for lines. Nothing else is read over HTTP: pages and APIs carry the words of every
dialect, and the engine hands up only connections with an anchor of those that are spoken over it.
"""

from __future__ import annotations

from sensor.event import Malformed, MiningEvent, Standing
from sensor.limits import UNDECIDED_MESSAGES_MAX
from sensor.model import SIDES, Side
from sensor.room import Purse
from sensor.wire.http import Document, Head, HttpFramer, HttpPiece
from sensor.wire.http_work import HttpWork
from sensor.wire.secret import Secret, forgotten


class HttpDialogue:
    """Both sides of one conversation. Feed it in the order of packets; it never raises for what the wire holds."""

    __slots__ = (
        "_broken_count",
        "_forgotten",
        "_framers",
        "_messages",
        "_work",
        "frames",
        "is_echo",
        "is_quotation",
        "refuted",
    )

    def __init__(self, purse: Purse | None = None) -> None:
        purse = purse or Purse()
        self._framers = (HttpFramer(purse), HttpFramer(purse))
        self._work = HttpWork(purse)
        self._messages = [0, 0]
        self._forgotten: tuple[bytes, ...] = ()
        self._broken_count = 0
        self.frames = 0  # there are none over HTTP
        self.is_quotation = self.is_echo = False
        self.refuted = False

    # ------------------------------------------------------------ what is known

    @property
    def is_server(self) -> bool:
        """Whether who asks for work is no miner, as a pool's server is that asks its node."""
        return self._work.is_server or (not self.refuted and self._work.asked_unearned)

    @property
    def dialect(self) -> str | None:
        work = self._work
        return work.name if work.claimed or self.is_server else None

    @property
    def miner(self) -> Side | None:
        return self._work.miner

    @property
    def standing(self) -> Standing:
        return Standing.REFUTED if self.refuted else self._work.standing

    @property
    def secrets(self) -> tuple[Secret, ...]:
        return (*self._work.secrets, *self._forgotten)

    def forget_secrets(self) -> None:
        self._forgotten = forgotten(self.secrets) or self._forgotten
        self._work.secrets = ()

    @property
    def is_doubtful(self) -> bool:
        return self._work.is_doubtful

    @property
    def is_specific(self) -> bool:
        return self._work.is_specific

    @property
    def messages(self) -> tuple[int, int]:
        """Heads and documents without one, by side."""
        a, b = self._messages
        return a, b

    # ------------------------------------------------------------ bytes

    def feed(self, side: Side, ts_ns: int, gap_bytes: int, data: bytes) -> list[MiningEvent]:
        """``data`` follows on ``side``, with ``gap_bytes`` lost before it. The events that it completes."""
        events: list[MiningEvent] = []
        if self.refuted:
            return events
        framer = self._framers[side]
        if gap_bytes:
            self._read(side, ts_ns, framer.gap(gap_bytes), events)
            events += self._work.gap(side, gap_bytes, ts_ns)
        self._read(side, ts_ns, framer.feed(data), events)
        return [] if self.refuted else events

    def close(self, ts_ns: int) -> list[MiningEvent]:
        """The connection is over at ``ts_ns``: what ends with it is read."""
        events: list[MiningEvent] = []
        for side in SIDES:
            if not self.refuted:
                self._read(side, ts_ns, self._framers[side].close(), events)
        return [] if self.refuted else events

    def _read(self, side: Side, ts_ns: int, pieces: list[HttpPiece], events: list[MiningEvent]) -> None:
        work = self._work
        for piece in pieces:
            if isinstance(piece, Head):
                self._messages[side] += 1
                events += work.head(side, piece, ts_ns)
            elif isinstance(piece, Document):
                self._messages[side] += not piece.has_head
                events += work.document(side, piece, ts_ns)
            else:
                self._broken_count += 1
                events.append(Malformed(side, ts_ns, piece.code, piece.offset))
            is_noise = work.standing is Standing.UNDECIDED and self._broken_count > UNDECIDED_MESSAGES_MAX
            if is_noise or work.standing is Standing.REFUTED:
                self.refuted = True
                return
