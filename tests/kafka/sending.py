# SPDX-License-Identifier: Apache-2.0
"""A scan that delivers, in a process that can be killed: ``python -m tests.kafka.sending CONFIG CAPTURE``."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import msgspec

from sensor.app import Outlet, ScanOrder, exit_code, scan
from sensor.config import load
from sensor.delivery import Delivery
from sensor.finding import Finding, Sighting
from sensor.message import Message
from sensor.sinks.base import Sink


class Keyed:
    """Gives each message the key that the privacy step gives."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def write(self, message: Message) -> None:
        self._sink.write(keyed(message))

    def tick(self) -> None:
        self._sink.tick()

    def close(self) -> None:
        self._sink.close()


def keyed(message: Message) -> Message:
    body = message.body
    if isinstance(body, (Finding, Sighting)):
        subject = f"{body.miner.realm}/{body.miner.ip}"
        return Message(hashlib.sha256(subject.encode("ascii")).hexdigest()[:32], body)
    return message


def main(config: str, capture: str) -> int:
    settings = load(Path(config))
    with Delivery(settings, to_kafka=True) as delivery:
        outlet = Outlet(Keyed(delivery.sink), updates=True, sightings=True, health=True)
        summary = scan(ScanOrder((capture,)), settings, [outlet], lambda _done, _all: None)
        delivered = delivery.finish()
    print(msgspec.json.encode(delivered).decode("ascii"))
    return exit_code(msgspec.structs.replace(summary, delivered=delivered))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
