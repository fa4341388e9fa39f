"""Figures as they leave: six digits, more than any of them is exact to, and the same on every machine."""

from __future__ import annotations


def rounded(value: float) -> float:
    return float(f"{value:.6g}")
