from __future__ import annotations

import json
import resource
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from sensor.access_log import AccessLog, AccessLogError, Asked


def asked(number: int) -> Asked:
    return Asked("2026-03-02T08:00:00Z", "jane", f"case {number}", "01234567-" + "0" * 32, "", "revealed")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "reveals.log"
    for number in range(4):
        AccessLog(path).append(asked(number))
    return path


def complaint(path: Path) -> str:
    with pytest.raises(AccessLogError) as caught:
        AccessLog(path).entries()
    with pytest.raises(AccessLogError):
        AccessLog(path).append(asked(9))
    return str(caught.value).removeprefix(str(path))


def test_entries_follow_each_other(log: Path) -> None:
    entries = AccessLog(log).entries()
    assert [(entry.number, entry.asked) for entry in entries] == [(number + 1, asked(number)) for number in range(4)]
    assert [entry.before for entry in entries] == ["0" * 64, *(entry.hash for entry in entries[:-1])]
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert AccessLog(log).append(asked(4)).before == entries[-1].hash


def rewritten(line: bytes, **changes: object) -> bytes:
    return json.dumps({**json.loads(line), **changes}, separators=(",", ":")).encode() + b"\n"


TAMPERED: dict[str, tuple[Callable[[list[bytes]], list[bytes]], int]] = {
    "reason": (lambda lines: [lines[0], lines[1].replace(b"case 1", b"case 7"), *lines[2:]], 2),
    "deleted": (lambda lines: [lines[0], *lines[2:]], 2),
    "first deleted": (lambda lines: lines[1:], 1),
    "swapped": (lambda lines: [lines[0], lines[2], lines[1], lines[3]], 2),
    "repeated": (lambda lines: [*lines[:2], lines[1], *lines[2:]], 3),
    "number": (lambda lines: [lines[0], rewritten(lines[1], number=7), *lines[2:]], 2),
    "field": (lambda lines: [rewritten(lines[0], extra=1), *lines[1:]], 1),
    "hash": (lambda lines: [*lines[:3], rewritten(lines[3], hash="0" * 64)], 4),
    "half": (lambda lines: [*lines[:3], lines[3][:-20]], 4),
    "no line end": (lambda lines: [*lines[:3], lines[3].rstrip(b"\n")], 4),
    "rubbish": (lambda lines: [*lines[:2], b"\xff\xfe\n", *lines[2:]], 3),
    "blank": (lambda lines: [*lines[:2], b"\n", *lines[2:]], 3),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_whatever_is_changed_is_noticed_and_nothing_more_is_logged(name: str, log: Path) -> None:
    change, line = TAMPERED[name]
    log.write_bytes(b"".join(change(log.read_bytes().splitlines(keepends=True))))
    before = log.read_bytes()
    said = complaint(log)
    assert said.startswith(f":{line}: ")
    assert said.endswith("keep it as it is for the audit, and name a new one as [privacy] reveal_log")
    assert log.read_bytes() == before


def test_a_chain_that_was_made_anew_from_the_middle_has_another_end(log: Path) -> None:
    """What the hash in the file of the case is for: the log alone cannot tell."""
    end = AccessLog(log).entries()[-1].hash
    forged = log.with_name("forged")
    for number in (0, 1, 7, 3):
        AccessLog(forged).append(asked(number))
    assert AccessLog(forged).entries()[-1].hash != end


def test_a_log_that_others_may_write_is_refused(log: Path) -> None:
    log.chmod(0o622)
    assert complaint(log) == f": others may write it; run: chmod 600 {log}"


def test_what_cannot_be_written_or_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(AccessLogError, match="no such file or directory; a reveal must be logged"):
        AccessLog(tmp_path / "none" / "log").append(asked(0))
    with pytest.raises(AccessLogError, match="no such file or directory; correct the path"):
        AccessLog(tmp_path / "log").entries()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AccessLogError, match="a reveal must be logged"):
        AccessLog(tmp_path / "link").append(asked(0))


@pytest.mark.parametrize("room", [0, 40])
def test_where_there_is_no_room_nothing_is_logged_and_the_chain_holds(room: int, log: Path) -> None:
    before = log.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + room, hard))
    try:
        with pytest.raises(AccessLogError, match="; a reveal must be logged, make it writable"):
            AccessLog(log).append(asked(4))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert log.read_bytes() == before
    assert AccessLog(log).append(asked(4)).number == 5
