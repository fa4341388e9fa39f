"""Quantiles of the gamma distribution, by the regularised incomplete gamma function: NIST DLMF §8.11, §8.9.

Exact to some units in the fourteenth digit up to a shape of a hundred; beyond, an expansion in the cumulants is exact
to a part in a million, and its cost does not grow with the shape. It is also where the search for the exact one begins.
"""

from __future__ import annotations

import math
from typing import Final

SHAPE_EXACT_MAX: Final = 100.0
# Below, Wilson and Hilferty's cube is nearer.
_EXPANSION_MIN: Final = 3.0
# And for smaller ones the leading term of the series.
_CUBE_MIN: Final = 1e-3
_STEPS_MAX: Final = 40
_TERMS_MAX: Final = 2000
# A step of Halley's cubes the error: one that is smaller than this was the last that counts.
_PRECISION: Final = 1e-6
_SMALLEST: Final = 1e-300
# Below, the leading term of the series is the quantile to all digits, and its logarithm may not be one.
_LEADING_MAX: Final = 1e-17


def lower(shape: float, x: float) -> float:
    """P(shape, x): the probability that a gamma variable of this shape and scale 1 is below ``x``."""
    if x <= 0:
        return 0.0
    if x < shape + 1:
        return _series(shape, x) * _front(shape, x)
    return 1.0 - _fraction(shape, x) * _front(shape, x)


def quantile(shape: float, p: float, z: float) -> float:
    """The ``x`` with P(shape, x) = ``p``. ``z`` is the quantile of the normal distribution for the same ``p``."""
    if shape > SHAPE_EXACT_MAX:
        return _expansion(shape, z)
    x = _first_guess(shape, p, z)
    if x < _LEADING_MAX:
        return x
    for _ in range(_STEPS_MAX):
        error = (lower(shape, x) - p) / (_front(shape, x) / x)
        # Halley's step; it never leaves the positive numbers.
        step = error / (1.0 - 0.5 * min(1.0, error * ((shape - 1.0) / x - 1.0)))
        following = x - step if step < x else x / 2
        if abs(following - x) <= _PRECISION * x:
            return following
        x = following
    return x


def _front(shape: float, x: float) -> float:
    return math.exp(shape * math.log(x) - x - math.lgamma(shape))


def _series(shape: float, x: float) -> float:
    term = total = 1.0 / shape
    denominator = shape
    for _ in range(_TERMS_MAX):
        denominator += 1.0
        term *= x / denominator
        total += term
        if term < total * 1e-17:
            break
    return total


def _fraction(shape: float, x: float) -> float:
    """Legendre's continued fraction of the upper function, by Lentz's method."""
    b = x + 1.0 - shape
    c = 1.0 / _SMALLEST
    d = h = 1.0 / b
    for i in range(1, _TERMS_MAX):
        a = i * (shape - i)
        b += 2.0
        d = 1.0 / _not_zero(a * d + b)
        c = _not_zero(b + a / c)
        h *= d * c
        if abs(d * c - 1.0) < 1e-16:
            break
    return h


def _not_zero(value: float) -> float:
    return value if abs(value) > _SMALLEST else _SMALLEST


def _first_guess(shape: float, p: float, z: float) -> float:
    """The expansion; for small values the leading term of the series."""
    if shape > _EXPANSION_MIN:
        return _expansion(shape, z)
    if shape > _CUBE_MIN:
        cube = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * math.sqrt(shape))
        guess = shape * cube**3
        if cube > 0 and guess > 0.05:
            return guess
    return math.exp((math.log(p) + math.lgamma(shape + 1.0)) / shape)


def _expansion(shape: float, z: float) -> float:
    """Cornish and Fisher's expansion: the standardised cumulants are 2/√a, 6/a, 24/a√a."""
    root = math.sqrt(shape)
    third, fourth, fifth = 2.0 / root, 6.0 / shape, 24.0 / (shape * root)
    w = z + third * (z**2 - 1) / 6
    w += fourth * (z**3 - 3 * z) / 24 - third**2 * (2 * z**3 - 5 * z) / 36
    w += fifth * (z**4 - 6 * z**2 + 3) / 120
    w += -third * fourth * (z**4 - 5 * z**2 + 2) / 24 + third**3 * (12 * z**4 - 53 * z**2 + 17) / 324
    return shape + root * w
