"""The memory of sessions: what each takes for nothing, what it asks for, and that it takes no more than that."""

from __future__ import annotations

import base64
import gc
import json
import tracemalloc
from collections.abc import Callable

import pytest

from sensor.detect.session import Session
from sensor.event import Malformed, MalformedCode
from sensor.finding import Grade
from sensor.limits import (
    MINER_LINE_BYTES_MAX,
    NAMES_FREE,
    PENDING_UNANSWERED_MAX,
    POOL_LINE_BYTES_MAX,
    REQUEST_BYTES,
    SESSION_BYTES_MAX,
    UNDECIDED_MESSAGES_MAX,
)
from sensor.model import Chunk, CloseCause, Endpoint, FlowClosed, FlowKey, FlowOpened, Observation, Side
from sensor.pipeline import Pipeline, PipelineSettings
from sensor.room import Purse, Room, Want
from sensor.wire.dialogue import Dialogue
from sensor.wire.http_dialogue import HttpDialogue
from tests.lab.quotations import CRYPTONOTE, STRATUM
from tests.scripted import SmallCatalogue

Lines = list[tuple[str, bytes]]
Name = Callable[[int], str]
SIDES = {"C": Side.A, "S": Side.B}
SESSIONS = 3
FEW = UNDECIDED_MESSAGES_MAX - 1  # as long as nobody knows the dialect


def line(**members: object) -> bytes:
    return json.dumps(members, ensure_ascii=False).encode() + b"\n"


def narrow(number: int) -> str:
    return f"{number}." + "x" * 250


def wide(number: int) -> str:
    """One wide character makes Python keep all of a text wide."""
    return f"{number}.\U0001f4b0" + "x" * 250


def half_lines(begin: str) -> Lines:
    return [("C", begin.encode()), ("S", begin.encode())] + [("C", b"x" * 1400), ("S", b"x" * 1400)] * 11


def notify(name: str) -> bytes:
    return line(id=None, method="mining.notify", params=[name, 1, 2])


def welcome(number: int, name: str) -> bytes:
    job = {"blob": "10" * 80, "job_id": name, "target": "b88d0600"}
    return line(id=number, result={"id": f"s{number:060d}", "job": job, "status": "OK"})


def over_http(name: str, number: int, body: bytes) -> bytes:
    """A miner's request whose head is as long as one may be, or an answer."""
    head = f"POST /{name} HTTP/1.1\r\nX-Mining-Extensions: {name * 4}\r\nUser-Agent: {name}\r\nX-Stratum: {name}\r\n"
    credentials = base64.b64encode(f"{name[:90]}:{name[:90]}".encode()).decode()
    return f"{head}Authorization: Basic {credentials}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


