# SPDX-License-Identifier: Apache-2.0
"""Findings reach a real broker: all of them, in order for each key, also when it was away."""

from __future__ import annotations

import json
import signal
from collections import defaultdict

from tests.kafka.site import DEMO, Site, Undisturbed, held_to_the_contract


def test_a_scan_is_delivered_whole_and_in_order(site: Site) -> None:
    expected = Undisturbed(site, DEMO)
    assert site.scan() == (0, len(expected.events), 0, "")
    ledger = site.ledger()
    held_to_the_contract(ledger)
    assert ledger.events == expected.events
    assert ledger.findings == expected.findings
    assert ledger.redelivered() == 0
    numbers = defaultdict(list)
    for record in ledger.records:
        numbers[record.topic, record.key].append(record.place[2])
        kind = record.value["kind"]
        assert record.headers["ce_type"] == f"mining.{kind}.v1"
        assert record.headers["ce_dataschema"] == f"urn:minesensor:schema:{kind}:v1"
    assert all(found == sorted(found) for found in numbers.values())
    assert {record.value["kind"] for record in ledger.records} == {"finding", "sighting", "health"}


def test_the_same_scan_again_changes_nothing_for_a_receiver(site: Site) -> None:
    for _ in range(2):
        assert site.scan().code == 0
    ledger, expected = site.ledger(), Undisturbed(site, DEMO)
    held_to_the_contract(ledger)
    assert len(ledger.records) == 2 * len(expected.events)
    assert (ledger.events, ledger.findings) == (expected.events, expected.findings)


def test_a_broker_that_is_away_neither_blocks_nor_loses_a_scan(site: Site) -> None:
    site.broker.kill()
    expected = Undisturbed(site, DEMO)
    waiting = (
        f"minesensor: kafka {site.broker.bootstrap}: connection refused; start the broker, or correct [kafka] "
        f"bootstrap; {len(expected.events)} messages wait in the spool for 'minesensor spool flush'\n"
    )
    assert site.scan() == (1, 0, len(expected.events), waiting)
    # The same capture again: what waits already waits once.
    assert site.scan() == (1, 0, len(expected.events), waiting)
    away = site.command("spool", "flush")
    assert (away.code, away.err) == (1, waiting)
    status = json.loads(site.command("spool", "status", "--json").out)
    assert (status["messages"], status["dropped"]) == (len(expected.events), [])
    site.broker.start()
    assert site.command("spool", "flush").out == (f"{len(expected.events)} messages to Kafka, 0 wait in the spool\n")
    ledger = site.ledger()
    held_to_the_contract(ledger)
    assert (ledger.events, ledger.redelivered()) == (expected.events, 0)


def test_a_broker_that_hangs_does_not_hold_a_scan_up(site: Site) -> None:
    site.configure(finish_seconds_max=1)
    site.broker.pause()
    delivery = site.scan()
    assert (delivery.code, delivery.sent) == (1, 0)
    site.broker.resume()
    site.flush()
    ledger = site.ledger()
    held_to_the_contract(ledger)
    assert ledger.events == Undisturbed(site, DEMO).events


def test_who_waits_no_longer_for_a_broker_that_hangs_is_told_what_was_found(site: Site) -> None:
    expected = len(Undisturbed(site, DEMO).events)
    site.broker.pause()
    with site.scanning() as process:
        while site.waiting() < expected:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Mining found" in out
    assert b"interrupted: what was found so far is above" in out
    assert f"{expected} messages wait in the spool" in err.decode()


def test_what_the_cap_dropped_is_announced_to_the_receiver(site: Site) -> None:
    site.configure(bootstrap=["127.0.0.1:9"], spool_bytes_max=128 * 1024)
    assert site.scan().code == 1
    site.configure(spool_bytes_max=128 * 1024)
    site.flush()
    ledger, expected = site.ledger(), Undisturbed(site, DEMO)
    held_to_the_contract(ledger)
    assert ledger.announced
    assert {dropped["reason"] for dropped in ledger.announced} == {"spool_full"}
    assert ledger.events.items() < expected.events.items()
    # Every last state is of grade A here, and those are what is left.
    lost = set(expected.events) - set(ledger.events)
    assert any(expected.events[event_id]["kind"] == "sighting" for event_id in lost)


def test_what_an_operator_dropped_is_announced_too(site: Site) -> None:
    site.configure(bootstrap=["127.0.0.1:9"])
    site.scan()
    site.configure()
    assert site.command("spool", "drop", "--topic", "mining.sightings.v1").code == 0
    site.flush()
    ledger = site.ledger()
    held_to_the_contract(ledger)
    assert [dropped["reason"] for dropped in ledger.announced] == ["operator"]
    assert not any(value["kind"] == "sighting" for value in ledger.events.values())
