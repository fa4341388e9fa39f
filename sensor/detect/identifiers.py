"""Names of findings, sightings and flows that anybody can compute again from what the capture holds.

``finding_id`` and ``sighting_id`` are our own; Community ID is version 1 of the published flow hash, so that a finding
can be joined with the records of other tools.
"""

from __future__ import annotations

import hashlib
import ipaddress
from binascii import b2a_base64
from functools import lru_cache
from typing import Final

from sensor.model import Endpoint, FlowKey

_PROTOCOLS: Final = {"tcp": 6, "udp": 17}
_MASK_64: Final = (1 << 64) - 1
_COMMUNITY_SEED: Final = b"\x00\x00"
# Each end is asked for twice, one behind the other, and many miners share a pool.
_ADDRESSES_KEPT: Final = 256


def finding_id(sensor_id: str, key: FlowKey, first_ns: int) -> str:
    """The first 128 bits, in hex, of SHA-256 over these bytes, numbers in network order:

    length of the sensor id (2), sensor id (UTF-8), realm (4), IP protocol number (1), then the smaller and the larger
    of the two endpoints, each address (16; IPv4 as ::ffff:a.b.c.d) and port (2), then the time of the flow's first
    packet in nanoseconds (8). Which end mines is not part of it, so it holds before that is known.
    """
    low, high = sorted((_endpoint_bytes(key.a), _endpoint_bytes(key.b)))
    first = (first_ns & _MASK_64).to_bytes(8, "big")
    return _digest(
        _text_bytes(sensor_id),
        key.realm.to_bytes(4, "big"),
        bytes([_PROTOCOLS[key.transport]]),
        low,
        high,
        first,
    )


def sighting_id(sensor_id: str, row: tuple[str | int, ...], first_ns: int) -> str:
    """Like ``finding_id``, over the sensor id, the row's key (each part as text with its length) and the time."""
    parts = [_text_bytes(str(part)) for part in row]
    return _digest(_text_bytes(sensor_id), *parts, (first_ns & _MASK_64).to_bytes(8, "big"))


def community_id(key: FlowKey) -> str:
    """Community ID v1, seed 0: SHA-1 over seed, addresses, protocol, a zero byte, ports, smaller end first; base64."""
    (ip_low, port_low), (ip_high, port_high) = sorted((_packed(key.a), _packed(key.b)))
    protocol = bytes([_PROTOCOLS[key.transport], 0])
    digest = hashlib.sha1(
        _COMMUNITY_SEED + ip_low + ip_high + protocol + port_low + port_high, usedforsecurity=False
    ).digest()
    return "1:" + b2a_base64(digest, newline=False).decode("ascii")


def _packed(endpoint: Endpoint) -> tuple[bytes, bytes]:
    return _packed_address(endpoint.ip), endpoint.port.to_bytes(2, "big")


@lru_cache(_ADDRESSES_KEPT)
def _packed_address(ip: str) -> bytes:
    return ipaddress.ip_address(ip).packed if ":" in ip else bytes(map(int, ip.split(".")))


def _endpoint_bytes(endpoint: Endpoint) -> bytes:
    address, port = _packed(endpoint)
    if len(address) == 4:
        address = bytes(10) + b"\xff\xff" + address
    return address + port


def _text_bytes(text: str) -> bytes:
    data = text.encode("utf-8", "backslashreplace")[:0xFFFF]
    return len(data).to_bytes(2, "big") + data


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()[:32]
