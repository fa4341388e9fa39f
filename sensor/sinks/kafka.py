"""Kafka: takes what waits in the spool, in order, and says how much of it is safe there. No retry of its own.

Idempotent, acknowledged by all replicas in step, compressed with zstd. What is on its way is bounded by the caller's
window: it gives no more before all of it is acknowledged, since the client library has no bound of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sensor.envelope import numbered
from sensor.failure import RejectedError, SinkError, UnavailableError
from sensor.limits import RECORD_BYTES_MAX
from sensor.sinks.base import Record
from sensor.sinks.kafka_client import KafkaAccess, refusal

_MS_PER_SECOND: Final = 1000
# How often a wait for the broker looks whether it is still wanted.
_LOOK_SECONDS: Final = 0.2
# Room for the key and headers of a record and for the batch around it, beside RECORD_BYTES_MAX.
_REQUEST_BYTES_MAX: Final = RECORD_BYTES_MAX + 16 * 1024
_BATCH_BYTES: Final = 64 * 1024


class KafkaPublisher:
    """One connection to Kafka. Raises UnavailableError where there is none to be had."""

    def __init__(self, access: KafkaAccess) -> None:
        from kafka import KafkaProducer  # noqa: PLC0415

        self._access = access
        self._is_wanted = True
        settings = access.settings
        delivery_ms = settings.delivery_seconds_max * _MS_PER_SECOND
        with access.in_words():
            self._producer = KafkaProducer(
                **access.options(),
                acks="all",
                enable_idempotence=True,
                compression_type="zstd",
                allow_auto_create_topics=False,
                batch_size=_BATCH_BYTES,
                linger_ms=5,
                max_request_size=_REQUEST_BYTES_MAX,
                max_block_ms=settings.connect_seconds_max * _MS_PER_SECOND,
                request_timeout_ms=delivery_ms // 2,
                delivery_timeout_ms=delivery_ms,
                reconnect_backoff_max_ms=_MS_PER_SECOND,
                metrics_enabled=False,
            )

    def publish(self, records: Sequence[Record]) -> int:
        """Sends them and waits. Returns how many, from the first on, are acknowledged: at least one, or it raises.

        Where it is not all of them, what became of the others is not known: close this publisher, and send them again.
        """
        futures: list[Any] = []
        failure: SinkError | None = None
        for record in records:
            try:
                futures.append(self._send(record))
            except SinkError as error:
                failure = error
                break
        acknowledged = 0
        for future, record in zip(futures, records, strict=False):
            try:
                self._wait(future, record)
            except SinkError as error:
                failure = error
                break
            acknowledged += 1
        if not acknowledged and failure is not None:
            raise failure
        return acknowledged

    def abort(self) -> None:
        """From another thread: what is waited for is not wanted any more."""
        self._is_wanted = False

    def close(self) -> None:
        """Gives up what is not acknowledged; it waits in the spool."""
        # The library flushes before it closes, and where that takes too long raises and stays open, threads and all.
        self._producer.flush = lambda timeout=None: None
        self._producer.close(timeout=0)

    # ------------------------------------------------------------ inside

    def _send(self, record: Record) -> Any:
        from kafka.errors import KafkaError  # noqa: PLC0415

        headers = numbered(record.headers, record.seq, record.spool_id)
        size = len(record.value) + len(record.key) + sum(len(name) + len(text) for name, text in headers)
        if size > RECORD_BYTES_MAX:
            raise RejectedError(self._where(record), f"{size} bytes, and {RECORD_BYTES_MAX} is the most", "report this")
        try:
            # No time of ours: retention counts from it, and an old capture would be deleted as it came.
            return self._producer.send(record.topic, record.value, key=record.key.encode("utf-8"), headers=headers)
        except KafkaError as error:
            raise self._in_words(error, record) from error

    def _wait(self, future: Any, record: Record) -> None:
        from kafka.errors import KafkaError, KafkaTimeoutError  # noqa: PLC0415

        while True:
            try:
                future.get(timeout=_LOOK_SECONDS)
            except KafkaTimeoutError as error:
                if future.is_done:
                    raise self._in_words(error, record) from error
                if not self._is_wanted:
                    raise UnavailableError(self._access.where, "no answer yet", "send the rest later") from None
            except KafkaError as error:
                raise self._in_words(error, record) from error
            else:
                return

    def _where(self, record: Record) -> str:
        return f"{self._access.where}, topic {record.topic}"

    def _in_words(self, error: Exception, record: Record) -> SinkError:
        from kafka import errors  # noqa: PLC0415

        where = self._where(record)
        match error:
            case errors.MessageSizeTooLargeError() | errors.RecordListTooLargeError():
                return RejectedError(where, "larger than the broker takes", "raise the topic's max.message.bytes")
            case errors.InvalidRecordError():
                return RejectedError(where, "the broker takes no such record", "see the broker's log")
            case errors.AuthorizationError():
                words = "this user may not write to it", "give it the right on the broker"
            case errors.KafkaTimeoutError() if self._is_wanted and self._is_missing(record.topic):
                words = "no such topic", "make it: minesensor topics create"
            case errors.KafkaTimeoutError():
                words = f"no answer within {self._access.settings.delivery_seconds_max} s", "check the broker"
            case _:
                words = refusal(error), "check the broker"
        return UnavailableError(where, *words)

    def _is_missing(self, topic: str) -> bool:
        """Whether the brokers can be reached and have no such topic: the library only waits for it to appear."""
        from kafka import KafkaAdminClient  # noqa: PLC0415
        from kafka.errors import KafkaError, UnknownTopicOrPartitionError  # noqa: PLC0415

        try:
            with self._access.in_words():
                admin = KafkaAdminClient(**self._access.options())
                try:
                    (described,) = admin.describe_topics([topic])
                finally:
                    admin.close()
        except (SinkError, KafkaError):
            return False
        return bool(described["error_code"] == UnknownTopicOrPartitionError.errno)
