# SPDX-License-Identifier: Apache-2.0
"""What doctor and metrics say of a real broker: topics as they should be, others, none; of what waits and what went."""

from __future__ import annotations

import json

from tests.e2e.commandline import run
from tests.exposed import values
from tests.kafka.site import DEMO, Site


def seen(site: Site, check: str) -> list[tuple[str, str, str]]:
    """Status, words and remedy of a check."""
    done = site.command("doctor", "--json")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == int(any(row["status"] == "fail" for row in rows)), done.err
    return [(row["status"], row["what"], row.get("remedy", "")) for row in rows if row["check"] == check]


def test_a_broker_with_all_topics_is_well(site: Site) -> None:
    where = f"kafka {site.broker.bootstrap}"
    assert seen(site, "kafka") == [("ok", f"{where} takes us, and all topics are as they should be", "")]


def test_topics_that_are_otherwise_are_told(site: Site) -> None:
    site.config.write_text(site.config.read_text() + "findings_days = 9\n")
    ((status, what, remedy),) = seen(site, "kafka")
    assert status == "warn"
    assert what.startswith("mining.findings.v1: retention.ms is ")
    assert remedy


def test_a_broker_that_is_away_is_a_failure_and_what_waits_is_told(site: Site) -> None:
    site.broker.stop()
    assert site.scan().code == 1
    ((status, what, remedy),) = seen(site, "kafka")
    assert (status, "connection refused" in what, "start the broker" in remedy) == ("fail", True, True)
    ((status, what, remedy),) = seen(site, "spool")
    assert status == "warn"
    assert f"{site.waiting():,} messages wait" in what
    assert remedy == "minesensor spool flush"
    site.broker.ensure()
    site.flush()
    assert [row[0] for row in seen(site, "kafka") + seen(site, "spool")] == ["ok", "ok"]


NAMES = ("sent_messages_total", "spool_messages", "delivery_stuck")


def delivered(site: Site) -> list[float]:
    """Those metrics of a scan that delivers."""
    path = site.folder / "scan.prom"
    run("scan", "--json", "--kafka", "--config", site.config, "--metrics-file", path, DEMO)
    return [values(path.read_bytes(), f"minesensor_{name}")[0] for name in NAMES]


def test_metrics_count_what_went_and_what_waits(site: Site) -> None:
    sent, waiting, stuck = delivered(site)
    assert sent > 50
    assert (waiting, stuck) == (0, 0)
    site.broker.stop()
    sent_now, waiting, stuck = delivered(site)
    assert (sent_now, waiting, stuck) == (0, sent, 1)
