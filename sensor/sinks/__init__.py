"""Where findings and sightings go. A sink is one file and one line in SINKS."""

from typing import Final

# Name on the command line or in the configuration -> module and class; imported only when it is used.
SINKS: Final[dict[str, tuple[str, str]]] = {
    "jsonl": ("sensor.sinks.jsonl", "JsonLines"),
    "table": ("sensor.sinks.table", "TableSink"),
}
