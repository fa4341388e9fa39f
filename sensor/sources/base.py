"""What a source is: it gives observations and is told what is still wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from sensor.model import InputFailure, InputReport, Observation, Steering


class Source(Protocol):
    """One pass over inputs. All of it belongs to one thread."""

    def heed(self, goes_on: Callable[[], bool]) -> None:
        """From now on ``read`` raises KeyboardInterrupt where this says no: what was read before is given before."""

    def read(self) -> list[Observation] | None:
        """The next observations; None: nothing yet, ask again; [] at the end."""

    def steer(self, steering: Sequence[Steering]) -> None:
        """Holds from the next packet on."""

    def counters(self) -> dict[str, int]: ...
    def unknown_links(self) -> dict[str, int]: ...
    def progress(self) -> tuple[int, int]:
        """Bytes read, bytes in all or 0."""

    def inputs(self) -> list[InputReport]: ...
    def failures(self) -> list[InputFailure]: ...
