# SPDX-License-Identifier: Apache-2.0
"""Framers, decoders, dialogues and the pipeline over any bytes in any pieces: no exception, bounds kept."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.event import Login, MalformedCode, MiningEvent, Restart, Standing
from sensor.limits import FIELD_CHARS_MAX, LOGINS_PER_SESSION_MAX, POOL_LINE_BYTES_MAX
from sensor.model import Chunk, CloseCause, FlowClosed, FlowOpened, Side
from sensor.pipeline import Pipeline, PipelineSettings
from sensor.wire import DECODERS
from sensor.wire.base import Decoder
from sensor.wire.dialogue import Dialogue
from sensor.wire.http_dialogue import HttpDialogue
from sensor.wire.jsonrpc import Rpc, parse
from sensor.wire.lines import LineFramer
from signatures import PACKAGED, load
from tests.fuzz.budget import SEEDS, Budget, tried
from tests.fuzz.mutate import mutated, reworded
from tests.fuzz.seeds import Piece, conversations, sessions
from tests.scripted import KEY

EACH_DECODER = pytest.mark.parametrize("decoder", DECODERS, ids=[decoder.dialect for decoder in DECODERS])
SIGNATURES = load([PACKAGED])
METHODS = ("mining.subscribe", "mining.authorized", "mining.notify", "login", "job", "eth_getWork", "mining.hello", "x")


@st.composite
def hostile(draw: st.DrawFn) -> list[Piece]:
    """A conversation, damaged: messages changed, left out, repeated, said by the other side, mixed with another's."""
    rng = random.Random(draw(st.integers(0, 1 << 32)))
    pieces = list(draw(st.sampled_from(rng.choice((sessions(), conversations())))))
    if rng.random() < 0.5:
        pieces = [Piece(piece.side, reworded(piece.data, rng)) if rng.random() < 0.3 else piece for piece in pieces]
    if rng.random() < 0.3:
        other = draw(st.sampled_from(conversations()))
        pieces += other[: rng.randrange(len(other) + 1)]
        rng.shuffle(pieces)
    for _ in range(rng.randrange(6)):
        at = rng.randrange(len(pieces))
        piece = pieces[at]
        match rng.randrange(5):
            case 0:
                del pieces[at]
            case 1:
                pieces.insert(rng.randrange(len(pieces) + 1), piece)
            case 2:
                pieces[at] = Piece(piece.side.other, piece.data)
            case _:
                pieces[at] = Piece(piece.side, mutated(piece.data, rng))
        if not pieces:
            return [piece]
    return pieces


def cut(data: bytes, rng: random.Random) -> Iterator[bytes]:
    """The same bytes in pieces of any length."""
    longest = rng.choice((1, 7, 100, 1460, 70_000))
    while data:
        length = rng.randint(1, longest)
        yield data[:length]
        data = data[length:]


# ---------------------------------------------------------------- framers


def test_a_framer_gives_the_same_pieces_however_its_bytes_were_cut(fuzz_budget: Budget) -> None:
    @given(hostile(), SEEDS)
    def holds(pieces: list[Piece], seed: int) -> None:
        rng = random.Random(seed)
        data = b"".join(piece.data for piece in pieces)
        whole, framer = LineFramer().feed(data), LineFramer()
        found = []
        for part in cut(data, rng):
            found += framer.feed(part)
            assert len(framer.held) <= POOL_LINE_BYTES_MAX
        assert found == whole

    tried(fuzz_budget, 2000, holds)


def test_the_reader_takes_any_line(fuzz_budget: Budget) -> None:
    @given(st.one_of(st.binary(max_size=300), hostile().map(lambda pieces: pieces[0].data)))
    def holds(line: bytes) -> None:
        message = parse(line)
        assert isinstance(message, (Rpc, MalformedCode)) or all(isinstance(one, Rpc) for one in message)

    tried(fuzz_budget, 4000, holds)


# ---------------------------------------------------------------- decoders and dialogues


def messages(pieces: list[Piece]) -> Iterator[tuple[Side, Rpc]]:
    for piece in pieces:
        for line in piece.data.splitlines():
            message = parse(line)
            if isinstance(message, Rpc):
                yield piece.side, message
            elif isinstance(message, list):
                yield from ((piece.side, one) for one in message)


@EACH_DECODER
def test_a_decoder_takes_any_messages(decoder: type[Decoder], fuzz_budget: Budget) -> None:
    @given(
        hostile(), st.lists(st.tuples(st.integers(0, 40), st.sampled_from(Side), st.integers(0, 1 << 20)), max_size=4)
    )
    def holds(pieces: list[Piece], holes: list[tuple[int, Side, int]]) -> None:
        reader = decoder()
        for number, (side, message) in enumerate(messages(pieces)):
            if reader.standing is Standing.REFUTED:
                break
            for at, holed, missing in holes:
                if at == number:
                    check(reader.gap(holed, missing, number))
            check(reader.receive(side, message, number))
            assert reader.miner in (None, Side.A, Side.B)

    tried(fuzz_budget, 2000, holds)


