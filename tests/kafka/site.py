# SPDX-License-Identifier: Apache-2.0
"""A sensor as its operator has it: a configuration file, a spool, and the commands that are run there."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, Final, NamedTuple

from sensor.app import Outlet, ScanOrder, scan
from sensor.cli import run
from sensor.config import Settings, load
from sensor.delivery import kafka_access
from sensor.envelope import envelope_of
from sensor.keyfile import new_key
from sensor.message import Message
from sensor.sinks.kafka_topics import create_topics
from sensor.spool import Spool
from sensor.targets import KafkaSettings, TopicSettings
from tests.contract import hold
from tests.e2e.commandline import PROGRAM, ROOT, environment
from tests.kafka.broker import PASSWORD, USER, Broker
from tests.kafka.reader import Ledger, read_all, records_held

DEMO: Final = ROOT / "pcaps" / "demo.pcap"
_SECONDS_MAX: Final = 120


class Delivery(NamedTuple):
    """What a scan did with its messages, its exit code, and what it complained about."""

    code: int
    sent: int
    waiting: int
    complaint: str


class Said(NamedTuple):
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


class Site:
    """``sections`` are written into the configuration; keys of [kafka] may be changed by name."""

    def __init__(self, broker: Broker, folder: Path, sensor_id: str, **kafka: Any) -> None:
        self.broker = broker
        self.folder = folder
        self.sensor_id = sensor_id
        self.spool_path = folder / "spool.sqlite"
        self.config = folder / "sensor.toml"
        self.key_file = folder / "privacy.key"
        if not self.key_file.exists():
            new_key(self.key_file)
        self.configure(**kafka)

    def configure(self, *, spool_bytes_max: int = 1 << 30, **kafka: Any) -> None:
        """Writes the configuration anew."""
        keys = {"bootstrap": [self.broker.bootstrap], "connect_seconds_max": 3, "delivery_seconds_max": 10, **kafka}
        lines = [f'sensor_id = "{self.sensor_id}"', "[kafka]", *(f"{key} = {json.dumps(keys[key])}" for key in keys)]
        lines += ["[spool]", f'path = "{self.spool_path}"', f"bytes_max = {spool_bytes_max}"]
        lines += ["[privacy]", f'key_file = "{self.key_file}"']
        lines += ["[topics]", "replication = 1", "min_insync = 1"]
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    @property
    def settings(self) -> Settings:
        return load(self.config)

    def spool(self) -> Spool:
        return Spool(self.spool_path, self.settings.spool.bytes_max)

    def waiting(self) -> int:
        """How many messages wait, read beside the programs that use the spool."""
        if not self.spool_path.exists():
            return 0
        with closing(sqlite3.connect(f"file:{self.spool_path}?mode=ro", uri=True)) as look:
            try:
                return int(look.execute("SELECT count(*) FROM message").fetchone()[0])
            except sqlite3.OperationalError:
                return 0  # it is being made

    def arrived(self) -> int:
        """How many records all topics hold, whoever sent them."""
        return records_held(self.broker.bootstrap)

    @contextmanager
    def scanning(self, capture: Path = DEMO) -> Iterator[subprocess.Popen[bytes]]:
        """A scan that delivers, running; nothing of it runs afterwards."""
        command = [*PROGRAM, "scan", "--kafka", "--config", str(self.config), str(capture)]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, cwd=ROOT, env=environment(), **pipes) as process:
            try:
                yield process
            finally:
                process.kill()

    def scan(self, capture: Path = DEMO) -> Delivery:
        """A scan that delivers, to its end."""
        with self.scanning(capture) as process:
            out, err = process.communicate(timeout=_SECONDS_MAX)
        told = re.search(rb"^delivered +([\d,]+) messages? to Kafka, ([\d,]+) wait", out, flags=re.MULTILINE)
        assert told, out + err
        sent, waiting = (int(number.replace(b",", b"")) for number in told.groups())
        return Delivery(process.returncode, sent, waiting, err.decode())

    def command(self, *words: str) -> Said:
        """``minesensor`` with this configuration, in this process: Kafka's client is imported once."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        with redirect_stdout(out), redirect_stderr(err):
            code = run([*words, "--config", str(self.config)])
        return Said(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))

    def flush(self) -> None:
        """Until nothing waits; the broker is there."""
        done = self.command("spool", "flush", "--wait", "30")
        assert done.code == 0, done.err

    def ledger(self) -> Ledger:
        """What a receiver has of this sensor."""
        return Ledger(read_all(self.broker.bootstrap, self.sensor_id))


class Undisturbed:
    """What a scan tells, without Kafka: the events by their ids, and the highest revisions."""

    def __init__(self, site: Site, capture: Path) -> None:
        self._messages: list[Message] = []
        scan(ScanOrder((str(capture),)), site.settings, [Outlet(self, True, True, True)], lambda _done, _all: None)
        envelopes = [envelope_of(message) for message in self._messages]
        self.events = {made.name.event_id: json.loads(made.value) for made in envelopes}
        self.findings: dict[str, dict[str, Any]] = {}
        for value in self.events.values():
            if value["kind"] == "finding":
                self.findings[value["finding_id"]] = value

    def write(self, message: Message) -> None:
        self._messages.append(message)

    def tick(self) -> None:
        """Nothing is gathered."""

    def close(self) -> None:
        """Nothing is open."""


def make_topics(broker: Broker) -> None:
    settings = Settings(
        kafka=KafkaSettings(bootstrap=(broker.bootstrap,)), topics=TopicSettings(replication=1, min_insync=1)
    )
    for _ in create_topics(kafka_access(settings), settings.topics):
        pass


def password(folder: Path, text: str = PASSWORD) -> str:
    path = folder / "password"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return str(path)


def login(site: Site, user: str = USER, text: str = PASSWORD) -> dict[str, Any]:
    return {
        "bootstrap": [f"127.0.0.1:{site.broker.login}"],
        "security": "SASL_PLAINTEXT",
        "username": user,
        "password_file": password(site.folder, text),
    }


def held_to_the_contract(ledger: Ledger) -> None:
    """What holds for whatever was delivered, however."""
    assert ledger.missing() == {}
    partitions = defaultdict(set)
    for record in ledger.records:
        hold(record.value)
        partitions[record.topic, record.key].add(record.partition)
    assert all(len(found) == 1 for found in partitions.values())
