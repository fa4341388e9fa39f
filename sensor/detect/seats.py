"""Who is followed to the end, and who rests because there is no seat. One ``Seats`` a kind of session; pure.

A seat is kept for as long as its holder speaks: a newcomer gets a free one, or that of a session which has been quiet
for long. So neither a flood nor a crowd displaces who works, and nobody is taken up and given up in turns. Who has no
seat rests: the session's account is kept to the end of its connection, or until a seat becomes free.
"""

from __future__ import annotations

from collections import OrderedDict

from sensor.detect.session import Session
from sensor.limits import SEAT_QUIET_NS_MIN

Placed = tuple[int, Session]
"""A session with the number of its flow."""


class Seats:
    """Sessions of one kind: ``followed`` in the order of their latest message, ``resting`` since when they do."""

    __slots__ = ("_resting_max", "_seats_max", "followed", "resting")

    def __init__(self, seats_max: int, resting_max: int) -> None:
        self._seats_max = seats_max
        self._resting_max = resting_max
        self.followed: OrderedDict[int, Session] = OrderedDict()
        self.resting: OrderedDict[int, Session] = OrderedDict()

    def is_open(self, ts_ns: int) -> bool:
        """Whether a newcomer gets a seat now."""
        if len(self.followed) < self._seats_max:
            return True
        quietest = next(iter(self.followed.values()), None)
        return quietest is not None and ts_ns - quietest.last_ns >= SEAT_QUIET_NS_MIN

    def seat(self, flow_id: int, session: Session) -> Placed | None:
        """Gives a seat away, to be asked for with ``is_open`` before; returns who has to rise for it."""
        former = self.followed.popitem(last=False) if len(self.followed) >= self._seats_max else None
        self.followed[flow_id] = session
        return former

    def rest(self, flow_id: int, session: Session) -> bool:
        """Lets a session rest; False where too many do."""
        if len(self.resting) >= self._resting_max:
            return False
        self.resting[flow_id] = session
        return True

    def call(self) -> Placed | None:
        """Who has rested longest takes a seat that is free; None where there is none, or nobody rests."""
        if not self.resting or len(self.followed) >= self._seats_max:
            return None
        flow_id, session = self.resting.popitem(last=False)
        self.followed[flow_id] = session
        return flow_id, session

    def get(self, flow_id: int) -> Session | None:
        return self.followed.get(flow_id) or self.resting.get(flow_id)

    def remove(self, flow_id: int) -> Session | None:
        return self.followed.pop(flow_id, None) or self.resting.pop(flow_id, None)
