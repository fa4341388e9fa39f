"""The durable spool: what leaves waits here, numbered, until Kafka has it. SQLite; deleted on acknowledgement.

``seq`` counts the messages of one (sensor, topic) and is given in the transaction that puts the message in, so that it
has no hole: what goes missing on purpose (the cap, ``drop``, a message that Kafka never takes) leaves a gap that is
announced on the topic. Several programs may share a spool; docs/kafka.md says what holds when one is killed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from sensor.dropped import Dropped, DropReason
from sensor.envelope import Envelope, Header, Rank, announcement
from sensor.finding import SCHEMA_VERSION
from sensor.limits import SPOOL_ROW_BYTES
from sensor.spool_file import connect, in_words

# Rows looked at by one statement when room is made: a row is a few kilobytes.
_STEP_ROWS: Final = 256


class Waiting(msgspec.Struct, frozen=True):
    """One message as it lies in the spool."""

    message_id: int
    topic: str
    seq: int
    key: str
    headers: tuple[Header, ...]
    value: bytes
    spool_id: str


class Added(msgspec.Struct, frozen=True):
    """What became of messages that were offered: ``known`` ones waited already; ``dropped``, by rank: what had to give
    way for them, or was of them.
    """

    taken: int
    known: int
    dropped: dict[Rank, int]


class StreamStatus(msgspec.Struct, frozen=True):
    """What waits of one sensor's topic and grade. ``oldest_at`` is packet time."""

    sensor_id: str
    topic: str
    grade: str
    messages: int
    bytes: int
    oldest_at: str


class DropCount(msgspec.Struct, frozen=True):
    reason: str
    grade: str
    messages: int


class Status(msgspec.Struct, frozen=True):
    """``gaps``: ranges of numbers that were dropped and are not announced yet."""

    spool_id: str
    messages: int
    bytes: int
    gaps: int
    waiting: tuple[StreamStatus, ...]
    dropped: tuple[DropCount, ...]


class Load(msgspec.Struct, frozen=True):
    """What waits, gaps to announce among it, and what was dropped by reason; at a glance, however much it is."""

    messages: int
    bytes: int
    dropped: dict[str, int]


NOTHING: Final = Status(spool_id="", messages=0, bytes=0, gaps=0, waiting=(), dropped=())
"""The status where no spool was made yet."""


