"""What is handed to a sink: one body that leaves the sensor, and the key that keeps its subject's messages in order."""

from __future__ import annotations

import msgspec

from sensor.finding import Finding, Sighting
from sensor.health import Health

Body = Finding | Sighting | Health


class Message(msgspec.Struct, frozen=True):
    """``key`` is made by the privacy step and names the subject to a consumer; "" where no key file is configured."""

    key: str
    body: Body
