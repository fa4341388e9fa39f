"""``minesensor topics``: the topics in Kafka."""

from __future__ import annotations

from pathlib import Path

import click

from sensor.cli.base import CONFIG, EXIT_DAMAGED, EXIT_USAGE, JSON, CommandError, print_row, settings_of


@click.group()
def topics() -> None:
    """The topics in Kafka."""


@topics.command("create")
@JSON
@CONFIG
def create(config_path: Path | None, *, as_json: bool) -> None:
    """Make the topics that are missing, as [topics] of the configuration says.

    Those that are there stay as they are; what is different in them is told.
    """
    import msgspec  # noqa: PLC0415

    from sensor.delivery import kafka_access  # noqa: PLC0415
    from sensor.failure import DeliveryError, SinkError  # noqa: PLC0415
    from sensor.sinks.kafka_topics import create_topics  # noqa: PLC0415

    settings = settings_of(config_path)
    try:
        for report in create_topics(kafka_access(settings), settings.topics):
            if report.made:
                text = f"{report.topic}: made, {report.partitions} partitions, {report.retention_days} days"
            elif report.differences:
                text = f"{report.topic}: there already, left as it is; {'; '.join(report.differences)}"
            else:
                text = f"{report.topic}: there already, as it should be"
            print_row(msgspec.structs.asdict(report), text, as_json=as_json)
    except DeliveryError as error:
        raise CommandError(EXIT_USAGE, str(error)) from None
    except SinkError as error:
        raise CommandError(EXIT_DAMAGED, str(error)) from None
