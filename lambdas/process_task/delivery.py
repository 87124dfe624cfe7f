"""Delivered messages, each parsed once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.domain.message import NotATask, TaskMessage
from lambdas.work.registry import MARGIN_SECONDS


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """A message body that was not sent for a submission; `reason` says what is wrong with it."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One delivery of one message.

    Attributes:
        message_id: SQS message id.
        message_group: Its message group; the message's id if it has none.
        receipt_handle: Identifies this delivery to SQS.
        receive_count: How often the message has been received; 1 is the first time.
        body: The message's body as it was delivered.
        message: The parsed body.
        claimant: Unique name of this delivery; begins with the message's id.
        remaining_seconds: Returns the time until the function is killed.
        began_with_seconds: The remaining time when the invocation began.
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
    def parse(cls, record: SQSRecord, context: LambdaContext, began_with_seconds: float) -> "Delivery":
        """Parse a record of an event.

        Args:
            record: One delivered message (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html).
            context: Context of the invocation that received it.
            began_with_seconds: The invocation's remaining time when it began.
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
        """Return whether an attempt may begin that takes at most this long.

        In its first seconds an invocation has as much time as any other, so a message given back then would
        not fare better. If the stage's function is too short for the kind, the first half of the invocation
        counts.
        """
        used = self.began_with_seconds - self.remaining_seconds()
        spare = self.began_with_seconds - longest_seconds - MARGIN_SECONDS
        return used <= max(spare, min(MARGIN_SECONDS, self.began_with_seconds / 2))


@dataclass(frozen=True)
class Batch:
    """The deliveries of one invocation, in order."""

    deliveries: Sequence[Delivery]

    @classmethod
    def parse(cls, records: Iterable[SQSRecord], context: LambdaContext) -> "Batch":
        """Parse the records of an event."""
        seconds = context.get_remaining_time_in_millis() / 1000
        return cls([Delivery.parse(record, context, seconds) for record in records])

    @cached_property
    def by_message_id(self) -> Mapping[str, Delivery]:
        """Deliveries by message id."""
        return {delivery.message_id: delivery for delivery in self.deliveries}

    @cached_property
    def by_group(self) -> Mapping[str, Sequence[Delivery]]:
        """The deliveries of each message group, in order."""
        found: dict[str, list[Delivery]] = {}
        for delivery in self.deliveries:
            found.setdefault(delivery.message_group, []).append(delivery)
        return found


def read_body(body: str) -> TaskMessage | Unreadable:
    """Parse a message's body; one that is not a task is Unreadable."""
    try:
        return TaskMessage.from_body(body)
    except NotATask as error:
        return Unreadable(reason=str(error))
