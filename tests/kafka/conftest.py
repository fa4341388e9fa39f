# SPDX-License-Identifier: Apache-2.0
"""One broker for all tests of this folder, on one worker: tests that kill it must not disturb others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kafka.broker import Broker
from tests.kafka.site import Site, make_topics

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
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
def site(broker: Broker, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A sensor with a configuration and a spool of its own; the broker is there again when the test is over."""
    made = Site(broker, tmp_path, sensor_id=re.sub(r"[^A-Za-z0-9]+", "-", request.node.name)[:60].strip("-"))
    yield made
    broker.ensure()
