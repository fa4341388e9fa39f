"""``minesensor spool``: what waits for Kafka, sending it, and giving it up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sensor.cli.base import (
    CONFIG,
    EXIT_DAMAGED,
    EXIT_USAGE,
    JSON,
    CommandError,
    Number,
    print_row,
    settings_of,
    waiting_line,
)

if TYPE_CHECKING:
    from sensor.config import Settings
    from sensor.spool import Spool, Status

# The grades that may be dropped, by the names of sensor.envelope.Rank.
_GRADES: Final = ("A", "B", "C", "D", "HEALTH")


@click.group()
def spool() -> None:
    """What waits for Kafka: findings that were found while it was away."""


@spool.command("status")
@JSON
@CONFIG
def status(config_path: Path | None, *, as_json: bool) -> None:
    """What waits, and what was dropped since the spool was made."""
    import msgspec  # noqa: PLC0415

    from sensor.spool import NOTHING  # noqa: PLC0415

    settings = settings_of(config_path)
    with _opened(settings) as opened:
        found = opened.status() if opened else NOTHING
    path = str(settings.spool.place())
    values = {"path": path, "bytes_max": settings.spool.bytes_max, **msgspec.structs.asdict(found)}
    print_row(values, _text(found, settings), as_json=as_json)


@spool.command("flush")
@click.option("--wait", "seconds", type=Number(0, 86_400), default=0, help="Keep trying for so many seconds.")
@JSON
@CONFIG
def flush(config_path: Path | None, seconds: int, *, as_json: bool) -> int:
    """Send what waits to Kafka, until nothing waits or Kafka cannot be reached."""
    from sensor.delivery import flush as flushed  # noqa: PLC0415
    from sensor.failure import DeliveryError, SinkError  # noqa: PLC0415
    from sensor.summary import delivered_line  # noqa: PLC0415

    try:
        delivered = flushed(settings_of(config_path), seconds)
    except DeliveryError as error:
        raise CommandError(EXIT_USAGE, str(error)) from None
    except SinkError as error:
        raise CommandError(EXIT_DAMAGED, str(error)) from None
    values = {"sent": delivered.sent, "rejected": delivered.rejected, "waiting": delivered.waiting}
    print_row(values, delivered_line(delivered), as_json=as_json)
    if not delivered.waiting:
        return 0
    raise CommandError(EXIT_DAMAGED, waiting_line(delivered))


@spool.command("drop")
@click.option("--topic", help="Only messages of this topic.")
@click.option("--grade", type=click.Choice(_GRADES), help="Only messages of this grade; HEALTH: health records.")
@click.option("--all", "everything", is_flag=True, help="All messages.")
@JSON
@CONFIG
def drop(config_path: Path | None, topic: str | None, grade: str | None, everything: bool, *, as_json: bool) -> None:
    """Give up what waits. A receiver is told which numbers will not come, with the next flush."""
    from sensor.envelope import Rank, Topic  # noqa: PLC0415

    if everything == bool(topic or grade):
        raise CommandError(EXIT_USAGE, "nothing is dropped by chance; say either --all, or --topic or --grade")
    if topic is not None and topic not in list(Topic):
        raise CommandError(EXIT_USAGE, f"--topic: {topic!r} is none of {', '.join(Topic)}")
    settings = settings_of(config_path)
    with _opened(settings) as opened:
        dropped = opened.drop(topic, Rank[grade] if grade else None) if opened else 0
    text = f"{dropped:,} messages dropped; the next flush announces their numbers" if dropped else "nothing to drop"
    print_row({"dropped": dropped}, text, as_json=as_json)


@contextmanager
def _opened(settings: Settings) -> Iterator[Spool | None]:
    """The spool of the settings; None where there is none: a look makes no file, which might be another user's then."""
    from sensor.failure import SinkError  # noqa: PLC0415
    from sensor.spool import Spool  # noqa: PLC0415

    path = settings.spool.place()
    if not path.exists():
        yield None
        return
    try:
        opened = Spool(path, settings.spool.bytes_max)
        try:
            yield opened
        finally:
            opened.close()
    except SinkError as error:
        raise CommandError(EXIT_DAMAGED, str(error)) from None


def _text(status: Status, settings: Settings) -> str:
    path, bytes_max = settings.spool.place(), settings.spool.bytes_max
    lines = [f"{path}: {status.messages:,} messages wait, {status.bytes:,} of {bytes_max:,} bytes"]
    for row in status.waiting:
        since = f", since {row.oldest_at}" if row.oldest_at else ""
        lines.append(f"waiting  {row.topic:<22} {row.grade:<7} {row.messages:>9,}  of {row.sensor_id}{since}")
    lines += [f"dropped  {row.reason:<22} {row.grade:<7} {row.messages:>9,}" for row in status.dropped]
    if status.gaps:
        lines.append(f"{status.gaps:,} gaps in the numbers are announced with the next flush")
    return "\n".join(lines)
