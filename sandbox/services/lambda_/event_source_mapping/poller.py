"""A poller that receives batches from a queue and processes each in its own thread.

One thread waits for a slot (`event_source_mapping.concurrency`) before it receives, so every message can be
processed at once. A FIFO queue returns no messages of a group in flight, so each group is in one invocation
at a time:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""

import logging
import threading
import time
from math import ceil

from localstack.aws.api import ServiceException
from localstack.aws.api.sqs import QueueDoesNotExist

from sandbox.services.lambda_.event_source_mapping.batch import Batch, BatchProcessor
from sandbox.services.lambda_.event_source_mapping.concurrency import Concurrency, Load
from sandbox.services.lambda_.event_source_mapping.settings import Settings
from sandbox.services.lambda_.event_source_mapping.source import Message, Source
from sandbox.services.lambda_.invocation import Function
from sandbox.services.sqs.arrivals import listening

LOG = logging.getLogger(__name__)

ABSENCE_SECONDS = 0.5
"""Interval of checks for a function or queue that is missing or fails."""

GATHERING_SECONDS = 0.05
"""Time to gather a batch without a window while other invocations run and the load is high.

Each invocation has costs that do not depend on the number of its messages, so fewer invocations cost less."""

GATHERED = 5
"""Number of messages to gather at most, unless more are visible for each invocation that may run."""

SQS_FAILED = (ServiceException, ConnectionError)
"""Errors of a call to SQS."""


class Poller:
    """Poller that invokes a function with a queue's messages, from `run` until `stop`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._name = f"event-source-mapping-{settings.uuid}"
        self._source = Source(settings.source_arn)
        self._function = Function(settings.function_arn)
        self._concurrency = Concurrency(settings.concurrency, Load().is_high)
        self._stopping = threading.Event()
        self._bell = threading.Event()
        self._processor = BatchProcessor(
            settings,
            source=self._source,
            function=self._function,
            concurrency=self._concurrency,
            stopping=self._stopping,
        )

    def run(self) -> None:
        """Poll until `stop`, and return once the last invocation has ended."""
        with listening(self._source.arn, self._bell):
            while self._goes_on():
                self._bell.wait(self._poll())
        self._concurrency.drain()

    def stop(self) -> None:
        """Stop receiving, without waiting for running invocations to finish."""
        self._stopping.set()
        self._concurrency.close()
        self._bell.set()

    def _goes_on(self) -> bool:
        """Clear the bell, so that no later ring or `stop` is missed, and return whether to continue."""
        self._bell.clear()
        return not self._stopping.is_set()

    def _poll(self) -> float:
        """Start an invocation if there is a message; return how many seconds the next poll may wait."""
        try:
            if not self._function.is_ready():
                return ABSENCE_SECONDS
            if self._source.visible_messages() and self._concurrency.take() and self._start_invocation():
                return 0
            return self._source.seconds_to_next_return()
        except QueueDoesNotExist:
            return ABSENCE_SECONDS
        except SQS_FAILED as error:
            LOG.info("polling %s failed and is retried: %s", self._source.arn, error)
            return ABSENCE_SECONDS
        except Exception:  # the mapping must continue
            LOG.exception("polling %s failed", self._source.arn)
            return ABSENCE_SECONDS

    def _start_invocation(self) -> bool:
        """Receive a batch and start its invocation; without one, free the slot and return False."""
        messages: list[Message] = []
        try:
            visible_at = time.monotonic() + self._source.visibility_timeout
            messages = self._receive()
        finally:
            if not messages:
                self._concurrency.free()
        if not messages:
            return False
        threading.Thread(
            target=self._process,
            args=(Batch(messages, visible_at),),
            name=f"{self._name}-invocation",
            daemon=True,
        ).start()
        return True

    def _receive(self) -> list[Message]:
        """Receive a batch. With a window, or under high load, wait until it is full or the time is over."""
        size, seconds = self._limits()
        messages = self._source.receive(size)
        end = time.monotonic() + seconds  # the window begins with the first message
        while messages and self._goes_on():
            missing = size - len(messages)
            remaining = end - time.monotonic()
            if missing <= 0 or remaining <= 0:
                break
            try:
                more = self._source.receive(missing) if self._source.visible_messages() else []
            except SQS_FAILED as error:  # the messages that it has are processed now
                LOG.info("%s: a batch is not filled, because SQS failed: %s", self._name, error)
                break
            if more:
                messages += more
            else:
                self._bell.wait(min(remaining, self._source.seconds_to_next_return()))
        return messages

    def _limits(self) -> tuple[int, float]:
        """Return the size of the next batch, and for how many seconds to wait until it is full.

        Without a window, all invocations that may run at once get the same share of the visible messages. A
        function usually processes a batch's messages one after another, so ten batches of three end sooner
        than three of ten.
        """
        full = self._settings.batch_size
        if self._settings.window_seconds:
            return full, self._settings.window_seconds
        share = ceil(self._source.visible_messages() / self._concurrency.allowed)
        if self._concurrency.is_crowded:
            return min(max(share, GATHERED), full), GATHERING_SECONDS
        return min(max(share, 1), full), 0

    def _process(self, batch: Batch) -> None:
        try:
            self._processor.process(batch)
        except SQS_FAILED as error:
            LOG.info("%s: a batch is received again, because SQS failed: %s", self._name, error)
        except Exception:  # the messages are received again after their visibility timeout
            LOG.exception("%s: processing a batch of %s failed", self._name, self._source.arn)
        finally:
            self._concurrency.free()
