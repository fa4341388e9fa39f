"""What the sides of one session have said, and whether it suffices where only one of them speaks. Knows no dialect.

Any text may quote a mining message: a page, a mail, a log, a database's answer. A miner or a pool of which only one
side is seen says little else, and says it again and again; and the other side, if it is there, does not say something
else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from sensor.event import (
    Difficulty,
    HashrateReport,
    Job,
    Login,
    LoginResult,
    LowShare,
    Malformed,
    MiningEvent,
    Redirect,
    Restart,
    RigDifficulty,
    RigJoined,
    RigResult,
    RigShare,
    Share,
    ShareResult,
    Subscribe,
    Subscribed,
    TellingShare,
    Unknown,
    UnknownCode,
)
from sensor.limits import MOMENT_NS_MIN, MOMENTS_MIN, QUOTED_ANSWERS_MIN, WORK_MOMENTS_MIN
from sensor.model import SIDES, Side

_WORK: Final = frozenset({Job, Share, TellingShare, RigShare, ShareResult, LowShare, RigResult})
_RIGS: Final = frozenset({RigJoined, RigDifficulty})
WORDS: Final = (
    frozenset({Subscribe, Subscribed, Login, LoginResult, Difficulty, HashrateReport, Redirect}) | _RIGS | _WORK
)
# One strange message among this many words is borne.
_WORDS_PER_STRANGE: Final = 4


class Past(msgspec.Struct, frozen=True):
    """What is to be known of a connection whose conversation was given up and begins anew. ``is_echo``: whether both
    sides spoke for both ends; False: one did; None: neither. ``strangers``: messages, by side, of those that said
    nothing of mining.
    """

    is_echo: bool | None = None
    strangers: tuple[int, int] = (0, 0)


NO_PAST: Final = Past()


class Witness:
    """Words and strange messages by side, and the moments at which something, and work, was spoken of."""

    __slots__ = (
        "_answers",
        "_moment_ns",
        "_moments",
        "_past",
        "_reversed",
        "_strange",
        "_words",
        "_work_ns",
        "is_suspect",
        "work_moments",
    )

    def __init__(self, past: Past = NO_PAST) -> None:
        self._past = past
        self.is_suspect = past.is_echo is not None  # before the session began, one side spoke for both ends
        self.forget()

    def forget(self) -> None:
        """The session is read anew."""
        self._words = [0, 0]
        self._strange = list(self._past.strangers)
        self._reversed = 0  # words that are the other end's to say
        self._moment_ns = self._work_ns = -MOMENT_NS_MIN
        self._moments = 0
        self.work_moments = 0  # of jobs, shares and their answers
        self._answers = 0  # to shares that were seen

    def hear(self, events: list[MiningEvent]) -> None:
        for event in events:
            kind = type(event)
            if kind in WORDS:
                self._words[event.side] += 1  # type: ignore[union-attr]
                ts_ns = event.ts_ns
                if abs(ts_ns - self._moment_ns) >= MOMENT_NS_MIN:
                    self._moment_ns = ts_ns
                    self._moments += 1
                if kind in _WORK:
                    if abs(ts_ns - self._work_ns) >= MOMENT_NS_MIN:
                        self._work_ns = ts_ns
                        self.work_moments += 1
                    self._answers += isinstance(event, ShareResult) and event.key is not None
            elif isinstance(event, Malformed) or (
                # An answer whose question was not seen is what one side alone is made of.
                isinstance(event, Unknown) and event.code is not UnknownCode.REPLY
            ):
                self._strange[event.side] += 1
                self._reversed += event.code is UnknownCode.ROLE
            elif isinstance(event, Restart):
                self.forget()

    @property
    def is_of_both(self) -> bool:
        return self._words[0] > 0 and self._words[1] > 0

    @property
    def suffices(self) -> bool:
        """Whether both sides speak, each for itself; or one, well-formed, at several moments. Under suspicion, one must
        answer the other's shares, as text that is pasted does not.
        """
        if self.is_suspect and self._answers < QUOTED_ANSWERS_MIN:
            return False
        if self.is_of_both:
            return self._reversed * _WORDS_PER_STRANGE <= sum(self._words)
        if self._moments < MOMENTS_MIN or self.work_moments < WORK_MOMENTS_MIN:
            return False
        return not any(self.is_strange(side) for side in SIDES)

    def strangers(self, messages: Sequence[int]) -> tuple[int, int]:
        """Of ``messages``, by side, those of sides that said nothing of mining."""
        a, b = (0 if words else count for words, count in zip(self._words, messages, strict=True))
        return a, b

    def is_strange(self, side: Side) -> bool:
        """Whether ``side`` says more than a little that mining software does not say."""
        return self._strange[side] * _WORDS_PER_STRANGE > self._words[side]

    @property
    def is_belied(self) -> bool:
        """Whether one side speaks of mining, and the other of something else."""
        words_a, words_b = self._words
        strange_a, strange_b = self._strange
        return bool((strange_a and words_b and not words_a) or (strange_b and words_a and not words_b))
