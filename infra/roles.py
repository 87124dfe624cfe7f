"""One role per function, with exactly its actions on exactly its resources.

A role carries its policy inline, so that a function that depends on the role depends on the policy
too. Roles have no fixed names: IAM is global, and a stage may live in two regions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from troposphere import GetAtt, Sub, Template
from troposphere.dynamodb import Table
from troposphere.iam import Policy, Role
from troposphere.logs import LogGroup

from infra.alerts import Alerts
from infra.queues import Queues
from infra.stages import StageSettings


@dataclass(frozen=True, kw_only=True)
class Statement:
    """Actions allowed on resources. `resources` are ARNs or CloudFormation expressions of them."""

    actions: tuple[str, ...]
    resources: tuple[Any, ...]

    def to_policy(self) -> dict[str, Any]:
        """As IAM writes it."""
        return {"Effect": "Allow", "Action": list(self.actions), "Resource": list(self.resources)}


def permissions(
    settings: StageSettings, table: Table, circuits: Table, queues: Queues, alerts: Alerts
) -> Mapping[str, Sequence[Statement]]:
    """What each function may do, by its name; writing logs and traces is added to each.

    A transaction is allowed by the actions that it is made of:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    """
    tasks, dlq = GetAtt(queues.tasks, "Arn"), GetAtt(queues.dlq, "Arn")

    def on_items(items: Table, *actions: str) -> Statement:
        return Statement(
            actions=tuple(f"dynamodb:{action}" for action in actions),
            resources=(GetAtt(items, "Arn"),),
        )

    def on_table(*actions: str) -> Statement:
        return on_items(table, *actions)

    def querying(*indexes: str) -> Statement:
        return Statement(
            actions=("dynamodb:Query",),
            resources=tuple(Sub(f"${{{table.title}.Arn}}/index/{index}") for index in indexes),
        )

    def on_queue(queue: Any, *actions: str) -> Statement:
        return Statement(actions=tuple(f"sqs:{action}" for action in actions), resources=(queue,))

    failure_rate = (
        [Statement(actions=("ssm:GetParameter",), resources=(_failure_rate_arn(settings),))]
        if settings.failure_rate_parameter
        else []
    )
    return {
        "submit_task": [
            on_table("PutItem", "UpdateItem", "GetItem"),
            on_queue(tasks, "SendMessage"),
        ],
        "manage_tasks": [
            on_table("GetItem", "BatchGetItem", "UpdateItem"),
            querying("by-status", "by-time"),
            on_queue(tasks, "SendMessage", "ChangeMessageVisibility"),
        ],
        "process_task": [
            on_table("GetItem", "UpdateItem"),
            on_items(circuits, "GetItem", "PutItem", "UpdateItem"),
            # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
            on_queue(
                tasks,
                "ReceiveMessage",
                "DeleteMessage",
                "GetQueueAttributes",
                "ChangeMessageVisibility",
                "SendMessage",
            ),
            on_queue(dlq, "SendMessage"),
            *failure_rate,
        ],
        "monitor_dlq": [
            on_table("UpdateItem", "PutItem", "GetItem", "BatchGetItem"),
            querying("by-status"),
            on_queue(dlq, "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
            on_queue(tasks, "SendMessage"),
            Statement(actions=("sns:Publish",), resources=(alerts.topic.ref(),)),
            # To publish to an encrypted topic:
            # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
            Statement(
                actions=("kms:GenerateDataKey", "kms:Decrypt"),
                resources=(GetAtt(alerts.key, "Arn"),),
            ),
        ],
        "release_tasks": [
            on_table("GetItem", "UpdateItem"),
            querying("by-status", "by-release"),
            on_items(circuits, "GetItem", "Query", "DeleteItem"),
            on_queue(tasks, "SendMessage"),
        ],
    }


def add_role(
    template: Template, function_id: str, log_group: LogGroup, permissions: Sequence[Statement]
) -> Role:
    """Add a function's role: its permissions, writing to its log group, and being traced."""
    logs = Statement(
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        # The group's Arn ends with `:*`, its streams.
        resources=(GetAtt(log_group, "Arn"),),
    )
    # X-Ray has no resources that these could be limited to:
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
    traces = Statement(actions=("xray:PutTraceSegments", "xray:PutTelemetryRecords"), resources=("*",))
    return template.add_resource(
        Role(
            f"{function_id}Role",
            AssumeRolePolicyDocument={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            },
            Policies=[
                Policy(
                    PolicyName="own-actions",
                    PolicyDocument={
                        "Version": "2012-10-17",
                        "Statement": [statement.to_policy() for statement in (*permissions, logs, traces)],
                    },
                )
            ],
        )
    )


def _failure_rate_arn(settings: StageSettings) -> Sub:
    # The parameter's name begins with a slash, which its ARN does not double.
    return Sub(
        "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter"
        f"{settings.failure_rate_parameter}"
    )
