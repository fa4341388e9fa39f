from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from sensor.dropped import Dropped, DropReason
from sensor.envelope import Rank, Topic
from sensor.failure import UnavailableError
from sensor.finding import Grade
from sensor.message import Message
from sensor.spool import Spool, Waiting
from tests.messages import a_health, envelope, envelope_of

GIB = 1 << 30


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool.sqlite"


@pytest.fixture
def spool(path: Path) -> Iterator[Spool]:
    opened = Spool(path, GIB)
    yield opened
    opened.close()


def places(spool: Spool) -> list[tuple[str, int]]:
    return [(row.topic, row.seq) for row in all_of(spool)]


def all_of(spool: Spool) -> list[Waiting]:
    return spool.waiting(10_000, GIB)


# ---------------------------------------------------------------- in and out


def test_messages_come_out_as_they_went_in(spool: Spool) -> None:
    sent = [envelope(number, grade=grade) for number, grade in enumerate(Grade)]
    spool.add(sent)
    waiting = all_of(spool)
    assert [(row.topic, row.key, row.headers, row.value) for row in waiting] == [
        (each.name.topic, each.name.key, each.headers, each.value) for each in sent
    ]
    assert {row.spool_id for row in waiting} == {spool.spool_id}


def test_numbers_count_from_1_in_each_topic_of_each_sensor(spool: Spool) -> None:
    grades = [Grade.A, Grade.D, Grade.B, Grade.D]
    spool.add([envelope(number, grade=grade) for number, grade in enumerate(grades)])
    assert places(spool) == [
        (Topic.FINDINGS, 1),
        (Topic.SIGHTINGS, 1),
        (Topic.FINDINGS, 2),
        (Topic.SIGHTINGS, 2),
    ]


def test_a_window_is_bounded_by_messages_and_bytes_but_holds_one(spool: Spool) -> None:
    spool.add([envelope(number) for number in range(10)])
    one = all_of(spool)[0]
    assert len(spool.waiting(3, GIB)) == 3
    assert [row.seq for row in spool.waiting(10, 1)] == [1]
    assert len(spool.waiting(10, 3 * (len(one.value) + 1000))) < 10


def test_what_is_acknowledged_is_gone_and_the_rest_is_not(spool: Spool) -> None:
    spool.add([envelope(number) for number in range(5)])
    spool.acknowledge(all_of(spool)[2].message_id)
    assert [row.seq for row in all_of(spool)] == [4, 5]
    assert spool.status().bytes == sum(row.bytes for row in spool.status().waiting)


def test_numbers_go_on_where_the_spool_was_empty_or_closed(path: Path) -> None:
    for first in (1, 3):
        spool = Spool(path, GIB)
        spool.add([envelope(first), envelope(first + 1)])
        waiting = all_of(spool)
        assert [row.seq for row in waiting] == [first, first + 1]
        spool.acknowledge(waiting[-1].message_id)
        spool.close()


def test_the_file_is_its_owners_alone_and_gives_back_its_room(path: Path) -> None:
    spool = Spool(path, GIB)
    spool.add([envelope(number) for number in range(2000)])
    spool.acknowledge(all_of(spool)[-1].message_id)
    spool.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_size < 300_000


# ---------------------------------------------------------------- the same scan again


def test_a_message_that_waits_is_not_put_in_again(spool: Spool) -> None:
    batch = [envelope(number) for number in range(5)]
    spool.add(batch)
    added = spool.add([*batch, envelope(9)])
    assert (added.taken, added.known) == (1, 5)
    assert [row.seq for row in all_of(spool)] == [1, 2, 3, 4, 5, 6]


def test_what_was_acknowledged_is_put_in_again_with_a_new_number(spool: Spool) -> None:
    spool.add([envelope(1)])
    spool.acknowledge(all_of(spool)[0].message_id)
    assert spool.add([envelope(1)]).taken == 1
    assert [row.seq for row in all_of(spool)] == [2]


def test_the_same_event_with_another_value_is_another_message(spool: Spool) -> None:
    first, other = envelope(1, grade=Grade.A), envelope(1, grade=Grade.B)
    assert first.name.event_id == other.name.event_id
    spool.add([first, other])
    assert spool.add([other]).known == 1
    # The latest holds in the end, so the first one must come behind it to count again.
    assert spool.add([first]).taken == 1
    assert [row.value for row in all_of(spool)] == [first.value, other.value, first.value]


# ---------------------------------------------------------------- the cap


def small(path: Path, messages: int) -> Spool:
    """A spool with room for so many findings."""
    probe = Spool(path.with_name("probe"), GIB)
    probe.add([envelope(1)])
    room = probe.status().bytes * messages + 200
    probe.close()
    return Spool(path, room)


