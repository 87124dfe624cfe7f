"""The limits of visibility timeouts and queue attributes, which LocalStack does not check.

A message is invisible for at most 12 hours after it was received, no matter how often its timeout is changed:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from localstack.aws.api.sqs import QueueAttributeName
from localstack.services.sqs.exceptions import InvalidAttributeValue, InvalidParameterValueException
from localstack.services.sqs.models import FifoQueue, SqsQueue, StandardQueue
from localstack.services.sqs.provider import SqsProvider
from localstack.utils.patch import Patch

MAX_VISIBILITY_SECONDS = 43_200

ATTRIBUTES: Mapping[str, tuple[int, int]] = {
    QueueAttributeName.DelaySeconds: (0, 900),
    QueueAttributeName.KmsDataKeyReusePeriodSeconds: (60, 86_400),
    QueueAttributeName.MaximumMessageSize: (1_024, 1_048_576),
    QueueAttributeName.MessageRetentionPeriod: (60, 1_209_600),
    QueueAttributeName.ReceiveMessageWaitTimeSeconds: (0, 20),
    QueueAttributeName.VisibilityTimeout: (0, MAX_VISIBILITY_SECONDS),
}
"""The smallest and largest value of each numeric attribute."""


def install() -> None:
    """Start checking the limits."""
    Patch.function(SqsQueue.update_visibility_timeout, _update_visibility_timeout).apply()
    Patch.function(SqsProvider.receive_message, _receive_message).apply()
    for kind in (StandardQueue, FifoQueue):
        Patch.function(kind.validate_queue_attributes, _validate_queue_attributes).apply()


def _update_visibility_timeout(
    update: Callable[..., None], queue: SqsQueue, receipt_handle: str, visibility_timeout: int
) -> None:
    _check_visibility(visibility_timeout)
    message = queue.receipts.get(receipt_handle)
    # Whole seconds, since the request has been in transit for some time.
    invisible_for = int(time.time() - message.last_received) if message and message.last_received else 0
    if visibility_timeout and invisible_for + visibility_timeout > MAX_VISIBILITY_SECONDS:
        raise InvalidParameterValueException(
            f"Value {visibility_timeout} for parameter VisibilityTimeout is invalid. Reason: Total"
            f" VisibilityTimeout for the message is beyond the limit [{MAX_VISIBILITY_SECONDS} seconds]"
        )
    update(queue, receipt_handle, visibility_timeout)


def _receive_message(receive: Callable[..., Any], provider: SqsProvider, *args: Any, **kwargs: Any) -> Any:
    _check_visibility(kwargs.get("visibility_timeout"))
    return receive(provider, *args, **kwargs)


def _validate_queue_attributes(
    validate: Callable[..., None], queue: SqsQueue, attributes: Mapping[str, str]
) -> None:
    validate(queue, attributes)
    for name, (least, largest) in ATTRIBUTES.items():
        value = attributes.get(name)
        if value is not None and not _is_between(value, least, largest):
            raise InvalidAttributeValue(f"Invalid value for the parameter {name}.")


def _check_visibility(seconds: int | None) -> None:
    if seconds is not None and not 0 <= seconds <= MAX_VISIBILITY_SECONDS:
        raise InvalidParameterValueException(
            f"Value {seconds} for parameter VisibilityTimeout is invalid."
            f" Reason: Must be between 0 and {MAX_VISIBILITY_SECONDS}, if provided."
        )


def _is_between(value: str, least: int, largest: int) -> bool:
    try:
        return least <= int(value) <= largest
    except ValueError:
        return False