@EACH_DECODER
def test_a_decoder_is_refuted_by_what_its_conversations_may_not_begin_with(
    decoder: type[Decoder], fuzz_budget: Budget
) -> None:
    @given(hostile(), st.one_of(st.none(), st.lists(st.integers()), st.sampled_from(METHODS)))
    def holds(pieces: list[Piece], method: Any) -> None:
        for side, message in messages(pieces):
            for first in (message, msgspec.structs.replace(message, method=method)):
                if not decoder.may_begin(first):
                    reader = decoder()
                    check(reader.receive(side, first, 0))
                    assert reader.standing is Standing.REFUTED
                    assert not reader.is_quotation

    tried(fuzz_budget, 200, holds)


def check(events: list[MiningEvent]) -> None:
    """Each event is one of the closed list, and no text of the wire in it is longer than a field may be."""
    for event in events:
        assert isinstance(event, MiningEvent)
        for value in msgspec.structs.astuple(event):
            assert not isinstance(value, str) or len(value) <= FIELD_CHARS_MAX
        if isinstance(event, Login):
            assert event.difficulty_wish is None or event.difficulty_wish > 0


@pytest.mark.parametrize("make", [Dialogue, HttpDialogue])
def test_a_dialogue_takes_any_bytes_with_any_holes(make: type[Dialogue | HttpDialogue], fuzz_budget: Budget) -> None:
    @given(hostile(), SEEDS)
    def holds(pieces: list[Piece], seed: int) -> None:
        rng = random.Random(seed)
        dialogue = make()
        for number, piece in enumerate(pieces):
            for part in cut(piece.data, rng):
                hole = rng.choice((1, 90, 5000, 1 << 31)) if rng.random() < 0.05 else 0
                check(dialogue.feed(piece.side, number, hole, part))
        check(dialogue.close(len(pieces)))
        if dialogue.refuted:
            assert dialogue.feed(Side.A, len(pieces), 0, b'{"id":1}\n') == []

    tried(fuzz_budget, 2000, holds)


def test_one_side_says_the_same_however_its_bytes_were_cut(fuzz_budget: Budget) -> None:
    @given(hostile(), SEEDS)
    def holds(pieces: list[Piece], seed: int) -> None:
        rng = random.Random(seed)
        data = b"".join(piece.data for piece in pieces)
        whole, cut_up = Dialogue(), Dialogue()
        expected = whole.feed(Side.A, 1, 0, data)
        found = [event for part in cut(data, rng) for event in cut_up.feed(Side.A, 1, 0, part)]
        if not whole.refuted:
            assert counted(found) == counted(expected)
            assert cut_up.close(1) == whole.close(1)
        assert (cut_up.dialect, cut_up.miner, cut_up.refuted) == (whole.dialect, whole.miner, whole.refuted)

    tried(fuzz_budget, 2000, holds)


def counted(events: list[MiningEvent]) -> list[MiningEvent]:
    """What counts in the end: after a restart all events before it are void."""
    restarts = [number for number, event in enumerate(events) if isinstance(event, Restart)]
    return events[restarts[-1] :] if restarts else events


# ---------------------------------------------------------------- the pipeline


def test_the_pipeline_tells_of_any_conversation_in_bounds(fuzz_budget: Budget) -> None:
    @given(st.lists(hostile(), min_size=1, max_size=3), SEEDS)
    def holds(conversed: list[list[Piece]], seed: int) -> None:
        rng = random.Random(seed)
        pipeline = Pipeline(
            PipelineSettings(young_sessions_max=2, settled_sessions_max=2), SIGNATURES, Dialogue, HttpDialogue
        )
        for flow_id, pieces in enumerate(conversed, 1):
            check_rows(pipeline.feed(observations(flow_id, pieces, rng)))
        check_rows(pipeline.finish(1 << 50))

    tried(fuzz_budget, 2000, holds)


def observations(flow_id: int, pieces: list[Piece], rng: random.Random) -> Iterator[Any]:
    now = flow_id * 1_000_000_000
    yield FlowOpened(flow_id, now, now, KEY, rng.random() < 0.5, 0, (), (), rng.random() < 0.5)
    for piece in pieces:
        now += rng.choice((0, 1_000_000, 400_000_000_000))
        for part in cut(piece.data, rng):
            yield Chunk(flow_id, piece.side, now, 77 if rng.random() < 0.03 else 0, part)
    if rng.random() < 0.7:
        yield FlowClosed(flow_id, now, rng.choice(list(CloseCause)))


def check_rows(output: Any) -> None:
    for finding in output.findings:
        assert msgspec.json.decode(msgspec.json.encode(finding))["kind"] == "finding"
        shares = finding.shares
        known = [shares.submitted, shares.accepted, shares.rejected, shares.unanswered]
        if all(isinstance(value, int) for value in known):
            assert shares.submitted == shares.accepted + shares.rejected + shares.unanswered
            assert min(known) >= 0
        assert len(finding.miner_identity.logins) <= LOGINS_PER_SESSION_MAX
    for sighting in output.sightings:
        assert msgspec.json.decode(msgspec.json.encode(sighting))["grade"] == "D"
