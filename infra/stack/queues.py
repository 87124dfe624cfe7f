"""The task queue and its dead-letter queue.

High-throughput FIFO: deduplication and throughput count per message group, so that tasks without
an ordering key never wait for one another:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html
"""

from dataclasses import dataclass
from typing import Any

from troposphere import GetAtt, Ref, Sub, Template
from troposphere.sqs import Queue, QueuePolicy, RedrivePolicy

from infra.stack.data_retention import retention
from infra.stack.encryption import of_queue
from infra.stages import StageSettings

_DAY = 86_400
# A task's message holds its name and little else (under 1 KB). What is no task is kept in its record, whose
# limit of 400 KB it must fit into with every character escaped; a larger one SQS refuses when it is sent.
_MAX_MESSAGE_BYTES = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Queues:
    """The stage's two queues, for what refers to them."""

    tasks: Queue
    dlq: Queue


def add_queues(template: Template, settings: StageSettings) -> Queues:
    """Add both queues.

    A FIFO queue's dead-letter queue is a FIFO queue, in the same account and region:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    """
    tasks_name = f"{settings.stack_name}-tasks.fifo"
    dlq = Queue(
        "TaskDlq",
        QueueName=f"{settings.stack_name}-tasks-dlq.fifo",
        VisibilityTimeout=settings.dlq_visibility_timeout_seconds,
        # By name: the queues would otherwise need each other to exist first.
        RedriveAllowPolicy={
            "redrivePermission": "byQueue",
            "sourceQueueArns": [
                Sub(
                    "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${Name}",
                    Name=tasks_name,
                )
            ],
        },
        **_common(settings),
    )
    tasks = Queue(
        "TaskQueue",
        QueueName=tasks_name,
        VisibilityTimeout=settings.visibility_timeout_seconds,
        RedrivePolicy=RedrivePolicy(
            deadLetterTargetArn=GetAtt(dlq, "Arn"), maxReceiveCount=settings.max_receive_count
        ),
        **_common(settings),
    )
    for queue in (tasks, dlq):
        template.add_resource(_policy(queue))
    return Queues(tasks=template.add_resource(tasks), dlq=template.add_resource(dlq))


def _policy(queue: Queue) -> QueuePolicy:
    """Refuse whoever comes without TLS or from another account, whatever else allows them.

    A service that calls for itself has no account, and is refused, too: none has business here. What SQS
    moves to the dead-letter queue it does not send.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """

    def refusing(sid: str, condition: dict[str, Any]) -> dict[str, Any]:
        return {
            "Sid": sid,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": GetAtt(queue, "Arn"),
            "Condition": condition,
        }

    return QueuePolicy(
        f"{queue.title}Policy",
        Queues=[Ref(queue)],
        PolicyDocument={
            "Version": "2012-10-17",
            "Statement": [
                refusing("WithoutTls", {"Bool": {"aws:SecureTransport": "false"}}),
                refusing(
                    "FromOtherAccounts",
                    {"StringNotEquals": {"aws:PrincipalAccount": Sub("${AWS::AccountId}")}},
                ),
            ],
        },
    )


def _common(settings: StageSettings) -> dict[str, Any]:
    return {
        "FifoQueue": True,
        "ContentBasedDeduplication": False,
        "DeduplicationScope": "messageGroup",
        "FifoThroughputLimit": "perMessageGroupId",
        **of_queue(settings),
        "MessageRetentionPeriod": settings.message_retention_days * _DAY,
        "MaximumMessageSize": _MAX_MESSAGE_BYTES,
        **retention(settings),
    }
