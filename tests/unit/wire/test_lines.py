"""The framer: lines, BTCAgent frames, holes and hostile input."""

from __future__ import annotations

import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.event import MalformedCode
from sensor.limits import OFFERS_MAX, POOL_LINE_BYTES_MAX
from sensor.wire.lines import Broken, Frame, Line, LineFramer, Piece


def started() -> LineFramer:
    """A framer of a pool's side that stands at the beginning of a line (offset 3)."""
    framer = LineFramer(POOL_LINE_BYTES_MAX)
    framer.feed(b"{}\n")
    return framer


def data_of(pieces: list[Piece]) -> list[bytes]:
    return [piece.data for piece in pieces if isinstance(piece, Line)]


REGISTER = b"\x7f\x01" + struct.pack("<H", 27) + b"\x01\x00cgminer/4.10.0\x00rig01\x00"
SUBMIT = bytes.fromhex("7f020f000701002a000000efbeadde")
SET_DIFFICULTY = bytes.fromhex("7f050b000e020001000200")
RESPONSE = bytes.fromhex("7f100a00030087962c6b")


PRETTY = b'{\r\n  "id": 1,\n  "params": [\n    "a}",\n    {"b": []}\n  ]\n}\n'


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_what_is_written_over_several_lines_is_one(step: int) -> None:
    framer, pieces = started(), []
    stream = PRETTY + b'{"id":2}\n' + PRETTY
    for at in range(0, len(stream), step):
        pieces += framer.feed(stream[at : at + step])
    wholes = [piece for piece in pieces if isinstance(piece, Line)]
    assert pieces == wholes
    assert [(line.offset, line.data.split()[:2]) for line in wholes] == [
        (3, [b"{", b'"id":']),
        (3 + len(PRETTY), [b'{"id":2}']),
        (12 + len(PRETTY), [b"{", b'"id":']),
    ]
    assert framer.whole_line(b'{"id":3}\n') == len(stream) + 3


def test_what_is_written_over_several_lines_may_lack_its_end() -> None:
    framer = started()
    assert framer.feed(PRETTY.rstrip()[:-1]) == []
    assert framer.feed(b"}") == []
    line = framer.unfinished()
    assert line is not None
    assert b"".join(line.data.split()) == b"".join(PRETTY.split())
    framer.take_unfinished()
    assert data_of(framer.feed(b'{"id":2}\n')) == [b'{"id":2}']


def test_what_is_written_over_several_lines_and_dripped_out_is_not_looked_at_with_each_drop() -> None:
    framer = started()
    framer.feed(b"{\n")
    for _ in range(OFFERS_MAX):
        framer.feed(b' "a"')
        assert framer.unfinished() is None
    framer.feed(b"}")
    assert framer.unfinished() is None
    assert framer.unfinished(is_last=True) is not None


def test_a_lone_brace_hides_nothing_behind_it() -> None:
    framer = started()
    assert framer.feed(b'{\n{"id":1}\n{\n{"id":2}\n') == [
        Broken(3, MalformedCode.NOT_JSON),
        Line(5, b'{"id":1}', False),
        Line(14, b"{", False),
        Line(16, b'{"id":2}', False),
    ]
    endless = started()
    *_, broken = endless.feed(b'{\n"a":[\n' + b'"text",\n' * POOL_LINE_BYTES_MAX)[:1]
    assert broken == Broken(3, MalformedCode.LINE_TOO_LONG)
    endless.gap(100)
    assert data_of(endless.feed(b'x\n{\n"a":1}\n')) == [b"x", b"{", b'"a":1}']


@pytest.mark.parametrize("end", [b"\n\0", b"\0\n", b"\r\n\0"])
def test_a_nul_may_stand_around_a_line(end: bytes) -> None:
    framer = started()
    pieces = framer.feed(b'{"id":1}' + end) + framer.feed(b'{"id":2}' + end) + framer.feed(b'{"id"')
    pieces += framer.feed(b":3}" + end)
    assert [data.rstrip(b"\r\0") for data in data_of(pieces)] == [b'{"id":1}', b'{"id":2}', b'{"id":3}']
    assert len(pieces) == 3


def test_a_nul_may_end_what_lacks_its_line_end() -> None:
    framer = started()
    assert framer.feed(b'{"id":1}\0') == []
    line = framer.unfinished()
    assert line == Line(3, b'{"id":1}\0', False)


def test_a_chunk_may_hold_several_lines() -> None:
    assert started().feed(b'{"id":1}\n{"id":2}\n{"id"') == [
        Line(3, b'{"id":1}', False),
        Line(12, b'{"id":2}', False),
    ]