class Spool:
    """One connection to the spool, for the thread that made it. All methods raise UnavailableError."""

    def __init__(self, path: Path, bytes_max: int, *, file_bytes_max: int | None = None) -> None:
        self._path = path
        self._bytes_max = bytes_max
        self._db = connect(path, file_bytes_max)
        self._streams: dict[tuple[str, str], int] = {}
        with in_words(path):
            (self.spool_id,) = self._db.execute("SELECT spool_id FROM spool").fetchone()

    def close(self) -> None:
        """An empty spool gives its room back to the disk first."""
        try:
            with in_words(self._path):
                if not self._one("SELECT EXISTS (SELECT 1 FROM message)"):
                    # As a script: ``execute`` stops after the first page, since this gives no row.
                    self._db.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._db.close()

    # ------------------------------------------------------------ in

    def add(self, envelopes: Sequence[Envelope]) -> Added:
        """Puts all of them in, or none. Beyond the cap the lowest rank gives way, the oldest of it first.

        A message that waits already, the same event with the same value, is not put in again.
        """
        with self._transaction():
            taken = self._insert(self._not_waiting(envelopes))
            excess = self._one("SELECT bytes FROM spool") - self._bytes_max
            dropped = self._make_room(excess) if excess > 0 else {}
        return Added(taken=taken, known=len(envelopes) - taken, dropped=dropped)

    def _not_waiting(self, envelopes: Sequence[Envelope]) -> list[Envelope]:
        """Those whose event does not wait with this very value. One question for all: most of them are new."""
        event_ids = msgspec.json.encode([envelope.name.event_id for envelope in envelopes]).decode("utf-8")
        rows = self._db.execute(
            "SELECT event_id, stream_id, value FROM message WHERE event_id IN (SELECT value FROM json_each(?))"
            " ORDER BY message_id",
            (event_ids,),
        )
        # Only the latest counts: it is what a receiver will hold in the end.
        latest = {(event_id, stream_id): value for event_id, stream_id, value in rows}
        fresh = []
        for envelope in envelopes:
            event = envelope.name.event_id, self._stream(envelope.sensor_id, envelope.name.topic)
            if latest.get(event) != envelope.value:
                latest[event] = envelope.value
                fresh.append(envelope)
        return fresh

    def _insert(self, envelopes: Iterable[Envelope]) -> int:
        """One after the other, each with the next number of its stream. Returns how many."""
        next_seq: dict[int, int] = {}
        rows = []
        for envelope in envelopes:
            name, headers = envelope.name, msgspec.json.encode(envelope.headers)
            stream_id = self._stream(envelope.sensor_id, name.topic)
            if stream_id not in next_seq:
                next_seq[stream_id] = self._one("SELECT next_seq FROM stream WHERE stream_id = ?", stream_id)
            row_bytes = SPOOL_ROW_BYTES + len(name.event_id) + len(name.key) + len(headers) + len(envelope.value)
            place = stream_id, next_seq[stream_id], name.event_id, int(envelope.rank), row_bytes
            rows.append((*place, envelope.at, name.key, headers, envelope.value))
            next_seq[stream_id] += 1
        self._db.executemany(
            "INSERT INTO message (stream_id, seq, event_id, rank, bytes, at, key, headers, value)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        given = [(number, stream_id) for stream_id, number in next_seq.items()]
        self._db.executemany("UPDATE stream SET next_seq = ? WHERE stream_id = ?", given)
        self._grow(sum(row[4] for row in rows))
        return len(rows)

    def _stream(self, sensor_id: str, topic: str) -> int:
        known = self._streams.get((sensor_id, topic))
        if known is None:
            self._db.execute(
                "INSERT OR IGNORE INTO stream (sensor_id, topic, next_seq) VALUES (?, ?, 1)", (sensor_id, topic)
            )
            known = self._one("SELECT stream_id FROM stream WHERE sensor_id = ? AND topic = ?", sensor_id, topic)
            self._streams[sensor_id, topic] = known
        return known

    # ------------------------------------------------------------ out

    def waiting(self, messages_max: int, bytes_max: int) -> list[Waiting]:
        """The oldest messages, at least one where there is any, in the order in which they were put in."""
        found: list[Waiting] = []
        size = 0
        with in_words(self._path):
            rows = self._db.execute(
                "SELECT message_id, topic, seq, key, headers, value, bytes FROM message JOIN stream USING (stream_id)"
                " ORDER BY message_id LIMIT ?",
                (messages_max,),
            )
            for message_id, topic, seq, key, headers, value, row_bytes in rows:
                size += row_bytes
                if found and size > bytes_max:
                    break
                found.append(Waiting(message_id, topic, seq, key, _headers(headers), value, self.spool_id))
        return found

    def acknowledge(self, last_id: int) -> None:
        """Kafka has all messages up to and with this one. ``waiting`` gives them in this order, so none is left out."""
        with self._transaction():
            freed = self._one("SELECT coalesce(sum(bytes), 0) FROM message WHERE message_id <= ?", last_id)
            self._db.execute("DELETE FROM message WHERE message_id <= ?", (last_id,))
            self._grow(-freed)

    def reject(self, message_id: int) -> None:
        """Kafka will never take this one: it is dropped, and announced."""
        with self._transaction():
            self._drop([message_id], DropReason.REJECTED)

    def announce(self) -> int:
        """Puts in a message for each gap that was not announced yet; returns how many."""
        with in_words(self._path):
            if not self._one("SELECT EXISTS (SELECT 1 FROM gap)"):
                return 0  # asked every second: no write lock for nothing
        with self._transaction():
            gaps = self._db.execute(
                "SELECT sensor_id, topic, first, last, reason FROM gap JOIN stream USING (stream_id) ORDER BY gap_id"
            ).fetchall()
            self._insert(announcement(self._dropped(*gap)) for gap in gaps)
            self._db.execute("DELETE FROM gap")
        return len(gaps)

    def _dropped(self, sensor_id: str, topic: str, first: int, last: int, reason: str) -> Dropped:
        return Dropped(
            schema_version=SCHEMA_VERSION,
            sensor_id=sensor_id,
            topic=topic,
            spool=self.spool_id,
            first=first,
            to=last,
            reason=DropReason(reason),
        )

    # ------------------------------------------------------------ dropping

    def drop(self, topic: str | None, rank: Rank | None) -> int:
        """Drops what waits of this topic and rank, of all where None; announced. Returns how many messages."""
        query = (
            "SELECT message_id FROM message JOIN stream USING (stream_id)"
            " WHERE rank < :never AND topic = coalesce(:topic, topic) AND rank = coalesce(:rank, rank) LIMIT :step"
        )
        chosen = {"never": int(Rank.DROPPED), "topic": topic, "rank": rank and int(rank), "step": _STEP_ROWS}
        dropped = 0
        with self._transaction():
            while rows := self._db.execute(query, chosen).fetchall():
                dropped += self._drop([message_id for (message_id,) in rows], DropReason.OPERATOR).total()
        return dropped

    def _make_room(self, excess: int) -> dict[Rank, int]:
        """The lowest rank goes first, and of it the oldest: what is newer has the newer totals."""
        query = "SELECT message_id, bytes FROM message WHERE rank < ? ORDER BY rank, message_id LIMIT ?"
        dropped: Counter[Rank] = Counter()
        while excess > 0 and (rows := self._db.execute(query, (int(Rank.DROPPED), _STEP_ROWS)).fetchall()):
            chosen = []
            for message_id, size in rows:
                if excess <= 0:
                    break
                chosen.append(message_id)
                excess -= size
            dropped += self._drop(chosen, DropReason.SPOOL_FULL)
        return dropped

    def _drop(self, message_ids: list[int], reason: DropReason) -> Counter[Rank]:
        rows = self._db.execute(
            "DELETE FROM message WHERE message_id IN (SELECT value FROM json_each(?))"
            " RETURNING stream_id, seq, rank, bytes",
            (msgspec.json.encode(message_ids).decode("ascii"),),
        ).fetchall()
        self._grow(-sum(row[3] for row in rows))
        for first, last, stream_id in _ranges((stream_id, seq) for stream_id, seq, _, _ in rows):
            self._add_gap(stream_id, first, last, reason)
        counts = Counter(Rank(row[2]) for row in rows)
        self._db.executemany(
            "INSERT INTO dropped VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
            [(reason.value, int(rank), count) for rank, count in counts.items()],
        )
        return counts

    def _add_gap(self, stream_id: int, first: int, last: int, reason: DropReason) -> None:
        """Gaps that touch are one, so that there are never more of them than messages between them."""
        touching = self._db.execute(
            "DELETE FROM gap WHERE stream_id = ? AND reason = ? AND (last = ? OR first = ?) RETURNING first, last",
            (stream_id, reason.value, first - 1, last + 1),
        ).fetchall()
        for low, high in touching:
            first, last = min(first, low), max(last, high)
        self._db.execute(
            "INSERT INTO gap (stream_id, first, last, reason) VALUES (?, ?, ?, ?)",
            (stream_id, first, last, reason.value),
        )

    # ------------------------------------------------------------ what there is

    def count(self) -> int:
        """How many messages wait, with the announcements that are still to be made."""
        with in_words(self._path):
            return self._one("SELECT (SELECT count(*) FROM message) + (SELECT count(*) FROM gap)")

    def load(self) -> Load:
        """Cheap enough to be asked every second, since no message is read."""
        with in_words(self._path):
            rows = self._db.execute("SELECT reason, sum(count) FROM dropped GROUP BY reason").fetchall()
            dropped = {reason.value: 0 for reason in DropReason} | dict(rows)
            return Load(messages=self.count(), bytes=self._one("SELECT bytes FROM spool"), dropped=dropped)

    def status(self) -> Status:
        with in_words(self._path):
            waiting = self._db.execute(
                "SELECT sensor_id, topic, rank, count(*), sum(bytes), min(at)"
                " FROM message JOIN stream USING (stream_id)"
                " GROUP BY sensor_id, topic, rank ORDER BY sensor_id, topic, rank DESC"
            ).fetchall()
            dropped = self._db.execute("SELECT reason, rank, count FROM dropped ORDER BY reason, rank DESC").fetchall()
            streams = tuple(
                StreamStatus(sensor_id, topic, Rank(rank).name, *counts) for sensor_id, topic, rank, *counts in waiting
            )
            return Status(
                spool_id=self.spool_id,
                messages=sum(stream.messages for stream in streams),
                bytes=self._one("SELECT bytes FROM spool"),
                gaps=self._one("SELECT count(*) FROM gap"),
                waiting=streams,
                dropped=tuple(DropCount(reason, Rank(rank).name, count) for reason, rank, count in dropped),
            )

    # ------------------------------------------------------------ inside

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All of it is on the disk when it ends, or nothing of it is."""
        with in_words(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                # Where the disk is full SQLite may have undone it already.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                self._streams.clear()
                raise

    def _one(self, query: str, *values: object) -> int:
        """The one number that a query has for an answer."""
        (value,) = self._db.execute(query, values).fetchone()
        return int(value)

    def _grow(self, size: int) -> None:
        self._db.execute("UPDATE spool SET bytes = bytes + ?", (size,))


def _headers(stored: bytes) -> tuple[Header, ...]:
    return msgspec.json.decode(stored, type=tuple[Header, ...])


def _ranges(numbers: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """(first, last, stream) of each run of numbers without a hole."""
    run: list[int] = []
    for stream_id, seq in sorted(numbers):
        if run and (run[2], run[1]) == (stream_id, seq - 1):
            run[1] = seq
            continue
        if run:
            yield run[0], run[1], run[2]
        run = [seq, seq, stream_id]
    if run:
        yield run[0], run[1], run[2]
