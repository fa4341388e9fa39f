# SPDX-License-Identifier: Apache-2.0
"""What every remote target keeps to. One that is listed and not tried here fails the last test."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import msgspec
import pytest

from sensor.delivery import kafka_access
from sensor.failure import RejectedError, UnavailableError
from sensor.sinks import PUBLISHERS
from sensor.sinks.base import Publisher
from sensor.sinks.kafka import KafkaPublisher
from sensor.spool import Waiting
from tests.kafka.site import Site
from tests.messages import envelope

CLOSE_SECONDS_MAX = 5
Connect = Callable[[Site], Publisher]
CASES: dict[str, Connect] = {"kafka": lambda site: KafkaPublisher(kafka_access(site.settings))}


@pytest.fixture(params=CASES)
def connect(request: pytest.FixtureRequest) -> Connect:
    return CASES[request.param]


def records(site: Site, count: int) -> list[Waiting]:
    spool = site.spool()
    spool.add([msgspec.structs.replace(envelope(number), sensor_id=site.sensor_id) for number in range(count)])
    found = spool.waiting(count, 1 << 30)
    spool.close()
    return [msgspec.structs.replace(record, headers=_own(record, site)) for record in found]


def _own(record: Waiting, site: Site) -> tuple[tuple[str, str], ...]:
    others = [header for header in record.headers if header[0] != "ce_source"]
    return (*others, ("ce_source", f"/minesensor/{site.sensor_id}"))


def threads_of_the_client() -> list[str]:
    return [thread.name for thread in threading.enumerate() if "kafka" in thread.name.lower()]


def test_all_are_taken_and_each_key_keeps_its_order(connect: Connect, site: Site) -> None:
    publisher, sent = connect(site), records(site, 200)
    assert publisher.publish(sent) == 200
    publisher.close()
    for key in {record.key for record in sent}:
        arrived = [record.place[2] for record in site.ledger().records if record.key == key]
        assert arrived == [record.seq for record in sent if record.key == key]


def test_what_is_sent_twice_is_one_event_for_a_receiver(connect: Connect, site: Site) -> None:
    publisher, sent = connect(site), records(site, 20)
    for _ in range(2):
        assert publisher.publish(sent) == 20
    publisher.close()
    ledger = site.ledger()
    assert (len(ledger.records), len(ledger.events), ledger.missing()) == (40, 20, {})


def test_a_message_that_is_never_taken_is_rejected_when_it_is_the_first(connect: Connect, site: Site) -> None:
    publisher, sent = connect(site), records(site, 3)
    sent[1] = msgspec.structs.replace(sent[1], value=b"x" * 2_000_000)
    assert publisher.publish(sent) == 1
    with pytest.raises(RejectedError) as caught:
        publisher.publish(sent[1:])
    assert "\n" not in str(caught.value)
    publisher.close()


def test_a_target_that_is_away_is_unavailable(connect: Connect, site: Site) -> None:
    site.configure(bootstrap=["127.0.0.1:9"])
    with pytest.raises(UnavailableError) as caught:
        connect(site)
    assert "\n" not in str(caught.value)


def test_a_target_that_goes_silent_is_unavailable_and_can_be_given_up_and_closed_in_time(
    connect: Connect, site: Site
) -> None:
    publisher, sent = connect(site), records(site, 3)
    assert publisher.publish(sent[:1]) == 1
    site.broker.pause()
    timer = threading.Timer(0.5, publisher.abort)
    timer.start()
    started = time.monotonic()
    with pytest.raises(UnavailableError):
        publisher.publish(sent)
    publisher.close()
    assert time.monotonic() - started < CLOSE_SECONDS_MAX
    timer.join()
    # Nothing of it goes on in the background: the broker takes what had reached it, and no more.
    while threads_of_the_client():
        assert time.monotonic() - started < CLOSE_SECONDS_MAX
        time.sleep(0.05)


def test_every_listed_publisher_is_held_to_this() -> None:
    assert CASES.keys() == PUBLISHERS.keys()
