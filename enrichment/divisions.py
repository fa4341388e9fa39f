"""Division codes of China (GB/T 2260): six digits, two each for province, prefecture and county.

Parents follow from the structure, with its exceptions stated here; names are known for provinces only. Nothing is
decided by the name of a county: twenty-eight of them are not unique.
"""

from __future__ import annotations

import enum
import re
from typing import Final

import msgspec

_DIGITS: Final = 6

# Code of the province, its name, its letters in ISO 3166-2:CN, and how its name begins in English.
_PROVINCES: Final = (
    ("11", "北京市", "BJ", "beijing"),
    ("12", "天津市", "TJ", "tianjin"),
    ("13", "河北省", "HE", "hebei"),
    ("14", "山西省", "SX", "shanxi"),
    ("15", "内蒙古自治区", "NM", "inner mongolia"),
    ("21", "辽宁省", "LN", "liaoning"),
    ("22", "吉林省", "JL", "jilin"),
    ("23", "黑龙江省", "HL", "heilongjiang"),
    ("31", "上海市", "SH", "shanghai"),
    ("32", "江苏省", "JS", "jiangsu"),
    ("33", "浙江省", "ZJ", "zhejiang"),
    ("34", "安徽省", "AH", "anhui"),
    ("35", "福建省", "FJ", "fujian"),
    ("36", "江西省", "JX", "jiangxi"),
    ("37", "山东省", "SD", "shandong"),
    ("41", "河南省", "HA", "henan"),
    ("42", "湖北省", "HB", "hubei"),
    ("43", "湖南省", "HN", "hunan"),
    ("44", "广东省", "GD", "guangdong"),
    ("45", "广西壮族自治区", "GX", "guangxi"),
    ("46", "海南省", "HI", "hainan"),
    ("50", "重庆市", "CQ", "chongqing"),
    ("51", "四川省", "SC", "sichuan"),
    ("52", "贵州省", "GZ", "guizhou"),
    ("53", "云南省", "YN", "yunnan"),
    ("54", "西藏自治区", "XZ", "tibet"),
    ("61", "陕西省", "SN", "shaanxi"),
    ("62", "甘肃省", "GS", "gansu"),
    ("63", "青海省", "QH", "qinghai"),
    ("64", "宁夏回族自治区", "NX", "ningxia"),
    ("65", "新疆维吾尔自治区", "XJ", "xinjiang"),
    ("71", "台湾省", "TW", "taiwan"),
    ("81", "香港特别行政区", "HK", "hong kong"),
    ("82", "澳门特别行政区", "MO", "macau"),
)
_NAMES: Final = {code: name for code, name, _, _ in _PROVINCES}
_OF_ISO: Final = {iso: code for code, _, iso, _ in _PROVINCES}
# What stands behind the name proper, which databases write or leave out.
_KINDS_OF_PROVINCE: Final = re.compile("(?:省|市|(?:壮族|回族|维吾尔)?自治区|特别行政区)$")
_BEGINNINGS: Final = {english: code for code, _, _, english in _PROVINCES} | {
    **{_KINDS_OF_PROVINCE.sub("", name): code for code, name, _, _ in _PROVINCES},
    "nei mongol": "15",
    "neimenggu": "15",
    "nei menggu": "15",
    "xizang": "54",
    "macao": "82",
}
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


def province_of_name(name: str) -> str:
    """The code of a province from its name, Chinese or English, with or without what it is called: "四川省", "Sichuan",
    "Sichuan Sheng"; else "". Only where no better sign is given.
    """
    plain = name.strip().casefold()
    chinese = _KINDS_OF_PROVINCE.sub("", plain)
    if chinese in _BEGINNINGS:
        return _BEGINNINGS[chinese] + "0000"
    words = plain.split()
    found = (_BEGINNINGS.get(" ".join(words[:count]), "") for count in (2, 1))
    return next((code + "0000" for code in found if code), "")
