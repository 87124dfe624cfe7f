"""Second delivery of a task's message, as after the death of the function that received it first."""

from lambdas.domain.message import TaskMessage
from lambdas.process_task.received import ReceivedMessage, read_body


def returned(task_id: str) -> ReceivedMessage:
    """Return the second delivery of a task's message, whose first delivery was `m/1`."""
    body = TaskMessage(task_id=task_id, generation=0, correlation_id="c").to_body()
    return ReceivedMessage(
        message_id="m",
        message_group=task_id,
        receipt_handle="r",
        receive_count=2,
        body=body,
        message=read_body(body),
        claimant="m/2",
        remaining_seconds=lambda: 60.0,
        began_with_seconds=60.0,
    )
