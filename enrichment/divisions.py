"""Division codes of China (GB/T 2260): six digits, two each for province, prefecture and county.

Parents follow from the structure, with its exceptions stated here; names are known for provinces only. Nothing is
decided by the name of a county: twenty-eight of them are not unique.
"""

from __future__ import annotations

import enum
from typing import Final

import msgspec

_DIGITS: Final = 6

# Code of the province, its name, and its letters in ISO 3166-2:CN.
_PROVINCES: Final = (
    ("11", "北京市", "BJ"),
    ("12", "天津市", "TJ"),
    ("13", "河北省", "HE"),
    ("14", "山西省", "SX"),
    ("15", "内蒙古自治区", "NM"),
    ("21", "辽宁省", "LN"),
    ("22", "吉林省", "JL"),
    ("23", "黑龙江省", "HL"),
    ("31", "上海市", "SH"),
    ("32", "江苏省", "JS"),
    ("33", "浙江省", "ZJ"),
    ("34", "安徽省", "AH"),
    ("35", "福建省", "FJ"),
    ("36", "江西省", "JX"),
    ("37", "山东省", "SD"),
    ("41", "河南省", "HA"),
    ("42", "湖北省", "HB"),
    ("43", "湖南省", "HN"),
    ("44", "广东省", "GD"),
    ("45", "广西壮族自治区", "GX"),
    ("46", "海南省", "HI"),
    ("50", "重庆市", "CQ"),
    ("51", "四川省", "SC"),
    ("52", "贵州省", "GZ"),
    ("53", "云南省", "YN"),
    ("54", "西藏自治区", "XZ"),
    ("61", "陕西省", "SN"),
    ("62", "甘肃省", "GS"),
    ("63", "青海省", "QH"),
    ("64", "宁夏回族自治区", "NX"),
    ("65", "新疆维吾尔自治区", "XJ"),
    ("71", "台湾省", "TW"),
    ("81", "香港特别行政区", "HK"),
    ("82", "澳门特别行政区", "MO"),
)
_NAMES: Final = {code: name for code, name, _ in _PROVINCES}
_OF_ISO: Final = {iso: code for code, _, iso in _PROVINCES}
# Cities that are a province: their counties hang under xx01 or xx02, which is no city but a heading.
_MUNICIPALITIES: Final = frozenset({"11", "12", "31", "50"})
# Headings under which county-level units hang that answer to the province: 济源, 仙桃, 五指山, 石河子 and others.
_HEADINGS: Final = frozenset({"4190", "4290", "4690", "6590"})
# Prefectures without counties: 嘉峪关, 东莞, 中山, 儋州. Statistics pads them with a county of their own.
_WHOLE_CITIES: Final = frozenset({"6202", "4419", "4420", "4604"})


class DivisionLevel(enum.StrEnum):
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"


class Division(msgspec.Struct, frozen=True):
    """A code and what it lies in. ``city`` is "" for a province; a county under the province is its own city."""

    code: str
    level: DivisionLevel
    province: str
    city: str

    @property
    def province_name(self) -> str:
        return _NAMES[self.code[:2]]


def division(code: str) -> Division | None:
    """What the code says by its structure; None where it is no division code. Codes come and go, so none is missed
    in a list: a structure that is right is believed.
    """
    if len(code) != _DIGITS or not (code.isascii() and code.isdigit()) or code[:2] not in _NAMES:
        return None
    province, prefecture, city = code[:2] + "0000", code[:4], code[:4] + "00"
    is_heading = prefecture in _HEADINGS or code[:2] in _MUNICIPALITIES
    if code == province or (is_heading and code == city):
        return Division(province, DivisionLevel.PROVINCE, province, "")
    if city == province:
        return None
    if is_heading:
        # A county of a municipality lies in that city; one under another heading is its own.
        return Division(code, DivisionLevel.COUNTY, province, province if code[:2] in _MUNICIPALITIES else code)
    if code == city or prefecture in _WHOLE_CITIES:
        return Division(city, DivisionLevel.CITY, province, city)
    return Division(code, DivisionLevel.COUNTY, province, city)


def province_of_iso(subdivision: str) -> str:
    """The code of a province from its part of ISO 3166-2:CN, letters as now or digits as before 2017; else ""."""
    part = subdivision.rpartition("-")[2]
    code = part if part in _NAMES else _OF_ISO.get(part, "")
    return code + "0000" if code else ""
