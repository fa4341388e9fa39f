from __future__ import annotations

import pytest

from sensor.figures import Quantity
from sensor.sinks.units import efficiency, three_digits, with_bounds, with_prefix


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.01234, "0.0123"),
        (1.0, "1"),
        (1.234, "1.23"),
        (12.34, "12.3"),
        (123.4, "123"),
        (1234.0, "1230"),
        (7e64, "7e+64"),
    ],
)
def test_three_digits_count(value: float, text: str) -> None:
    assert three_digits(value) == text


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (Quantity(96.1e12, 104e12, 112e12), "104 TH/s (96.1-112)"),
        (Quantity(0.0, 950.0, 1900.0), "950 H/s (0-1900)"),
        (Quantity(1.9e21, 2e21, 2.1e21), "2 ZH/s (1.9-2.1)"),
    ],
)
def test_bounds_have_the_prefix_of_the_best(quantity: Quantity, text: str) -> None:
    assert with_bounds(quantity, "H/s") == text


@pytest.mark.parametrize(
    ("value", "text"), [(104e12, "104 TH/s"), (999.0, "999 H/s"), (1000.0, "1 kH/s"), (0.0, "0 H/s"), (3e24, "3 YH/s")]
)
def test_a_value_has_the_prefix_of_its_size(value: float, text: str) -> None:
    assert with_prefix(value, "H/s") == text


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (Quantity(27.4e-12, 29.5e-12, 33e-12), "29.5 J/TH (27.4-33)"),
        (Quantity(0.005, 0.009, 0.05), "9 J/kH (5-50)"),
        (Quantity(1.0, 2.0, 3.0), "2 J/H (1-3)"),
    ],
)
def test_efficiency_is_of_as_many_hashes_as_take_a_joule(quantity: Quantity, text: str) -> None:
    assert efficiency(quantity, "H") == text
