"""The long runs against Kafka use the broker of tests/kafka."""

from tests.kafka.conftest import broker, site

__all__ = ["broker", "site"]
