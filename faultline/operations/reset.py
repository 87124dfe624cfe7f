"""Removal of all tasks, messages and circuits from a stack in a sandbox."""

import boto3

from infra.deploy.outputs import outputs
from infra.errors import aws_errors
from infra.stages import StageSettings


def reset(session: boto3.Session, settings: StageSettings) -> int:
    """Delete all tasks, messages and circuits of a stage, and return the number of tasks.

    The outcome of a running attempt is lost. Only use this in a sandbox: there is no confirmation.

    Raises:
        StackMissing: If the stage is not deployed.
        AwsUnavailable: If the sandbox cannot be reached.
    """
    with aws_errors(f"resetting {settings.stack_name}"):
        found = outputs(session, settings)
        sqs = session.client("sqs")
        for url in (found.task_queue_url, found.task_dlq_url):
            sqs.purge_queue(QueueUrl=url)
        number = _emptied(session, settings.task_table_name)
        _emptied(session, settings.circuit_table_name)
    return number


def _emptied(session: boto3.Session, table: str) -> int:
    client = session.client("dynamodb")
    keys = [each["AttributeName"] for each in client.describe_table(TableName=table)["Table"]["KeySchema"]]
    number = 0
    names = {f"#{key}": key for key in keys}
    pages = client.get_paginator("scan").paginate(
        TableName=table, ProjectionExpression=", ".join(names), ExpressionAttributeNames=names
    )
    for page in pages:
        for item in page["Items"]:
            client.delete_item(TableName=table, Key=item)
            number += 1
    return number
