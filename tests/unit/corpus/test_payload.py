from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.corpus import payload
from tests.corpus.payload import Direction, Place, Said, Stitcher

THERE: Direction = ("192.0.2.10 50000", "203.0.113.5 3333")
BACK: Direction = ("203.0.113.5 3333", "192.0.2.10 50000")


@given(st.lists(st.tuples(st.integers(0, 60), st.binary(min_size=1, max_size=20)), max_size=20))
def test_each_byte_counts_once_and_the_first_one_wins(pieces: list[tuple[int, bytes]]) -> None:
    stitcher, kept = Stitcher(), dict[int, int]()
    for start, data in pieces:
        stitcher.take((0, THERE), start, data)
        for offset, byte in enumerate(data):
            kept.setdefault(start + offset, byte)
    expected = bytes(kept[place] for place in sorted(kept))
    assert stitcher.directions() == ({THERE: payload.said([expected])} if pieces else {})


def test_connections_of_the_same_ends_follow_each_other() -> None:
    stitcher = Stitcher()
    for tcp, start, data in ((1, 0, b"cd"), (0, 900, b"ab"), (1, 2, b"e")):
        stitcher.take((tcp, THERE), start, data)
    stitcher.take((0, BACK), 5, b"x")
    assert stitcher.directions() == {THERE: payload.said([b"abcde"]), BACK: payload.said([b"x"])}


def test_a_direction_of_which_a_frame_could_not_be_read_is_not_known() -> None:
    stitcher = Stitcher()
    stitcher.take((0, THERE), 0, b"a")
    stitcher.take((0, BACK), 0, b"b")
    stitcher.miss(THERE)
    assert list(stitcher.directions()) == [BACK]


def test_payload_stands_behind_the_header_that_the_dissectors_name() -> None:
    place = Place(0, THERE, 0, 3, (50_000, 3333), 7, 20)
    header = (50_000).to_bytes(2, "big") + (3333).to_bytes(2, "big") + (7).to_bytes(4, "big") + bytes(4) + b"\x50"
    frame = b"link" + header.ljust(20, b"\0") + b"abcdef"
    assert payload.find(place, [b"", frame]) == b"abc"
    assert payload.find(place, [b"x" * 80, frame[:-4]]) is None
    # The same bytes in front are none: their header would have another length.
    assert payload.find(place, [header[:8] + bytes(40) + frame]) == b"abc"


def test_only_what_both_know_is_compared() -> None:
    one, other = Said(3, "x"), Said(3, "y")
    assert payload.differs({THERE: one}, {BACK: other}) == ""
    assert payload.differs({THERE: one, BACK: one}, {THERE: one, BACK: one}) == ""
    shown = payload.differs({THERE: one}, {THERE: other})
    assert shown == "192.0.2.10 50000 > 203.0.113.5 3333 said 3 bytes (dissectors: 3)"
    many = {(f"a {number}", "b"): one for number in range(5)}
    assert payload.differs(many, dict.fromkeys(many, other)).endswith("; and 2 others")
