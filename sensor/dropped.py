"""What a receiver is told instead of messages that will not come: their numbers, and why."""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec
from msgspec import Meta


class DropReason(enum.StrEnum):
    """Why messages were dropped."""

    SPOOL_FULL = "spool_full"  # the spool was at its cap, and these had the lowest grade
    REJECTED = "rejected"  # Kafka will never take it
    OPERATOR = "operator"  # minesensor spool drop


class Dropped(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="dropped"):
    """Messages of a topic that will not come, by their numbers. It travels on that topic and nowhere else."""

    schema_version: Annotated[int, Meta(description="1; grows when a field is added")]
    sensor_id: Annotated[str, Meta(description="the sensor's name, from the configuration")]
    topic: Annotated[str, Meta(description="the topic whose messages were dropped")]
    spool: Annotated[str, Meta(description="the spool that numbered them: `ce_spool` of its messages")]
    first: Annotated[int, Meta(ge=1, description="the first `ce_seq` that was dropped")] = msgspec.field(name="from")
    to: Annotated[int, Meta(ge=1, description="the last one")]
    reason: Annotated[
        DropReason,
        Meta(
            description="`spool_full`: the spool was at its cap, and these had the lowest grade; `rejected`: Kafka "
            "does not take it; `operator`: `minesensor spool drop`"
        ),
    ]
