"""Filtering a batch of messages, invoking the function, and deleting successful messages.

After an error of the function the messages stay invisible until their visibility timeout ends. A throttled
invocation is retried with backoff until then:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

import logging
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

from sandbox.services.lambda_.event_source_mapping import records
from sandbox.services.lambda_.event_source_mapping.answer import MalformedAnswer, failed_ids
from sandbox.services.lambda_.event_source_mapping.concurrency import Concurrency
from sandbox.services.lambda_.event_source_mapping.settings import Settings
from sandbox.services.lambda_.event_source_mapping.source import Message, Source
from sandbox.services.lambda_.invocation import Answer, Function, LoopStopped, NotInvoked
from sandbox.services.lambda_.traces import MESSAGES

LOG = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
"""The longest pause between retries of a throttled invocation. AWS does not document its own."""


class Batch(NamedTuple):
    """The messages of one invocation, and the time at which the first becomes visible again.

    The time is on the clock of `time.monotonic`.
    """

    messages: list[Message]
    visible_at: float


class BatchProcessor:
    """Processor of a mapping's batches. Thread-safe."""

    def __init__(
        self,
        settings: Settings,
        *,
        source: Source,
        function: Function,
        concurrency: Concurrency,
        stopping: threading.Event,
    ) -> None:
        self._settings = settings
        self._source = source
        self._function = function
        self._concurrency = concurrency
        self._stopping = stopping

    def process(self, batch: Batch) -> None:
        """Invoke the function with the messages that pass the filters, and delete all but the failed ones."""
        matching = self._filter(batch.messages)
        if not matching:
            return
        answer = self._invoke(matching, batch)
        if answer is None:
            return
        if answer.is_error:
            # With ReportBatchItemFailures AWS does not scale down when invocations fail (the page above).
            if not self._settings.reports_failures:
                self._concurrency.reduce()
            LOG.info("%s failed: %.500s", self._function.arn, answer.payload)
            return
        self._source.delete(self._successful([message for message, _ in matching], answer))

    def _filter(self, messages: Sequence[Message]) -> list[tuple[Message, records.Record]]:
        """Return the messages that match, with their records, and delete the others."""
        made = records.records(messages, queue_arn=self._source.arn, region=self._source.region)
        pairs = list(zip(messages, made, strict=True))
        matching = [pair for pair in pairs if records.matches(pair[1], self._settings.patterns)]
        kept = {message["MessageId"] for message, _ in matching}
        self._source.delete([message for message in messages if message["MessageId"] not in kept])
        return matching

    def _invoke(self, matching: list[tuple[Message, records.Record]], batch: Batch) -> Answer | None:
        """Invoke the function; return None if the invocation did not start in time or was stopped."""
        payload = records.event([record for _, record in matching])
        trace_context = {MESSAGES: records.trace_headers(record for _, record in matching)}
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                return self._function.invoke(payload, trace_context)
            except LoopStopped as error:
                LOG.warning("%s is not invoked: %s", self._function.arn, error)
                return None
            except NotInvoked as error:
                LOG.info("%s cannot be invoked: %s", self._function.arn, error)
                self._concurrency.reduce()
            if time.monotonic() + pause >= batch.visible_at:
                return None
            if self._stopping.wait(pause):
                self._source.release([message for message, _ in matching])
                return None
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _successful(self, messages: list[Message], answer: Answer) -> list[Message]:
        if not self._settings.reports_failures:
            return messages
        try:
            failed = failed_ids(answer.payload, {message["MessageId"] for message in messages})
        except MalformedAnswer as error:
            LOG.warning(
                "%s: the whole batch returns, because the answer is malformed: %s", self._function.arn, error
            )
            return []
        return [message for message in messages if message["MessageId"] not in failed]
