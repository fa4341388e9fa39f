# SPDX-License-Identifier: Apache-2.0
"""One broker for all tests of this folder, on one worker: tests that kill it must not disturb others."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kafka.broker import Broker
from tests.kafka.site import Site, make_topics

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents or "broker" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("kafka"))


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    made = Broker(tmp_path_factory.mktemp("kafka"))
    made.format()
    made.start()
    try:
        make_topics(made)
        yield made
    finally:
        made.stop()


@pytest.fixture
def site(broker: Broker, tmp_path: Path) -> Iterator[Site]:
    """A sensor with a configuration and a spool of its own; the broker is there again when the test is over."""
    # The topics are everybody's, so each test is a sensor of its own.
    made = Site(broker, tmp_path, sensor_id=f"test-{uuid.uuid4().hex[:16]}")
    yield made
    broker.ensure()
