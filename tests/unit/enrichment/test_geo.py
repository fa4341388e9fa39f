from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from enrichment.base import EnrichmentError, Options
from enrichment.geo import Geo
from enrichment.model import Facts, Interval, Level, Place, Subject
from tests.lab.mmdb import asn, city, write_mmdb

NOW = Interval(0, 0)
CHANGCHUN = (43.88, 125.3228)


def facts(tmp_path: Path, record: dict[str, Any], database_type: str = "GeoLite2-City") -> Facts | None:
    path = write_mmdb(tmp_path / "x.mmdb", {"203.0.113.0/24": record}, database_type)
    return Geo.load([path], Options()).lookup(Subject(0, "203.0.113.7"), NOW)


def test_a_city_as_maxmind_and_db_ip_write_it(tmp_path: Path) -> None:
    record = city("CN", "22", "Changchun", CHANGCHUN)
    for database_type in ("GeoLite2-City", "GeoIP2-Enterprise", "DBIP-City-Lite", "DBIP-Location (compat=City)"):
        found = facts(tmp_path, record, database_type)
        assert found is not None
        assert found.says == Place("CN", "22", "220000", "Changchun", *CHANGCHUN, 100)
        assert (found.level, found.hop.source, found.hop.key) == (Level.CITY, "city", "203.0.113.0/24")
        assert found.hop.confidence == 0.3


def test_a_city_as_ipinfo_writes_it(tmp_path: Path) -> None:
    record = {"country": "CN", "region": "Jilin", "city": "Changchun", "lat": "43.88", "lng": "125.3228"}
    found = facts(tmp_path, record, "ipinfo standard_location_mmdb_v4.mmdb")
    assert found is not None
    assert found.says == Place("CN", "Jilin", "220000", "Changchun", *CHANGCHUN)


def test_a_country_as_ipinfo_lite_writes_it(tmp_path: Path) -> None:
    record = {"country": "China", "country_code": "CN", "asn": "AS64500", "as_name": "x"}
    found = facts(tmp_path, record, "ipinfo bundle_lite.mmdb")
    assert found is not None
    assert (found.says, found.level) == (Place("CN"), Level.NONE)


@pytest.mark.parametrize(("country", "province"), [("HK", "810000"), ("MO", "820000"), ("TW", "710000"), ("SE", "")])
def test_regions_with_a_country_code_of_their_own_are_provinces(country: str, province: str, tmp_path: Path) -> None:
    found = facts(tmp_path, city(country, "AB"))
    assert found is not None
    assert isinstance(found.says, Place)
    assert found.says.province == province


@pytest.mark.parametrize("name", ["Jilin", "Jilin Sheng", "吉林省", "吉林"])
def test_a_province_that_is_only_named_is_told_by_its_name(name: str, tmp_path: Path) -> None:
    record = {"country": {"iso_code": "CN"}, "subdivisions": [{"names": {"en": name}}]}
    found = facts(tmp_path, record, "DBIP-City-Lite")
    assert found is not None
    assert found.says == Place("CN", name, "220000")


def test_a_region_of_another_country_is_no_province(tmp_path: Path) -> None:
    record = {"country": {"iso_code": "VN"}, "subdivisions": [{"names": {"en": "Hainan"}}]}
    found = facts(tmp_path, record, "DBIP-City-Lite")
    assert found is not None
    assert found.says == Place("VN", "Hainan")


def test_the_level_is_what_is_said_and_no_more(tmp_path: Path) -> None:
    levels = [facts(tmp_path, record) for record in (city("CN", "JL", "x"), city("CN", "JL"), city("CN"))]
    assert [found.level for found in levels if found] == [Level.CITY, Level.PROVINCE, Level.NONE]


def test_chinese_names_come_before_english_ones(tmp_path: Path) -> None:
    record = city("CN", "JL", "Changchun")
    record["city"]["names"]["zh-CN"] = "长春市"
    found = facts(tmp_path, record)
    assert found is not None
    assert isinstance(found.says, Place)
    assert found.says.city == "长春市"


@pytest.mark.parametrize(
    "record",
    [
        {"country": "nested?"},
        {"country": {"iso_code": 7}},
        {"city": {"names": {"en": "x"}}},
        {"country": {"iso_code": "C\x00"}},
    ],
)
def test_a_record_without_a_country_says_nothing(record: dict[str, Any], tmp_path: Path) -> None:
    assert facts(tmp_path, record) is None


def test_fields_of_the_wrong_kind_are_left_out(tmp_path: Path) -> None:
    record = {
        "country": {"iso_code": "CN"},
        "subdivisions": ["JL"],
        "city": {"names": "x"},
        "location": {"latitude": 91.0, "longitude": "far", "accuracy_radius": "wide"},
    }
    found = facts(tmp_path, record)
    assert found is not None
    assert found.says == Place("CN")


@pytest.mark.parametrize("database_type", ["GeoLite2-ASN", "GeoIP2-ISP", "ipinfo generic_asn_free.mmdb", "other"])
def test_another_type_is_refused(database_type: str, tmp_path: Path) -> None:
    with pytest.raises(EnrichmentError, match="not for city; give the right file"):
        facts(tmp_path, asn(64500, "x"), database_type)
