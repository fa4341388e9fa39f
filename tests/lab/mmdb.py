# SPDX-License-Identifier: Apache-2.0
"""MMDB files of our own, the same bytes each time. The writer's traps are heeded here, so that no test falls into one.

Networks go in the widest first, or a wide one erases the narrow ones in it; a key keeps one type, because True, 1 and
1.0 share a cache; containers are never empty; the time of building is given, not the clock's.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from mmdb_writer import MMDBWriter
from netaddr import IPSet

# 2026-03-01 00:00:00 UTC, the day before the crafted captures.
BUILT = 1_772_323_200


def write_mmdb(
    path: Path,
    networks: Mapping[str, dict[str, Any]],
    database_type: str,
    *,
    built: int = BUILT,
    ip_version: int = 6,
) -> Path:
    """Writes to a file beside ``path`` and renames it, as whoever replaces a file in use must."""
    writer = MMDBWriter(
        ip_version=ip_version,
        ipv4_compatible=ip_version == 6,
        database_type=database_type,
        languages=["en"],
        description={"en": "made for tests"},
        int_type="u32",
    )
    for network in sorted(networks, key=lambda text: ipaddress.ip_network(text).prefixlen):
        writer.insert_network(IPSet([network]), networks[network])
    fresh = path.with_name(path.name + ".new")
    with mock.patch("mmdb_writer.time.time", return_value=built):
        writer.to_db_file(str(fresh))
    os.replace(fresh, path)  # noqa: PTH105  (the call that is meant)
    return path


def city(
    country: str,
    subdivision: str = "",
    name: str = "",
    position: tuple[float, float] | None = None,
) -> dict[str, Any]:
    """A record as MaxMind nests it."""
    record: dict[str, Any] = {"country": {"iso_code": country, "names": {"en": country}}}
    if subdivision:
        record["subdivisions"] = [{"iso_code": subdivision, "names": {"en": subdivision}}]
    if name:
        record["city"] = {"names": {"en": name}}
    if position is not None:
        record["location"] = {"latitude": position[0], "longitude": position[1], "accuracy_radius": 100}
    return record


def asn(number: int, name: str) -> dict[str, Any]:
    return {"autonomous_system_number": number, "autonomous_system_organization": name}
