from __future__ import annotations

import pytest

from enrichment.divisions import Division, DivisionLevel, division, province_of_iso, province_of_name

PROVINCE, CITY, COUNTY = DivisionLevel


@pytest.mark.parametrize(
    ("code", "level", "city", "province"),
    [
        ("150602", COUNTY, "150600", "150000"),  # 东胜区 of 鄂尔多斯
        ("150600", CITY, "150600", "150000"),
        ("150000", PROVINCE, "", "150000"),
        ("110105", COUNTY, "110000", "110000"),  # 朝阳区: the city is the province
        ("500237", COUNTY, "500000", "500000"),  # a county of 重庆, under 5002
        ("419001", COUNTY, "419001", "410000"),  # 济源 answers to the province
        ("429004", COUNTY, "429004", "420000"),
        ("469001", COUNTY, "469001", "460000"),
        ("659001", COUNTY, "659001", "650000"),  # 石河子, of the corps
        ("220184", COUNTY, "220100", "220000"),  # 公主岭, moved from 220381
    ],
)
def test_parents_follow_from_the_code(code: str, level: DivisionLevel, city: str, province: str) -> None:
    assert division(code) == Division(code, level, province, city)


@pytest.mark.parametrize("code", ["110100", "500200", "419000", "659000"])
def test_a_heading_is_no_place_of_its_own(code: str) -> None:
    assert division(code) == division(code[:2] + "0000")


@pytest.mark.parametrize(("padded", "city"), [("620201", "620200"), ("441999", "441900"), ("460400", "460400")])
def test_a_city_without_counties_is_the_city(padded: str, city: str) -> None:
    assert division(padded) == Division(city, CITY, city[:2] + "0000", city)


@pytest.mark.parametrize("code", ["", "15060", "1506021", "150001", "990000", "16060a", "000000", "١٥٠٦٠٢"])
def test_what_is_no_code_is_none(code: str) -> None:
    assert division(code) is None


def test_the_province_has_a_name() -> None:
    names = [found.province_name for code in ("150000", "150602", "110105") if (found := division(code)) is not None]
    assert names == ["内蒙古自治区", "内蒙古自治区", "北京市"]


@pytest.mark.parametrize(
    ("iso", "code"), [("JL", "220000"), ("CN-JL", "220000"), ("22", "220000"), ("HK", "810000"), ("XX", ""), ("", "")]
)
def test_provinces_have_letters_now_and_had_digits_before(iso: str, code: str) -> None:
    assert province_of_iso(iso) == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("四川省", "510000"),
        ("四川", "510000"),
        ("内蒙古自治区", "150000"),
        ("广西", "450000"),
        ("新疆维吾尔自治区", "650000"),
        ("Sichuan Sheng", "510000"),
        ("Beijing", "110000"),
        ("Shanxi", "140000"),
        ("Shaanxi", "610000"),
        ("Inner Mongolia", "150000"),
        ("Nei Mongol Zizhiqu", "150000"),
        ("Guangxi Zhuangzu Zizhiqu", "450000"),
        ("Tibet Autonomous Region", "540000"),
        ("Changchun", ""),
        ("Inner", ""),
        ("", ""),
    ],
)
def test_a_province_is_known_by_its_name(name: str, code: str) -> None:
    assert province_of_name(name) == code
