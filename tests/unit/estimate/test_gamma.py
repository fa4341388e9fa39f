"""Quantiles against a table that was computed with forty digits (and, from 10^5 on, with a second library)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.estimate.gamma import SHAPE_EXACT_MAX, lower, quantile

Z = 1.959963984540054
# Shape, quantile at 2.5 %, quantile at 97.5 %.
TABLE = [
    (0.3, 3.185679031739167e-6, 1.900263642838826),
    (0.5, 0.00049103455858762796, 2.5119430936574445),
    (1, 0.025317807984289875, 3.6888794541139363),
    (1.5, 0.10789764131194893, 4.6742018022480739),
    (2, 0.2422092785439649, 5.5716433909388986),
    (5, 1.6234863901184205, 10.241588675403698),
    (10, 4.7953886961324336, 17.08480345141917),
    (13.7, 7.4332946673760658, 21.850807326802789),
    (20, 12.216519585403944, 29.670853571585601),
    (50, 37.110963737461863, 64.780598592918296),
    (100, 81.36399125092314, 120.52894775315546),
    (135.58, 113.7198055037947, 159.33349315363167),
    (136.58, 114.63574707702948, 160.41755897432768),
    (200, 173.24088268145732, 228.65274098303249),
    (399.5, 361.28080899914055, 439.61315565165927),
    (401, 362.70731783168405, 441.18664809667595),
    (1000, 938.97301840769522, 1062.9211512248878),
    (10000, 9804.9524672601831, 10196.941824999883),
    (100000, 99381.15266374472, 100620.74164077373),
    (22309778, 22300521.40467063, 22319036.489635244),
]


@pytest.mark.parametrize(("shape", "low", "high"), TABLE)
def test_quantiles_are_those_of_the_table(shape: float, low: float, high: float) -> None:
    precision = 1e-12 if shape <= SHAPE_EXACT_MAX else 1e-6
    assert quantile(shape, 0.025, -Z) == pytest.approx(low, rel=precision)
    assert quantile(shape, 0.975, Z) == pytest.approx(high, rel=precision)


@given(shape=st.floats(0.05, SHAPE_EXACT_MAX), p=st.sampled_from([(0.025, -Z), (0.975, Z), (0.5, 0.0)]))
def test_the_probability_of_a_quantile_is_what_was_asked(shape: float, p: tuple[float, float]) -> None:
    assert lower(shape, quantile(shape, *p)) == pytest.approx(p[0], rel=1e-9)


@given(shape=st.floats(5e-324, 1e15))
def test_quantiles_are_in_order_and_finite(shape: float) -> None:
    low, high = quantile(shape, 0.025, -Z), quantile(shape, 0.975, Z)
    assert 0 <= low <= high < 2 * shape + 10
    assert low < high or shape < 0.01


def test_nothing_lies_below_zero() -> None:
    assert lower(3.0, 0.0) == 0.0
    assert lower(3.0, -1.0) == 0.0
