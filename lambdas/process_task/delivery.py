"""Delivered messages, each read once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.domain.message import NotATask, TaskMessage
from lambdas.work.registry import MARGIN_SECONDS


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """A message body that no submission has sent; `reason` says what is wrong with it."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One delivery of one message.

    Attributes:
        message_id: SQS's id of the message.
        message_group: Its message group; the message's id where there is none.
        receipt_handle: Identifies this delivery to SQS.
        receive_count: How often the message has been received; 1 is the first time.
        body: The message's body as it was delivered.
        message: The body as it was read.
        claimant: Names this delivery and no other; begins with the message's id.
        remaining_seconds: Returns how long it is until the function is killed.
        began_with_seconds: How long it was when the invocation began.
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
        """Read a record of an event.

        Args:
            record: One delivered message (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html).
            context: Of the invocation that it was delivered to.
            began_with_seconds: How long the invocation had when it began.
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
        """Return whether an attempt may begin that takes so long at most.

        In its first seconds an invocation has as much time as any other: a message that is given back then
        would not fare better. In a stage whose function is too short for the kind, the first half counts.
        """
        used = self.began_with_seconds - self.remaining_seconds()
        spare = self.began_with_seconds - longest_seconds - MARGIN_SECONDS
        return used <= max(spare, min(MARGIN_SECONDS, self.began_with_seconds / 2))


@dataclass(frozen=True)
class Batch:
    """The deliveries of one invocation, in their order."""

    deliveries: Sequence[Delivery]

    @classmethod
    def parse(cls, records: Iterable[SQSRecord], context: LambdaContext) -> "Batch":
        """Read the records of an event."""
        seconds = context.get_remaining_time_in_millis() / 1000
        return cls([Delivery.parse(record, context, seconds) for record in records])

    @cached_property
    def by_message_id(self) -> Mapping[str, Delivery]:
        """Each delivery by the id of its message."""
        return {delivery.message_id: delivery for delivery in self.deliveries}

    @cached_property
    def by_group(self) -> Mapping[str, Sequence[Delivery]]:
        """The deliveries of each message group, in their order."""
        found: dict[str, list[Delivery]] = {}
        for delivery in self.deliveries:
            found.setdefault(delivery.message_group, []).append(delivery)
        return found


def read_body(body: str) -> TaskMessage | Unreadable:
    """Read a message's body; one that is no task is Unreadable."""
    try:
        return TaskMessage.from_body(body)
    except NotATask as error:
        return Unreadable(reason=str(error))