def test_at_the_cap_the_lowest_grade_gives_way_and_the_oldest_of_it(path: Path) -> None:
    spool = small(path, 4)
    spool.add([envelope(1, grade=Grade.B), envelope(2, grade=Grade.A), envelope(3, grade=Grade.B)])
    added = spool.add([envelope(number, grade=Grade.A) for number in (4, 5)])
    assert added.dropped == {Rank.B: 1}
    assert [row.seq for row in all_of(spool)] == [2, 3, 4, 5]
    spool.add([envelope(6, grade=Grade.A)])
    assert [row.seq for row in all_of(spool)] == [2, 4, 5, 6]
    (count,) = spool.status().dropped
    assert (count.reason, count.grade, count.messages) == ("spool_full", "B", 2)
    spool.close()


def test_a_message_lower_than_all_that_wait_is_the_one_that_is_dropped(path: Path) -> None:
    spool = small(path, 2)
    spool.add([envelope(1), envelope(2), envelope(3, grade=Grade.B)])
    assert [row.seq for row in all_of(spool)] == [1, 2]
    assert spool.announce() == 1
    spool.close()


def test_health_outlives_findings_and_announcements_outlive_all(path: Path) -> None:
    spool = small(path, 3)
    spool.add([envelope_of(Message("", a_health(number))) for number in range(2)])
    spool.add([envelope(number) for number in range(4)])
    spool.announce()
    spool.add([envelope(number) for number in range(10, 30)])
    kept = [(row.topic, dict(row.headers)["ce_type"]) for row in all_of(spool)]
    assert kept.count((Topic.HEALTH, "mining.health.v1")) == 2
    assert (Topic.FINDINGS, "mining.dropped.v1") in kept
    assert spool.status().bytes <= spool._bytes_max
    spool.close()


def test_what_was_dropped_is_announced_as_ranges_and_once(path: Path) -> None:
    spool = small(path, 3)
    spool.add([envelope(number, grade=Grade.B) for number in range(1, 11)])
    assert spool.status().gaps == 1
    assert spool.announce() == 1
    assert spool.announce() == 0
    (told,) = [row for row in all_of(spool) if dict(row.headers)["ce_type"] == "mining.dropped.v1"]
    dropped = decoded(told.value)
    assert (dropped.first, dropped.to, dropped.reason) == (1, 7, DropReason.SPOOL_FULL)
    assert (dropped.spool, dropped.topic, dropped.sensor_id) == (spool.spool_id, Topic.FINDINGS, "scan")
    assert (told.seq, told.key) == (11, "scan")
    spool.close()


def test_numbers_that_came_announced_and_waiting_leave_no_hole(path: Path) -> None:
    spool = small(path, 5)
    for number in range(1, 40):
        grade = (Grade.A, Grade.B, Grade.A, Grade.D)[number % 4]
        spool.add([envelope(number, grade=grade)])
        if number % 10 == 0:
            spool.announce()
    spool.announce()
    for topic in (Topic.FINDINGS, Topic.SIGHTINGS):
        seen = set[int]()
        for row in all_of(spool):
            if row.topic == topic:
                seen.add(row.seq)
                if dict(row.headers)["ce_type"] == "mining.dropped.v1":
                    dropped = decoded(row.value)
                    seen |= set(range(dropped.first, dropped.to + 1))
        # Announcements are never dropped, and what was dropped before one is in it: nothing is left but the others.
        assert seen == set(range(1, max(seen) + 1))
    spool.close()


def decoded(value: bytes) -> Dropped:
    return msgspec.json.decode(value, type=Dropped)


# ---------------------------------------------------------------- giving up


@pytest.mark.parametrize(
    ("topic", "rank", "left"),
    [
        (None, None, []),
        (Topic.SIGHTINGS, None, [("A", 1), ("B", 2)]),
        (None, Rank.B, [("A", 1), ("D", 1)]),
        (Topic.FINDINGS, Rank.D, [("A", 1), ("B", 2), ("D", 1)]),
    ],
)
def test_an_operator_drops_by_topic_and_grade(
    spool: Spool, topic: str | None, rank: Rank | None, left: list[tuple[str, int]]
) -> None:
    spool.add([envelope(1), envelope(2, grade=Grade.B), envelope(3, grade=Grade.B), envelope(4, grade=Grade.D)])
    assert spool.drop(topic, rank) == 4 - sum(count for _, count in left)
    assert [(row.grade, row.messages) for row in spool.status().waiting] == left


def test_dropping_many_takes_all_of_them(spool: Spool) -> None:
    spool.add([envelope(number) for number in range(700)])
    assert spool.drop(None, None) == 700
    assert (spool.status().gaps, spool.status().bytes, spool.count()) == (1, 0, 1)


