"""The budget of the fuzzing tests."""

from __future__ import annotations

import pytest

from tests.fuzz.budget import Budget


@pytest.fixture
def fuzz_budget(request: pytest.FixtureRequest) -> Budget:
    return Budget(request.config.getoption("--fuzz-seconds"))
