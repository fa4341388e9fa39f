from __future__ import annotations

import os
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sensor.exposition import Exposition
from sensor.metrics import MetricsError, Reading
from tests.exposed import lines_of_promtool, needs_promtool, samples, values
from tests.kept import scanned

LOOPBACK = "127.0.0.1"
OLD = "# HELP minesensor_build_info Of yesterday.\n"


@pytest.fixture
def reading() -> Reading:
    return scanned("demo.pcap")[0].readings[-1]


@pytest.fixture
def exposition() -> Iterator[Exposition]:
    made = Exposition()
    yield made
    made.close()


def fetch(port: int) -> bytes:
    with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/metrics", timeout=10) as answer:
        body: bytes = answer.read()
    return body


# ---------------------------------------------------------------- the format


@needs_promtool
def test_the_makers_of_prometheus_have_nothing_to_say(exposition: Exposition, reading: Reading) -> None:
    exposition.show(reading, is_last=True)
    assert list(lines_of_promtool("check", "metrics", text=exposition.text())) == []


@needs_promtool
def test_they_would_say_it_if_they_had() -> None:
    assert list(lines_of_promtool("check", "metrics", text=b"# TYPE bad counter\nbad 1\n"))


def test_values_and_labels_are_those_of_the_reading(exposition: Exposition, reading: Reading) -> None:
    exposition.show(reading, is_last=True)
    text = exposition.text()
    assert samples(text)["minesensor_packets_total", (("fate", "tcp_empty"),)] == reading.engine["fate_tcp_empty"]
    assert values(text, "minesensor_run_complete") == [1]
    ((labels, value),) = [(key[1], value) for key, value in samples(text).items() if key[0] == "minesensor_build_info"]
    assert (dict(labels), value) == (reading.build, 1)


def test_before_the_first_reading_only_the_process_is_known(exposition: Exposition) -> None:
    names = {name for name, _ in samples(exposition.text())}
    assert names
    assert all(name.startswith("minesensor_process_") for name in names)


# ---------------------------------------------------------------- the file


def test_a_file_is_replaced_whole_and_leaves_no_draft(exposition: Exposition, reading: Reading, tmp_path: Path) -> None:
    path = tmp_path / "scan.prom"
    path.write_text(OLD)
    with path.open() as earlier:
        exposition.write_to(path)
        exposition.show(reading, is_last=True)
        assert earlier.read() == OLD
    assert values(path.read_bytes(), "minesensor_received_packets_total") == [reading.engine["packets"]]
    assert [entry.name for entry in tmp_path.iterdir()] == ["scan.prom"]


def test_a_file_is_written_now_and_then_and_at_the_end(
    exposition: Exposition, reading: Reading, tmp_path: Path
) -> None:
    path = tmp_path / "scan.prom"
    exposition.write_to(path)
    exposition.show(reading, is_last=False)
    first = path.read_bytes()
    later = msgspec.structs.replace(reading, read_bytes=reading.read_bytes + 1)
    exposition.show(later, is_last=False)  # too soon after the first
    assert path.read_bytes() == first
    exposition.show(later, is_last=True)
    assert values(path.read_bytes(), "minesensor_input_read_bytes") == [later.read_bytes]


def test_others_may_read_the_file(exposition: Exposition, tmp_path: Path) -> None:
    # The textfile collector runs as another user.
    before = os.umask(0o022)
    try:
        exposition.write_to(tmp_path / "scan.prom")
    finally:
        os.umask(before)
    assert (tmp_path / "scan.prom").stat().st_mode & 0o777 == 0o644


def test_a_link_stays_a_link(exposition: Exposition, tmp_path: Path) -> None:
    (tmp_path / "real.prom").write_text(OLD)
    link = tmp_path / "link.prom"
    link.symlink_to("real.prom")
    exposition.write_to(link)
    assert link.is_symlink()
    assert (tmp_path / "real.prom").read_text() != OLD


@pytest.mark.parametrize("name", [".", "/dev/null"])
def test_what_is_no_regular_file_is_left_alone(name: str, exposition: Exposition, tmp_path: Path) -> None:
    with pytest.raises(MetricsError, match="not a regular file"):
        exposition.write_to(tmp_path / name)


def test_a_link_that_leads_nowhere_and_a_name_that_is_too_long_are_told(exposition: Exposition, tmp_path: Path) -> None:
    loop = tmp_path / "loop.prom"
    loop.symlink_to("loop.prom")
    exposition.write_to(loop)
    assert loop.is_file(), "replaced by a file"
    with pytest.raises(MetricsError, match="file name too long"):
        exposition.write_to(tmp_path / ("x" * 300))


def test_a_file_that_holds_something_else_is_left_as_it_is(exposition: Exposition, tmp_path: Path) -> None:
    path = tmp_path / "capture.pcap"
    path.write_bytes(b"\xd4\xc3\xb2\xa1")
    with pytest.raises(MetricsError, match="holds no metrics; name a file"):
        exposition.write_to(path)
    assert path.read_bytes() == b"\xd4\xc3\xb2\xa1"


def test_a_folder_that_is_missing_is_told(exposition: Exposition, tmp_path: Path) -> None:
    with pytest.raises(MetricsError, match="no such file"):
        exposition.write_to(tmp_path / "none" / "scan.prom")


def test_a_folder_that_went_away_is_told(exposition: Exposition, reading: Reading, tmp_path: Path) -> None:
    path = tmp_path / "folder" / "scan.prom"
    path.parent.mkdir()
    exposition.write_to(path)
    path.unlink()
    path.parent.rmdir()
    with pytest.raises(MetricsError, match="no such file"):
        exposition.show(reading, is_last=True)


# ---------------------------------------------------------------- the port


def test_the_port_serves_the_last_reading_until_it_is_closed(exposition: Exposition, reading: Reading) -> None:
    port = exposition.serve_on(LOOPBACK, 0)
    exposition.show(reading, is_last=False)
    assert values(fetch(port), "minesensor_received_packets_total") == [reading.engine["packets"]]
    exposition.close()
    with pytest.raises(OSError, match="refused"):
        fetch(port)


def test_a_port_that_is_taken_is_told(exposition: Exposition) -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(MetricsError) as caught:
            exposition.serve_on(LOOPBACK, port)
    assert caught.value.args == (f"{LOOPBACK}:{port}", "address already in use", "choose another with --metrics-port")


def test_an_address_that_is_not_ours_is_told_with_brackets(exposition: Exposition) -> None:
    with pytest.raises(MetricsError) as caught:
        exposition.serve_on("2001:db8::1", 9477)
    assert caught.value.where == "[2001:db8::1]:9477"
    assert caught.value.remedy == "correct address in [metrics]"


def test_silent_clients_are_few_and_do_not_delay_the_end(exposition: Exposition, reading: Reading) -> None:
    port = exposition.serve_on(LOOPBACK, 0)
    exposition.show(reading, is_last=False)
    silent = [socket.create_connection((LOOPBACK, port)) for _ in range(4)]
    try:
        with pytest.raises(OSError):
            fetch(port)
        exposition.close()
    finally:
        for client in silent:
            client.close()
