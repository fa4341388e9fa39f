"""Heads and documents, however they are cut, sent and packed; and what is left of them after a hole."""

from __future__ import annotations

import gzip
import zlib

import pytest

from sensor.event import MalformedCode
from sensor.limits import DOCUMENT_BYTES_MAX, DOCUMENT_TAIL_BYTES_MAX, HTTP_HEAD_BYTES_MAX
from sensor.room import Purse, Room
from sensor.wire.http import Document, Head, HttpFramer, HttpPiece
from sensor.wire.lines import Broken

ASK = b'POST / HTTP/1.1\r\nHost: a\r\nX-Mining-Hashrate: 5\r\nContent-Length: 7\r\n\r\n{"a":1}'
REPLY = b'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"b":2}'
CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\n{"b\r\n4\r\n":2}\r\n0\r\nTrailer: z\r\n\r\n'


def fed(*pieces: bytes, framer: HttpFramer | None = None) -> list[HttpPiece]:
    framer = framer or HttpFramer()
    return [piece for data in pieces for piece in framer.feed(data)] + framer.close()


def documents(pieces: list[HttpPiece]) -> list[bytes]:
    return [piece.data for piece in pieces if isinstance(piece, Document) and piece.is_whole]


def test_a_head_has_its_first_line_and_the_fields_that_are_read() -> None:
    head, document = fed(ASK)
    assert head == Head(0, b"POST / HTTP/1.1", {b"x-mining-hashrate": b"5", b"content-length": b"7"})
    assert document == Document(0, b'{"a":1}', b"", is_whole=True, has_head=True)
    assert isinstance(head, Head)
    assert (head.is_answer, head.status, head.target, head.text(b"x-mining-hashrate")) == (False, 0, b"/", "5")


@pytest.mark.parametrize("size", range(1, 40))
@pytest.mark.parametrize("message", [ASK + ASK, REPLY + CHUNKED + REPLY], ids=["requests", "answers"])
def test_pieces_do_not_depend_on_segments(message: bytes, size: int) -> None:
    cut = [message[at : at + size] for at in range(0, len(message), size)]
    assert fed(*cut) == fed(message)
    assert len(documents(fed(message))) == message.count(b" HTTP/1.1\r\n") + message.count(b"HTTP/1.1 ")


def test_documents_come_with_a_length_in_chunks_or_to_the_end() -> None:
    rest = b'HTTP/1.0 200 OK\r\n\r\n{"c":3}'
    assert documents(fed(REPLY + CHUNKED + rest)) == [b'{"b":2}', b'{"b":2}', b'{"c":3}']


def test_answers_without_a_document_have_an_empty_one() -> None:
    bare = b"HTTP/1.1 100 Continue\r\n\r\n" + b"HTTP/1.1 204 No Content\r\n\r\n" + b"HTTP/1.1 304 Not Modified\r\n\r\n"
    pieces = fed(bare + REPLY + b"GET /LP HTTP/1.1\r\n\r\n")
    assert documents(pieces) == [b"", b"", b"", b'{"b":2}', b""]
    assert [piece.status for piece in pieces if isinstance(piece, Head)] == [100, 204, 304, 200, 0]


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(b'{"b":2}', mtime=0)),
        ("deflate", zlib.compress(b'{"b":2}')),
        ("deflate", zlib.compress(b'{"b":2}')[2:-4]),
    ],
    ids=["gzip", "zlib", "raw"],
)
def test_packed_documents_are_unpacked(coding: str, packed: bytes) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    assert documents(fed(head + packed)) == [b'{"b":2}']
    assert documents(fed(head + b"\x00" * len(packed) + REPLY)) == [b'{"b":2}']


def test_a_packed_document_is_unpacked_up_to_its_bound() -> None:
    packed = gzip.compress(bytes(1 << 20), mtime=0)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    (_, document) = fed(head + packed)
    assert isinstance(document, Document)
    assert (len(document.data), document.is_whole) == (DOCUMENT_BYTES_MAX, False)


