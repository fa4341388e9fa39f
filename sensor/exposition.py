"""Shows the metrics in the Prometheus text format: in a file for the textfile collector, and on a port.

The only module that imports prometheus_client; it is imported when metrics are asked for. The run hands readings over;
whoever scrapes gets the last one, so that no other thread ever touches the engine.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sensor.crossing import start_deaf
from sensor.metrics import METRICS, Kind, MetricsError, Reading
from system.fault import words

# A scrape interval is 15 to 60 s; a reading costs some 50 microseconds.
_READING_SECONDS: Final = 1.0
_FILE_SECONDS: Final = 10.0
# Two scrapers and a person; further clients are turned away.
_CLIENTS_MAX: Final = 4
# A silent client must not keep the others out for long.
_CLIENT_SECONDS_MAX: Final = 5.0
# How long the end of a run may wait for the port to close.
_POLL_SECONDS: Final = 0.05
_FAMILIES: Final = {Kind.COUNTER: CounterMetricFamily, Kind.GAUGE: GaugeMetricFamily}
_REPLACEABLE: Final = "name a file that may be replaced, such as scan.prom"
# How each reading begins.
_COMMENT: Final = b"# HELP "
_BUILD_HELP: Final = "How program and engine were built; always 1."


class Exposition(Collector):
    """A ``Meter`` that shows readings in a file, on a port, or both. Close it when the run is over."""

    def __init__(self) -> None:
        self._reading: Reading | None = None
        self._next_reading = 0.0
        self._next_file = 0.0
        self._file: Path | None = None
        self._server: _Server | None = None
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(namespace="minesensor", registry=self._registry)

    def write_to(self, path: Path) -> None:
        """From now on the last reading stands in this file. Raises MetricsError where it cannot be written, or holds
        something else: a capture, named here by mistake, must not be lost.
        """
        # Those of pathlib may raise; what is wrong with the path the writing says.
        if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113
            raise MetricsError(str(path), "not a regular file", _REPLACEABLE)
        if not _may_be_replaced(path):
            raise MetricsError(str(path), "holds no metrics", _REPLACEABLE)
        # What a link points to is replaced, not the link.
        self._file = Path(os.path.realpath(path))
        # The first reading is of a run that has hardly begun: it is not worth a file of its own.
        self._next_file = time.monotonic() + _READING_SECONDS
        self._write()

    def serve_on(self, address: str, port: int) -> int:
        """From the first reading on the last one is served on this port; 0 takes a free one. Returns the port.

        Raises MetricsError where it is taken. Whoever asks before waits: a process that has threads cannot fork.
        """
        where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        try:
            server = _Server(address, port)
        except OSError as error:
            is_elsewhere = error.errno == errno.EADDRNOTAVAIL
            remedy = "correct address in [metrics]" if is_elsewhere else "choose another with --metrics-port"
            raise MetricsError(where, words(error), remedy) from error
        server.set_app(make_wsgi_app(self._registry))
        self._server = server
        return server.server_port

    def is_due(self) -> bool:
        return time.monotonic() >= self._next_reading

    def show(self, reading: Reading, *, is_last: bool) -> None:
        """Raises MetricsError where the file cannot be written."""
        now = time.monotonic()
        if self._server is not None and self._reading is None:
            serve = self._server.serve_forever
            start_deaf(threading.Thread(target=serve, args=(_POLL_SECONDS,), name="metrics", daemon=True))
        self._reading = reading
        self._next_reading = now + _READING_SECONDS
        if self._file is not None and (is_last or now >= self._next_file):
            self._next_file = now + _FILE_SECONDS
            self._write()

    def close(self) -> None:
        """Gives the port back; the file stays."""
        if self._server is not None:
            if self._reading is not None:
                self._server.shutdown()
            self._server.server_close()
            self._server = None

    def text(self) -> bytes:
        """The last reading in the text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """What prometheus_client asks for at each scrape."""
        reading = self._reading
        if reading is None:
            return
        build = GaugeMetricFamily("minesensor_build_info", _BUILD_HELP, labels=list(reading.build))
        build.add_metric(list(reading.build.values()), 1)
        yield build
        for metric in METRICS:
            family = _FAMILIES[metric.kind](metric.name, metric.help, labels=[metric.label] if metric.label else [])
            for label, value in metric.read(reading).items():
                family.add_metric([label] if metric.label else [], value)
            yield family

    def _write(self) -> None:
        """Whoever reads the file meets all of the old or all of the new."""
        if self._file is None:
            raise AssertionError("no file was named")
        # The textfile collector reads *.prom, and this must not be one.
        draft = self._file.with_name(f".{self._file.name}.{os.getpid()}.part")
        try:
            draft.write_bytes(self.text())
            draft.replace(self._file)
        except OSError as error:
            with contextlib.suppress(OSError):  # of a disk that takes nothing any more
                draft.unlink()
            remedy = "choose a file that can be written, or make room"
            raise MetricsError(str(self._file), words(error), remedy) from error


def _may_be_replaced(path: Path) -> bool:
    """Whether nothing is lost with what is there. What cannot be read is left to the writing to judge."""
    try:
        with path.open("rb") as file:
            return file.read(len(_COMMENT)) in (b"", _COMMENT)
    except OSError:
        return True


class _Handler(WSGIRequestHandler):
    timeout = _CLIENT_SECONDS_MAX

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is the library's)
        """Scrapes are not worth a line."""


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    """A thread a client, and few of them: silent clients neither cost memory nor delay the end of a run."""

    daemon_threads = True

    def __init__(self, address: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._free = threading.BoundedSemaphore(_CLIENTS_MAX)
        super().__init__((address, port), _Handler)

    def server_bind(self) -> None:
        """As HTTPServer's, which would ask the DNS for the name of the address."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()

    def verify_request(self, request: object, client_address: object) -> bool:
        return self._free.acquire(blocking=False)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is its own affair."""
