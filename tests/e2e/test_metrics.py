# SPDX-License-Identifier: Apache-2.0
"""Metrics of the program as a user runs it: the file at the end and after an interruption, the port meanwhile."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from tests.e2e.commandline import ROOT, environment, run
from tests.e2e.interruption import interrupted
from tests.exposed import lines_of_promtool, needs_promtool, values

DEMO = ROOT / "pcaps" / "demo.pcap"
RECEIVED = "minesensor_received_packets_total"


@needs_promtool
def test_the_file_of_a_scan_is_sound_and_complete(tmp_path: Path) -> None:
    path = tmp_path / "scan.prom"
    assert run("scan", "--json", "--metrics-file", path, DEMO).returncode == 0
    text = path.read_bytes()
    assert list(lines_of_promtool("check", "metrics", text=text)) == []
    assert values(text, RECEIVED) == [6422]
    assert values(text, "minesensor_run_complete") == [1]
    assert [entry.name for entry in tmp_path.iterdir()] == ["scan.prom"]


def test_settings_say_the_same_as_options(tmp_path: Path) -> None:
    (tmp_path / "sensor.toml").write_text('[metrics]\nfile = "scan.prom"\n')
    assert run("scan", "--json", "--config", "sensor.toml", DEMO, cwd=tmp_path).returncode == 0
    assert values((tmp_path / "scan.prom").read_bytes(), RECEIVED) == [6422]


def test_an_interruption_leaves_a_file_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "scan.prom"
    code, _, said = interrupted(DEMO.read_bytes()[:1_000_000], "--metrics-file", path)
    assert (code, "Traceback" in said) == (130, False)
    text = path.read_bytes()
    assert values(text, "minesensor_run_complete") == [0]
    (received,) = values(text, RECEIVED)
    assert received > 1000
    assert sum(values(text, "minesensor_packets_total")) == received


def test_a_port_answers_while_the_scan_waits_and_is_gone_after_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/metrics"
    texts: list[bytes] = []

    def scrape() -> None:
        with urllib.request.urlopen(url, timeout=10) as answer:
            texts.append(answer.read())

    code, _, said = interrupted(DEMO.read_bytes(), "--metrics-port", str(port), before=scrape)
    assert (code, "Traceback" in said) == (130, False)
    assert values(texts[0], RECEIVED)[0] > 0
    try:
        urllib.request.urlopen(url, timeout=10)
    except urllib.error.URLError as error:
        assert "refused" in str(error)
    else:
        raise AssertionError("the port is still open")


def test_a_port_that_is_taken_is_one_line_and_code_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = run("scan", "--json", "--metrics-port", str(port), DEMO)
    assert (result.returncode, result.stdout) == (2, b"")
    line = f"minesensor: 127.0.0.1:{port}: address already in use; choose another with --metrics-port\n"
    assert result.stderr.decode() == line


def test_a_scan_without_metrics_does_not_load_their_library() -> None:
    code = (
        "import sys; from sensor.cli import run; run(['scan', '--json', sys.argv[1]]);"
        "sys.exit('prometheus_client' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(DEMO)]
    assert subprocess.run(command, capture_output=True, env=environment(), cwd=ROOT, check=False).returncode == 0
