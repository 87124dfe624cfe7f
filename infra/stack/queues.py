"""The task queue and its dead-letter queue.

Both are high-throughput FIFO queues, whose deduplication and throughput apply per message group, so that
tasks without an ordering key do not wait for one another:
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
# A task's message holds its id and little else (under 1 KB). A message that is not a task is recorded
# unchanged, and must fit into an item of 400 KB with every character escaped. SQS refuses to send a larger
# one.
_MAX_MESSAGE_BYTES = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Queues:
    """The stage's two queues, for other resources to refer to."""

    tasks: Queue
    dlq: Queue


def add_queues(template: Template, settings: StageSettings) -> Queues:
    """Add both queues.

    A FIFO queue's dead-letter queue must be a FIFO queue, in the same account and region:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    """
    dlq = Queue(
        "TaskDlq",
        QueueName=settings.dlq_name,
        VisibilityTimeout=settings.dlq_visibility_timeout_seconds,
        # An ARN by name: references would make each queue depend on the other.
        RedriveAllowPolicy={
            "redrivePermission": "byQueue",
            "sourceQueueArns": [
                Sub(
                    "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${Name}",
                    Name=settings.task_queue_name,
                )
            ],
        },
        **_common(settings),
    )
    tasks = Queue(
        "TaskQueue",
        QueueName=settings.task_queue_name,
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
    """Return a policy that refuses calls without TLS or from other accounts, overriding other policies.

    Calls by AWS services on their own behalf, which have no account, are refused too; none is needed. SQS's
    moves to the dead-letter queue are not calls.
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
