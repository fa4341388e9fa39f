# SPDX-License-Identifier: Apache-2.0
"""What every local sink keeps to. A sink that is listed and not tried here fails the last test.

Those that are fed from the spool are held to theirs in tests/kafka/test_publishers.py.
"""

from __future__ import annotations

import contextlib
import io
import re
import signal
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec
import pytest
from rich.console import Console

from sensor.envelope import Envelope
from sensor.failure import UnavailableError
from sensor.message import Message
from sensor.sinks import SINKS
from sensor.sinks.base import Sink
from sensor.sinks.jsonl import JsonLines
from sensor.sinks.spooled import SpoolSink
from sensor.sinks.table import TableSink
from sensor.spool import Added, Spool
from tests.messages import a_health, finding, sighting

NO_ROOM = Path("/dev/full")


class Case(Protocol):
    """A sink, its target read back as the accounts of the findings in it, and the same sink without room."""

    def open(self, path: Path) -> AbstractContextManager[Sink]: ...
    def accounts(self, path: Path) -> list[str]: ...
    def without_room(self, path: Path) -> AbstractContextManager[Sink]: ...


class Jsonl(NamedTuple):
    def open(self, path: Path) -> AbstractContextManager[Sink]:
        return nullcontext(JsonLines.append_to(path))

    def accounts(self, path: Path) -> list[str]:
        lines = [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]
        return [line["miner_identity"]["account"] for line in lines if line["kind"] == "finding"]

    @contextmanager
    def without_room(self, path: Path) -> Iterator[Sink]:
        with NO_ROOM.open("wb", buffering=0) as stream:
            yield JsonLines(stream, "full", is_own=False)  # type: ignore[arg-type]


class Table(NamedTuple):
    @contextmanager
    def open(self, path: Path) -> Iterator[Sink]:
        with path.open("wb", buffering=0) as raw, io.TextIOWrapper(raw, "utf-8", write_through=True) as stream:
            yield TableSink(Console(file=stream, width=200), by_session=True)

    def accounts(self, path: Path) -> list[str]:
        return re.findall(r"account\d+", path.read_text(encoding="utf-8"))

    def without_room(self, path: Path) -> AbstractContextManager[Sink]:
        return self.open(NO_ROOM)


class Spooled(NamedTuple):
    @contextmanager
    def open(self, path: Path, file_bytes_max: int | None = None) -> Iterator[Sink]:
        spool = Spool(path, 1 << 30, file_bytes_max=file_bytes_max)
        try:
            yield SpoolSink(spool)
        finally:
            spool.close()

    def accounts(self, path: Path) -> list[str]:
        spool = Spool(path, 1 << 30)
        values = [msgspec.json.decode(row.value) for row in spool.waiting(10_000, 1 << 30)]
        spool.close()
        return [value["miner_identity"]["account"] for value in values if value["kind"] == "finding"]

    def without_room(self, path: Path) -> AbstractContextManager[Sink]:
        return self.open(path, file_bytes_max=300_000)


CASES: dict[str, Case] = {"jsonl": Jsonl(), "table": Table(), "spool": Spooled()}


def told(number: int) -> Message:
    return Message("key", finding(number, login=f"account{number}.rig"))


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


def test_what_was_written_is_there_in_order_when_it_is_closed(case: Case, tmp_path: Path) -> None:
    with case.open(tmp_path / "target") as sink:
        for number in range(300):
            sink.write(told(number))
            sink.tick()
        sink.close()
    assert case.accounts(tmp_path / "target") == [f"account{number}" for number in range(300)]


def test_every_kind_of_message_is_taken(case: Case, tmp_path: Path) -> None:
    with case.open(tmp_path / "target") as sink:
        for body in (finding(login="account1.rig"), sighting(), a_health()):
            sink.write(Message("key", body))
        sink.close()
    assert case.accounts(tmp_path / "target") == ["account1"]


def test_without_room_it_says_so_in_one_line(case: Case, tmp_path: Path) -> None:
    with case.without_room(tmp_path / "target") as sink:
        with pytest.raises(UnavailableError, match=r"no space left.*; make room") as caught:
            for number in range(500):
                sink.write(told(number))
            sink.close()
        assert "\n" not in str(caught.value)


def test_every_listed_sink_is_held_to_this() -> None:
    assert CASES.keys() == SINKS.keys()


class Interrupted(Spool):
    """Hears Ctrl-C while it puts messages in."""

    def add(self, envelopes: Sequence[Envelope]) -> Added:
        signal.raise_signal(signal.SIGINT)
        return super().add(envelopes)


def test_an_interruption_takes_no_message_back_that_is_put_into_the_spool(tmp_path: Path) -> None:
    with contextlib.closing(Interrupted(tmp_path / "spool", 1 << 20)) as spool:
        sink = SpoolSink(spool)
        sink.write(Message("key", finding()))
        with pytest.raises(KeyboardInterrupt):
            sink.close()
        assert spool.count() == 1