def test_a_line_may_come_in_several_chunks() -> None:
    framer = started()
    assert framer.feed(b'{"id"') == []
    assert framer.feed(b":1}") == []
    assert framer.feed(b"\n") == [Line(3, b'{"id":1}', False)]


@pytest.mark.parametrize("data", [b'{"id":1}\r\n', b'\n\n{"id":1}\n\n', b'  \t{"id":1}\n', b'\r\n{"id":1}\r\n'])
def test_carriage_returns_empty_lines_and_leading_blanks_are_tolerated(data: bytes) -> None:
    (line,) = data_of(started().feed(data))
    assert line.strip() == b'{"id":1}'


def test_the_first_line_is_doubtful_and_the_second_is_not() -> None:
    pieces = LineFramer().feed(b'er","params":[]}\n{"id":1}\n')
    assert pieces == [Line(0, b'er","params":[]}', True), Line(17, b'{"id":1}', False)]


def test_a_binary_proxy_preface_is_passed_over() -> None:
    preface = bytes.fromhex("0d0a0d0a000d0a515549540a") + b"\x21\x11" + struct.pack(">H", 12) + b"\x7b\x0a" * 6
    assert LineFramer().feed(preface + b'{"id":1}\n') == [Line(28, b'{"id":1}', True)]
    assert LineFramer().feed(preface) == []
    # Elsewhere the same bytes are no preface, nor is a signature alone.
    assert data_of(started().feed(preface + b'{"id":1}\n')) != [b'{"id":1}']
    assert LineFramer().feed(preface[:13]) == LineFramer().feed(preface[:15]) != []


def test_after_a_hole_the_held_head_is_forgotten_and_the_next_line_is_doubtful() -> None:
    framer = started()
    framer.feed(b'{"id":1,"par')
    framer.gap(100)
    assert framer.feed(b'"x"]}\n{"id":2}\n') == [Line(115, b'"x"]}', True), Line(121, b'{"id":2}', False)]


def test_whole_line_reads_only_exactly_one_line() -> None:
    framer = started()
    assert framer.whole_line(b'{"id":1}\n') == 3
    assert framer.whole_line(b'{"id":1}\n{}\n') == -1
    assert framer.whole_line(b'{"id":1}') == -1
    assert framer.whole_line(b"text\n") == -1
    assert framer.whole_line(b"") == -1
    framer.feed(b'{"id"')
    assert framer.whole_line(b'{"id":1}\n') == -1
    assert framer.feed(b":2}\n") == [Line(12, b'{"id":2}', False)]


def test_whole_line_refuses_what_may_lack_its_head() -> None:
    framer = LineFramer()
    assert framer.whole_line(b"{}\n") == -1
    framer.feed(b"{}\n")
    framer.gap(5)
    assert framer.whole_line(b"{}\n") == -1


def test_whole_line_takes_no_line_longer_than_allowed() -> None:
    framer = LineFramer(bytes_max=12)
    framer.feed(b"{}\n")
    assert framer.whole_line(b'{"id":1234}\n') == 3
    assert framer.whole_line(b'{"id":12345}\n') == -1
    assert framer.feed(b'{"id":12345}\n') == [Line(15, b'{"id":12345}', False)]


def test_a_line_as_long_as_allowed_is_read_and_one_byte_more_is_reported_once() -> None:
    longest = b"{" + b"x" * (POOL_LINE_BYTES_MAX - 1)
    assert started().feed(longest + b"\n") == [Line(3, longest, False)]
    framer = started()
    assert framer.feed(longest + b"x\n{}\n") == [
        Broken(3, MalformedCode.LINE_TOO_LONG),
        Line(65541, b"{}", False),
    ]


def test_an_endless_line_is_reported_once_and_never_held() -> None:
    framer = started()
    reported: list[Piece] = []
    for _ in range(200):
        reported += framer.feed(b"{" + b"x" * 1459)
        assert len(framer.held) <= POOL_LINE_BYTES_MAX
    assert reported == [Broken(3, MalformedCode.LINE_TOO_LONG)]
    assert data_of(framer.feed(b'x\n{"id":1}\n')) == [b'{"id":1}']


def test_agent_frames_stand_between_lines() -> None:
    pieces = started().feed(REGISTER + SUBMIT + b'{"id":1}\n' + SET_DIFFICULTY + RESPONSE + b'{"id":2}\n')
    assert pieces == [
        Frame(3, 0x01, REGISTER[4:]),
        Frame(30, 0x02, SUBMIT[4:]),
        Line(45, b'{"id":1}', False),
        Frame(54, 0x05, SET_DIFFICULTY[4:]),
        Frame(65, 0x10, RESPONSE[4:]),
        Line(75, b'{"id":2}', False),
    ]


