"""The spool's file: opened or made, its version checked, SQLite's errors put in words. Knows no message.

One file per spool on a local disk (a network file system cannot share a write-ahead log). Every commit is on the disk
before it returns (``synchronous=FULL``): a number that was sent must never be given again, also when the power fails.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from sensor.failure import UnavailableError
from sensor.limits import SPOOL_BUSY_SECONDS_MAX, SPOOL_LOG_BYTES_MAX
from system.fault import words

# "mssp": tells a spool from any other SQLite file.
_APPLICATION_ID: Final = 0x6D737370
_VERSION: Final = 1
_SPOOL_ID_BYTES: Final = 8
# A finding takes two or three kilobytes: of SQLite's default of 4 KiB almost half would stay empty.
_PAGE_BYTES: Final = 16_384
# The value comes last: what lies before a large value is read without it.
_TABLES: Final = (
    "CREATE TABLE spool (spool_id TEXT NOT NULL, bytes INTEGER NOT NULL)",
    """CREATE TABLE stream (
        stream_id INTEGER PRIMARY KEY, sensor_id TEXT NOT NULL, topic TEXT NOT NULL, next_seq INTEGER NOT NULL,
        UNIQUE (sensor_id, topic))""",
    """CREATE TABLE message (
        message_id INTEGER PRIMARY KEY AUTOINCREMENT, stream_id INTEGER NOT NULL, seq INTEGER NOT NULL,
        event_id TEXT NOT NULL, rank INTEGER NOT NULL, bytes INTEGER NOT NULL, at TEXT NOT NULL,
        key TEXT NOT NULL, headers BLOB NOT NULL, value BLOB NOT NULL)""",
    "CREATE INDEX message_by_event ON message (event_id)",
    "CREATE INDEX message_by_rank ON message (rank, message_id)",
    """CREATE TABLE gap (
        gap_id INTEGER PRIMARY KEY, stream_id INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
        reason TEXT NOT NULL)""",
    "CREATE INDEX gap_by_place ON gap (stream_id, first)",
    "CREATE INDEX gap_by_end ON gap (stream_id, last)",
    "CREATE TABLE dropped (reason TEXT NOT NULL, rank INTEGER NOT NULL, count INTEGER NOT NULL,"
    " PRIMARY KEY (reason, rank)) WITHOUT ROWID",
)
_AWAY: Final = "move it and its -wal and -shm files away and scan the captures again; nothing is deleted for you"
# SQLite's primary result codes, in words: what happened, what to do.
_WORDS: Final = {
    sqlite3.SQLITE_FULL: ("no space left", "make room on its disk and run again: what is in the spool stays there"),
    sqlite3.SQLITE_IOERR: ("reading or writing failed", "check its disk and the room on it, and run again"),
    sqlite3.SQLITE_CORRUPT: ("damaged", _AWAY),
    sqlite3.SQLITE_NOTADB: ("not a spool", "name another file in [spool] path"),
    sqlite3.SQLITE_BUSY: ("in use by another program for too long", "end that program, or try again later"),
    sqlite3.SQLITE_READONLY: ("it cannot be written", "give this user the right to write it and its folder"),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "check [spool] path and the rights of its folder"),
    sqlite3.SQLITE_PERM: ("it cannot be opened", "check [spool] path and the rights of its folder"),
}
_PRIMARY: Final = 0xFF


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """What the world does to a file becomes UnavailableError; a mistake of ours stays what it is."""
    try:
        yield
    except msgspec.DecodeError as error:
        # SQLite keeps no checksum of what is in a row.
        raise UnavailableError(_named(path), *_WORDS[sqlite3.SQLITE_CORRUPT]) from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        words = _WORDS.get(code & _PRIMARY) if isinstance(code, int) else None
        if words is None:
            raise
        raise UnavailableError(_named(path), *words) from error


def connect(path: Path, file_bytes_max: int | None = None) -> sqlite3.Connection:
    """The spool in ``path``, made where there is none. Raises UnavailableError.

    ``file_bytes_max`` is a hard end of the file, beyond which it counts as a full disk.
    """
    with in_words(path):
        _touch(path)
        connection = sqlite3.connect(path, timeout=SPOOL_BUSY_SECONDS_MAX, isolation_level=None)
        try:
            _prepare(connection, path)
            if file_bytes_max is not None:
                (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
                connection.execute(f"PRAGMA max_page_count = {file_bytes_max // page_bytes}")
        except BaseException:
            connection.close()
            raise
        return connection


def _touch(path: Path) -> None:
    """Findings are nobody else's business: the file is made for its owner alone, before SQLite would make it."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise UnavailableError(_named(path), words(error), "name a file that can be written in [spool] path") from None


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    # Looked at before anything is set: what is no spool of ours stays as it is.
    is_new = _is_new(connection, path)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {SPOOL_LOG_BYTES_MAX}")
    if not is_new:
        return  # without a write lock, so that it can be opened while another program commits
    # Before the first table, or they have no effect.
    connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _is_new(connection, path):  # and no other program was faster
            _make(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _is_new(connection: sqlite3.Connection, path: Path) -> bool:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if version or application or tables:
        _check(path, application, version)
        return False
    return True


def _check(path: Path, application: int, version: int) -> None:
    if application != _APPLICATION_ID:
        raise UnavailableError(_named(path), *_WORDS[sqlite3.SQLITE_NOTADB])
    if version != _VERSION:
        what = f"of version {version}, and this program knows {_VERSION}"
        raise UnavailableError(_named(path), what, f"empty it with the program that made it, or {_AWAY}")


def _named(path: Path) -> str:
    return f"spool {str(path)!r}"


def _make(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {_VERSION}")
    for table in _TABLES:
        connection.execute(table)
    # Numbers begin at 1 again in a new spool: its name tells a receiver that they do.
    connection.execute("INSERT INTO spool VALUES (?, 0)", (secrets.token_hex(_SPOOL_ID_BYTES),))