def test_the_load_is_what_the_status_says_without_reading_messages(path: Path) -> None:
    with closing(small(path, 5)) as spool:
        assert spool.load().dropped == dict.fromkeys((reason.value for reason in DropReason), 0)
        spool.add([envelope(number, grade=Grade.D) for number in range(9)])
        spool.drop(None, None)
        spool.add([envelope(number, grade=Grade.A) for number in range(20, 23)])
        load, status = spool.load(), spool.status()
        assert (load.messages, load.bytes) == (spool.count(), status.bytes)
        dropped = {reason: sum(row.messages for row in status.dropped if row.reason == reason) for reason in DropReason}
        assert load.dropped == dropped
        assert dropped["spool_full"] > 0 < dropped["operator"]


def test_a_rejected_message_is_dropped_and_announced(spool: Spool) -> None:
    spool.add([envelope(number) for number in range(3)])
    spool.reject(all_of(spool)[1].message_id)
    spool.announce()
    told = decoded(all_of(spool)[-1].value)
    assert (told.first, told.to, told.reason) == (2, 2, DropReason.REJECTED)


# ---------------------------------------------------------------- several programs


def test_two_that_put_in_at_once_share_the_numbers_without_a_hole(path: Path) -> None:
    def put(start: int) -> None:
        own = Spool(path, GIB)
        for number in range(start, start + 50):
            own.add([envelope(number)])
        own.close()

    threads = [threading.Thread(target=put, args=(start,)) for start in (1000, 2000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spool = Spool(path, GIB)
    assert [row.seq for row in all_of(spool)] == list(range(1, 101))
    spool.close()


def test_it_is_opened_and_read_while_another_program_commits(path: Path) -> None:
    first = Spool(path, GIB)
    first.add([envelope(1)])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        second = Spool(path, GIB)
        assert [row.seq for row in all_of(second)] == [1]
        other.execute("ROLLBACK")
    second.close()
    first.close()


# ---------------------------------------------------------------- the world fails


def test_a_full_disk_loses_nothing_that_was_taken(path: Path) -> None:
    spool = Spool(path, GIB, file_bytes_max=200_000)
    taken = 0
    with pytest.raises(UnavailableError, match="no space left; make room on its disk"):
        while taken < 10_000:
            spool.add([envelope(taken + number) for number in range(10)])
            taken += 10
    assert 0 < taken < 10_000
    assert len(all_of(spool)) == taken
    spool.close()
    again = Spool(path, GIB)
    again.add([envelope(99_999)])
    assert [row.seq for row in all_of(again)] == list(range(1, taken + 2))
    again.close()


def is_text(path: Path) -> None:
    path.write_text("hello " * 1000, encoding="ascii")


def is_another_database(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE t (x)")
    other.close()


def is_of_the_future(path: Path) -> None:
    Spool(path, GIB).close()
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 9")
    other.close()


@pytest.mark.parametrize(
    ("make", "what", "remedy"),
    [
        (is_text, "not a spool", "name another file in [spool] path"),
        (is_another_database, "not a spool", "name another file in [spool] path"),
        (is_of_the_future, "of version 9, and this program knows 1", "empty it with the program that made it"),
        (lambda path: path.mkdir(), "is a directory", "name a file that can be written in [spool] path"),
        (lambda path: path.parent.rmdir(), "no such file or directory", "name a file that can be written"),
    ],
    ids=["text", "another database", "future", "folder", "no folder"],
)
def test_a_file_that_is_no_spool_is_one_line_and_stays_as_it_is(
    make: Callable[[Path], object], what: str, remedy: str, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    path = tmp_path / "folder" / "spool"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(UnavailableError) as caught:
        Spool(path, GIB)
    assert str(caught.value).startswith(f"spool '{path}': {what}; {remedy}")
    assert before == (path.read_bytes() if path.is_file() else b"")


def test_a_damaged_spool_says_what_to_do(path: Path) -> None:
    spool = Spool(path, GIB)
    spool.add([envelope(number) for number in range(500)])
    spool.close()
    data = bytearray(path.read_bytes())
    # Every page but the first, which holds the schema.
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(UnavailableError, match="damaged; move it and its -wal and -shm files away and scan") as caught:
        opened = Spool(path, GIB)
        all_of(opened)
    assert "\n" not in str(caught.value)


def test_a_row_that_is_damaged_says_the_same(path: Path) -> None:
    spool = Spool(path, GIB)
    spool.add([envelope(1)])
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE message SET headers = x'00'")
    with pytest.raises(UnavailableError, match="damaged; move it"):
        all_of(spool)
    spool.close()