def test_an_agent_frame_may_hold_line_feeds_and_braces() -> None:
    frame = b"\x7f\x03\x13\x00" + b"{\n}\n" * 3 + b"\n{}"
    assert started().feed(frame + b"{}\n") == [Frame(3, 0x03, frame[4:]), Line(22, b"{}", False)]


@pytest.mark.parametrize("lost", range(1, len(SUBMIT)))
def test_behind_a_hole_frames_are_found_again_within_what_is_left_of_one(lost: int) -> None:
    framer = started()
    framer.feed(SUBMIT)
    framer.gap(lost)
    pieces = framer.feed(SUBMIT[lost:] + SUBMIT + RESPONSE) + framer.feed(b'{"id":1}\n')
    assert [type(piece) for piece in pieces] == [Frame, Frame, Line]


def test_without_a_hole_a_broken_frame_gives_the_same_pieces_however_it_was_cut() -> None:
    data = b"\x7f\x02\x03\x00" + SUBMIT * 4 + b'\n{"id":1}\n'
    whole = started().feed(data)
    assert [type(piece) for piece in whole] == [Broken, Line]
    for at in range(1, len(data)):
        framer = started()
        assert framer.feed(data[:at]) + framer.feed(data[at:]) == whole


def test_a_hole_in_text_finds_no_frame_in_a_byte_that_looks_like_one() -> None:
    framer = started()
    framer.gap(10)
    assert data_of(framer.feed(b'x\x7fe"}\n{"id":1}\n')) == [b'x\x7fe"}', b'{"id":1}']


@pytest.mark.parametrize(
    "header",
    [b"\x7f\x09\x0f\x00", b"\x7f\x02\x03\x00", b"\x7f\x04\x07\x00", b"\x7f\x05\x0c\x00", b"\x7f\x01\xff\xff"],
)
def test_an_impossible_frame_is_reported_and_reading_goes_on_behind_the_next_line(header: bytes) -> None:
    assert started().feed(header + b"rest\n{}\n") == [
        Broken(3, MalformedCode.BAD_FRAME),
        Line(12, b"{}", False),
    ]


def test_unfinished_offers_a_complete_object_once_per_growth() -> None:
    framer = started()
    framer.feed(b'{"id":1}')
    assert framer.unfinished() == Line(3, b'{"id":1}', False)
    assert framer.unfinished() is None
    framer.take_unfinished()
    assert framer.feed(b"\n") == []
    assert framer.feed(b"{}\n") == [Line(12, b"{}", False)]


def test_a_line_that_is_dripped_out_is_offered_in_all_a_few_times_its_length() -> None:
    framer = LineFramer(POOL_LINE_BYTES_MAX)
    framer.feed(b'{"a":[{}')
    offered = 0
    for _ in range(15_000):
        framer.feed(b",{}")
        line = framer.unfinished()
        offered += len(line.data) if line else 0
    assert len(framer.held) < offered < 4 * len(framer.held)
    last = framer.unfinished(is_last=True)
    assert last is not None
    assert last.data == bytes(framer.held)


def test_blanks_are_passed_over_in_one_step_and_one_of_them_may_end_a_broken_line() -> None:
    framer = LineFramer()
    assert framer.feed(b" \t" * 5000 + b'{"id":1}\n') == [Line(10_000, b'{"id":1}', True)]
    framer.gap(10)
    assert framer.feed(b" \r\n \r\n" + b'{"id":1}\n') == [Line(10_025, b'{"id":1}', False)]


def test_unfinished_does_not_offer_what_cannot_be_whole() -> None:
    framer = started()
    framer.feed(b'{"id":1')
    assert framer.unfinished() is None
    framer.feed(b',"a":{}')
    assert framer.unfinished() is not None
    assert data_of(framer.feed(b"}\n")) == [b'{"id":1,"a":{}}']


STREAM = b'{"id":1}\n' + SUBMIT + b'\r\n{"a":"\xc3\xa9"}\n' + REGISTER + SET_DIFFICULTY + b"text\n\n{}\n"


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_any_split_of_a_stream_gives_the_same_pieces(cuts: list[int]) -> None:
    framer = LineFramer()
    edges = [0, *sorted(cuts), len(STREAM)]
    pieces: list[Piece] = []
    for start, end in itertools.pairwise(edges):
        pieces += framer.feed(STREAM[start:end])
    assert pieces == LineFramer().feed(STREAM)


@given(st.lists(st.one_of(st.binary(max_size=80), st.integers(1, 99), st.just(SUBMIT), st.just(b"{}\n")), max_size=40))
def test_any_bytes_and_holes_keep_the_buffer_bounded(steps: list[bytes | int]) -> None:
    framer = LineFramer(bytes_max=64)
    for step in steps:
        if isinstance(step, int):
            framer.gap(step)
        else:
            framer.feed(step)
        assert len(framer.held) <= 64
