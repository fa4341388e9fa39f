"""Finds many findings while Kafka is away, and tells its memory: ``python -m tests.soak.filling CONFIG COUNT``.

The findings are real ones of one session, told under ever new ids; they go the way that those of a scan go.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import msgspec

from sensor.config import load
from sensor.delivery import Delivery
from sensor.message import Message
from tests.messages import finding

MARKS = 10


def resident_kib() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    assert found
    return int(found[1])


def wait_for_an_attempt(delivery: Delivery) -> None:
    """Until Kafka was found to be away: from then on all that the client library takes is taken."""
    while (outgoing := delivery.outgoing()) is None or not outgoing.is_stuck:
        time.sleep(0.05)


def main(config: str, count: int) -> None:
    settings = load(Path(config))
    pattern = msgspec.structs.replace(finding(), sensor_id=settings.sensor_id)
    with Delivery(settings, to_kafka=True) as delivery:
        for number in range(count):
            body = msgspec.structs.replace(pattern, finding_id=f"{number:032x}")
            delivery.sink.write(Message(f"subject-{number % 997}", body))
            if (number + 1) % (count // MARKS) == 0:
                print(resident_kib(), flush=True)
                wait_for_an_attempt(delivery)
        delivered = delivery.finish()
    print(delivered.waiting)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
