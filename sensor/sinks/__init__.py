"""Where findings and sightings go. A sink is one file and one line in SINKS."""

from typing import Final

# Name on the command line or in the configuration -> module and class; imported only when it is used.
SINKS: Final[dict[str, tuple[str, str]]] = {
    "jsonl": ("sensor.sinks.jsonl", "JsonLines"),
    "table": ("sensor.sinks.table", "TableSink"),
    "spool": ("sensor.sinks.spooled", "SpoolSink"),
}
# What is remote is fed from the spool by the writer.
PUBLISHERS: Final[dict[str, tuple[str, str]]] = {
    "kafka": ("sensor.sinks.kafka", "KafkaPublisher"),
}
