from __future__ import annotations

import pytest

from sensor.figures import Quantity
from sensor.sinks.units import three_digits, with_bounds


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.01234, "0.0123"), (1.0, "1"), (1.234, "1.23"), (12.34, "12.3"), (123.4, "123"), (1234.0, "1230")],
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
