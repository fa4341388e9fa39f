# SPDX-License-Identifier: Apache-2.0
"""What the operator of the demonstration knows: whose each address is, where addresses are, who announces them.

``FILES`` is the one list; ``python -m tests.lab build`` writes it to ``deploy/demo``. Enterprises, addresses and credit
codes are invented; division codes are real, because an address without one leads nowhere.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from enrichment.uscc import check_character, organisation_check
from tests.lab.mmdb import asn, city, write_mmdb

FOLDER: Final = Path(__file__).parents[2] / "deploy" / "demo"
ORDOS, CHENGDU = "150602", "510112"
_COLUMNS: Final = (
    "prefix",
    "kind",
    "customer",
    "enterprise",
    "uscc",
    "site",
    "address",
    "division",
    "line",
    "meter",
    "latitude",
    "longitude",
    "datum",
    "valid_from",
    "valid_to",
)


def customers() -> bytes:
    """The list of customers: an office, the farm behind one address of it, households, a hosting hall."""
    text = io.StringIO()
    text.write("# Invented customers of the demonstration; columns: docs/attribution.md\n")
    writer = csv.DictWriter(text, _COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rows())
    return text.getvalue().encode("utf-8")


def _rows() -> list[dict[str, str]]:
    return [
        {
            "prefix": "198.51.100.0/25",
            "kind": "enterprise",
            "customer": "C-1001",
            "enterprise": "Demo Grassland Trading Ltd",
            "uscc": _credit_code(ORDOS, "MA0DEM01"),
            "site": "Head office",
            "address": "1 Demo Road, Dongsheng",
            "division": ORDOS,
            "line": "DL-0017",
            "valid_from": "2024-05-01",
        },
        {
            "prefix": "198.51.100.200",
            "kind": "enterprise",
            "customer": "C-1002",
            "enterprise": "Demo North Cold Store Ltd",
            "uscc": _credit_code(ORDOS, "MA0DEM02"),
            "site": "Hall 2",
            "address": "88 Demo Industrial Park, Dongsheng",
            "division": ORDOS,
            "line": "DL-0231",
            "meter": "M-77-0231",
            "latitude": "39.8200",
            "longitude": "110.0050",
            "datum": "WGS84",
            "valid_from": "2025-11-01",
        },
        {
            "prefix": "192.0.2.0/24",
            "kind": "idc",
            "customer": "C-2001",
            "enterprise": "Demo Cloud Hosting Ltd",
            "uscc": _credit_code(CHENGDU, "MA0DEM03"),
            "site": "Data centre West, room 3",
            "address": "5 Demo Avenue, Longquanyi",
            "division": CHENGDU,
            "valid_from": "2023-01-15",
        },
        {
            "prefix": "2001:db8:77::/48",
            "kind": "household",
            "customer": "H-55017",
            "address": "12 Demo Lane, flat 3",
            "division": ORDOS,
            "line": "FTTH-55017",
            "valid_from": "2025-02-01",
        },
    ]


def _credit_code(division: str, organisation: str) -> str:
    body = f"91{division}{organisation}{organisation_check(organisation)}"
    check = check_character(body)
    assert check, f"{body} is no code: I, O, Z, S and V are not in its alphabet"
    return body + check


def cities() -> bytes:
    ordos = city("CN", "NM", "Ordos", (39.6, 109.8))
    return _mmdb(
        {
            "198.51.100.0/24": ordos,
            "2001:db8:77::/48": ordos,
            "192.0.2.0/24": city("CN", "SC", "Chengdu", (30.7, 104.1)),
            "203.0.113.0/24": city("NL"),
            "2001:db8:20::/48": city("NL"),
        },
        "MinesensorDemo-City",
    )


def systems() -> bytes:
    operator, pools = asn(64496, "Demo Telecom"), asn(64511, "Demo Pool Hosting")
    return _mmdb(
        {
            "198.51.100.0/24": operator,
            "192.0.2.0/24": operator,
            "2001:db8:77::/48": operator,
            "203.0.113.0/24": pools,
            "2001:db8:20::/48": pools,
        },
        "MinesensorDemo-ASN",
    )


def _mmdb(networks: Mapping[str, dict[str, Any]], database_type: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return write_mmdb(Path(folder) / "made.mmdb", networks, database_type).read_bytes()


FILES: Final[dict[str, Callable[[], bytes]]] = {"customers.csv": customers, "city.mmdb": cities, "asn.mmdb": systems}
