# SPDX-License-Identifier: Apache-2.0
"""What the doctor says of a real broker: topics as they should be, others, none; and of what waits while it is away."""

from __future__ import annotations

import json

from tests.kafka.site import Site


def seen(site: Site, check: str) -> list[tuple[str, str, str]]:
    """Status, words and remedy of a check."""
    done = site.command("doctor", "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == int(any(row["status"] == "fail" for row in rows)), done.stderr.decode()
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
    code, _ = site.scan()
    assert code == 1
    ((status, what, remedy),) = seen(site, "kafka")
    assert (status, "connection refused" in what, "start the broker" in remedy) == ("fail", True, True)
    ((status, what, remedy),) = seen(site, "spool")
    assert status == "warn"
    assert f"{site.waiting():,} messages wait" in what
    assert remedy == "minesensor spool flush"
    site.broker.ensure()
    site.flush()
    assert [row[0] for row in seen(site, "kafka") + seen(site, "spool")] == ["ok", "ok"]
