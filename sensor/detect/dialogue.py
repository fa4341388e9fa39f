"""What a session must be told of the reading of one conversation: sensor/wire gives it, and nothing here knows how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sensor.event import MiningEvent, Standing
from sensor.model import Side
from sensor.wire.secret import Secret


class Dialogue(Protocol):
    """The reading of one conversation, as sensor/wire gives it."""

    refuted: bool
    is_quotation: bool
    is_echo: bool

    @property
    def is_server(self) -> bool: ...  # who asks for work is a pool's server, or the like

    frames: int  # of an agent, among the messages

    @property
    def messages(self) -> Sequence[int]: ...  # by side
    @property
    def secrets(self) -> tuple[Secret, ...]: ...  # sent with the login that was answered last
    def forget_secrets(self) -> None: ...
    @property
    def is_doubtful(self) -> bool: ...
    @property
    def is_specific(self) -> bool: ...
    @property
    def dialect(self) -> str | None: ...
    @property
    def miner(self) -> Side | None: ...
    @property
    def standing(self) -> Standing: ...
    def feed(self, side: Side, ts_ns: int, gap_bytes: int, data: bytes) -> list[MiningEvent]: ...
    def close(self, ts_ns: int) -> list[MiningEvent]: ...
