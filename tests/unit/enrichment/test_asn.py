from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from enrichment.asn import Asn
from enrichment.base import EnrichmentError, Options
from enrichment.model import Carrier, Facts, Interval, Level, Subject
from tests.lab.mmdb import asn, city, write_mmdb


def facts(tmp_path: Path, record: dict[str, Any], database_type: str) -> Facts | None:
    path = write_mmdb(tmp_path / "x.mmdb", {"203.0.113.0/24": record}, database_type)
    return Asn.load([path], Options()).lookup(Subject(0, "203.0.113.7"), Interval(0, 0))


@pytest.mark.parametrize(
    ("record", "database_type"),
    [
        (asn(64500, "Example Telecom"), "GeoLite2-ASN"),
        (asn(64500, "Example Telecom"), "DBIP-ASN-Lite (compat=GeoLite2-ASN)"),
        (asn(64500, "Example Telecom"), "GeoIP2-ISP"),
        ({"asn": "AS64500", "name": "Example Telecom"}, "ipinfo generic_asn_free.mmdb"),
        ({"asn": "AS64500", "as_name": "Example Telecom", "country_code": "CN"}, "ipinfo bundle_lite.mmdb"),
    ],
)
def test_each_kind_of_record_gives_number_and_name(record: dict[str, Any], database_type: str, tmp_path: Path) -> None:
    found = facts(tmp_path, record, database_type)
    assert found is not None
    assert (found.says, found.level) == (Carrier(64500, "Example Telecom"), Level.OPERATOR)


@pytest.mark.parametrize(
    ("record", "database_type"),
    [
        ({"autonomous_system_number": "64500"}, "GeoLite2-ASN"),
        ({"autonomous_system_number": 0}, "GeoLite2-ASN"),
        ({"autonomous_system_organization": "x"}, "GeoLite2-ASN"),
        ({"asn": "A"}, "ipinfo generic_asn_free.mmdb"),
        ({"asn": "AS99999999999"}, "ipinfo generic_asn_free.mmdb"),
        ({"asn": "AS4294967296"}, "ipinfo generic_asn_free.mmdb"),
        ({"name": "x"}, "ipinfo generic_asn_free.mmdb"),
    ],
)
def test_a_record_without_a_number_says_nothing(record: dict[str, Any], database_type: str, tmp_path: Path) -> None:
    assert facts(tmp_path, record, database_type) is None


def test_another_type_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnrichmentError, match="not for asn; give the right file"):
        facts(tmp_path, city("CN"), "GeoLite2-City")
