"""The compiled fast path. Only sensor/native.py imports it; nothing but tuples, bytes, ints and strings crosses."""

from collections.abc import Callable
from typing import Final

TAG_OPENED: Final = 1
TAG_CHUNK: Final = 2
TAG_CLOSED: Final = 3
TAG_NAME: Final = 4
TAG_PATH: Final = 5
TAG_PROXIED: Final = 6
TAG_TLS: Final = 7

class CaptureError(Exception):
    """An input could not be opened or holds nothing readable; args: (path, what, remedy)."""

class PlanError(ValueError):
    """A plan does not compile; the engine keeps the one it has."""

def build_info() -> dict[str, str]: ...

class Plan:
    """Compiled patterns, names, addresses, realms and caps."""

    def __init__(
        self,
        *,
        generation: int,
        anchors: list[tuple[bytes, int]],  # (pattern, bytes from the start of a message it may lie at most)
        http_anchors: list[tuple[bytes, int]],  # the same of HTTP's messages
        names: list[tuple[str, bool, tuple[int, ...], int]],  # (name, subtree too, ports or () for any, entry)
        addresses: list[tuple[str, int, int, int]],  # (address, prefix length, port or 0, entry)
        realms: list[tuple[int, int, int, int, int]],  # (interface, outer VLAN, inner VLAN, VNI; -1 any; realm)
        caps: dict[str, int],
    ) -> None: ...

class Scan:
    """One pass over capture files, merged by packet time. Not thread-safe; every call belongs to one thread."""

    def __init__(
        self,
        *,
        plan: Plan,
        inputs: list[str],  # paths; "-" is standard input
        since_ns: int | None,
        until_ns: int | None,
        part: tuple[int, int] = (0, 1),  # which slice of how many
        reads_ahead: bool = False,  # compressed files by a thread each
    ) -> None: ...
    def next_slice(self, observations_max: int) -> tuple[int, list[tuple[int, tuple[object, ...]]]]:
        """(turn up to which all was told, [(turn, observation)]). The GIL is released."""
    def heed(self, goes_on: Callable[[], bool]) -> None:
        """From now on ``next_batch`` raises KeyboardInterrupt, once all before is told, where this says no."""
    def next_batch(self, observations_max: int) -> list[tuple[object, ...]] | None:
        """The next observations; None: nothing to tell yet, ask again; [] at the end. The GIL is released."""
    def steer(self, steering: list[tuple[int, int]]) -> None: ...
    def counters(self) -> dict[str, int]: ...
    def unknown_links(self) -> list[tuple[str, int]]:
        """(name, or number, of a link type, packets) of what is not decoded."""
    def failures(self) -> list[tuple[str, str, str]]:
        """Inputs that could not be opened while others could: (path, what, remedy)."""
    def progress(self) -> tuple[int, int]:
        """(bytes read, bytes in all); the second is 0 when it cannot be known."""
    def inputs(self) -> list[dict[str, object]]:
        """For each input: path, format, packets, bytes, first_ns, last_ns, problems {kind: count}."""
