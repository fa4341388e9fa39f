"""The settings of the way out: the spool, Kafka, and the topics there. docs/configuration.md explains each."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from sensor.limits import SPOOL_BYTES_MAX

Seconds = Annotated[int, Meta(ge=1, le=3600)]
Days = Annotated[int, Meta(ge=1, le=3650)]
Security = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]

_SERVER: Final = r"(?P<host>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):(?P<port>[0-9]{1,5})"
_PORT_MAX: Final = 65_535
# A byte in the spool costs about one on the disk; below this not even a burst fits.
_SPOOL_BYTES_MIN: Final = 64 * 1024


class SettingError(ValueError):
    """A setting that cannot be: (key, what and what to do)."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(key, text)
        self.key = key
        self.text = text


class SpoolSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``path`` "": in the user's state folder."""

    path: str = ""
    bytes_max: Annotated[int, Meta(ge=_SPOOL_BYTES_MIN, le=1 << 40)] = SPOOL_BYTES_MAX

    def file(self) -> Path:
        """Where the spool is; the default folder is made where it is missing."""
        path = self.place()
        if not self.path:
            # Where it cannot be made the spool says so when it is opened.
            with contextlib.suppress(OSError):
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def place(self) -> Path:
        """Where the spool is or would be; nothing is made."""
        if self.path:
            return Path(self.path)
        state = os.environ.get("XDG_STATE_HOME", "")
        # The specification has relative paths ignored.
        folder = Path(state if state.startswith("/") else Path.home() / ".local" / "state") / "minesensor"
        return folder / "spool.sqlite"


class KafkaSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the brokers are and who we are to them. Empty ``bootstrap``: no Kafka."""

    bootstrap: tuple[str, ...] = ()
    client_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = "minesensor"
    security: Security = "PLAINTEXT"
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    sasl_mechanism: Mechanism = "SCRAM-SHA-512"
    username: str = ""
    password_file: str = ""
    connect_seconds_max: Seconds = 5
    delivery_seconds_max: Seconds = 30
    finish_seconds_max: Seconds = 15

    def servers(self) -> list[tuple[str, int]]:
        """Hosts and ports of ``bootstrap``; IPv6 addresses without their brackets."""
        matches = [re.fullmatch(_SERVER, text) for text in self.bootstrap]
        return [(match["host"].strip("[]"), int(match["port"])) for match in matches if match is not None]

    @property
    def is_encrypted(self) -> bool:
        return self.security in ("SSL", "SASL_SSL")

    @property
    def is_authenticated(self) -> bool:
        return self.security in ("SASL_PLAINTEXT", "SASL_SSL")

    def check(self) -> None:
        """Raises SettingError for what no single key can tell."""
        for text in self.bootstrap:
            match = re.fullmatch(_SERVER, text)
            if match is None or not 1 <= int(match["port"]) <= _PORT_MAX:
                raise SettingError("bootstrap", f"{text!r} is no broker; write it like 'kafka1.example:9092'")
        if self.is_authenticated and not (self.username and self.password_file):
            raise SettingError("security", f"{self.security} needs username and password_file; set both")
        if bool(self.cert_file) != bool(self.key_file):
            raise SettingError("cert_file", "cert_file and key_file go together; set both or none")
        if not self.is_encrypted and (self.ca_file or self.cert_file):
            raise SettingError("security", f"{self.security} uses no certificates; write 'SSL' or 'SASL_SSL'")


class TopicSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``minesensor topics create`` makes. Partitions never change afterwards: keys would move and lose order."""

    partitions: Annotated[int, Meta(ge=1, le=1000)] = 6
    replication: Annotated[int, Meta(ge=1, le=15)] = 3
    min_insync: Annotated[int, Meta(ge=1, le=15)] = 2
    findings_days: Days = 90
    sightings_days: Days = 7
    health_days: Days = 365

    def check(self) -> None:
        """Raises SettingError for what no single key can tell."""
        if self.min_insync > self.replication:
            what = f"{self.min_insync} copies in step can never be with replication = {self.replication}"
            raise SettingError("min_insync", f"{what}; write at most {self.replication}")
