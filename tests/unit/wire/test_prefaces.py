"""The dialogue and what is no message: what proxies and pools say before the first one, pages, and text between."""

from __future__ import annotations

import pytest

from sensor.event import Malformed, MalformedCode, Notice, NoticeKind, Share, ShareResult, Subscribe
from sensor.limits import TEXT_LINES_MAX
from sensor.model import Side
from sensor.wire.dialogue import Dialogue
from tests.unit.wire.family import yes
from tests.unit.wire.stratum_v1 import ASIC, ASIC_EVENTS, submit
from tests.unit.wire.talk import C, S, hear, misses


@pytest.mark.parametrize(
    "preface",
    [
        b"PROXY TCP4 203.0.113.9 198.51.100.7 51022 3333\r\n",
        b"CONNECT pool.example.org:3333 HTTP/1.1\r\nHost: pool.example.org:3333\r\n\r\n",
    ],
)
def test_a_proxys_lines_may_come_before_the_miners_first(preface: bytes) -> None:
    events = hear([(C, preface), *ASIC])
    assert events[0] == Notice(C, 0, NoticeKind.PREFACE)
    assert events[1:] == ASIC_EVENTS


def test_a_tunnels_answer_may_come_before_the_pools_first() -> None:
    events = hear([(S, b"HTTP/1.1 200 Connection established\r\nServer: x\r\n\r\n"), *ASIC])
    assert events[1:] == ASIC_EVENTS


def test_what_a_pool_says_to_a_browser_is_a_preface() -> None:
    dialogue = Dialogue()
    events = hear([ASIC[2], (S, b"Some Stratum online\n")], dialogue=dialogue)
    assert events == [Subscribe(C, 0, "asic/1.0"), Notice(S, 0, NoticeKind.PREFACE)]


def test_a_binary_preface_may_share_the_line_of_the_first_message() -> None:
    socks = b"\x05\x01\x00\x05\x01\x00\x03\x10pool.example.org\x0d\x05"
    events = hear([(C, socks + ASIC[0][1]), *ASIC[1:]])
    assert events == ASIC_EVENTS


@pytest.mark.parametrize(
    ("line", "is_strange"),
    [
        (b"ok", True),
        (b"grep submit pool.log\r", True),
        ("已收到".encode(), True),
        # The end of a message whose head was not seen, and what stands before one in binary.
        (b'f00","x"],"id":7}', False),
        (b'0b",true],"id":null,"method":"mining.notify"} \r', False),
        (b"\x05\x00\x7f\x01 text", False),
    ],
)
def test_a_first_line_that_is_no_part_of_a_message_is_something_else(line: bytes, is_strange: bool) -> None:
    dialogue = Dialogue()
    events = hear([*ASIC[2:3], (S, line + b"\n")], dialogue=dialogue)
    assert [type(event) for event in events] == [Subscribe, Malformed][: 1 + is_strange]
    assert dialogue.malformed == is_strange


def test_a_page_as_answer_leaves_an_attempt() -> None:
    page = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\n400 Bad Request\n"
    dialogue = Dialogue()
    events = hear(
        [ASIC[2], (S, page), (S, b'{"id":null,"method":"mining.notify","params":["x"]}\n')], dialogue=dialogue
    )
    assert events == [Subscribe(C, 0, "asic/1.0"), Notice(S, 0, NoticeKind.PREFACE)]
    assert (dialogue.dialect, dialogue.refuted) == ("stratum-v1", False)


def test_a_page_is_over_when_the_other_end_goes_on_in_lines() -> None:
    page = (S, b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\n400 Bad Request\n")
    mine, rest = ASIC[0], ASIC[1:]
    again = [message for message in rest if message[0] is C][:1]
    events = hear([mine, page, (S, b"still the page\n"), *again, *rest])
    assert [event for event in events if isinstance(event, (Share, ShareResult))] == [
        event for event in ASIC_EVENTS if isinstance(event, (Share, ShareResult))
    ]


@pytest.mark.parametrize("side", [C, S])
@pytest.mark.parametrize("words", [b"what is this\n", b"GET / HTTP/1.1\r\n", b"HTTP/1.1 200 OK\r\n"])
def test_lines_of_another_protocol_are_counted_where_both_ends_have_spoken(words: bytes, side: Side) -> None:
    """Nor do they, however many, hide what is mined behind them."""
    dialogue = Dialogue()
    count = TEXT_LINES_MAX + 1 + 4 * len(ASIC)
    events = hear([*ASIC, *[(side, words)] * count, submit(99, "acct.rig07", "6a1f"), yes(99)], dialogue=dialogue)
    assert [event.code for event in misses(events)] == [MalformedCode.NOT_JSON] * count  # type: ignore[union-attr]
    assert [type(event) for event in events[-2:]] == [Share, ShareResult]
    assert not dialogue.refuted


def test_text_refutes_where_only_one_end_has_spoken() -> None:
    dialogue = Dialogue()
    hear([ASIC[2], *[(C, b"text\n")] * (TEXT_LINES_MAX + 1)], dialogue=dialogue)
    assert dialogue.refuted
