"""Benchmarks: how fast and how small the sensor is. Never shipped; the sensor knows nothing of it."""
