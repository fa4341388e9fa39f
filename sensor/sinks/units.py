"""Figures for people: a value with three digits and the prefix of its size, bounds behind it."""

from __future__ import annotations

from typing import Final

from sensor.figures import Quantity

_PREFIXES: Final = ((1e24, "Y"), (1e21, "Z"), (1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))

# Six digits and more are no easier to read than a power of ten, and would widen a table without end.
_PLAIN_MAX: Final = 1e6


def with_bounds(quantity: Quantity, unit: str) -> str:
    """``104 TH/s (96.1-112)``: all three in the prefix of the best value."""
    factor, prefix = _prefix(quantity.best)
    low, best, high = (three_digits(value / factor) for value in (quantity.low, quantity.best, quantity.high))
    return f"{best} {prefix}{unit} ({low}-{high})"


def with_prefix(value: float, unit: str) -> str:
    """``104 TH/s``."""
    factor, prefix = _prefix(value)
    return f"{three_digits(value / factor)} {prefix}{unit}"


def efficiency(quantity: Quantity, unit: str) -> str:
    """Joules for so many hashes that the best value is at least one: ``29.5 J/TH (27.4-33)``."""
    factor, prefix = next(((f, p) for f, p in reversed(_PREFIXES) if quantity.best * f >= 1), (1.0, ""))
    if quantity.best >= 1:
        factor, prefix = 1.0, ""
    low, best, high = (three_digits(value * factor) for value in (quantity.low, quantity.best, quantity.high))
    return f"{best} J/{prefix}{unit} ({low}-{high})"


def _prefix(value: float) -> tuple[float, str]:
    return next(((factor, prefix) for factor, prefix in _PREFIXES if value >= factor), (1.0, ""))


def three_digits(value: float) -> str:
    """Three digits that count, in powers of ten only where nobody would count the others: ``0.0123``, ``1.23``,
    ``12.3``, ``1230``, ``7.04e+06``.
    """
    text = f"{value:.3g}"
    if value >= _PLAIN_MAX:
        return text
    return f"{float(text):.0f}" if "e" in text and value >= 1 else f"{float(text):.6f}".rstrip("0").rstrip(".")
