"""What a scan to JSON may load before its first packet: each module more is time that every scan pays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).parents[2] / "pcaps" / "demo.pcap"
# Modules that a part of the program needs and this scan does not, and what needs them.
OTHERS = {
    "asyncio": "nothing",
    "csv": "customers",
    "enrichment.sources": "attribution",
    "http": "metrics over HTTP",
    "json": "lines that the strict reader refuses",
    "kafka": "the Kafka sink",
    "logging": "the Kafka sink",
    "maxminddb": "attribution",
    "random": "a new key, the spool",
    "rich": "the table",
    "sensor.cli.doctor": "another command",
    "sensor.envelope": "the spool",
    "sensor.timestamp": "a bound of time",
    "signatures.document": "signature files that the copy was not made from",
    "signatures.loader": "signature files that the copy was not made from",
    "sqlite3": "the spool",
    "statistics": "nothing",
    "ssl": "the Kafka sink",
    "subprocess": "explain",
    "tomllib": "a configuration file",
}
PROGRAM = """
import sys
from sensor.cli import run
code = run(["scan", "--json", sys.argv[1]])
print(*sys.modules, file=sys.stderr)
sys.exit(code)
"""


def test_a_scan_loads_nothing_that_only_others_need() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM, DEMO], capture_output=True, text=True, check=True)
    loaded = set(run.stderr.splitlines()[-1].split())
    assert "sensor.pipeline" in loaded
    assert {name: OTHERS[name] for name in OTHERS if name in loaded} == {}
