"""Do the examples of a protocol file agree with its anchors? The tests ask for ours, a user for his own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from signatures.schema import Anchor, AnchorSide, Protocol

MATCHES_PER_SIDE_MIN: Final = 3
NO_MATCHES_MIN: Final = 3


def hits(anchor: Anchor, side: AnchorSide, text: bytes) -> bool:
    """Would this anchor make a candidate of ``text``, sent by ``side``? ANY: by whichever side it names."""
    if AnchorSide.ANY not in (side, anchor.side) and side is not anchor.side:
        return False
    # An occurrence further in cannot start earlier, so the first one decides.
    return 0 <= text.find(anchor.pattern) <= anchor.depth


def is_candidate(anchors: tuple[Anchor, ...], side: AnchorSide, text: str) -> bool:
    data = text.encode("utf-8")
    return any(hits(anchor, side, data) for anchor in anchors)


def contradictions(protocol: Protocol) -> list[str]:
    """One line for each example that its anchors contradict, and for each side with too few examples."""
    return [f"{protocol.path}:{line}: {what}" for line, what in _contradictions(protocol)]


def _contradictions(protocol: Protocol) -> Iterator[tuple[int, str]]:
    for example in protocol.matches:
        if not is_candidate(protocol.anchors, example.side, example.text):
            yield example.line, "no anchor of this side is in the match; add one or correct the example"
    for example in protocol.no_matches:
        # The engine does not know who the miner is: an anchor of the other side hits just as well.
        is_hit = is_candidate(protocol.anchors, AnchorSide.ANY, example.text)
        if is_hit and not example.candidate_only:
            yield example.line, "an anchor hits the no_match; choose a better one or set candidate_only"
        if not is_hit and example.candidate_only:
            yield example.line, "candidate_only is set, but no anchor hits; remove candidate_only"
    for side in (AnchorSide.MINER, AnchorSide.POOL):
        wanted = any(anchor.side in (side, AnchorSide.ANY) for anchor in protocol.anchors)
        if wanted and sum(example.side is side for example in protocol.matches) < MATCHES_PER_SIDE_MIN:
            yield 1, f"fewer than {MATCHES_PER_SIDE_MIN} match examples from the {side}; add some"
    if len(protocol.no_matches) < NO_MATCHES_MIN:
        yield 1, f"fewer than {NO_MATCHES_MIN} no_match examples; add some"
