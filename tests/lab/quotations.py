# SPDX-License-Identifier: Apache-2.0
"""Texts, logs and stores that quote real mining sessions, line by line, over protocols of their own.

What is quoted is a whole session of the lab, so that each line is as well-formed as on the wire. The lines are put
where a segment begins with one: there only the rest of the conversation tells.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator

from tests.lab.background import Visit, get
from tests.lab.cast import asic, cpu
from tests.lab.dialects import cryptonote_session, stratum_v1_session
from tests.lab.dialogue import Session, Speaker, Talk
from tests.lab.neighbours import Lines, line, spoken
from tests.lab.seeded import MS, SECOND

# What is quoted: a few jobs and more shares.
_SHORT = {"seconds": 20, "job_seconds": 6}


def _quoted(session: Session) -> Lines:
    names = {Speaker.CLIENT: "C", Speaker.SERVER: "S"}
    return [(names[saying.speaker], saying.data) for saying in session.dialogue.sayings()]


STRATUM = _quoted(stratum_v1_session(asic(0, difficulties=((0, 65_536.0),), **_SHORT)))
CRYPTONOTE = _quoted(cryptonote_session(cpu(0, hashrate_hs=48e3, **_SHORT)))
BOTH = (*STRATUM, *CRYPTONOTE)
JOBS = [data for who, data in STRATUM if who == "S" and b"notify" in data]
SHARES = [data for who, data in STRATUM if who == "C" and b"submit" in data]


def _all(lines: Lines, who: str = "C") -> Lines:
    return [(who, data) for _, data in lines]


def _stamped(lines: Lines) -> Lines:
    """As a log shipper sends what it parsed: with a time, a host and a level beside the members."""
    beside = {"@timestamp": "2026-03-02T08:00:00Z", "host": "pool1", "level": "info"}
    return [(who, line({**beside, **json.loads(data)})) for who, data in lines]


def _resp(value: bytes) -> bytes:
    return b"$%d\r\n%s\r\n" % (len(value), value)


def _asked(*words: str) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(_resp(word.encode()) for word in words)


def _stored(values: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """Values of a Redis list, each in a segment of its own behind its length."""
    yield "S", b"*%d\r\n" % len(values)
    for value in values:
        yield "S", b"$%d\r\n" % (len(value) - 1)
        yield "S", value[:-1] + b"\r\n"


def _published(values: list[bytes], head: bytes, tail: bytes = b"") -> Lines:
    """Messages of a broker: a head, and the value in a segment of its own."""
    return [("S", part) for value in values for part in (head % len(value), value.rstrip() + tail)]


def _chunks(values: list[bytes]) -> Lines:
    return [("S", part) for value in values for part in (b"%x\r\n" % len(value), value + b"\r\n")]


def _mail(lines: Lines) -> Lines:
    dialogue: Lines = [
        ("S", b"220 mail.example.org ESMTP\r\n"),
        ("C", b"EHLO client.example.com\r\n"),
        ("S", b"250 mail.example.org\r\n"),
        ("C", b"DATA\r\n"),
        ("S", b"354 go on\r\n"),
        ("C", b"Subject: how to mine\r\n\r\nThe two say:\r\n"),
    ]
    dialogue += [("C", data.replace(b"\n", b"\r\n")) for _, data in lines]
    return [*dialogue, ("C", b".\r\n"), ("S", b"250 queued\r\n"), ("C", b"QUIT\r\n"), ("S", b"221 bye\r\n")]


def _finding(number: int) -> dict[str, object]:
    proof = STRATUM[number % len(STRATUM)][1].decode().strip()
    reasons = [{"code": "share_sent", "side": "miner", "proof": proof}]
    return {"kind": "finding", "schema_version": 1, "revision": number, "grade": "A", "reasons": reasons}


def _health(number: int) -> dict[str, object]:
    return {"kind": "health", "sensor_id": "edge-1", "revision": number, "drops": {"gap_bytes": 0}, "findings": 12}


HTTP_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
SUMMARY = {"id": "3f2a", "worker_id": "rig1", "results": {"diff_current": 75_000, "shares_good": 12}, "algo": "rx/0"}


def _documents(lines: Lines, *, whole: bool) -> Lines:
    """Each line as the document of a request or of an answer; ``whole``: in one segment with its head."""
    heads = {"C": b"POST /rpc HTTP/1.1\r\nHost: rpc.example.com\r\n", "S": b"HTTP/1.1 200 OK\r\n"}
    told: Lines = []
    for who, data in lines:
        head = heads[who] + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(data)
        told += [(who, head + data)] if whole else [(who, head), (who, data)]
    return told


_LINES: dict[str, tuple[int, Lines]] = {
    # ------------------------------------------------------------ logs
    "log-of-both": (514, _all(STRATUM)),
    "log-of-both-from-the-server": (9999, [("C", b"tail\n"), *_all(STRATUM, "S")]),
    "log-of-cryptonote": (514, _all(CRYPTONOTE)),
    "log-of-two-sessions": (514, _all(BOTH)),
    "log-of-shares-and-answers": (
        514,
        [("C", data) for _, data in STRATUM if b"submit" in data or b'"result":true' in data],
    ),
    "log-stamped": (5044, _stamped(_all(STRATUM))),
    "log-stamped-jobs": (5044, _stamped([("C", job) for job in JOBS])),
    "log-stamped-shares": (5044, _stamped([("C", share) for share in SHARES])),
    "log-as-text": (5044, [("C", line({"msg": data.decode(), "level": "debug"})) for _, data in STRATUM]),
    "log-of-containers": (
        5045,
        [
            ("S", line({"log": data.decode(), "stream": "stdout", "time": "2026-03-02T08:00:00Z"}))
            for _, data in STRATUM
        ],
    ),
    "log-of-containers-raw": (
        2375,
        [("S", b"\x01\0\0\0" + struct.pack(">I", len(data)) + data) for _, data in STRATUM],
    ),
    "log-forwarded": (24224, [("C", line(["pool", 1_772_438_400, json.loads(data)])) for _, data in STRATUM]),
    "log-octet-counted": (601, [("C", b"%d %s" % (len(data), data)) for _, data in STRATUM]),
    "log-ended-by-nul": (
        12201,
        [
            ("C", line({"version": "1.1", "host": "pool1", "short_message": d.decode()})[:-1] + b"\0")
            for _, d in STRATUM
        ],
    ),
    "log-ended-by-nul-raw": (12201, [("C", data[:-1] + b"\0") for _, data in STRATUM]),
    "bulk": (9200, [("C", line({"index": {"_index": "pool"}}) + data) for _, data in STRATUM]),
    "bulk-of-jobs": (9200, [("C", part) for job in JOBS for part in (line({"index": {"_index": "jobs"}}), job)]),
    "findings": (9000, [("C", line(_finding(number))) for number in range(6)]),
    "findings-acknowledged": (9000, [x for n in range(6) for x in (("C", line(_finding(n))), ("S", b"stored\n"))]),
    "health": (9000, [("C", line(_health(number))) for number in range(4)]),
    "echo": (7, [(who, data) for _, data in STRATUM for who in ("C", "S")]),
    "pastes-of-two": (6668, [*_all(STRATUM), *_all(STRATUM, "S"), *_all(CRYPTONOTE), *_all(STRATUM, "S")]),
    # ------------------------------------------------------------ documents of HTTP
    "documents": (8080, _documents(STRATUM, whole=True)),
    "documents-behind-their-heads": (8080, _documents(STRATUM, whole=False)),
    "documents-of-cryptonote": (8080, _documents(CRYPTONOTE, whole=False)),
    "documents-asked-for": (
        8080,
        [
            part
            for job in JOBS
            for part in (("C", get("pool.example.com", "/job")), *_documents([("S", job)], whole=False))
        ],
    ),
    "lines-without-end": (8080, [("C", get("pool.example.com", "/jobs")), ("S", HTTP_HEAD), *_all(STRATUM, "S")]),
    # ------------------------------------------------------------ stores and brokers
    "store-list": (6379, [("C", _asked("LRANGE", "jobs", "0", "-1")), *_stored(JOBS), ("C", _asked("PING"))]),
    "store-one": (6379, [("C", _asked("GET", "job")), *_stored(JOBS[:1]), ("C", _asked("PING")), ("S", b"+PONG\r\n")]),
    "store-of-sessions": (6379, [("C", _asked("LRANGE", "log", "0", "-1")), *_stored([d for _, d in STRATUM])]),
    "store-watched": (
        6379,
        [("C", _asked("MONITOR"))]
        + [("S", b'+1772438400.1 [0 192.0.2.9:50000] "set" "x" ' + line(job.decode())) for job in JOBS],
    ),
    "store-published": (
        6379,
        [
            ("C", _asked("SUBSCRIBE", "jobs")),
            *_published(JOBS, b"*3\r\n$7\r\nmessage\r\n$4\r\njobs\r\n$%d\r\n", b"\r\n"),
        ],
    ),
    "broker-lines": (4222, [("C", b"SUB jobs 1\r\n"), *_published(JOBS, b"MSG jobs 1 %d\r\n", b"\r\n")]),
    "broker-frames": (61613, _published(JOBS, b"MESSAGE\ndestination:/jobs\ncontent-length:%d\n\n", b"\0\n")),
    "broker-binary": (1883, _published(JOBS, b"\x30\x84\x04\x00\x04jobs%.0d")),
    "broker-records": (
        9092,
        [("S", part) for job in JOBS for part in (b"\0\0\x02\x10" + bytes(12), job.strip() + b"\0" + bytes(8))],
    ),
    "rows": (
        5432,
        [("S", part) for job in JOBS for part in (b"D\0\0\x02\x10\0\x01\0\0\x02\x0a", job.strip() + b"C\0")],
    ),
}

# Sent in one go: the segments are milliseconds apart.
_TEXTS: dict[str, tuple[int, Lines]] = {
    "tutorial-by-mail": (25, _mail(list(STRATUM))),
    "tutorial-of-shares-by-mail": (25, _mail([("C", share) for share in SHARES])),
    "tutorial-by-chat": (6667, [("C", b"PRIVMSG #rigs :" + data) for _, data in STRATUM]),
    "pastes-by-chat": (6667, [x for _, data in STRATUM for x in (("C", b"PRIVMSG #rigs :here\r\n"), ("C", data))]),
    "tutorial-in-chunks": (80, [("C", get("docs.example.com")), ("S", HTTP_HEAD), *_chunks([d for _, d in STRATUM])]),
    "jobs-in-chunks": (80, [("C", get("pool.example.com", "/jobs")), ("S", HTTP_HEAD), *_chunks(JOBS)]),
    "events": (80, [("S", b"HTTP/1.1 200 OK\r\n\r\n"), *[("S", b"data: " + job + b"\n") for job in JOBS]]),
    "rig-over-http": (
        8080,
        [
            ("C", get("rig.example.com", "/2/summary")),
            (
                "S",
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + json.dumps(SUMMARY, indent=4).encode(),
            ),
        ],
    ),
    "fetched-mail": (
        143,
        [
            ("C", b"a1 FETCH 1 BODY[TEXT]\r\n"),
            ("S", b"* 1 FETCH (BODY[TEXT] {900}\r\n"),
            *_all(STRATUM, "S"),
            ("S", b")\r\n"),
        ],
    ),
    "repository": (9418, [("S", b"%04x+%s" % (len(data) + 5, data)) for _, data in STRATUM]),
    "file-of-shares": (20, [("S", share) for share in SHARES]),
}


def _maker(lines: Lines, pause_ns: int) -> Callable[[Visit], Talk]:
    return lambda visit: spoken(visit, lines, pause_ns)


QUOTATIONS: dict[str, tuple[int, Callable[[Visit], Talk]]] = {
    **{name: (port, _maker(lines, SECOND)) for name, (port, lines) in _LINES.items()},
    **{name: (port, _maker(lines, 2 * MS)) for name, (port, lines) in _TEXTS.items()},
}
