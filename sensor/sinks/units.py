"""Figures for people: a value with three digits and the prefix of its size, bounds behind it."""

from __future__ import annotations

from typing import Final

from sensor.figures import Quantity

_PREFIXES: Final = ((1e24, "Y"), (1e21, "Z"), (1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def with_bounds(quantity: Quantity, unit: str) -> str:
    """``104 TH/s (96.1-112)``: all three in the prefix of the best value."""
    factor, prefix = next(((f, p) for f, p in _PREFIXES if quantity.best >= f), (1.0, ""))
    low, best, high = (three_digits(value / factor) for value in (quantity.low, quantity.best, quantity.high))
    return f"{best} {prefix}{unit} ({low}-{high})"


def three_digits(value: float) -> str:
    """Three digits that count, never in powers of ten: ``0.0123``, ``1.23``, ``12.3``, ``1230``."""
    text = f"{value:.3g}"
    return f"{float(text):.0f}" if "e" in text and value >= 1 else f"{float(text):.6f}".rstrip("0").rstrip(".")
