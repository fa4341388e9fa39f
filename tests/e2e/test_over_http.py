# SPDX-License-Identifier: Apache-2.0
"""Work handed out over HTTP, whatever a network does to it: found as its truth says of the part that is left.

Who asks is known by the heads of the requests, so that nothing is found before one of them was seen whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.variants import (
    SHORT,
    Dialect,
    Maker,
    Segments,
    Variant,
    beginning,
    first_of,
    holds,
    in_tunnels,
    in_version,
    losing,
    offsets_of,
    single,
    swaps,
)
from tests.lab import cast, dialects, tcp
from tests.lab.dialogue import Meaning, Speaker, View

MAKERS: dict[str, Maker] = {
    "getwork": (dialects.getwork_session, cast.getwork(0, hashrate_hs=16e9, **SHORT)),
    "getwork, ethash": (dialects.ethash_getwork_session, cast.gpu(0, hashrate_hs=1.6e9, **SHORT)),
    "getblocktemplate": (dialects.getblocktemplate_session, cast.getwork(1, hashrate_hs=16e9, **SHORT)),
}
DIALECTS = {name: Dialect(name, make(script)) for name, (make, script) in MAKERS.items()}
EACH = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=list(DIALECTS))


@EACH
def test_a_whole_session_is_found_as_it_is(dialect: Dialect, tmp_path: Path) -> None:
    holds(dialect, iter([Variant("whole", list)]), tmp_path)


@EACH
@pytest.mark.parametrize("said", ["first message", "submit", "job"])
def test_a_message_may_be_cut_anywhere(dialect: Dialect, said: str, tmp_path: Path) -> None:
    session = dialect.session
    index = {"first message": 0, "submit": first_of(session, Meaning.SUBMIT), "job": 1}[said]
    speaker = session.dialogue.sayings()[index].speaker
    offsets = list(offsets_of(session, speaker, index))
    # The letters that begin a request, and every seventh place behind them; all around the end of the head.
    end = session.dialogue.sayings()[index].data.index(b"\r\n\r\n")
    chosen = sorted({*offsets[:6], *offsets[:1500:29], *offsets[max(0, end - 3) : end + 8], offsets[-2]})
    cuts = (Variant(f"{said} cut at {at}", lambda sent, at=at: tcp.cut_at(sent, speaker, at)) for at in chosen)
    holds(dialect, cuts, tmp_path)


@EACH
def test_any_two_neighbours_may_be_swapped(dialect: Dialect, tmp_path: Path) -> None:
    holds(dialect, swaps(dialect), tmp_path)


@EACH
def test_bytes_may_come_one_by_one_and_packets_twice(dialect: Dialect, tmp_path: Path) -> None:
    def variants() -> Iterator[Variant]:
        if dialect.session.dialogue.sayings()[0].data.find(b"X-Mining-") > 0:
            # Of what is not known to be of interest so many pieces are not kept as a document is long.
            yield Variant("byte by byte", single)
        for at in range(0, len(dialect.segments), 2):
            yield Variant(f"{at} twice", lambda sent, at=at: tcp.duplicate(sent, at))

    holds(dialect, variants(), tmp_path)


@EACH
def test_any_segment_may_be_lost(dialect: Dialect, tmp_path: Path) -> None:
    holds(dialect, (losing(dialect, at) for at in losable(dialect)), tmp_path)


def losable(dialect: Dialect) -> list[int]:
    """All segments but those within a long template, which is read without them; and but the first request, where
    nothing in its answer would tell that it is one.
    """
    sent = dialect.segments
    within = {
        at
        for at, one in enumerate(sent[1:], 1)
        if one.payload and sent[at - 1].payload and sent[at - 1].speaker is one.speaker
    }
    first = set() if dialect.name == "getwork" else {tcp.data_indexes(sent, Speaker.CLIENT)[0]}
    return sorted(set(range(len(sent))) - within - first)


@EACH
def test_the_capture_may_begin_with_any_request(dialect: Dialect, tmp_path: Path) -> None:
    starts = tcp.data_indexes(dialect.segments, Speaker.CLIENT)
    holds(dialect, (beginning(dialect, at) for at in starts[1:-1]), tmp_path)


@EACH
def test_one_direction_may_be_all_there_is(dialect: Dialect, tmp_path: Path) -> None:
    """Of the pool's side alone only getwork is known, whose answers have heads of their own."""
    speakers = Speaker if dialect.name == "getwork" else [Speaker.CLIENT]
    variants = (
        Variant(f"only the {one.value}", partial(tcp.one_way, speaker=one), View(frozenset({one}))) for one in speakers
    )
    holds(dialect, variants, tmp_path)


@EACH
@pytest.mark.parametrize("version", [4, 6])
def test_any_tunnel_may_carry_it(dialect: Dialect, version: int, tmp_path: Path) -> None:
    holds(in_version(dialect.name, MAKERS[dialect.name], version), in_tunnels(version), tmp_path)


def test_head_and_document_may_come_apart(tmp_path: Path) -> None:
    """As most programs in Python send them, and with a server that first says to go on."""
    for dialect in DIALECTS.values():
        cuts: list[Callable[[Segments], Segments]] = [list]
        for speaker in Speaker:
            at = 0
            for saying in dialect.session.dialogue.sayings():
                if saying.speaker is speaker:
                    head = at + saying.data.index(b"\r\n\r\n") + 4
                    cuts.append(partial(tcp.cut_at, speaker=speaker, offset=head))
                    at += len(saying.data)

        def apart(sent: Segments, cuts: list[Callable[[Segments], Segments]] = cuts) -> Segments:
            for cut in cuts:
                sent = cut(sent)
            return sent

        holds(dialect, iter([Variant("heads apart", apart)]), tmp_path)