def test_of_a_long_document_beginning_and_end_are_kept() -> None:
    body = bytes(range(256)) * 1000
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    whole = head + body + REPLY
    (_, document, *rest) = fed(*(whole[at : at + 1460] for at in range(0, len(whole), 1460)))
    assert document == Document(0, body[:DOCUMENT_BYTES_MAX], body[-DOCUMENT_TAIL_BYTES_MAX:], False, True)
    assert documents(rest) == [b'{"b":2}']


def test_without_room_a_document_is_passed_over() -> None:
    room = Room(100)
    framer = HttpFramer(Purse(room))
    body = b"x" * 5000
    (_, document) = fed(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body, framer=framer)
    assert isinstance(document, Document)
    assert not document.is_whole
    assert room.used_bytes == 0
    assert documents(fed(REPLY, framer=framer)) == [b'{"b":2}']


@pytest.mark.parametrize("lost", [1, 2, 5])
def test_a_hole_within_a_document_of_known_length_ends_with_it(lost: int) -> None:
    framer = HttpFramer()
    framer.feed(REPLY[:-5])
    pieces = framer.gap(lost) + framer.feed(REPLY[len(REPLY) - 5 + lost :] + REPLY)
    assert [piece.is_whole for piece in pieces if isinstance(piece, Document)] == [False, True]


def test_after_any_other_hole_reading_goes_on_with_a_head_that_begins_a_segment() -> None:
    framer = HttpFramer()
    framer.feed(REPLY[:10])
    assert framer.gap(100) == []
    assert framer.feed(b"rest of something\r\n\r\n" + REPLY) == []
    assert documents(framer.feed(REPLY)) == [b'{"b":2}']


def test_a_hole_that_begins_within_a_document_and_goes_beyond_is_one_of_heads() -> None:
    framer = HttpFramer()
    framer.feed(REPLY[:-5])
    framer.gap(6)
    assert framer.feed(b"ound\r\n\r\n") == []
    assert documents(framer.feed(REPLY)) == [b'{"b":2}']


def test_a_document_may_come_without_its_head() -> None:
    pieces = fed(b'{"a":{"b":[1,2]}}', b'\n{"c":1}\n', REPLY)
    assert [(piece.data, piece.has_head) for piece in pieces if isinstance(piece, Document)] == [
        (b'{"a":{"b":[1,2]}}', False),
        (b'{"c":1}', False),
        (b'{"b":2}', True),
    ]
    assert documents(fed(b'{"a":{"b":1}', b"}")) == [b'{"a":{"b":1}}']


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"POST / HTTP/1.1\r\nCookie: " + b"a" * HTTP_HEAD_BYTES_MAX, MalformedCode.LINE_TOO_LONG),
        (b"{" + b"a" * (DOCUMENT_BYTES_MAX + 1), MalformedCode.LINE_TOO_LONG),
        (REPLY + b"something else", MalformedCode.BAD_FRAME),
        (b"POSTE / HTTP/1.1\r\n\r\n", MalformedCode.BAD_FRAME),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", MalformedCode.BAD_FRAME),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n", MalformedCode.BAD_FRAME),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 70, MalformedCode.LINE_TOO_LONG),
    ],
    ids=["long head", "long stray", "no head", "no method", "no size", "negative", "long size"],
)
def test_what_is_no_http_is_said_once_and_reading_begins_anew(data: bytes, code: MalformedCode) -> None:
    framer = HttpFramer()
    pieces = framer.feed(data)
    assert [piece.code for piece in pieces if isinstance(piece, Broken)] == [code]
    assert framer.feed(b"and so on") == []
    assert documents(framer.feed(REPLY)) == [b'{"b":2}']


def test_a_length_that_is_none_is_not_believed() -> None:
    for length in (b"-1", b"9" * 13, b"7, 7", b""):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: " + length + b"\r\n\r\n"
        assert documents(fed(head + b'{"b":2}')) == [b'{"b":2}']
