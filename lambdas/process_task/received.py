"""Messages received from the task queue."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.domain.message import NotATask, TaskMessage
from lambdas.work.registry import MARGIN_SECONDS


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """A message body that belongs to no task; `reason` says why."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class ReceivedMessage:
    """A message as it was received, which is one of its deliveries.

    Attributes:
        message_id: SQS message id.
        message_group: Message group id; the message id if there is none.
        receipt_handle: Receipt handle, which identifies this delivery to SQS.
        receive_count: Number of times that the message has been received, including this one.
        body: Body of the message.
        message: The parsed body.
        claimant: Unique name of this delivery, which begins with the message id.
        remaining_seconds: Function that returns the seconds until the function times out.
        began_with_seconds: Remaining seconds when the invocation began.
    """

    message_id: str
    message_group: str
    receipt_handle: str
    receive_count: int
    body: str
    message: TaskMessage | Unreadable
    claimant: str
    remaining_seconds: Callable[[], float]
    began_with_seconds: float

    @classmethod
    def parse(cls, record: SQSRecord, context: LambdaContext, began_with_seconds: float) -> "ReceivedMessage":
        """Parse a record of an SQS event.

        Args:
            record: Record of a delivered message (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html).
            context: Context of the invocation.
            began_with_seconds: Remaining seconds when the invocation began.
        """
        return cls(
            message_id=record.message_id,
            message_group=record.attributes.message_group_id or record.message_id,
            receipt_handle=record.receipt_handle,
            receive_count=int(record.attributes.approximate_receive_count),
            body=record.body,
            message=read_body(record.body),
            claimant=f"{record.message_id}/{context.aws_request_id}",
            remaining_seconds=lambda: context.get_remaining_time_in_millis() / 1000,
            began_with_seconds=began_with_seconds,
        )

    def has_time_for(self, longest_seconds: float) -> bool:
        """Return whether enough time is left for an attempt that takes up to `longest_seconds`.

        During the first MARGIN_SECONDS of an invocation, or its first half if that is shorter, the result is
        True in any case, since another invocation would have no more time.
        """
        used = self.began_with_seconds - self.remaining_seconds()
        spare = self.began_with_seconds - longest_seconds - MARGIN_SECONDS
        return used <= max(spare, min(MARGIN_SECONDS, self.began_with_seconds / 2))


@dataclass(frozen=True)
class ReceivedBatch:
    """Messages of one invocation, in order."""

    messages: Sequence[ReceivedMessage]

    @classmethod
    def parse(cls, records: Iterable[SQSRecord], context: LambdaContext) -> "ReceivedBatch":
        """Parse the records of an SQS event."""
        seconds = context.get_remaining_time_in_millis() / 1000
        return cls([ReceivedMessage.parse(record, context, seconds) for record in records])

    @cached_property
    def by_message_id(self) -> Mapping[str, ReceivedMessage]:
        """Messages by message id."""
        return {received.message_id: received for received in self.messages}

    @cached_property
    def by_group(self) -> Mapping[str, Sequence[ReceivedMessage]]:
        """Messages of each message group, in order."""
        found: dict[str, list[ReceivedMessage]] = {}
        for received in self.messages:
            found.setdefault(received.message_group, []).append(received)
        return found


def read_body(body: str) -> TaskMessage | Unreadable:
    """Parse the body of a message; return Unreadable if it belongs to no task."""
    try:
        return TaskMessage.from_body(body)
    except NotATask as error:
        return Unreadable(reason=str(error))
