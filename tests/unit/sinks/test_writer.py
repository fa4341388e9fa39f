from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from sensor.failure import RejectedError, UnavailableError
from sensor.limits import IN_FLIGHT_MESSAGES_MAX
from sensor.publisher_lock import PublisherLock
from sensor.sinks.base import Record
from sensor.sinks.writer import Writer
from sensor.spool import Spool
from tests.messages import envelope

GIB = 1 << 30
AWAY = UnavailableError("kafka", "away", "come back")
Plan = Callable[[Sequence[Record]], int]


class Target:
    """A publisher whose answers are written down beforehand; after them it takes everything."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers = list(answers)
        self.taken: list[int] = []
        self.windows: list[int] = []
        self.connections = 0
        self.open = 0

    def connect(self) -> Target:
        self.connections += 1
        self.open += 1
        return self

    def publish(self, records: Sequence[Record]) -> int:
        self.windows.append(len(records))
        answer = self.answers.pop(0) if self.answers else len(records)
        if isinstance(answer, Exception):
            raise answer
        self.taken += [record.seq for record in records[:answer]]
        return answer

    def abort(self) -> None:
        """Nothing is waited for here."""

    def close(self) -> None:
        self.open -= 1


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def spool(path: Path) -> Iterator[Spool]:
    opened = Spool(path, GIB)
    yield opened
    opened.close()


def writer(path: Path, target: Target) -> Writer:
    return Writer(lambda: Spool(path, GIB), PublisherLock(path), target.connect)


def fill(spool: Spool, count: int) -> None:
    spool.add([envelope(number) for number in range(count)])


def run(path: Path, target: Target, *, patience: float = 0.0) -> Writer:
    made = writer(path, target)
    made.finish(patience)
    made.run()
    assert target.open == 0
    return made


def test_all_that_waits_is_sent_in_order_and_deleted(path: Path, spool: Spool) -> None:
    fill(spool, 5)
    target = Target()
    made = run(path, target)
    assert (target.taken, made.sent, spool.count(), made.problem) == ([1, 2, 3, 4, 5], 5, 0, None)


def test_no_more_than_a_window_is_on_its_way(path: Path, spool: Spool) -> None:
    fill(spool, IN_FLIGHT_MESSAGES_MAX + 100)
    target = Target()
    run(path, target)
    assert target.windows == [IN_FLIGHT_MESSAGES_MAX, 100]


def test_what_was_not_acknowledged_is_sent_again_by_a_new_connection(path: Path, spool: Spool) -> None:
    fill(spool, 5)
    target = Target(2)
    run(path, target)
    assert (target.taken, target.windows, target.connections) == ([1, 2, 3, 4, 5], [5, 3], 2)


def test_without_patience_one_failure_ends_it_and_all_stays(path: Path, spool: Spool) -> None:
    fill(spool, 5)
    target = Target(AWAY)
    made = run(path, target)
    assert (made.problem, made.sent, spool.count(), target.connections) == (AWAY, 0, 5, 1)


def test_with_patience_it_tries_again_and_the_problem_is_over(path: Path, spool: Spool) -> None:
    fill(spool, 5)
    target = Target(AWAY, AWAY)
    made = run(path, target, patience=30.0)
    assert (made.problem, made.sent, target.connections) == (None, 5, 3)


def test_patience_ends(path: Path, spool: Spool) -> None:
    fill(spool, 1)
    target = Target(*[AWAY] * 1000)
    made = run(path, target, patience=1.0)
    assert made.problem is AWAY
    # 0.5 s and 1 s, give or take a fifth
    assert target.connections <= 4


def test_a_message_that_is_never_taken_is_announced_and_the_others_go_on(path: Path, spool: Spool) -> None:
    fill(spool, 4)
    target = Target(1, RejectedError("kafka", "too large", "report this"))
    made = run(path, target)
    # Number 2 was rejected; 5 says so.
    assert (target.taken, made.sent, made.rejected) == ([1, 3, 4, 5], 4, 1)
    assert spool.status().dropped[0].reason == "rejected"


def test_nothing_is_announced_while_nothing_gets_through(path: Path, spool: Spool) -> None:
    fill(spool, 4)
    spool.reject(spool.waiting(1, GIB)[0].message_id)
    run(path, Target(AWAY))
    assert (spool.status().gaps, spool.status().messages) == (1, 3)


def test_while_another_sends_nothing_is_sent(path: Path, spool: Spool) -> None:
    fill(spool, 3)
    other = PublisherLock(path)
    other.acquire()
    target = Target()
    made = run(path, target)
    assert "is sending what waits in it" in str(made.problem)
    assert (target.connections, spool.count()) == (0, 3)
    other.release()
    assert run(path, target).sent == 3


class Failing(Spool):
    """A spool whose disk is full when messages are to be deleted, so many times."""

    failures = 1

    def acknowledge(self, last_id: int) -> None:
        if self.failures:
            self.failures -= 1
            raise UnavailableError("spool", "no space left", "make room")
        super().acknowledge(last_id)


def test_what_cannot_be_deleted_now_is_deleted_later_and_not_sent_again(path: Path, spool: Spool) -> None:
    fill(spool, 3)
    target = Target()
    made = Writer(lambda: Failing(path, GIB), PublisherLock(path), target.connect)
    made.finish(30.0)
    made.run()
    assert (target.taken, spool.count(), made.problem) == ([1, 2, 3], 0, None)


def test_it_sends_what_comes_while_it_runs_and_halts_at_once(path: Path, spool: Spool) -> None:
    target = Target()
    made = writer(path, target)
    thread = threading.Thread(target=made.run)
    thread.start()
    for count in (2, 4):
        spool.add([envelope(100 * count + number) for number in range(2)])
        made.wake()
        while made.sent < count:
            thread.join(0.01)
    made.halt()
    thread.join(5)
    assert not thread.is_alive()
    assert target.taken == [1, 2, 3, 4]


class Watched(Spool):
    """Says when a writer has looked and found nothing to do."""

    def __init__(self, path: Path, looked: threading.Event) -> None:
        super().__init__(path, GIB)
        self._looked = looked

    def announce(self) -> int:
        gaps = super().announce()
        self._looked.set()
        return gaps


def test_what_comes_shortly_after_is_sent_together_and_the_end_waits_for_nothing(
    path: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensor.sinks.writer.SEND_GATHER_SECONDS", 60.0)
    target, looked = Target(), threading.Event()
    made = Writer(lambda: Watched(path, looked), PublisherLock(path), target.connect)
    thread = threading.Thread(target=made.run)
    thread.start()
    assert looked.wait(10)
    for number in range(3):
        spool.add([envelope(number)])
        made.wake()
    made.finish()
    thread.join(10)
    assert not thread.is_alive()
    assert target.windows == [3]


def test_what_comes_does_not_shorten_the_wait_for_a_target_and_the_end_does(
    path: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensor.sinks.writer.RETRY_SECONDS_MIN", 60.0)
    fill(spool, 1)
    target = Target(AWAY)
    made = writer(path, target)
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    while not target.windows:
        thread.join(0.01)
    for number in range(20):
        spool.add([envelope(100 + number)])
        made.wake()
        thread.join(0.01)
    assert target.connections == 1
    made.finish()
    thread.join(10)
    assert not thread.is_alive()
    assert (target.connections, target.windows[-1], spool.count()) == (2, 21, 0)


def test_a_wait_for_the_target_is_ended_by_halt(path: Path, spool: Spool) -> None:
    fill(spool, 1)
    target = Target(*[AWAY] * 1000)
    made = writer(path, target)
    thread = threading.Thread(target=made.run)
    thread.start()
    while target.connections < 2:
        thread.join(0.01)
    made.halt()
    thread.join(5)
    assert not thread.is_alive()
    assert spool.count() == 1
