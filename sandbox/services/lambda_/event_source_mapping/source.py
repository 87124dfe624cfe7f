"""The queue that a mapping reads, called in process.

A call through LocalStack's gateway takes milliseconds of its single process. This module calls the same
provider's operations without the gateway, so they publish metrics and move messages to dead-letter queues as
usual. The permissions of the function's role are not checked.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cached_property
from itertools import batched
from typing import Any

from localstack.aws.api import RequestContext
from localstack.aws.spec import load_service
from localstack.http import Request
from localstack.services.plugins import SERVICE_PLUGINS
from localstack.services.sqs.models import SqsQueue
from localstack.utils.aws.arns import parse_arn

LOG = logging.getLogger(__name__)

MESSAGES_PER_CALL = 10
"""Maximum number of messages that a call receives, deletes or changes (SQS API reference)."""

LONG_POLL_SECONDS = 20.0
"""The longest wait of a receive (SQS developer guide, sqs-short-and-long-polling)."""

Message = dict[str, Any]

type Interceptor = Callable[[str, str], AbstractContextManager[None]]
"""Wraps a call, given its service and operation, and may raise an error instead of it or after it."""

interceptors: list[Interceptor] = []
"""Wrappers of the calls that AWS's pollers also make, outermost first (`sandbox.faults`)."""


class Source:
    """A queue by its ARN, which is resolved at each call.

    Each call may raise QueueDoesNotExist. Calls that AWS's pollers also make may raise another
    ServiceException or ConnectionError, from an interceptor.
    """

    def __init__(self, arn: str) -> None:
        self.arn = arn
        parsed = parse_arn(arn)
        self.region = parsed["region"]
        self._name = parsed["resource"]
        self._context = RequestContext(Request("POST", "/"))
        self._context.service = load_service("sqs")
        self._context.account_id = parsed["account"]
        self._context.region = self.region

    @property
    def visibility_timeout(self) -> int:
        """Seconds that a received message stays invisible."""
        return self._queue().visibility_timeout

    def visible_messages(self) -> int:
        """Return the number of visible messages, even those blocked by messages of their group in flight."""
        queue = self._queue()
        queue.requeue_inflight_messages()
        queue.enqueue_delayed_messages()
        return int(queue.approximate_number_of_messages)

    def seconds_to_next_return(self) -> float:
        """Return the seconds until a message becomes visible by itself, at most LONG_POLL_SECONDS."""
        queue = self._queue()
        with queue.mutex:
            times = [message.visibility_deadline or 0.0 for message in queue.inflight]
            times += [message.created + (message.delay_seconds or 0) for message in queue.delayed]
        soonest = min(times, default=time.time() + LONG_POLL_SECONDS) - time.time()
        return min(max(soonest, 0.001), LONG_POLL_SECONDS)

    def receive(self, most: int) -> list[Message]:
        """Receive up to `most` messages, at most 10, without waiting.

        Messages that were received too often are moved to the dead-letter queue instead.
        """
        with _intercepted("sqs", "ReceiveMessage"):
            answer = self._sqs.receive_message(
                self._context,
                queue_url=self._name,
                max_number_of_messages=min(most, MESSAGES_PER_CALL),
                wait_time_seconds=0,
                message_system_attribute_names=["All"],
                message_attribute_names=["All"],
            )
        return answer.get("Messages") or []

    def delete(self, messages: Collection[Message]) -> None:
        """Delete messages. Those that cannot be deleted are logged, and received again."""
        for some in batched(messages, MESSAGES_PER_CALL, strict=False):
            with _intercepted("sqs", "DeleteMessageBatch"):
                answer = self._sqs.delete_message_batch(
                    self._context, queue_url=self._name, entries=_entries(some)
                )
            for failed in answer.get("Failed") or []:
                message = some[int(failed["Id"])]
                LOG.warning(
                    "message %s of %s cannot be deleted: %s",
                    message["MessageId"],
                    self.arn,
                    failed["Message"],
                )

    def release(self, messages: Collection[Message]) -> None:
        """Make received messages visible at once."""
        for some in batched(messages, MESSAGES_PER_CALL, strict=False):
            entries = [{**entry, "VisibilityTimeout": 0} for entry in _entries(some)]
            with _intercepted("sqs", "ChangeMessageVisibilityBatch"):
                self._sqs.change_message_visibility_batch(
                    self._context, queue_url=self._name, entries=entries
                )

    @cached_property
    def _sqs(self) -> Any:
        return SERVICE_PLUGINS.require("sqs").lifecycle_hook

    def _queue(self) -> SqsQueue:
        queue: SqsQueue = self._sqs._resolve_queue(self._context, queue_url=self._name)
        return queue


@contextmanager
def _intercepted(service: str, operation: str) -> Iterator[None]:
    with ExitStack() as stack:
        for interceptor in interceptors:
            stack.enter_context(interceptor(service, operation))
        yield


def _entries(messages: Sequence[Message]) -> list[dict[str, Any]]:
    return [{"Id": str(i), "ReceiptHandle": each["ReceiptHandle"]} for i, each in enumerate(messages)]