HTTP_HOSTILE: dict[str, Callable[[Name], Lines]] = {
    "calls": lambda name: [
        ("C", over_http(name(n), n, b"[" + b",".join([line(id=name(n), method="getwork", params=[])] * 20) + b"]"))
        for n in range(60)
    ],
    "documents without end": lambda name: [
        ("C", over_http(name(0), 0, line(id=1, method="getwork", params=[]))),
        ("S", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n{"),
        *[("S", b"x" * 1400)] * 40,
        ("C", b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n{" + b"x" * 1400),
        *[("C", b"x" * 1400)] * 40,
    ],
    "heads without end": lambda name: [
        ("C", over_http(name(0), 0, line(id=1, method="getwork", params=[]))),
        ("C", b"POST / HTTP/1.1\r\n" + b"x" * 3000),
        ("S", b"HTTP/1.1 200 OK\r\n" + b"x" * 3000),
    ],
}
HOSTILE: dict[str, Callable[[Name], Lines]] = {
    "reports": lambda name: [
        ("C", line(id=n, method="eth_submitHashrate", worker=name(n), params=[n, name(n)])) for n in range(FEW)
    ],
    "logins": lambda name: [
        ("C", line(id=name(n), method="login", params={"login": name(n), "pass": name(n), "agent": name(n)}))
        for n in range(FEW)
    ],
    "subscriptions": lambda name: [
        ("C", line(id=name(n), method="mining.subscribe", params=[name(n)])) for n in range(FEW)
    ],
    "authorizations": lambda name: [
        ("C", line(id=name(n), method="mining.authorize", params=[name(n), name(n), name(n)])) for n in range(900)
    ],
    "answered authorizations": lambda name: [
        ("C", line(id=0, method="mining.authorize", params=["a"])),
        ("S", line(id=0, result=True)),
        *[("C", line(id=n, method="mining.authorize", params=[name(n), name(n)])) for n in range(900)],
    ],
    "shares": lambda name: [
        ("C", line(id=n, method="mining.submit", params=[name(n), "j", "0" * 8, "0" * 8, "0" * 8])) for n in range(900)
    ],
    "jobs": lambda name: [("S", notify(name(n))) for n in range(900)],
    "welcomes": lambda name: [
        said
        for n in range(300)
        for said in (
            ("C", line(id=n, method="login", params={"login": name(n), "pass": "x", "agent": name(n)})),
            ("S", welcome(n, name(n))),
        )
    ],
    "objects": lambda name: [
        ("C", line(id=n, method="mining.subscribe", params={"publicAddress": name(n), "name": name(n)}))
        for n in range(400)
    ],
    "lines without end": lambda name: half_lines('{"id":1,"method":"mining.subscribe","params":["'),
    "pings": lambda name: [
        *[("S", notify("a"))] * 3,
        *[("S", line(id=name(n), method="mining.ping", params=[])) for n in range(900)],
    ],
}


def play(lines: Lines, room: Room, number: int = 1) -> Session:
    purse = Purse(room)
    dialogue = HttpDialogue(purse) if b" HTTP/1.1" in lines[0][1] else Dialogue(purse)
    key = FlowKey(0, "tcp", Endpoint("192.0.2.1", 10_000 + number), Endpoint("203.0.113.9", 3333))
    session = Session(FlowOpened(number, 0, 0, key, False, 0, (), ()), dialogue, 0, purse)
    for index, (who, data) in enumerate(lines):
        session.receive(Chunk(number, SIDES[who], index * 10**9, 0, bytes(data)))
    return session


def measured(lines: Lines, room: Room) -> float:
    """Bytes that Python takes for a session, once what all share is there."""
    play(lines, Room())
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    sessions = [play(lines, room, number) for number in range(SESSIONS)]
    gc.collect()
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return taken / len(sessions)


@pytest.mark.parametrize("name", [narrow, wide])
@pytest.mark.parametrize("shape", HOSTILE)
def test_without_room_a_session_is_no_larger_than_a_session_may_be(shape: str, name: Name) -> None:
    assert measured(HOSTILE[shape](name), Room(0)) <= SESSION_BYTES_MAX


@pytest.mark.parametrize("name", [narrow, wide])
@pytest.mark.parametrize("shape", HOSTILE)
def test_beyond_that_it_takes_no_more_than_it_has_asked_for(shape: str, name: Name) -> None:
    room = Room(1 << 40)
    assert measured(HOSTILE[shape](name), room) <= SESSION_BYTES_MAX + room.used_bytes / SESSIONS


@pytest.mark.parametrize("name", [narrow, wide])
@pytest.mark.parametrize("shape", HTTP_HOSTILE)
def test_over_http_the_same_holds(shape: str, name: Name) -> None:
    lines, room = HTTP_HOSTILE[shape](name), Room(1 << 40)
    assert measured(lines, Room(0)) <= SESSION_BYTES_MAX
    assert measured(lines, room) <= SESSION_BYTES_MAX + room.used_bytes / SESSIONS
    session = play(lines, alone := Room())
    session.purse.close()
    assert alone.used_bytes == 0


@pytest.mark.parametrize("lines", [STRATUM, CRYPTONOTE], ids=["stratum-v1", "cryptonote"])
def test_a_rigs_session_keeps_nothing_of_the_room(lines: Lines) -> None:
    """But for the events of its handshake, until its dialect is clear."""
    assert measured(lines, Room(0)) <= 12 * 1024
    room = Room()
    session = play(lines, room)
    assert (session.grade, room.used_bytes) == (Grade.A, 0)


@pytest.mark.parametrize("shape", HOSTILE)
def test_all_of_it_is_given_back_at_the_end(shape: str) -> None:
    """Whether the flow ends, the input does, or the session is refuted."""
    pipeline = Pipeline(PipelineSettings(), SmallCatalogue(), Dialogue, HttpDialogue)
    for number in range(1, 4):
        key = FlowKey(0, "tcp", Endpoint("192.0.2.1", 10_000 + number), Endpoint("203.0.113.9", 3333))
        said: list[Observation] = [FlowOpened(number, 0, 0, key, False, 0, (), ())]
        lines = HOSTILE[shape](narrow)
        said += [Chunk(number, SIDES[who], index * 10**9, 0, data) for index, (who, data) in enumerate(lines)]
        pipeline.feed(said)
    before = pipeline.counters()["memory_now"]
    pipeline.feed([FlowClosed(1, 10**12, CloseCause.FIN)])
    pipeline.feed([Chunk(2, Side.A, 10**12, 0, b"\nGET / HTTP/1.1\r\n" * 40)])
    pipeline.finish(10**12)
    assert before > 0 or shape in ("shares", "pings")
    assert pipeline.counters()["memory_now"] == 0


# ---------------------------------------------------------------- what it costs who asks in vain


def test_a_line_for_which_there_is_no_room_is_told_and_the_next_one_read() -> None:
    room = Room(0)
    purse = Purse(room)
    dialogue = Dialogue(purse)
    for who, data in STRATUM[:8]:
        dialogue.feed(SIDES[who], 0, 0, data)
    job = next(data for _, data in STRATUM if b'"method":"mining.notify"' in data)
    long_job = job.replace(b'["6a10"', b'["' + b"6" * 3000 + b'"')
    events = dialogue.feed(Side.B, 1, 0, long_job[:2500]) + dialogue.feed(Side.B, 1, 0, long_job[2500:])
    assert [type(event) for event in events] == [Malformed]
    assert events[0].code is MalformedCode.NO_ROOM  # type: ignore[union-attr]
    assert room.refused_counts[Want.LINES] == 1
    assert [type(event).__name__ for event in dialogue.feed(Side.B, 2, 0, job)] == ["Job"]


def test_both_sides_have_a_miners_lines_until_it_is_known_which_is_the_pool() -> None:
    for side in Side:
        dialogue = Dialogue()
        assert not dialogue.feed(side, 0, 0, b"{" + b" " * (MINER_LINE_BYTES_MAX - 1))
        dialogue.feed(side, 0, 0, b" ")
        assert dialogue.refuted
    dialogue = Dialogue()
    for who, data in STRATUM[:9]:
        dialogue.feed(SIDES[who], 0, 0, data)
    assert not dialogue.feed(Side.B, 1, 0, b"{" + b" " * (POOL_LINE_BYTES_MAX - 1))
    (event,) = dialogue.feed(Side.B, 1, 0, b" ")
    assert event.code is MalformedCode.LINE_TOO_LONG  # type: ignore[union-attr]


def test_names_for_which_there_is_no_room_are_neither_listed_nor_counted() -> None:
    shares = [
        ("C", line(id=n, method="mining.submit", params=[f"acct.rig{n}", "j", "0" * 8, "0" * 8, "0" * 8]))
        for n in range(900)
    ]
    assert play(shares, Room(0)).tally.workers.count == NAMES_FREE
    assert play(shares, Room()).tally.workers.count == 900


def test_where_nobody_answers_few_requests_are_kept() -> None:
    room = Room()
    params = ["a", "j", "0" * 8, "0" * 8, "0" * 8]
    session = play([("C", line(id=n, method="mining.submit", params=params)) for n in range(900)], room)
    assert room.used_bytes <= PENDING_UNANSWERED_MAX * REQUEST_BYTES
    session.receive(Chunk(1, Side.B, 10**12, 0, line(id=899, result=True)))
    assert (session.tally.work.submitted, session.tally.work.accepted) == (900, 1)


def test_a_part_of_a_purse_gives_back_what_it_took() -> None:
    room = Room(100)
    purse = Purse(room)
    part = purse.part()
    assert part.take(60, Want.JOBS)
    assert not purse.take(60, Want.NAMES)
    assert (room.used_bytes, room.refused_counts[Want.NAMES]) == (60, 1)
    part.close()
    assert purse.take(100, Want.NAMES)
    purse.close()
    assert room.used_bytes == 0
