# SPDX-License-Identifier: Apache-2.0
"""A real Apache Kafka broker as a child process: one node, KRaft, on loopback. It can be killed and started again.

Four ways in, each on a port of its own: in the clear, by TLS, by a login in the clear, and the controller's.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import uuid
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
USER, PASSWORD = "sensor", "right horse"
STRANGER: Final = "stranger"  # may log in, and nothing else
_START_SECONDS_MAX: Final = 60
_HEAP: Final = ("-Xmx256m", "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
_MECHANISM: Final = "SCRAM-SHA-512"
_PROPERTIES: Final = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{clear},SSL://127.0.0.1:{tls},SASL_PLAINTEXT://127.0.0.1:{login},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{clear},SSL://127.0.0.1:{tls},SASL_PLAINTEXT://127.0.0.1:{login}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT
sasl.enabled.mechanisms={mechanism}
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={folder}/broker.pem
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:{user}
log.dirs={folder}/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# A killed broker may come back when its session is over; the default of 9 s is for networks.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
# A log segment for each partition is laid out in advance; the default of a gigabyte is for servers.
log.segment.bytes=16777216
log.index.size.max.bytes=65536
"""


class Broker:
    """Not running until ``start``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        found = subprocess.run([ROOT / "tools" / "kafka_jars.sh"], capture_output=True, text=True, check=False)
        assert found.returncode == 0, found.stderr
        self._java = ("java", *_HEAP, "-cp", f"{found.stdout.strip()}/*")
        self._properties = folder / "server.properties"
        self._process: subprocess.Popen[bytes] | None = None
        self.clear, self.tls, self.login, self.controller = _free_ports(4)

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.clear}"

    @property
    def authority(self) -> Path:
        """The certificate that signed the broker's: its own."""
        return self._folder / "certificate.pem"

    def format(self) -> None:
        """Makes its certificate, its users and its empty log."""
        make_certificate(self._folder)
        pem = (self._folder / "key.pem").read_bytes() + self.authority.read_bytes()
        (self._folder / "broker.pem").write_bytes(pem)
        text = _PROPERTIES.format(
            folder=self._folder,
            clear=self.clear,
            tls=self.tls,
            login=self.login,
            controller=self.controller,
            mechanism=_MECHANISM,
            user=USER,
        )
        self._properties.write_text(text, encoding="utf-8")
        tool = [*self._java, "kafka.tools.StorageTool", "format", "--standalone", "--cluster-id", str(uuid.uuid4())]
        for user in (USER, STRANGER):
            tool += ["--add-scram", f"{_MECHANISM}=[name={user},password={PASSWORD}]"]
        made = subprocess.run([*tool, "--config", self._properties], capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stdout + made.stderr

    def start(self) -> None:
        """Returns when it answers; a port that takes connections is not enough after a kill."""
        assert self._process is None
        with (self._folder / "broker.log").open("ab") as log:
            command = [*self._java, "kafka.Kafka", str(self._properties)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        end = time.monotonic() + _START_SECONDS_MAX
        while not self._answers():
            assert self._process.poll() is None, self._said()
            assert time.monotonic() < end, self._said()
            time.sleep(0.1)

    def kill(self) -> None:
        """As a power cut would."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """It keeps its connections and answers nothing."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def ensure(self) -> None:
        """It runs and answers, whatever a test did to it."""
        if self._process is None:
            self.start()
        else:
            self.resume()

    def stop(self) -> None:
        """Nothing of it is left running, whatever a test did to it."""
        if self._process is not None:
            self._end(signal.SIGKILL)

    def _end(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait()
        self._process = None

    def _answers(self) -> bool:
        from kafka import KafkaAdminClient  # noqa: PLC0415
        from kafka.errors import KafkaError  # noqa: PLC0415

        try:
            socket.create_connection(("127.0.0.1", self.clear), timeout=1).close()
            admin = KafkaAdminClient(bootstrap_servers=self.bootstrap, bootstrap_timeout_ms=1000)
        except (OSError, KafkaError):
            return False
        admin.close()
        return True

    def _said(self) -> str:
        return (self._folder / "broker.log").read_text(encoding="utf-8", errors="replace")[-4000:]


def make_certificate(folder: Path) -> None:
    """certificate.pem and key.pem for 127.0.0.1, signed by itself."""
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "certificate.pem"]
    subprocess.run(command, cwd=folder, capture_output=True, check=True)


def _free_ports(count: int) -> list[int]:
    """All open at once, so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [opened.getsockname()[1] for opened in sockets]
    finally:
        for opened in sockets:
            opened.close()
